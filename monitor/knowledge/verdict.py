"""Draws an item's conclusions from what its sentences state: whose posture, which measures, for whom (where: `where.py`)."""

from __future__ import annotations

from monitor.knowledge.choice import LIVE, NOUN_RULES, Choice, rank, reason_of_level
from monitor.knowledge.noted import CHANGES, told, unmoved
from monitor.knowledge.roles import Role
from monitor.knowledge.seen import Finding, Seen
from monitor.knowledge.text import Zone
from monitor.model import Audience, SignalKind, Stage

OTHERS = "others-taken"
"""The note that people of other countries are among those moved."""


def issuers_of(seen: list[Seen], choice: Choice | None) -> tuple[str, ...]:
    """Whose posture it is: the one who acts in the act's sentence or the title, else the people it acts for."""
    order = [choice.seen] if choice else []
    order += [s for s in seen if s.sentence.zone is Zone.TITLE and s not in order]
    order += [s for s in seen if s.sentence.zone is Zone.LEAD and s not in order]
    order += [s for s in seen if s.sentence.zone is Zone.BODY and choice and any(f.rule.name == choice.rule for f in s.findings)]
    if choice and choice.rule in ("call-on-another-state", "host-warns-missions") and choice.seen.roles(Role.ISSUER):
        return tuple(choice.seen.roles(Role.ISSUER)[:1])
    private = choice is not None and (_privately(choice) or any(f.rule.name == "private-rescue" for f in choice.seen.findings))
    if choice and (private or _with_allies(choice.seen)):
        return ()
    if owner := _owner_told_later(order, choice) or _owner_of_the_mission(order, choice):
        return owner
    for s in order:
        acting, people = _acting(s, choice), s.roles(Role.PEOPLE)
        if len(people) == 1 and people[0] not in acting and _shared_name(s):
            return tuple(people)
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
    named = next((tuple(s.roles(Role.PEOPLE)) for s in order if s.roles(Role.PEOPLE)), ())
    return named or next((tuple(home) for s in order if choice and (home := _comes_home(s))), ())


def _with_allies(seen: Seen) -> bool:
    """Whether others act with the one named; "others" that end a row of targets ("to close posts in X, Y, others") do not act."""
    targets = {p.at for p in seen.parts if p.role is Role.TARGET}
    return any(p - 1 not in targets for p in seen.tokens.index.get("ALLIES", ()))


def _privately(choice: Choice) -> bool:
    """Whether helpers who are no government move people, and no government stands before them as the one who acts."""
    tokens = choice.seen.tokens
    private = min(tokens.index.get("PRIVATE", [99]))
    first = min((f.first for f in choice.seen.findings if f.kind is choice.kind), default=0)
    acting = [p for p in choice.seen.parts if p.role is Role.ISSUER and p.at < first and not tokens.within("PRIVATE", p.at + 1, p.at + 2)]
    return choice.kind is SignalKind.EVACUATION and not acting and private <= first


def _acting(seen: Seen, choice: Choice | None) -> list[str]:
    """Those who act in a sentence; of several, those in the clause of the act ("embassy closes as Ecuador declares ...")."""
    acting = seen.roles(Role.ISSUER)
    act = next((f for f in seen.findings if choice and f.kind is choice.kind), None)
    if len(acting) < 2 or act is None or seen is not (choice and choice.seen):
        return acting
    spans = [(p, min(p.at, act.first), max(p.at, act.last)) for p in seen.parts if p.role is Role.ISSUER]
    parts = [p for p, a, b in spans if not (seen.tokens.within("CLAUSE", a, b) or seen.tokens.broken(a, b))]
    parts = [p for p in parts if not any(t.text in _DASHES for t in seen.tokens.items[p.at : act.first])] or parts
    parts = [p for p in parts if not seen.tokens.within("RELATIVE", act.last, p.at)] or parts  # "mayhem that officials of X blame on Y"
    if act.kind is SignalKind.EMBASSY_CLOSURE:  # "closes embassy, gives X diplomats five days": who closes is named first
        parts = [p for p in parts if p.at <= act.last] or parts
    return list(dict.fromkeys(c for p in parts for c in p.codes)) or acting


_DASHES = frozenset({"-", "\u2013", "\u2014"})
"""Marks between two statements of a headline: "X expects an attack - Y moves its embassy"."""


def _elsewhere(seen: Seen, choice: Choice | None) -> bool:
    """Whether all who act in a sentence stand in another clause than the act and the people it is for."""
    if choice is None or seen is not choice.seen or not seen.roles(Role.PEOPLE):
        return False
    act = next((f for f in seen.findings if f.kind is choice.kind), None)
    acting = [p.at for p in seen.parts if p.role is Role.ISSUER]
    return act is not None and all(seen.tokens.within("CLAUSE", min(at, act.first), max(at, act.first)) for at in acting)


