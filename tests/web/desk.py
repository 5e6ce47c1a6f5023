"""A site over the made-up ledger, and actions that remember what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.errors import UnknownName
from monitor.knowledge.places import name
from monitor.knowledge.reading import read
from monitor.route.matching import judge
from monitor.route.routes import Silence
from monitor.service.breaker import Health
from monitor.service.reconcile import Reconciled
from monitor.store import SqlStore
from monitor.web import Acknowledgement, SignedLink, Site, Step

from .world import CHANNELS, NOW, ROUTES, SOURCES, STORY, WATCHES

TOKEN = "a-long-token-for-tests"
FAILING = Health(10, datetime(2022, 2, 10, 22, 30, tzinfo=UTC), datetime(2022, 2, 12, 18, 7, tzinfo=UTC))
HOOK_SECRET = "whsec_" + "A" * 32


class Recorder:
    """Actions that remember what was asked."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, str]] = []
        self.silenced: dict[str, Silence] = {}
        self.seen: dict[str, Acknowledgement] = {}
        self.store: SqlStore | None = None

    def acknowledge(self, delivery: str, by: str) -> None:
        assert self.store
        self.seen[self.store.delivery(delivery).situation] = Acknowledgement(by, NOW)
        self.done.append(("acknowledge", delivery, by))

    def silence(self, silence: Silence) -> None:
        self.silenced[silence.id] = silence
        self.done.append(("silence", silence.reason, silence.author))

    def unsilence(self, id: str, by: str) -> None:
        if self.silenced.pop(id, None) is None:
            raise UnknownName(f"{id}: no silence of that name")
        self.done.append(("unsilence", id, by))

    def confirm(self, change: str, by: str) -> None:
        self.done.append(("confirm", change, by))

    def reject(self, change: str, by: str) -> None:
        self.done.append(("reject", change, by))

    def redeliver(self, delivery: str, by: str) -> None:
        self.done.append(("redeliver", delivery, by))

    def test(self, channel: str, by: str) -> str:
        if channel not in CHANNELS:
            raise UnknownName(f"{channel}: no channel of that name")
        self.done.append(("test", channel, by))
        return "dlv_test"

    def poll(self, source: str) -> None:
        self.done.append(("poll", source, ""))


def rehearse(config: str) -> Iterator[Step]:
    """As if a configuration would have told every row of the story to one channel."""
    lines = tuple((row["at"].astimezone(UTC), "family", f"{name(row['place'])}: {row['kind']}") for row in STORY)
    for done in range(0, len(lines) + 1, 5):
        yield Step(done, len(lines), lines[:done])
    yield Step(len(lines), len(lines), lines)


def site(store: SqlStore, actions: Recorder | None = None, **more: Any) -> Site:
    """A site over a store, as the composition root would make it."""
    recorder = actions or Recorder()
    recorder.store = store

    def verify(link: str) -> SignedLink | None:
        line, _, mac = link.partition(".")
        return SignedLink(line, "duty-mail") if mac == "good" else None

    values: dict[str, Any] = {
        "store": store,
        "sources": SOURCES,
        "actions": recorder,
        "read": read,
        "now": lambda: NOW,
        "names": name,
        "watches": WATCHES,
        "channels": CHANNELS,
        "routes": lambda change: [(r.name, judge(change, r, WATCHES)) for r in ROUTES],
        "silences": lambda: tuple(recorder.silenced.values()),
        "acknowledged": recorder.seen.get,
        "health": lambda channel: FAILING if channel == "chat" else Health(),
        "reconciled": lambda: (NOW - timedelta(minutes=3), Reconciled(20, 57)),
        "rehearse": rehearse,
        "metrics": lambda: b"monitor_up 1\n",
        "token": lambda: TOKEN,
        "verify": verify,
        "push_secret": lambda source: "hub-secret" if source == "wire" else None,
        "hook_secret": lambda channel: HOOK_SECRET if channel == "desk" else None,
    }
    return Site(**values | more)
