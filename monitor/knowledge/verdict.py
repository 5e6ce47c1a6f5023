"""Draws an item's conclusions from what its sentences state: whose posture, where, the newest act and its stage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from monitor.knowledge.findings import RECENT
from monitor.knowledge.roles import Role
from monitor.knowledge.seen import Finding, Seen
from monitor.knowledge.text import Zone
from monitor.model import Audience, SignalKind, Stage

LIVE = (Stage.IN_EFFECT, Stage.ANNOUNCED)
_ORDER = tuple(SignalKind)

OTHERS = "others-taken"
"""The note that people of other countries are among those moved."""

_CHANGES: dict[str, tuple[SignalKind, Stage]] = {
    "level": (SignalKind.ADVISORY_LEVEL, Stage.IN_EFFECT),
    "level_lowered": (SignalKind.ADVISORY_LEVEL, Stage.LIFTED),
    "security": (SignalKind.SECURITY_ALERT, Stage.IN_EFFECT),
    "health": (SignalKind.HEALTH_ALERT, Stage.IN_EFFECT),
    "health_lifted": (SignalKind.HEALTH_ALERT, Stage.LIFTED),
    "security_lifted": (SignalKind.SECURITY_ALERT, Stage.LIFTED),
    "no_change": (SignalKind.NO_CHANGE, Stage.IN_EFFECT),
    "edit": (SignalKind.NO_CHANGE, Stage.IN_EFFECT),
    "unchanged": (SignalKind.NO_CHANGE, Stage.IN_EFFECT),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The act that names an item, its stage, and the sentence that says so."""

    kind: SignalKind
    stage: Stage
    seen: Seen
    rule: str


_NOUN_RULES = frozenset({"embassy-alert", "travel-advice"})
_LABELS = frozenset({SignalKind.SECURITY_ALERT, SignalKind.HEALTH_ALERT, SignalKind.ADVISORY_LEVEL})
"""Kinds that titles carry as a label and that say nothing of what the text then states."""


def rank(kind: SignalKind) -> int:
    """The place of a kind in the order in which one of several equally new acts names the item."""
    return _ORDER.index(kind)


def of_notice(seen: list[Seen]) -> Choice | None:
    """The act of a headline, or of the first sentences where the headline has none; several at once by rank."""
    live = [f for s in seen for f in _stated(s)]
    for pool in ([f for f in live if f.zone is Zone.TITLE], [f for f in live if f.zone is Zone.LEAD]):
        if pool:
            beside = [f for f in live if f.zone is Zone.LEAD and f.seen.sentence.index <= 1 and f.stage in LIVE and not f.restated]
            beside = [f for f in beside if f.rule.name not in _NOUN_RULES]
            headline = pool[0].zone is Zone.TITLE and pool[0].stage in LIVE
            best = min([*pool, *beside] if headline else pool, key=lambda f: (rank(f.kind), f.zone is not Zone.TITLE))
            return Choice(best.kind, _stage(best, live), best.seen, best.rule.name)
    return None


def _stated(seen: Seen) -> list[Finding]:
    """What a sentence states as its point: not what it remembers, nor what it denies after another act."""
    live = [f for f in seen.findings if f.stage is not Stage.HISTORICAL]
    acts = [f.first for f in live if f.stage is not Stage.DENIED]
    return [f for f in live if f.stage is not Stage.DENIED or not acts or min(acts) > f.first]


def of_official_notice(seen: list[Seen], today: date | None) -> Choice | None:
    """The act of an official notice: title, first sentences and fresh dated acts count alike.

    A title that announces a meeting is about the meeting; strong advice far down counts when nothing stands above it.
    """
    live = [f for s in seen for f in s.findings if f.stage is not Stage.HISTORICAL]
    title = [f for f in live if f.zone is Zone.TITLE]
    top = [f for f in live if f.zone is not Zone.BODY or _fresh(f, today)]
    noted = [s for s in seen if s.sentence.zone is Zone.TITLE and set(s.changes) - {"no_change", "edit", "security", "health"}]
    if noted:
        return _noted(noted, top, [])
    if any(f.kind is SignalKind.TOWN_HALL for f in title):
        top = [f for f in top if f.kind is SignalKind.TOWN_HALL]
    acts = [f for f in title if f.kind not in _LABELS]
    if acts and not any(rank(f.kind) <= rank(SignalKind.AUTHORIZED_DEPARTURE) for f in top):
        top = acts
    pool = top or [f for f in live if rank(f.kind) <= rank(SignalKind.LEAVE_NOW)]
    if not pool:
        return None
    latest = _latest(pool, today)
    best = min(latest or pool, key=lambda f: (rank(f.kind), f.zone is not Zone.TITLE))
    return Choice(best.kind, _stage(best, pool), best.seen, best.rule.name)


