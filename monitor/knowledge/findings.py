"""What single sentences state: rules matched, their stage, people, dates and places resolved, look-alikes rejected."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from monitor.knowledge.places import PlaceKind
from monitor.knowledge.roles import Role, parts
from monitor.knowledge.rules import Language, Match, Rule, search
from monitor.knowledge.screen import screen
from monitor.knowledge.seen import Finding, Seen, Setting
from monitor.knowledge.text import Sentence, Zone
from monitor.knowledge.times import dates
from monitor.knowledge.tokens import Tokens, tokenise
from monitor.model import Audience, SignalKind, Stage

RECENT = timedelta(days=14)
"""How old an act may be to be news (the labelling rules)."""

_OLD_ENOUGH = timedelta(days=15)

_LONG_AGO = timedelta(days=60)
"""A sentence that gives only days so old tells a story, whatever clause they stand in."""
_OWNED = frozenset({"EMBASSY", "ENVOYS", "STAFF"})
_MISSIONS = frozenset({SignalKind.EMBASSY_CLOSURE, SignalKind.EMBASSY_REOPENING})
_POSTS = frozenset(
    {SignalKind.EMBASSY_CLOSURE, SignalKind.EMBASSY_REOPENING, SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE}
)

_RETURNS = frozenset({SignalKind.EMBASSY_REOPENING, SignalKind.DEPARTURE_LIFTED, SignalKind.ADVISORY_LEVEL})
"""Acts that undo something: what is said after them may well tell of long ago ("reopens three years after staff fled")."""

_LIST_ENDS = frozenset({"CLAUSE", "BREAK", "AUTHORIZE", "HARDORDER", "AUTHDEP", "ORDEREDDEP"})

_PEOPLE = (
    (Audience.GOVERNMENT_FAMILIES, ("FAMILIES", "DIPFAMILIES")),
    (Audience.GOVERNMENT_STAFF, ("STAFF", "ENVOYS")),
    (Audience.CITIZENS, ("NATIONALS", "OWN")),
    (Audience.THIRD_COUNTRY, ("FOREIGNERS",)),
)


_HEADING = 4
"""A sentence of so few words is a heading of a page: it names a subject and states nothing."""

_DATED = frozenset(
    {
        SignalKind.ORDERED_DEPARTURE,
        SignalKind.AUTHORIZED_DEPARTURE,
        SignalKind.EMBASSY_CLOSURE,
        SignalKind.EVACUATION,
        SignalKind.DEPARTURE_LIFTED,
    }
)


def look(sentence: Sentence, setting: Setting, title: Seen | None = None, before: Seen | None = None) -> Seen:
    """Everything the rules of a language find in one sentence; `before` is the one it follows, whose date it may share."""
    tokens = tokenise(sentence.text, setting.language.lexicon)
    seen = Seen(sentence, tokens, parts(tokens), dates(sentence.text, setting.language.months, setting.today))
    killed: list[tuple[str, Rule]] = []
    for rule in screen(setting.language.lang).rules(sentence.text):
        if not (matches := _matches(rule, tokens)):
            continue
        if any(tokens.has(k) for k in rule.unless):
            seen.vetoed.add(rule.kind)
            continue
        what, _, name = rule.kind.partition(":")
        if what == "note":
            seen.notes.append(rule.name)
        elif what == "change":
            seen.changes.append(name)
        elif what == "reject":
            killed += [(kind, rule) for kind in rule.kills]
            seen.rejected.append((rule.name, name))
        else:
            _record(rule, matches, seen, setting, title)
    _settle(seen, killed)
    if sentence.zone is Zone.TITLE and tokens.has("HOMEFRONT"):
        seen.vetoed.add(SignalKind.EVACUATION.value)
    if title is not None:
        seen.findings = [f for f in seen.findings if f.kind.value not in title.vetoed or (setting.official and f.kind not in _MISSIONS)]
    if sentence.zone is not Zone.TITLE and len(tokens.items) <= _HEADING:
        seen.findings = [f for f in seen.findings if f.kind not in _DATED]
    if before is not None and not seen.dates and any("FOLLOWON" in t.classes for t in tokens.items[:3]):
        _share_date(seen, before)
    return seen


def _share_date(seen: Seen, before: Seen) -> None:
    """Gives what "it also" states the date of the act it is told after."""
    day = next((f.effective for f in before.findings if f.effective and f.kind in _DATED), None)
    if day is not None:
        seen.findings = [replace(f, effective=f.effective or day) for f in seen.findings]


def _matches(rule: Rule, tokens: Tokens) -> list[Match]:
    if rule.needs and not any(tokens.has(k) for k in rule.needs):
        return []
    return [match for pattern in rule.patterns for match in search(pattern, tokens, rule.never)]


def _record(rule: Rule, matches: list[Match], seen: Seen, setting: Setting, title: Seen | None) -> None:
    if not _has_actor(rule, seen, setting, title):
        seen.rejected.append((rule.name, "no_government"))
        return
    matches = [m for m in matches if not _of_another_state(rule, m, seen, setting)]
    best: dict[Stage, Finding] = {}
    for match in matches:
        finding = _finding(rule, match, seen, setting)
        known = best.get(finding.stage)
        best[finding.stage] = replace(known, audiences=known.audiences | finding.audiences) if known else finding
    seen.findings += best.values()


def _of_another_state(rule: Rule, match: Match, seen: Seen, setting: Setting) -> bool:
    """Whether an official side speaks of another government's mission or staff ("the closure of the Afghan embassy")."""
    if setting.issuer is None:
        return rule.kind == SignalKind.EMBASSY_CLOSURE and _closes_guests(match, seen)
    if rule.kind not in _POSTS:
        return False
    owners = [p for p in seen.parts if p.role is Role.ISSUER and match.first < p.at <= match.last]
    owners = [p for p in owners if p.at + 1 < len(seen.tokens.items) and seen.tokens.items[p.at + 1].classes & _OWNED]
    return bool(owners) and all(setting.issuer not in p.codes for p in owners)


