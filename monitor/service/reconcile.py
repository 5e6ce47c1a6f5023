"""Proof that nothing was lost: derives anew who was due every change and compares with the ledger; shares no code with the plan."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..ledger import FAR, ChangeQuery, Delivery
from ..model import Change, ChangeKind, DeliveryState, MessageType, Severity
from ..route.regions import regions
from ..route.routes import Route, Unknown
from .desk import Desk
from .notices import ABOUT, notices

_PAGE = 500
_STUCK = timedelta(minutes=30)
"""A line that has been due for so long while its channel works is stuck."""

_LINES = 1000


@dataclass(frozen=True, slots=True)
class Gap:
    """A change that a channel was due and that its ledger lacks."""

    change: str
    channel: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was compared, and what did not add up."""

    changes: int = 0
    due: int = 0
    gaps: tuple[Gap, ...] = ()
    stuck: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether everything adds up."""
        return not (self.gaps or self.stuck or self.untold)


def reconcile(desk: Desk, since: datetime, resting: Iterable[str] = ()) -> Reconciled:
    """Compare the changes told since a time (not before these routes were in force) with the ledger; tell operators of gaps.

    `resting` are channels known to fail: what waits for them is late and not stuck.
    """
    now, book = desk.now(), _Book(desk)
    changes = list(_told_since(desk, since))
    owed = [(change, channel) for change in changes for channel in _due(change, desk)]
    gaps = tuple(Gap(change.id, channel) for change, channel in owed if not book.has(change, channel))
    found = Reconciled(len(changes), len(owed), gaps, tuple(d.id for d in overdue(desk, now, set(resting), _STUCK)), _untold(desk))
    if not found.fine:
        _alarm(desk, found, now)
    return found


# --- who was due what ------------------------------------------------------------------------------------------------


def _told_since(desk: Desk, since: datetime) -> Iterator[Change]:
    """Changes since a time that were not held back, newest first, page by page."""
    before: tuple[datetime, str] | None = None
    while page := desk.store.changes(ChangeQuery(held=False, since=since, before=before, limit=_PAGE)):
        yield from page
        before = (page[-1].at, page[-1].id)


def _due(change: Change, desk: Desk) -> list[str]:
    """The channels that the routes owe a change."""
    if change.kind.value.startswith("source_"):
        return []  # who hears of our own sight may depend on what there is: the plan's tests hold that
    channels: dict[str, None] = {}
    for route in desk.routes:
        if route.operator and not route.kinds:
            continue
        if _wants(route, change, desk):
            channels.update(dict.fromkeys(route.channels))
            if route.stop:
                break
    return list(channels)


def _wants(route: Route, change: Change, desk: Desk) -> bool:
    here = [w for w in desk.watches if w.covers(change.place, change.at)]
    severity = list(Severity).index(change.severity)
    if here and change.direction == "worse" and change.kind is not ChangeKind.EARLY_SIGN:
        severity = min(severity + 1, 3)
    if severity < list(Severity).index(route.min_severity) or change.certainty.rank < route.min_certainty.rank:
        return False
    places = set(route.places).union(*(regions()[r.lower()] for r in route.regions))
    nowhere = change.place in ("", "*")
    asked: list[bool | None] = []
    if places:
        asked.append(None if nowhere else change.place in places)
    if route.watches:
        named = ("*" in route.watches and here) or any(w.name in route.watches or w.group in route.watches for w in here)
        asked.append(None if nowhere else bool(named))
    if route.issuers:
        asked.append(None if change.issuer is None else change.issuer in route.issuers)
    if route.sources:
        asked.append(None if not change.source else change.source in route.sources)
    asked.append(not route.kinds or change.kind in route.kinds)
    asked.append(not route.directions or change.direction in route.directions)
    return False not in asked and not (None in asked and route.unknown is Unknown.DROP)


# --- what the ledger says --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Book:
    """The ledger by situation, and the promises that still wait."""

    desk: Desk
    _lines: dict[str, Sequence[Delivery]] = field(default_factory=dict)
    _waiting: set[tuple[str, str]] | None = None

    def has(self, change: Change, channel: str) -> bool:
        """Whether a line of any state, or a timer, carries a change for a channel."""
        situation = change.situation or f"place/{change.place}"
        if situation not in self._lines:
            self._lines[situation] = self.desk.store.delivered_to(situation)
        if any(line.channel == channel and change.id in line.changes for line in self._lines[situation]):
            return True
        if self._waiting is None:
            self._waiting = set(self._promised())
        return (change.id, channel) in self._waiting

    def _promised(self) -> Iterator[tuple[str, str]]:
        for timer in self.desk.store.timers(FAR, 100_000):
            if timer.kind == "hold":
                yield from ((id, timer.subject) for id in json.loads(timer.payload)["changes"])


def overdue(desk: Desk, now: datetime, resting: Collection[str], patience: timedelta) -> tuple[Delivery, ...]:
    """Lines that are due for longer than that though nothing holds them up: no failing channel, no older line of their thread."""
    unsettled = desk.store.deliveries({DeliveryState.WAITING, DeliveryState.SENDING}, limit=_LINES)
    first = {(d.situation or d.id, d.channel): d for d in unsettled}  # newest first, so the oldest of a thread remains
    late = (d for d in first.values() if d.state is DeliveryState.WAITING and now - d.due > patience)
    return tuple(d for d in late if d.channel not in resting)


def _untold(desk: Desk) -> tuple[str, ...]:
    """Lines that died without a word to any operator, though there is one to tell."""
    dead = [d for d in desk.store.deliveries({DeliveryState.DEAD}, limit=_LINES) if d.type not in (MessageType.OPERATOR, MessageType.TEST)]
    silent = {name for name in {d.channel for d in dead} if set(desk.receivers) - {name} and not desk.store.delivered_to(f"{ABOUT}{name}")}
    return tuple(d.id for d in dead if d.channel in silent)


def _alarm(desk: Desk, found: Reconciled, now: datetime) -> None:
    """One operator message for the same gaps, however often they are found."""
    wrong = [*(f"{g.change} → {g.channel}" for g in found.gaps), *found.stuck, *found.untold]
    fields: dict[str, object] = {"n": len(wrong), "detail": ", ".join(wrong[:20])}
    desk.store.enqueue(notices(desk, "gap", sorted(wrong), fields, now))