def _shared_name(seen: Seen) -> bool:
    """Whether all who act in a sentence do so by a name that several governments have ("the Foreign Office")."""
    acting = [p for p in seen.parts if p.role is Role.ISSUER]
    return bool(acting) and all("SHARED" in seen.tokens.items[p.at].classes for p in acting)


def _owner_told_later(order: list[Seen], choice: Choice | None) -> tuple[str, ...]:
    """The one state that acts in a lead that tells the headline's act again, where the headline says only "the Foreign Ministry"."""
    if not order or choice is None or not _shared_name(order[0]) or order[0].roles(Role.PEOPLE):
        return ()
    again = [s for s in order[1:] if any(f.kind is choice.kind for f in s.findings) and not _shared_name(s)]
    named = [tuple(c for c in s.roles(Role.ISSUER) if c not in order[0].aims()) for s in again]
    return next((one for one in named if len(one) == 1), ())


def _owner_of_the_mission(order: list[Seen], choice: Choice | None) -> tuple[str, ...]:
    """Whose mission it is that a "Foreign Office" speaks of, a name that several governments have."""
    if choice is None or choice.kind not in (SignalKind.EMBASSY_CLOSURE, SignalKind.EMBASSY_REOPENING):
        return ()
    for s in order[:2]:
        if _shared_name(s):
            owned = (p for p in s.parts if p.at + 1 < len(s.tokens.items) and "EMBASSY" in s.tokens.items[p.at + 1].classes)
            return next((p.codes for p in owned if p.role is not Role.TARGET and len(p.codes) == 1), ())
    return ()


def _comes_home(seen: Seen) -> list[str]:
    """Where a flight that is called a homecoming lands, which tells whose it is."""
    return seen.roles(Role.DESTINATION) if seen.tokens.has("HOMECOMING") and seen.tokens.has("SURELYEVAC") else []


_AGAINST = frozenset({"advise-against-travel", "advice-changed"})
"""Rules by which a page of a government without levels advises against travel."""


def kinds_of(seen: list[Seen], choice: Choice | None, level: int | None, *, page: bool, official: bool) -> tuple[SignalKind, ...]:
    """Every measure the text states as new or in force, the one that names the item first."""
    if choice is None:
        return ()
    every = [f for s in seen for f in s.findings if f.stage is not Stage.HISTORICAL and not reason_of_level(f)]
    every = every if page else [f for f in every if not (_reason_of_advice(f) or _told_by_advice(f, choice))]
    warning = official and any(f.rule.name == "travel-advice" and f.zone is Zone.TITLE for f in every)
    kinds = {f.kind for f in every if f.stage in (*LIVE, choice.stage) and not (warning and f.rule.name in _REASONS)}
    if page:
        against = level is None and any(f.rule.name in _AGAINST and f.zone is not Zone.BODY for f in every)
        kinds -= {SignalKind.SECURITY_ALERT} if against else {SignalKind.ADVISORY_LEVEL, SignalKind.SECURITY_ALERT}
    if any(f.kind is SignalKind.DEPARTURE_LIFTED for f in every):
        kinds -= {SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE}
    notes = [s for s in seen if s.changes and s.sentence.zone is Zone.LEAD and not s.sentence.standing] if page else []
    kinds |= {CHANGES[name][0] for _, name in told(notes) if name in CHANGES}
    if any(map(unmoved, notes)):
        kinds |= {CHANGES[name][0] for s in notes for name in s.changes if name in _BESIDE}
    named = {SignalKind.ADVISORY_LEVEL} if warning else set()  # a notice headed "travel warning" is one
    kinds -= _only_labels(every) - {choice.kind} - named
    if choice.kind is not SignalKind.NO_CHANGE and not any(map(unmoved, notes)):
        kinds.discard(SignalKind.NO_CHANGE)
    if level is not None:
        kinds.add(SignalKind.ADVISORY_LEVEL)
    kinds.add(choice.kind)
    if choice.kind is SignalKind.NO_CHANGE and not page and any(f.kind is SignalKind.ADVISORY_LEVEL for f in every):
        kinds.add(SignalKind.ADVISORY_LEVEL)  # what is renewed
    return (choice.kind, *sorted(kinds - {choice.kind}, key=rank))


_BESIDE = frozenset({"security", "health"})
"""Changes that stand beside "the level has not changed" in a note."""

_REASONS = frozenset({"warn-citizens", "mission-tells-of-danger"})
"""Rules for dangers, which are the reasons of a travel warning and no alert beside it."""


def _reason_of_advice(finding: Finding) -> bool:
    """Whether a warning is only the reason for the advice of its sentence ("warned citizens of attacks, urging them not to go")."""
    if finding.rule.name != "warn-citizens":
        return False
    advice = (f for f in finding.seen.findings if f.kind is SignalKind.ADVISORY_LEVEL)
    return any(not finding.seen.tokens.within("CLAUSE", min(f.first, finding.first), max(f.last, finding.last)) for f in advice)


