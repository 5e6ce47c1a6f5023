"""Where an act applies: the places its sentence aims at, or at least names."""

from __future__ import annotations

import re
from itertools import pairwise

from monitor.knowledge import doers, ways
from monitor.knowledge.choice import LIVE, Choice
from monitor.knowledge.location_line import location_line
from monitor.knowledge.places import PlaceKind
from monitor.knowledge.role import Part
from monitor.knowledge.roles import Role
from monitor.knowledge.seen import Seen
from monitor.knowledge.text import Zone
from monitor.model import SignalKind


def places_of(seen: list[Seen], choice: Choice | None, issuers: tuple[str, ...], *, official: bool) -> tuple[str, ...]:
    """Where the act applies: what title or the act's sentence aims at, or at least names; then what the lead aims at."""
    top = [s for s in seen if s.sentence.zone is Zone.TITLE]
    top += [choice.seen] if choice and choice.seen not in top else []
    lead = [s for s in seen if s.sentence.zone is Zone.LEAD and s not in top]
    if official and (listed := next((codes for s in seen if (codes := location_line(s))), ())):
        return listed
    if any(s.tokens.has("WORLDWIDE") and not s.aims() for s in top if s.sentence.zone is Zone.TITLE):
        return ()
    found = [codes for s in top if (codes := _without(s.aims(), issuers))]
    if not found and choice and any(s.tokens.has("WORLDWIDE") and any(f.kind is choice.kind for f in s.findings) for s in lead):
        return ()
    if found:
        if fetched := _fetched_from_beyond(found[0], lead, choice, issuers):
            return fetched
        wider = [codes for s in [*top, *lead] if set(codes := _without(s.aims(), issuers)) > set(found[0]) and not s.tokens.has("SORROW")]
        both = [codes for s in lead if choice and _two_acts(s, choice) and set(codes := _without(s.aims(), issuers)) > set(found[0])]
        row = [codes for s in lead[:2] if choice and set(codes := _in_one_row(s, choice, issuers)) > set(found[0])]
        return next(iter([*(wider if official else [*both, *row]), found[0]]))
    if any(_of_region(s) for s in top) and not _named_first(top):
        same = (s for s in lead if choice and (any(f.kind is choice.kind for f in s.findings) or _tells_where(s)))
        return next((codes for s in same if (codes := _without(s.aims(), issuers))), ())
    named = [codes for s in top if (codes := _without(s.named(), issuers))]
    aimed = [codes for s in lead if (codes := _without(s.aims(), issuers))]
    if official and choice and choice.kind is SignalKind.SECURITY_ALERT and not named and _examples(seen):
        return ()
    weak = [codes for s in top if (codes := _without(s.roles(Role.WEAK), issuers))]
    back = choice is not None and choice.kind in (SignalKind.DEPARTURE_LIFTED, SignalKind.EMBASSY_REOPENING)
    gone = [codes for s in top if back and (codes := _without(s.roles(Role.DESTINATION), issuers))]
    told = [codes for s in top if official and s.sentence.zone is Zone.TITLE and (codes := _without(s.roles(Role.OTHER), issuers))]
    posted = choice is not None and choice.kind in _MISSIONS
    beside = [codes for s in lead if posted and (codes := _without(_beside(s), issuers))]
    given = [codes for s in lead if choice and (codes := _without(_given_names(s, choice), issuers))]
    return next(iter([*gone, *named, *aimed, *weak, *told, *beside, *given, _spoken_of_before(seen, choice, issuers)]), ())


def _fetched_from_beyond(named: tuple[str, ...], lead: list[Seen], choice: Choice | None, issuers: tuple[str, ...]) -> tuple[str, ...]:
    """Where people are fetched from, by a text that calls the place in the headline a stop ("planes to X for nationals in Y")."""
    if choice is None or choice.kind is not SignalKind.EVACUATION or choice.seen.sentence.zone is not Zone.TITLE:
        return ()
    for s in lead[:1]:
        aims = _without(s.aims(), issuers)
        stop = set(named) <= set(s.roles(Role.DESTINATION)) and not set(named) & set(aims)
        if stop and any(f.kind is choice.kind for f in s.findings):
            return aims
    return ()


_THE_COUNTRY = re.compile(r"\b(?:to|in|from|leave|leaving) (?:the|that) country\b")


