"""Draws an item's conclusions from what its sentences state: whose posture, where, the newest act and its stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from monitor.knowledge.findings import RECENT, Finding, Seen
from monitor.knowledge.roles import Role
from monitor.knowledge.text import Zone
from monitor.model import Audience, SignalKind, Stage

LIVE = (Stage.IN_EFFECT, Stage.ANNOUNCED)
_ORDER = tuple(SignalKind)

_CHANGES: dict[str, tuple[SignalKind, Stage]] = {
    "level": (SignalKind.ADVISORY_LEVEL, Stage.IN_EFFECT),
    "level_lowered": (SignalKind.ADVISORY_LEVEL, Stage.LIFTED),
    "security": (SignalKind.SECURITY_ALERT, Stage.IN_EFFECT),
    "health": (SignalKind.HEALTH_ALERT, Stage.IN_EFFECT),
    "health_lifted": (SignalKind.HEALTH_ALERT, Stage.LIFTED),
    "no_change": (SignalKind.NO_CHANGE, Stage.IN_EFFECT),
}


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


def of_notice(seen: list[Seen]) -> Choice | None:
    """The act of a headline, or of the first sentences where the headline has none; several at once by rank."""
    live = [f for s in seen for f in s.findings if f.stage is not Stage.HISTORICAL]
    for pool in ([f for f in live if f.zone is Zone.TITLE], [f for f in live if f.zone is Zone.LEAD]):
        if pool:
            best = min(pool, key=lambda f: rank(f.kind))
            return Choice(best.kind, _stage(best, live), best.seen, best.rule.name)
    return None


def of_official_notice(seen: list[Seen]) -> Choice | None:
    """The act of an official notice: title and first sentences count alike, except for a meeting the title announces."""
    live = [f for s in seen for f in s.findings if f.stage is not Stage.HISTORICAL and f.zone is not Zone.BODY]
    title = [f for f in live if f.zone is Zone.TITLE]
    if any(f.kind is SignalKind.TOWN_HALL for f in title):
        live = [f for f in live if f.kind is SignalKind.TOWN_HALL]
    if not live:
        return None
    best = min(live, key=lambda f: (rank(f.kind), f.zone is not Zone.TITLE))
    return Choice(best.kind, _stage(best, live), best.seen, best.rule.name)


def _stage(best: Finding, live: list[Finding]) -> Stage:
    """The stage of the headline act; a mere preparation gives way to a plain announcement of the same act in the lead."""
    if best.hard:
        return best.stage
    same = [f for f in live if f.kind is best.kind and f.zone is not Zone.BODY]
    return next((f.stage for f in same if f.hard and f.stage in (Stage.ANNOUNCED, Stage.CONSIDERED)), best.stage)


def of_page(seen: list[Seen], today: date | None) -> Choice | None:
    """The newest thing on a standing page: what its note of changes names, else what its first sentences state."""
    top = [s for s in seen if s.sentence.zone is not Zone.BODY]
    noted = [s for s in top if s.changes and s.sentence.zone is Zone.LEAD]
    dated = [f for s in seen for f in s.findings if _fresh(f, today)]
    if noted:
        return _noted(noted, dated)
    pool = [f for s in top for f in s.findings if f.stage is not Stage.HISTORICAL] + dated
    if not pool:
        return None
    best = min(pool, key=lambda f: rank(f.kind))
    return Choice(best.kind, best.stage, best.seen, best.rule.name)


def _noted(noted: list[Seen], dated: list[Finding]) -> Choice:
    news = [Choice(*_CHANGES[name], s, f"note-{name}") for s in noted for name in s.changes]
    acts = [
        Choice(f.kind, f.stage, f.seen, f.rule.name)
        for s in noted
        for f in s.findings
        if f.stage is not Stage.HISTORICAL and not f.restated
    ]
    acts += [Choice(f.kind, f.stage, f.seen, f.rule.name) for f in dated]
    named = {c.kind for c in news}
    still = SignalKind.NO_CHANGE in named and not named - {SignalKind.NO_CHANGE}
    if still:
        acts = [Choice(f.kind, f.stage, f.seen, f.rule.name) for f in dated]
    acts = [a for a in acts if a.kind is not SignalKind.ADVISORY_LEVEL]
    lowered = [c for c in news if c.kind is SignalKind.ADVISORY_LEVEL and c.stage is Stage.LIFTED]
    if lowered and not any(a.kind is not SignalKind.ADVISORY_LEVEL and rank(a.kind) < rank(SignalKind.ADVISORY_LEVEL) for a in acts):
        return lowered[0]
    return min(acts + news, key=lambda c: rank(c.kind))


def _fresh(finding: Finding, today: date | None) -> bool:
    """Whether a dated act is not older than two weeks."""
    if finding.effective is None or today is None or finding.kind is SignalKind.ADVISORY_LEVEL or finding.restated:
        return False
    return abs(today - finding.effective) <= RECENT and rank(finding.kind) <= rank(SignalKind.DEPARTURE_LIFTED)


def places_of(seen: list[Seen], choice: Choice | None, issuers: tuple[str, ...]) -> tuple[str, ...]:
    """Where the act applies: strong targets of title, then of the act's sentence, then of the lead; then weak ones."""
    order = [s for s in seen if s.sentence.zone is Zone.TITLE]
    order += [choice.seen] if choice and choice.seen not in order else []
    order += [s for s in seen if s.sentence.zone is Zone.LEAD and s not in order]
    for roles in ((Role.TARGET,), (Role.WEAK,)):
        for s in order:
            found = tuple(c for c in s.roles(*roles) if c not in issuers)
            if found:
                return found
    return ()


def issuers_of(seen: list[Seen], choice: Choice | None) -> tuple[str, ...]:
    """Whose posture it is: the one who acts in the act's sentence or the title, else the people it acts for."""
    order = [choice.seen] if choice else []
    order += [s for s in seen if s.sentence.zone is Zone.TITLE and s not in order]
    order += [s for s in seen if s.sentence.zone is Zone.LEAD and s not in order]
    for role in (Role.ISSUER, Role.PEOPLE):
        for s in order:
            if found := s.roles(role):
                return tuple(found)
    return ()


def kinds_of(seen: list[Seen], choice: Choice | None, level: int | None) -> tuple[SignalKind, ...]:
    """Every measure the text states as new or in force, the one that names the item first."""
    if choice is None:
        return ()
    every = [f for s in seen for f in s.findings]
    lifted = any(f.kind is SignalKind.DEPARTURE_LIFTED for f in every)
    kinds = {f.kind for f in every if f.stage in (*LIVE, choice.stage) and f.stage is not Stage.HISTORICAL}
    if lifted:
        kinds -= {SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE}
    noted = {_CHANGES[n][0] for s in seen for n in s.changes if s.sentence.zone is Zone.LEAD}
    kinds |= noted
    if level is not None:
        kinds.add(SignalKind.ADVISORY_LEVEL)
    kinds.add(choice.kind)
    return (choice.kind, *sorted(kinds - {choice.kind}, key=rank))


def audiences_of(seen: list[Seen], kinds: tuple[SignalKind, ...]) -> frozenset[Audience]:
    """The people of all acts that are among the item's kinds."""
    found = {a for s in seen for f in s.findings if f.kind in kinds and f.stage is not Stage.HISTORICAL for a in f.audiences}
    if {SignalKind.ADVISORY_LEVEL, SignalKind.SECURITY_ALERT, SignalKind.HEALTH_ALERT} & set(kinds):
        found.add(Audience.CITIZENS)
    if not found and SignalKind.EVACUATION in kinds:
        found.add(Audience.CITIZENS)
    return frozenset(found)
