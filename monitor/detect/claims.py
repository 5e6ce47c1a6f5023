"""What a reading claims about each aspect of one issuer's posture in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from ..model import Advice, Aspect, Audience, ChangeKind, Departure, Evidence, Mission, Reading, Signal, SignalKind, Stage

_RANKS: dict[Aspect, tuple[str, ...]] = {
    Aspect.LEVEL: ("1", "2", "3", "4"),
    Aspect.DEPARTURE: tuple(Departure),
    Aspect.MISSION: tuple(Mission),
    Aspect.ADVICE: tuple(Advice),
}

_NEUTRAL = {
    Aspect.DEPARTURE: Departure.NONE.value,
    Aspect.MISSION: Mission.OPEN.value,
    Aspect.ADVICE: Advice.NONE.value,
    Aspect.LEVEL: "",
}

_STATES: dict[SignalKind, tuple[Aspect, str]] = {
    SignalKind.ORDERED_DEPARTURE: (Aspect.DEPARTURE, Departure.ORDERED),
    SignalKind.AUTHORIZED_DEPARTURE: (Aspect.DEPARTURE, Departure.AUTHORIZED),
    SignalKind.DEPARTURE_LIFTED: (Aspect.DEPARTURE, Departure.NONE),
    SignalKind.EMBASSY_CLOSURE: (Aspect.MISSION, Mission.SUSPENDED),
    SignalKind.EMBASSY_REOPENING: (Aspect.MISSION, Mission.OPEN),
    SignalKind.LEAVE_NOW: (Aspect.ADVICE, Advice.LEAVE_NOW),
    SignalKind.SHELTER_IN_PLACE: (Aspect.ADVICE, Advice.SHELTER),
}

_EVENTS: dict[SignalKind, ChangeKind] = {
    SignalKind.EVACUATION: ChangeKind.EVACUATION,
    SignalKind.SECURITY_ALERT: ChangeKind.SECURITY_ALERT,
    SignalKind.HEALTH_ALERT: ChangeKind.HEALTH_ALERT,
    SignalKind.TOWN_HALL: ChangeKind.TOWN_HALL,
}

_KIND_OF: dict[tuple[Aspect, str], ChangeKind] = {
    (Aspect.DEPARTURE, Departure.ORDERED): ChangeKind.DEPARTURE_ORDERED,
    (Aspect.DEPARTURE, Departure.AUTHORIZED): ChangeKind.DEPARTURE_AUTHORIZED,
    (Aspect.DEPARTURE, Departure.NONE): ChangeKind.DEPARTURE_LIFTED,
    (Aspect.MISSION, Mission.SUSPENDED): ChangeKind.MISSION_SUSPENDED,
    (Aspect.MISSION, Mission.REDUCED): ChangeKind.MISSION_SUSPENDED,
    (Aspect.MISSION, Mission.OPEN): ChangeKind.MISSION_REOPENED,
    (Aspect.ADVICE, Advice.LEAVE_NOW): ChangeKind.LEAVE_NOW,
    (Aspect.ADVICE, Advice.CONSIDER_LEAVING): ChangeKind.LEAVE_NOW,
    (Aspect.ADVICE, Advice.SHELTER): ChangeKind.SHELTER_IN_PLACE,
}

_POSTURE_STAGES = (Stage.ANNOUNCED, Stage.IN_EFFECT)


@dataclass(frozen=True, slots=True)
class Claim:
    """One aspect's value as a text states it; for events `aspect` is None and `kind` says which."""

    aspect: Aspect | None
    value: str
    kind: ChangeKind
    evidence: Evidence
    effective: date | None = None
    restated: bool = False
    direction: int = 0
    words: str = ""
    stage: Stage | None = None
    audiences: frozenset[Audience] = frozenset()


def rank(aspect: Aspect, value: str | None) -> int:
    """How serious a value of an aspect is; the neutral value and an unknown one are 0."""
    order = _RANKS[aspect]
    return order.index(value) if value in order else 0