def _told_by_advice(finding: Finding, choice: Choice) -> bool:
    """Whether a headline's warning is what the advice says that names the item."""
    return choice.rule == "travel-advice" and finding.rule.name == "warn-citizens" and finding.zone is Zone.TITLE


def _only_labels(every: list[Finding]) -> set[SignalKind]:
    """Kinds that only a noun names ("in a security alert the embassy said ..."), which is a label of another act."""
    said = {f.kind for f in every if f.rule.name not in NOUN_RULES or _stated(f)}
    return {f.kind for f in every if f.rule.name in NOUN_RULES} - said


def _stated(finding: Finding) -> bool:
    """Whether a noun is more than a label: it was issued, or a grade by number is said to hold ("is under Alert Level 2")."""
    tokens = finding.seen.tokens
    graded = finding.rule.name == "travel-advice" and tokens.has("ALERTGRADE") and tokens.within("NUM", finding.first, finding.last + 2)
    return graded or tokens.within("ISSUES", finding.first - 4, finding.first - 1)


_POSTED = frozenset({SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE})
"""Kinds that speak to a mission's own staff."""

_FOR_ALL = frozenset({SignalKind.ADVISORY_LEVEL, SignalKind.SECURITY_ALERT, SignalKind.HEALTH_ALERT})
"""Kinds that always speak to the citizens of the government that issues them."""

_CALLED = frozenset({SignalKind.EVACUATION, SignalKind.LEAVE_NOW, SignalKind.SHELTER_IN_PLACE, SignalKind.TOWN_HALL, SignalKind.NO_CHANGE})
"""Kinds that are meant for citizens where nobody else is named."""


def audiences_of(seen: list[Seen], kinds: tuple[SignalKind, ...]) -> frozenset[Audience]:
    """The people of all acts that are among the item's kinds."""
    ended = {*_POSTED} if kinds[:1] == (SignalKind.DEPARTURE_LIFTED,) else set()  # what is ended tells for whom it was
    found = {a for s in seen for f in s.findings if f.kind in {*kinds, *ended} and f.stage is not Stage.HISTORICAL for a in f.audiences}
    if kinds[:1] and kinds[0] in _POSTED and not found:
        found.add(Audience.GOVERNMENT_STAFF)  # a bare "on ordered departure"
    if _FOR_ALL & set(kinds) or (not found and _CALLED & set(kinds)):
        found.add(Audience.CITIZENS)
    if kinds[:1] == (SignalKind.EMBASSY_CLOSURE,):  # "message for citizens: the embassy is closed" says for whom it is
        found |= {a for s in seen if s.sentence.zone is Zone.TITLE and s.tokens.has("NATIONALS") for f in s.findings for a in f.audiences}
    if kinds[:1] == (SignalKind.EVACUATION,) and any(n == OTHERS for s in seen if s.sentence.zone is not Zone.BODY for n in s.notes):
        found.add(Audience.THIRD_COUNTRY)
    return frozenset(found)


def _plain_citizens(seen: Seen) -> bool:
    """Whether citizens are named with no nation before or after them, so that they are the government's own."""
    items = seen.tokens.items
    spots = [p for p in seen.tokens.positions(("NATIONALS", "DEMPEOPLE")) if items[p].mention is None]
    return any(not (p and items[p - 1].mention) and not (p + 1 < len(items) and "P_OF" in items[p + 1].classes) for p in spots)


def of_many(audiences: frozenset[Audience], choice: Choice) -> frozenset[Audience]:
    """The audiences of a movement by many governments, where foreigners are each one's own people."""
    many = choice.seen.tokens.has("ALLIES") or choice.seen.tokens.has("STATESWORD")
    return (audiences - {Audience.THIRD_COUNTRY}) | {Audience.CITIZENS} if many and Audience.THIRD_COUNTRY in audiences else audiences


def with_strangers(audiences: frozenset[Audience], seen: list[Seen], choice: Choice, issuer: str) -> frozenset[Audience]:
    """The audiences of a movement with people of other nations among those who are moved, or with nobody else."""
    top = [choice.seen, *(s for s in seen if s.sentence.zone is not Zone.BODY and s is not choice.seen)]
    moved = choice.seen.people_moved().union(*(s.taken_with(issuer) for s in top))
    if not moved - {issuer}:
        return audiences
    own = issuer in moved or any(s.tokens.has("OWN") for s in top) or choice.seen.tokens.has("ALSO") or _plain_citizens(choice.seen)
    return (audiences if own else audiences - {Audience.CITIZENS}) | {Audience.THIRD_COUNTRY}