def _closes_guests(match: Match, seen: Seen) -> bool:
    """Whether one state closes the missions of another ("Oslo shuts all Iranian consulates")."""
    items = seen.tokens.items
    owners = [
        p for p in seen.parts if p.kind is PlaceKind.DEMONYM and match.first < p.at < match.last and "MISSION" in items[p.at + 1].classes
    ]
    hosts = {c for p in seen.parts if p.role is Role.ISSUER and p.at < match.first for c in p.codes}
    return bool(owners and hosts) and not any(hosts.intersection(p.codes) for p in owners)


def _finding(rule: Rule, match: Match, seen: Seen, setting: Setting) -> Finding:
    kind = SignalKind(rule.kind)
    effective = _effective(match, seen, setting, match_undoes=kind in _RETURNS)
    stage, hard = _stage(rule, kind, match, seen.tokens, setting.language)
    if _bygone(kind, match, seen, setting, effective):
        stage = Stage.HISTORICAL
    told = rule.name == "move-mission" and seen.sentence.zone is Zone.LEAD and not seen.sentence.standing
    again = kind is SignalKind.EVACUATION and _near(seen.tokens, "UPDATED", match, 12, 0)
    restated = again or (not told and _near(seen.tokens, "CONTINUES", match, 6, 4))  # "works remotely" tells that it moved
    return Finding(kind, stage, rule, seen, match.first, match.last, _audiences(rule, match, seen.tokens), effective, restated, hard)


def _stage(rule: Rule, kind: SignalKind, match: Match, tokens: Tokens, language: Language) -> tuple[Stage, bool]:
    if rule.stage:
        return Stage(rule.stage), True
    for force in language.forces:
        if force.only and kind.value not in force.only:
            continue
        if any(_near(tokens, key, match, force.before, force.after, inside=force.inside) for key in force.keys):
            return Stage(force.stage), force.name != "prepared"
    return (Stage(rule.base), True) if rule.base else (Stage.IN_EFFECT, False)


