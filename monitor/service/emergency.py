"""Tells operators directly, past the ledger, that the ledger itself does not work: best effort, at most once an hour."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta

import structlog

from ..errors import SendError, StoreError
from ..ledger import Delivery
from ..model import MessageType, stable_id
from ..route.audience import operators
from .desk import Desk

log = structlog.get_logger()

_AGAIN = timedelta(hours=1)


class Emergency:
    """Whether the ledger works, and who was told that it does not. Memory only, as there is nowhere else. For several threads."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._told: datetime | None = None
        self._lock = threading.Lock()

    def failed(self, desk: Desk, error: StoreError, now: datetime) -> None:
        """The ledger could not be read or written."""
        with self._lock:
            self._since = self._since or now
            if self._told is not None and timedelta(0) <= now - self._told < _AGAIN:
                return
            self._told = now
        log.critical("ledger.failing", why=str(error))
        _tell(desk, "ledger", {"why": str(error)}, now)

    def worked(self, desk: Desk, now: datetime) -> None:
        """Something was saved."""
        if self._since is None:
            return
        with self._lock:
            since, self._since, self._told = self._since, None, None
        if since is not None:
            log.info("ledger.works", since=since.isoformat())
            _tell(desk, "ledger_well", {"since": f"{since:%Y-%m-%d %H:%M} UTC"}, now)


def _tell(desk: Desk, note: str, fields: dict[str, str], now: datetime) -> None:
    for name in operators((), desk.routes, desk.receivers):
        id = stable_id("dlv", "emergency", name, note, now.isoformat())
        payload = json.dumps({"note": note, **fields})
        line = Delivery(id, name, MessageType.OPERATOR, (), now, now, route="operator", payload=payload)
        try:
            desk.channels[name].send(desk.message(line))
        except (SendError, StoreError, KeyError) as error:
            log.error("emergency.untold", channel=name, why=str(error))