def kind_of(aspect: Aspect, value: str, *, better: bool) -> ChangeKind | None:
    """The kind of change that reaching a value is; None for an end of advice, which has no kind of its own."""
    if aspect is Aspect.LEVEL:
        return ChangeKind.LEVEL_LOWERED if better else ChangeKind.LEVEL_RAISED
    if better and aspect is Aspect.DEPARTURE:
        return ChangeKind.DEPARTURE_LIFTED
    if better and aspect is Aspect.MISSION:
        return ChangeKind.MISSION_REOPENED
    return None if better else _KIND_OF.get((aspect, value))


def headlines(reading: Reading) -> Reading:
    """A notice reduced to what it is issued for: title and lead, not what a long text mentions further down."""
    return replace(reading, signals=tuple(s for s in reading.signals if s.headline))


def posture_claims(reading: Reading, place: str, issuer: str, today: date) -> tuple[Claim, ...]:
    """The newest claim about each aspect (levels apart); an undated clause speaks of the day of its edition."""
    claims = [c for s in _ours(reading.signals, place, issuer) if (c := _state_claim(s))]
    return tuple(c for aspect in Aspect if (c := _newest([c for c in claims if c.aspect is aspect], today)))


def event_claims(reading: Reading, place: str, issuer: str) -> tuple[Claim, ...]:
    """Acts without a lasting value (an evacuation, an alert, a meeting), one of each kind."""
    found: dict[ChangeKind, Claim] = {}
    for s in _ours(reading.signals, place, issuer):
        kind = _EVENTS.get(s.kind)
        if kind and kind not in found and s.stage in _POSTURE_STAGES:
            found[kind] = Claim(None, "", kind, s.evidence, s.effective, s.restated, stage=s.stage, audiences=s.audiences)
    return tuple(found.values())


def level_claim(reading: Reading, place: str, issuer: str) -> Claim | None:
    """What a notice says of the level: its number where it gives one and whether it says raised or lowered."""
    signals = [s for s in _ours(reading.signals, place, issuer) if s.kind is SignalKind.ADVISORY_LEVEL]
    if not signals:
        return None
    s = max(signals, key=lambda s: (s.direction != 0, s.headline, s.level or 0))
    level = s.level if s.level is not None else reading.level
    kind = ChangeKind.LEVEL_LOWERED if s.direction < 0 else ChangeKind.LEVEL_RAISED
    return Claim(
        Aspect.LEVEL, str(level or ""), kind, s.evidence, s.effective, s.restated, s.direction, stage=s.stage, audiences=s.audiences
    )


def _ours(signals: Iterable[Signal], place: str, issuer: str) -> Iterable[Signal]:
    return (s for s in signals if (not s.places or place in s.places) and s.issuer in (None, issuer))


def _state_claim(s: Signal) -> Claim | None:
    state = _STATES.get(s.kind)
    if state is None or not (s.stage in _POSTURE_STAGES or s.stage is Stage.LIFTED):
        return None
    aspect, value = state
    if s.stage is Stage.LIFTED and s.kind is not SignalKind.EMBASSY_REOPENING:
        value = _NEUTRAL[aspect]
    kind = _KIND_OF.get((aspect, value), ChangeKind.REWORDED)
    return Claim(aspect, str(value), kind, s.evidence, s.effective, s.restated, stage=s.stage, audiences=s.audiences)


def _newest(claims: list[Claim], today: date) -> Claim | None:
    """The claim dated latest. Of several equally late ones the one of the same sentence that ends it, else the worst."""
    if not claims:
        return None
    latest = max(c.effective or today for c in claims)
    late = [c for c in claims if (c.effective or today) == latest]
    ending = [c for c in late if c.aspect and rank(c.aspect, c.value) == 0]
    if ending and all(c.evidence.quote in {e.evidence.quote for e in ending} for c in late):
        return ending[0]
    return max(late, key=lambda c: (rank(c.aspect, c.value) if c.aspect else 0, not c.restated))