def _spoken_of_before(seen: list[Seen], choice: Choice | None, issuers: tuple[str, ...]) -> tuple[str, ...]:
    """The country that a sentence with the act means by "the country": the last one that a sentence before it names."""
    said = [
        n for n, s in enumerate(seen) if choice and any(f.kind is choice.kind for f in s.findings) and _THE_COUNTRY.search(s.sentence.text)
    ]
    for s in reversed(seen[: said[0]] if said else []):
        named = [p.codes for p in s.parts if p.kind is PlaceKind.COUNTRY and _without(list(p.codes), issuers)]
        if named:
            return named[-1]
    return ()


def _in_one_row(seen: Seen, choice: Choice, issuers: tuple[str, ...]) -> tuple[str, ...]:
    """The targets of a sentence that tells the act again, where they stand in one row ("told its citizens to leave X and Y")."""
    targets = [p for p in seen.parts if p.role is Role.TARGET]
    row = all(ways.in_a_row(seen.tokens.items[a.at + 1 : b.at]) for a, b in pairwise(targets))
    again = any(f.kind is choice.kind and f.stage is choice.stage and targets and f.first <= targets[0].at for f in seen.findings)
    return _without(seen.aims(), issuers) if row and again else ()


def _given_names(seen: Seen, choice: Choice) -> list[str]:
    """The names that a sentence with the act gives to countries it only counts ("twelve destinations, including X and Y")."""
    if not any(f.kind is choice.kind for f in seen.findings):
        return []
    last = min(seen.tokens.positions(("including", "LIKE")), default=len(seen.tokens.items))
    names: list[Part] = []
    for part in (p for p in seen.parts if p.at > last and p.kind is PlaceKind.COUNTRY and not doers.among_states(seen.tokens, p.at)):
        between = seen.tokens.items[last + 1 : part.at]
        if between and not (names and ways.in_a_row(between)) and not all("P_LOOSE" in t.classes for t in between):
            break
        names.append(part)
        last = part.at
    return list(dict.fromkeys(c for p in names for c in p.codes))


_MISSIONS = frozenset({SignalKind.EMBASSY_CLOSURE, SignalKind.EMBASSY_REOPENING})
"""Acts that have a place of their own, so that a text that aims at none means the only other country it names."""

_ACTS = _MISSIONS | {SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE, SignalKind.EVACUATION}
"""Acts upon posts and their people, of which one sentence may tell several, each with a place of its own."""


def _two_acts(seen: Seen, choice: Choice) -> bool:
    """Whether a sentence tells the act and another one that is in force as well ("shut its embassy in X and let staff leave Y")."""
    told = {f.kind for f in seen.findings if f.kind in _ACTS and f.stage in LIVE}
    return choice.kind in told and len(told) > 1


def _beside(seen: Seen) -> list[str]:
    """Places that a sentence names by the way, but for the one it opens with, where it may have been written."""
    return list(dict.fromkeys(c for p in seen.parts if p.at > 0 and p.role is not Role.ISSUER for c in p.codes))


def _of_region(seen: Seen) -> bool:
    """Whether a sentence names a region, other than a union of states that acts."""
    return any("ORG" not in seen.tokens.items[p].classes for p in seen.tokens.index.get("REGION", ()))


def _examples(seen: list[Seen]) -> bool:
    """Whether a text without a place in its headline tells of several places, each in a sentence of its own: incidents, no targets."""
    told = [set(s.aims()) for s in seen if s.aims() and s.sentence.zone is not Zone.BODY]
    return len(told) > 1 and not set.intersection(*told)


def _named_first(top: list[Seen]) -> bool:
    """Whether a headline names a country before any clause that speaks of the region ("adds X to warnings as the Gulf burns")."""
    title = next((s for s in top if s.sentence.zone is Zone.TITLE), None)
    if title is None:
        return False
    region = min(title.tokens.index.get("REGION", [0]))
    weak = [p.at for p in title.parts if p.role is Role.WEAK and p.kind is not PlaceKind.DEMONYM]
    return any(at < region and title.tokens.within("CLAUSE", at, region) for at in weak)


def _tells_where(seen: Seen) -> bool:
    """Whether a sentence says for which places an act is, or where the people are, of which a headline only names the region."""
    return any(seen.tokens.has(k) for k in ("NATIONALS", "OWN", "STUCK", "DEMPEOPLE", "CRAFTWORD", "CONCERNS"))


def _without(codes: list[str], issuers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(c for c in codes if c not in issuers)
