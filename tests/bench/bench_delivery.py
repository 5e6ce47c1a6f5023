"""Ten receivers, one of which never answers and one says 429: how much later do the other eight hear? Prints a ratio.

`python tests/bench/bench_delivery.py [LINES]`; 10,000 lines by default.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import structlog

from monitor.errors import TryLater
from monitor.ledger import Delivery
from monitor.model import MessageType
from monitor.route.message import Message
from monitor.route.routes import Receiver, Route
from monitor.service.deliver import Courier
from monitor.service.desk import Desk
from monitor.store import open_store

HEALTHY = [f"healthy-{n}" for n in range(8)]
_DEADLINE = 15.0
"""How long a sending to the black hole takes: the deadline of a channel."""


@dataclass
class Target:
    """A receiver that answers after two milliseconds, never, or with 429; notes when it heard."""

    name: str
    over: threading.Event
    heard: list[float] = field(default_factory=list)

    def send(self, message: Message) -> str:
        if self.name == "black-hole":
            self.over.wait(_DEADLINE)
            raise TryLater("no answer in time")
        if self.name == "busy":
            raise TryLater("HTTP 429", timedelta(seconds=1))
        time.sleep(0.002)
        self.heard.append(time.monotonic())
        return "ok"


def run(names: list[str], lines: int) -> float:
    """Seconds after which 99 of 100 messages to the healthy receivers have arrived."""
    over = threading.Event()
    targets = {name: Target(name, over) for name in names}
    channels: dict[str, Any] = dict(targets)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bench.db")
        now = datetime.now(UTC)
        each = lines // 10
        store.enqueue([_line(f"{name}-{n}", name, now) for n in range(each) for name in names])
        desk = Desk(store, channels, {n: Receiver(n) for n in names}, [Route("all", tuple(names))], lambda: datetime.now(UTC))
        courier, began = Courier(desk), time.monotonic()
        while sum(len(targets[n].heard) for n in HEALTHY) < each * len(HEALTHY):
            courier.round()
            time.sleep(0.005)
        over.set()
        courier.stop(timedelta(seconds=20))
        store.close()
    times = sorted(at - began for n in HEALTHY for at in targets[n].heard)
    return times[int(len(times) * 0.99)]


def _line(id: str, channel: str, now: datetime) -> Delivery:
    return Delivery(f"dlv_{id}", channel, MessageType.TEST, (), now, now, payload='{"note": "test"}')


def main(lines: int) -> None:
    """Print the figures."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    alone = run(HEALTHY, lines)
    beside = run([*HEALTHY, "black-hole", "busy"], lines)
    print(f"delivery: {lines} lines, 8 healthy receivers: p99 {alone:.2f} s alone, {beside:.2f} s beside a black hole and a 429")
    print(f"delivery: ratio {beside / alone:.2f}, {lines * 0.8 / alone:.0f} messages a second")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
