"""Answers before it matters: who would get a change and why, and which watched places nobody would hear of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..model import Certainty, Change, ChangeKind, Reason, Severity, Watch
from .hours import release
from .matching import Verdict, judge, severity, silenced
from .routes import Receiver, Route, Silence

SERIOUS = (
    ChangeKind.LEVEL_RAISED,
    ChangeKind.DEPARTURE_AUTHORIZED,
    ChangeKind.DEPARTURE_ORDERED,
    ChangeKind.EVACUATION,
    ChangeKind.MISSION_SUSPENDED,
    ChangeKind.LEAVE_NOW,
    ChangeKind.SHELTER_IN_PLACE,
)
"""What people in a watched place must hear of."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One channel of one route: when it would be told, and what keeps it waiting or silent."""

    channel: str
    at: datetime | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One route's answer, rule by rule; `hidden` names the route before it that took the change for itself."""

    route: str
    verdict: Verdict
    legs: tuple[Leg, ...]
    hidden: str = ""


@dataclass(frozen=True, slots=True)
class Hole:
    """A watched place, and a severity at which these kinds of change would reach nobody."""

    watch: Watch
    severity: Severity
    kinds: tuple[ChangeKind, ...]


def trace(
    change: Change,
    routes: Sequence[Route],
    receivers: Mapping[str, Receiver],
    at: datetime,
    watches: Sequence[Watch] = (),
    silences: Sequence[Silence] = (),
) -> tuple[Step, ...]:
    """Every route's answer to a change at a time, in the routes' order."""
    steps, stopped = [], ""
    bad = severity(change, watches)
    for route in routes:
        verdict = judge(change, route, watches)
        world = not route.operator or bool(route.kinds) or change.kind.about_sight
        legs = (
            tuple(_leg(n, change, bad, receivers, at, silences) for n in route.channels) if verdict.takes and world and not stopped else ()
        )
        steps.append(Step(route.name, verdict, legs, stopped))
        if legs and route.stop:
            stopped = route.name
    return tuple(steps)


def holes(routes: Sequence[Route], receivers: Mapping[str, Receiver], watches: Sequence[Watch], issuers: Sequence[str]) -> tuple[Hole, ...]:
    """Which watched place at which severity would reach nobody, if any of these governments said it."""
    found = []
    for watch in watches:
        for bad in Severity:
            unheard = tuple(kind for kind in SERIOUS if not all(_heard(kind, bad, watch, i, routes, receivers, watches) for i in issuers))
            if unheard:
                found.append(Hole(watch, bad, unheard))
    return tuple(found)


def _heard(
    kind: ChangeKind,
    bad: Severity,
    watch: Watch,
    issuer: str,
    routes: Sequence[Route],
    receivers: Mapping[str, Receiver],
    watches: Sequence[Watch],
) -> bool:
    example = replace(_EXAMPLE, at=_during(watch), kind=kind, severity=bad, place=watch.place, issuer=issuer)
    taken = [r for r in routes if (not r.operator or r.kinds) and judge(example, replace(r, sources=frozenset()), watches).takes]
    return any(channel in receivers for route in taken for channel in route.channels)


def hears(channel: str, watch: Watch, routes: Sequence[Route]) -> bool:
    """Whether a channel would be told of something grave about a watch, whoever said it."""
    example = replace(_EXAMPLE, at=_during(watch), severity=Severity.EXTREME, place=watch.place)
    return any(channel in r.channels and judge(example, replace(r, sources=frozenset(), kinds=frozenset()), (watch,)).takes for r in routes)


def _during(watch: Watch) -> datetime:
    """A time at which a watch counts."""
    day = watch.start or watch.end
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC) if day else _EXAMPLE.at


def _leg(channel: str, change: Change, bad: Severity, receivers: Mapping[str, Receiver], at: datetime, silences: Sequence[Silence]) -> Leg:
    receiver = receivers.get(channel)
    if receiver is None:
        return Leg(channel, None, "there is no such channel")
    if hush := next((s for s in silences if s.until > at and silenced(change, s, channel)), None):
        return Leg(channel, None, f"silenced by {hush.author} until {hush.until:%Y-%m-%d %H:%M} UTC: {hush.reason}")
    due = release(receiver, bad, at)
    return Leg(channel, due, "at once" if due == at else f"held until {due:%Y-%m-%d %H:%M} UTC (quiet hours or digest)")


_EXAMPLE = Change(
    id="example",
    at=datetime(1970, 1, 1, tzinfo=UTC),
    source="",
    place="",
    issuer=None,
    kind=ChangeKind.LEVEL_RAISED,
    reason=Reason.WORSE_AT_ONCE,
    severity=Severity.MINOR,
    certainty=Certainty.OBSERVED,
)
