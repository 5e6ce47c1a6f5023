"""The act that names an item, and how acts are ranked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from monitor.knowledge.force import RECENT
from monitor.knowledge.seen import Finding, Seen
from monitor.model import SignalKind, Stage

LIVE = (Stage.IN_EFFECT, Stage.ANNOUNCED)

NOUN_RULES = frozenset({"embassy-alert", "mission-message", "travel-advice"})
"""Rules for the bare nouns, which label a text and say nothing of what it then states."""

STATES = frozenset({"mission-serves-nobody", "mission-for-emergencies"})
"""Rules for what a mission does not do, which advice on a place tells by the way and an alert tells as its news."""

_ORDER = tuple(SignalKind)


@dataclass(frozen=True, slots=True)
class Choice:
    """The act that names an item, its stage, and the sentence that says so."""

    kind: SignalKind
    stage: Stage
    seen: Seen
    rule: str


def rank(kind: SignalKind) -> int:
    """The place of a kind in the order in which one of several equally new acts names the item."""
    return _ORDER.index(kind)


def fresh(finding: Finding, today: date | None) -> bool:
    """Whether a dated act is not older than two weeks."""
    if finding.effective is None or today is None or finding.kind is SignalKind.ADVISORY_LEVEL or finding.restated:
        return False
    return abs(today - finding.effective) <= RECENT and rank(finding.kind) <= rank(SignalKind.DEPARTURE_LIFTED)


def reason_of_level(finding: Finding) -> bool:
    """Whether an undated drawdown is only named among the reasons of a level ("exercise caution due to ... the reduction of staff")."""
    tokens = finding.seen.tokens
    cause = finding.kind is SignalKind.ORDERED_DEPARTURE and finding.effective is None and tokens.within("CLAUSE", 0, finding.first)
    return cause and any("CAREFUL" in t.classes or "GRADE" in t.classes for t in tokens.items[:2])
