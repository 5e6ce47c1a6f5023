"""How bad and how sure a reading is, in the words of CAP 1.2."""

from __future__ import annotations

from monitor.knowledge.choice import LIVE
from monitor.model import Authority, Certainty, Item, Severity, SignalKind, Stage

_EXTREME = frozenset(
    {SignalKind.EVACUATION, SignalKind.ORDERED_DEPARTURE, SignalKind.LEAVE_NOW, SignalKind.EMBASSY_CLOSURE, SignalKind.SHELTER_IN_PLACE}
)
_ALERTS = frozenset({SignalKind.SECURITY_ALERT, SignalKind.HEALTH_ALERT})


def severity_of(kinds: tuple[SignalKind, ...], stage: Stage, level: int | None) -> Severity:
    """How bad it is for people there (CAP 1.2), from the acts that are decided or under way."""
    acts = set(kinds)
    if stage in LIVE and (acts & _EXTREME):
        return Severity.EXTREME
    if stage in LIVE and (SignalKind.AUTHORIZED_DEPARTURE in acts or (level or 0) >= 3):
        return Severity.SEVERE
    if stage is Stage.CONSIDERED or acts & _ALERTS:
        return Severity.MODERATE
    return Severity.MINOR


def certainty_of(item: Item, stage: Stage | None, notes: tuple[str, ...]) -> Certainty:
    """How sure it is: an official word is seen; of the press a plain act is likely, a hedged or unnamed one possible."""
    if stage is Stage.DENIED:
        return Certainty.UNLIKELY
    if item.authority is Authority.OFFICIAL:
        return Certainty.OBSERVED
    if stage is Stage.CONSIDERED or "anonymous-source" in notes:
        return Certainty.POSSIBLE
    return Certainty.LIKELY
