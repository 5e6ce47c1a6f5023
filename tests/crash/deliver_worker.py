"""A process that delivers from one ledger over real HTTP until it is killed."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

import structlog

from monitor.notify.registry import build
from monitor.route.routes import Receiver, Route
from monitor.service.deliver import Courier
from monitor.service.desk import Desk
from monitor.store import open_store


def main(store_url: str, hook: str, worker: str) -> None:
    """Deliver for ever."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    desk = Desk(
        store=open_store(store_url),
        channels={"hook": build("hook", "webhook", {"url": hook})},
        receivers={"hook": Receiver("hook")},
        routes=[Route("all", ("hook",))],
        now=lambda: datetime.now(UTC),
        worker=worker,
        lease=timedelta(seconds=0.5),
    )
    courier = Courier(desk)
    print("ready", flush=True)
    while True:
        courier.round()
        time.sleep(0.01)


if __name__ == "__main__":
    main(*sys.argv[1:])