def _latest(pool: list[Finding], today: date | None) -> list[Finding]:
    """Of acts dated on several days the latest ones that have come; none where at most one day is given."""
    days = {f.effective for f in pool if f.effective and _fresh(f, today) and today and f.effective <= today}
    return [f for f in pool if f.effective == max(days) and _fresh(f, today)] if len(days) > 1 else []


def _stage(best: Finding, live: list[Finding]) -> Stage:
    """The stage of the headline act; its loose present tense gives way to a plain announcement of the same act in the lead."""
    wanted = {Stage.CONSIDERED: (Stage.ANNOUNCED,), Stage.IN_EFFECT: (Stage.ANNOUNCED,)}.get(best.stage, ())
    same = (
        []
        if best.hard or best.kind not in (SignalKind.EVACUATION, SignalKind.EMBASSY_CLOSURE)
        else [f for f in live if f.kind is best.kind and f.zone is not Zone.BODY]
    )
    return next((f.stage for f in same if f.hard and f.stage in wanted), best.stage)


_POSTS = frozenset(
    {SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE, SignalKind.EMBASSY_CLOSURE, SignalKind.EMBASSY_REOPENING}
)
"""What "changes to embassy operations" may be."""

_CALLS = frozenset({SignalKind.LEAVE_NOW, SignalKind.SHELTER_IN_PLACE})
_HIGH = 5
"""A call to people so far up on a page belongs to what its note tells."""


def of_page(seen: list[Seen], today: date | None, *, notes_first: bool) -> Choice | None:
    """The newest thing on a standing page: what its note of changes names, else what its first sentences state.

    `notes_first` says that pages of this language open with their note, so that what follows it is no news.
    """
    top = [s for s in seen if s.sentence.zone is not Zone.BODY]
    noted = [s for s in top if s.changes and (not s.sentence.standing or "unchanged" in s.changes)]
    every = [f for s in seen for f in s.findings if f.stage is not Stage.HISTORICAL]
    if any(f.kind is SignalKind.DEPARTURE_LIFTED for f in every):
        every = [f for f in every if f.kind not in (SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE)]
    dated = [f for f in every if _fresh(f, today)]
    if noted:
        if any("operations" in s.changes for s in noted):
            dated += [f for f in every if f.kind in _POSTS and not f.restated]
        above = [f for f in every if f.seen in top or (f.kind in _CALLS and f.seen.sentence.index <= _HIGH)]
        return _noted(noted, [f for f in above if not (notes_first and f.seen.sentence.standing)], dated)
    pool = [f for f in every if f.seen in top or f.kind in (SignalKind.LEAVE_NOW, SignalKind.SHELTER_IN_PLACE)] + dated
    if not pool:
        return None
    best = min(pool, key=lambda f: (rank(f.kind), f.zone is Zone.BODY))
    return Choice(best.kind, best.stage, best.seen, best.rule.name)


def _noted(noted: list[Seen], beside: list[Finding], dated: list[Finding]) -> Choice:
    """Of what the note of changes names, the acts stated beside it and those freshly dated, the first by rank."""
    told = _told(noted)
    news = [Choice(*_CHANGES[name], s, f"note-{name}") for s, name in told if name in _CHANGES]
    names = {name for _, name in told}
    silent = SignalKind.EVACUATION if "unchanged" in names else SignalKind.LEAVE_NOW if names == {"no_change"} else None
    acts = [f for f in beside if f.kind is not SignalKind.ADVISORY_LEVEL and not f.restated]
    acts = [f for f in acts if silent is None or rank(f.kind) < rank(silent)]
    found = [Choice(f.kind, f.stage, f.seen, f.rule.name) for f in [*acts, *dated]]
    if not found + news:
        return Choice(*_CHANGES["edit"], noted[0], "note-operations")
    return min(found + news, key=lambda c: (rank(c.kind), c.stage is not Stage.LIFTED))