def _near(tokens: Tokens, key: str, match: Match, before: int, after: int, *, inside: bool = True) -> bool:
    """Whether a class stands around a match, no break between, or (if `inside`) within it."""
    if not tokens.has(key):
        return False
    if inside and tokens.within(key, match.first, match.last):
        return True
    return any(
        (match.first - before <= p < match.first and not tokens.broken(p, match.first) and not _turned(tokens, p, match.first))
        or (match.last < p <= match.last + after and not tokens.broken(match.last, p) and not _turned(tokens, match.last, p))
        for p in tokens.index[key]
    )


def _turned(tokens: Tokens, first: int, last: int) -> bool:
    """Whether a clause begins between two positions, so that what is said of one is not said of the other."""
    return last - first > 1 and tokens.within("CLAUSE", first + 1, last - 1)


def _bygone(kind: SignalKind, match: Match, seen: Seen, setting: Setting, effective: date | None) -> bool:
    """Whether a clause only remembers: looking back, superseded, or (but for standing pages) dated more than two weeks ago."""
    tokens = seen.tokens
    if kind in (SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE) and _near(tokens, "PREVIOUS", match, 9, 0):
        return True
    if not setting.standing and tokens.has("LOOKBACK"):
        return kind not in _RETURNS or tokens.within("LOOKBACK", 0, match.first)
    if not setting.standing and setting.today and seen.dates and all(setting.today - day > _LONG_AGO for _, day in seen.dates):
        return True
    old = effective is not None and setting.today is not None and setting.today - effective >= _OLD_ENOUGH
    return old and not setting.standing


_SINCE = re.compile(r"\b(?:since|from|of) (?:\w+ )?$")


def _effective(match: Match, seen: Seen, setting: Setting, *, match_undoes: bool) -> date | None:
    """The date of an act: the last one before the act's end, else the first after it, none across the start of a clause."""
    tokens = seen.tokens
    starts = [t.start for t in tokens.items]
    days = [(at, day) for at, day in seen.dates if not (match_undoes and _SINCE.search(seen.sentence.text, max(0, at - 12), at))]
    placed = [(bisect_right(starts, at) - 1, day) for at, day in days]
    before = [day for p, day in placed if p <= match.last and not _turned(tokens, p, match.first)]
    after = [day for p, day in placed if match.last < p <= match.last + 14 and not _turned(tokens, match.last, p)]
    if before or after:
        return before[-1] if before else after[0]
    return setting.today if tokens.has("TODAY") and not placed else None


def _audiences(rule: Rule, match: Match, tokens: Tokens) -> frozenset[Audience]:
    """The people an act is about: of an order all that its list names, of a movement or advice those that the match holds."""
    own = {Audience.GOVERNMENT_FAMILIES, Audience.GOVERNMENT_STAFF}
    match rule.kind:
        case SignalKind.AUTHORIZED_DEPARTURE | SignalKind.ORDERED_DEPARTURE | SignalKind.DEPARTURE_LIFTED:
            found = _named_people(tokens, range(match.first, _end_of_list(tokens, match.last))) & own
        case SignalKind.EVACUATION:
            found = _named_people(tokens, match.positions)
            if not any(tokens.has(k) for k in ("ENVOYS", "DIPFAMILIES", "EMBASSY")):
                found -= {Audience.GOVERNMENT_FAMILIES}
        case SignalKind.ADVISORY_LEVEL | SignalKind.LEAVE_NOW:
            found = _named_people(tokens, match.positions) - own
        case _:
            found = _named_people(tokens, range(match.first, match.last + 5))
    return frozenset(found or {Audience(a) for a in rule.audiences})


def _named_people(tokens: Tokens, positions: Iterable[int]) -> set[Audience]:
    at = [tokens.items[p].classes for p in positions if p < len(tokens.items) and not _owns_family(tokens, p)]
    return {who for who, keys in _PEOPLE if any(classes.intersection(keys) for classes in at)}


def _owns_family(tokens: Tokens, at: int) -> bool:
    """Whether staff are only named as whose relatives are meant ("families of officials", "envoys' spouses")."""
    items = tokens.items
    if not items[at].classes & {"ENVOYS", "STAFF"} or items[at].classes & {"FAMILIES", "DIPFAMILIES"}:
        return False
    owned = tokens.source[items[at].end : items[at].end + 1] in ("'", "\u2019") and tokens.within("FAMILIES", at + 1, at + 1)
    before = items[max(0, at - 4) : at]
    return owned or any("FAMILIES" in a.classes and b.text == "of" for a, b in pairwise(before))


