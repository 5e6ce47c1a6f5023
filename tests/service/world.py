"""A real ledger with changes in it, and receivers of our own: what tests of delivering stand on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.ledger import Delivery, PollSave, SourceRecord, Store, Timer
from monitor.model import Certainty, Change, ChangeKind, Evidence, Reason, Severity, Source
from monitor.notify.base import Channel
from monitor.route.message import Message
from monitor.route.routes import Receiver, Route
from monitor.service.desk import Desk
from monitor.service.planner import planner
from monitor.store import open_store

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = Source("us", "us-state", "https://advisories.example/us.xml", "US")


class Clock:
    """A clock that is moved by hand; safe to read from threads."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> datetime:
        self.at += by
        return self.at


class Recorder:
    """A channel that remembers what it was sent; `answer` may raise what a real one would."""

    def __init__(self, name: str, answer: Callable[[Message], str] = lambda message: "ok") -> None:
        self.name = name
        self.answer = answer
        self.got: list[Message] = []
        self.tried: list[Message] = []
        self._lock = threading.Lock()

    def send(self, message: Message) -> str:
        with self._lock:
            self.tried.append(message)
        receipt = self.answer(message)
        with self._lock:
            self.got.append(message)
        return receipt

    @property
    def ids(self) -> list[str]:
        return [m.id for m in self.got]


def change(number: int = 1, kind: ChangeKind = ChangeKind.LEVEL_RAISED, **fields: Any) -> Change:
    base = Change(
        id=f"chg_{number}",
        at=START,
        source="us",
        place="UA",
        issuer="US",
        kind=kind,
        reason=Reason.WORSE_AT_ONCE,
        severity=Severity.EXTREME,
        certainty=Certainty.OBSERVED,
        before="3",
        after="4",
        after_words="Level 4: Do Not Travel",
        evidence=(Evidence("Do not travel to Ukraine.", "level", "https://advisories.example/ua"),),
        url="https://advisories.example/ua",
        situation=f"sit_{fields.get('place', 'UA')}",
    )
    return replace(base, **fields)


def ledger(folder: Path) -> Store:
    store = open_store(f"sqlite:///{folder / 'monitor.db'}")
    store.register([SOURCE], START)
    return store


def save(
    store: Store, changes: Sequence[Change], deliveries: Sequence[Delivery] = (), timers: Sequence[Timer] = (), at: datetime = START
) -> None:
    """One poll that found these changes."""
    record = store.record("us")
    after = SourceRecord("us", poll=record.poll + 1, baseline=True, polled=at, due=at + timedelta(hours=1))
    store.save(PollSave(record=after, at=at, changes=tuple(changes), deliveries=tuple(deliveries), timers=tuple(timers)))


def desk(store: Store, clock: Callable[[], datetime], channels: Sequence[Channel], **fields: Any) -> Desk:
    """Everything goes to every channel unless routes are given; receivers may be given too."""
    receivers = {c.name: Receiver(c.name) for c in channels} | fields.pop("receivers", {})
    routes = fields.pop("routes", [Route("all", tuple(c.name for c in channels))])
    return Desk(store, {c.name: c for c in channels}, receivers, routes, clock, **fields)


def found(desk: Desk, changes: Sequence[Change]) -> None:
    """A poll finds changes: they are planned and saved as the daemon does."""
    at = desk.now()
    changes = [replace(c, at=at) for c in changes]
    deliveries, timers = planner(desk.routes, desk.receivers, desk.watches)(changes, desk.store, at)
    save(desk.store, changes, deliveries, timers, at)


@contextmanager
def opened(store: Store) -> Iterator[Store]:
    try:
        yield store
    finally:
        store.close()