_STILL = {"unchanged", "no_change", "edit"}
_LEVEL = {"level", "level_lowered"}


def _told(noted: list[Seen]) -> list[tuple[Seen, str]]:
    """The changes a note tells, without what its other words take back: a new level outdoes edits and hazards beside it."""
    told: list[tuple[Seen, str]] = []
    for s in noted:
        names = ["unchanged"] if "unchanged" in s.changes else s.changes
        names = [n for n in names if n != "level"] if "level_lowered" in names else names
        names = [n for n in names if n != "security"] if "security_lifted" in names else names
        told += [(s, n) for n in names]
    if _LEVEL & {n for _, n in told}:
        told = [(s, n) for s, n in told if n not in _STILL and n != "security"]
    if {n for _, n in told} - _STILL and not any(n == "unchanged" for _, n in told):
        told = [(s, n) for s, n in told if n not in ("no_change", "edit")]
    return told


def _fresh(finding: Finding, today: date | None) -> bool:
    """Whether a dated act is not older than two weeks."""
    if finding.effective is None or today is None or finding.kind is SignalKind.ADVISORY_LEVEL or finding.restated:
        return False
    return abs(today - finding.effective) <= RECENT and rank(finding.kind) <= rank(SignalKind.DEPARTURE_LIFTED)


def places_of(seen: list[Seen], choice: Choice | None, issuers: tuple[str, ...], *, official: bool) -> tuple[str, ...]:
    """Where the act applies: what title or the act's sentence aims at, or at least names; then what the lead aims at."""
    top = [s for s in seen if s.sentence.zone is Zone.TITLE]
    top += [choice.seen] if choice and choice.seen not in top else []
    lead = [s for s in seen if s.sentence.zone is Zone.LEAD and s not in top]
    found = [codes for s in top if (codes := _without(s.aims(), issuers))]
    if found:
        wider = [codes for s in [*top, *lead] if set(codes := _without(s.aims(), issuers)) > set(found[0])]
        return wider[0] if wider and official else found[0]
    if any(s.tokens.has("REGION") for s in top):
        same = (s for s in lead if choice and (any(f.kind is choice.kind for f in s.findings) or (not official and _peopled(s))))
        return next((codes for s in same if (codes := _without(s.aims(), issuers))), ())
    named = [codes for s in top if (codes := _without(s.named(), issuers))]
    aimed = [codes for s in lead if (codes := _without(s.aims(), issuers))]
    weak = [codes for s in top if (codes := _without(s.roles(Role.WEAK), issuers))]
    back = choice is not None and choice.kind in (SignalKind.DEPARTURE_LIFTED, SignalKind.EMBASSY_REOPENING)
    gone = [codes for s in top if back and (codes := _without(s.roles(Role.DESTINATION), issuers))]
    return next(iter([*gone, *named, *aimed, *weak]), ())


def _peopled(seen: Seen) -> bool:
    """Whether a sentence says where the people are of whom a headline only names the region."""
    return any(seen.tokens.has(k) for k in ("NATIONALS", "OWN", "STUCK", "DEMPEOPLE"))