def _end_of_list(tokens: Tokens, last: int) -> int:
    """Where the list of people after an act ends: at the next act or clause, at most fourteen words on."""
    for p in range(last + 1, min(last + 15, len(tokens.items))):
        if tokens.items[p].classes & _LIST_ENDS:
            return p
    return last + 15


def _has_actor(rule: Rule, seen: Seen, setting: Setting, title: Seen | None) -> bool:
    """Whether a match has the government that its rule asks for, in its sentence or in the title."""
    need = rule.actor
    both = [seen, title] if title is not None else [seen]
    acts = any(s.roles(Role.ISSUER) or any(p.kind is PlaceKind.GOVERNMENT for p in s.parts) for s in both)
    people = any(s.roles(Role.PEOPLE) for s in both)
    named = any(s.tokens.has(k) for s in both for k in ("GOVWORD", "GOV", "EMBASSYISH", "ENVOYS", "DIPFAMILIES"))
    own = any(s.tokens.has(k) for s in both for k in ("OWN", "FOREIGNERS", "ENVOYS"))
    if (
        need in ("own", "gov")
        and seen.tokens.has("COMPANY")
        and not (seen.roles(Role.ISSUER) or seen.tokens.has("OWN") or setting.official)
    ):
        return False
    match need:
        case "issuer":
            return setting.official or bool(seen.roles(Role.ISSUER))
        case "":
            return True
        case "own":
            return setting.official or acts or people or named or own
        case "gov":
            return setting.official or acts or named or (people and seen.tokens.has("SURELYEVAC"))
        case "mission":
            return True
        case "official":
            return setting.official or people or own or acts
        case "official-only":
            return setting.official
        case "people":
            told = ("NATIONALS", "EMBASSY", "DEMPEOPLE") if acts else ("NATIONALS", "EMBASSY")
            return setting.official or people or own or any(s.tokens.has(k) for s in both for k in told)
        case _:
            return setting.official or acts or people or named or own


_NOUNS = frozenset({"ordered-departure", "authorized-departure"})
"""Rules for the bare terms, which an end of one of them covers too ("the end of ordered departure and authorized departure")."""

_STRONGER: dict[SignalKind, tuple[SignalKind, ...]] = {
    SignalKind.DEPARTURE_LIFTED: (SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE, SignalKind.EMBASSY_REOPENING),
    SignalKind.LEAVE_NOW: (SignalKind.EVACUATION, SignalKind.SECURITY_ALERT),
    SignalKind.ADVISORY_LEVEL: (SignalKind.SECURITY_ALERT,),
    SignalKind.HEALTH_ALERT: (SignalKind.ADVISORY_LEVEL, SignalKind.SECURITY_ALERT),
    SignalKind.EMBASSY_REOPENING: (SignalKind.EMBASSY_CLOSURE,),
}
"""A clause that states the key states none of the others with the same words."""


def _settle(seen: Seen, killed: list[tuple[str, Rule]]) -> None:
    """Takes away what a rejection or a more exact reading of the same words rules out."""
    kills = {kind for kind, _ in killed}
    kept = [f for f in seen.findings if f.kind.value not in kills]
    for strong, weaker in _STRONGER.items():
        spans = [(f.first, f.last) for f in kept if f.kind is strong]
        kept = [f for f in kept if f.kind not in weaker or not any(a <= f.last and f.first <= b for a, b in spans)]
    denied = {(f.kind, f.first) for f in kept if f.stage is Stage.DENIED}
    kept = [f for f in kept if f.stage is Stage.DENIED or not any(f.kind is kind and f.last >= at for kind, at in denied)]
    ends = [f.first for f in kept if f.kind is SignalKind.DEPARTURE_LIFTED]
    if ends:
        kept = [f for f in kept if f.rule.name not in _NOUNS or f.first < min(ends)]
    seen.findings = kept