def _without(codes: list[str], issuers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(c for c in codes if c not in issuers)


def issuers_of(seen: list[Seen], choice: Choice | None) -> tuple[str, ...]:
    """Whose posture it is: the one who acts in the act's sentence or the title, else the people it acts for."""
    order = [choice.seen] if choice else []
    order += [s for s in seen if s.sentence.zone is Zone.TITLE and s not in order]
    order += [s for s in seen if s.sentence.zone is Zone.LEAD and s not in order]
    if choice and choice.rule == "call-on-another-state" and choice.seen.roles(Role.ISSUER):
        return tuple(choice.seen.roles(Role.ISSUER)[:1])
    if choice and (choice.rule == "private-rescue" or choice.seen.tokens.has("ALLIES")):
        return ()
    for s in order:
        acting, people = s.roles(Role.ISSUER), s.roles(Role.PEOPLE)
        if len(acting) > 1 and len(people) == 1 and people[0] in acting:
            return tuple(people)
        if acting and not _elsewhere(s, choice):
            return tuple(acting)
        if len(people) == 1 and s is order[0]:
            return tuple(people)
        if len(people) > 1 and not acting and len(home := [c for c in people if c in s.roles(Role.DESTINATION)]) == 1:
            return tuple(home)
        if acting:
            return tuple(acting)
    return next((tuple(s.roles(Role.PEOPLE)) for s in order if s.roles(Role.PEOPLE)), ())


def _elsewhere(seen: Seen, choice: Choice | None) -> bool:
    """Whether all who act in a sentence stand in another clause than the act and the people it is for."""
    if choice is None or seen is not choice.seen or not seen.roles(Role.PEOPLE):
        return False
    act = next((f for f in seen.findings if f.kind is choice.kind), None)
    acting = [p.at for p in seen.parts if p.role is Role.ISSUER]
    return act is not None and all(seen.tokens.within("CLAUSE", min(at, act.first), max(at, act.first)) for at in acting)


def kinds_of(seen: list[Seen], choice: Choice | None, level: int | None, *, page: bool) -> tuple[SignalKind, ...]:
    """Every measure the text states as new or in force, the one that names the item first."""
    if choice is None:
        return ()
    every = [f for s in seen for f in s.findings if f.stage is not Stage.HISTORICAL]
    kinds = {f.kind for f in every if f.stage in (*LIVE, choice.stage)}
    if page:
        kinds -= {SignalKind.ADVISORY_LEVEL, SignalKind.SECURITY_ALERT}
    if any(f.kind is SignalKind.DEPARTURE_LIFTED for f in every):
        kinds -= {SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE}
    noted = [s for s in seen if s.changes and s.sentence.zone is Zone.LEAD and not s.sentence.standing] if page else []
    kinds |= {_CHANGES[name][0] for _, name in _told(noted) if name in _CHANGES}
    kinds -= _only_labels(every) - {choice.kind}
    if choice.kind is not SignalKind.NO_CHANGE and not any("unchanged" in s.changes for s in noted):
        kinds.discard(SignalKind.NO_CHANGE)
    if level is not None:
        kinds.add(SignalKind.ADVISORY_LEVEL)
    kinds.add(choice.kind)
    return (choice.kind, *sorted(kinds - {choice.kind}, key=rank))


def _only_labels(every: list[Finding]) -> set[SignalKind]:
    """Kinds that only a noun names ("in a security alert the embassy said ..."), which is a label of another act."""
    said = {f.kind for f in every if f.rule.name not in _NOUN_RULES}
    return {f.kind for f in every if f.rule.name in _NOUN_RULES} - said


_FOR_ALL = frozenset({SignalKind.ADVISORY_LEVEL, SignalKind.SECURITY_ALERT, SignalKind.HEALTH_ALERT})
"""Kinds that always speak to the citizens of the government that issues them."""

_CALLED = frozenset(
    {SignalKind.EVACUATION, SignalKind.LEAVE_NOW, SignalKind.SHELTER_IN_PLACE, SignalKind.TOWN_HALL, SignalKind.NO_CHANGE}
)
"""Kinds that are meant for citizens where nobody else is named."""


def audiences_of(seen: list[Seen], kinds: tuple[SignalKind, ...]) -> frozenset[Audience]:
    """The people of all acts that are among the item's kinds."""
    found = {a for s in seen for f in s.findings if f.kind in kinds and f.stage is not Stage.HISTORICAL for a in f.audiences}
    if _FOR_ALL & set(kinds) or (not found and _CALLED & set(kinds)):
        found.add(Audience.CITIZENS)
    if kinds[:1] == (SignalKind.EVACUATION,) and any(n == OTHERS for s in seen if s.sentence.zone is not Zone.BODY for n in s.notes):
        found.add(Audience.THIRD_COUNTRY)
    return frozenset(found)
