"""Whom an act is about: the people its words name."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from monitor.knowledge.rules import Rule
from monitor.knowledge.sweep import Match
from monitor.knowledge.tokens import Token, Tokens
from monitor.model import Audience, SignalKind

_LIST_ENDS = frozenset({"CLAUSE", "BREAK", "AUTHORIZE", "HARDORDER", "AUTHDEP", "ORDEREDDEP"})

_POSTED = frozenset({"ENVOYS", "STAFF", "FAMILIES", "DIPFAMILIES"})

_OF_THEIR = frozenset({"P_OF", "OWNER", "DEMONYM", "P_LOOSE", "ACCOMPANY", "EMBASSY"})

_PEOPLE = (
    (Audience.GOVERNMENT_FAMILIES, ("FAMILIES", "DIPFAMILIES")),
    (Audience.GOVERNMENT_STAFF, ("STAFF", "ENVOYS")),
    (Audience.CITIZENS, ("NATIONALS", "OWN")),
    (Audience.THIRD_COUNTRY, ("FOREIGNERS",)),
)


_WHO = frozenset({"ENVOYS", "NATIONALS", "OWN", "DIPFAMILIES", "STAFF", "FAMILIES"})


def audiences(rule: Rule, match: Match, tokens: Tokens) -> frozenset[Audience]:
    """The people an act is about: of an order all that its list names, of a movement or advice those that the match holds."""
    own = {Audience.GOVERNMENT_FAMILIES, Audience.GOVERNMENT_STAFF}
    match rule.kind:
        case SignalKind.AUTHORIZED_DEPARTURE | SignalKind.ORDERED_DEPARTURE | SignalKind.DEPARTURE_LIFTED:
            listed = range(_start_of_list(tokens, match.first), _end_of_list(tokens, match.last))
            found = _named_people(tokens, listed) & own
            if not found and any(_owns_family(tokens, p) for p in listed if p < len(tokens.items)):
                found = {Audience.GOVERNMENT_FAMILIES}  # "relatives of embassy staff": only whose they are was matched
        case SignalKind.EVACUATION:
            found = _moved(tokens, [*match.positions, *_joined(tokens, match.positions)])
            if Audience.GOVERNMENT_STAFF not in found and not any(tokens.has(k) for k in ("ENVOYS", "DIPFAMILIES", "EMBASSY")):
                found -= {Audience.GOVERNMENT_FAMILIES}
            if Audience.CITIZENS in found and Audience.GOVERNMENT_STAFF not in found:
                found -= {Audience.GOVERNMENT_FAMILIES}  # the citizens' own
        case SignalKind.HEALTH_ALERT:
            found = {Audience.CITIZENS}  # officials are those who warn
        case SignalKind.ADVISORY_LEVEL | SignalKind.LEAVE_NOW:
            found = _named_people(tokens, match.positions) - own
        case SignalKind.SECURITY_ALERT:  # whom a danger threatens besides is not whom the notice speaks to
            found = _named_people(tokens, range(match.first, match.last + 5)) - {Audience.THIRD_COUNTRY}
        case _:
            found = _named_people(tokens, range(match.first, match.last + 5))
    return frozenset(found or {Audience(a) for a in rule.audiences})


def _named_people(tokens: Tokens, positions: Iterable[int]) -> set[Audience]:
    at = [tokens.items[p].classes for p in positions if p < len(tokens.items) and not _owns_family(tokens, p)]
    kin = {"FAMILIES", "DIPFAMILIES"}  # "diplomats' families" are no diplomats
    heard = [(c - {"ENVOYS", "STAFF"}) if c & kin else c for c in at]
    return {who for who, keys in _PEOPLE if any(classes.intersection(keys) for classes in heard)}


def _moved(tokens: Tokens, positions: list[int]) -> set[Audience]:
    """The people at some positions; workers abroad are a country's citizens where no mission employs them."""
    hands = [p for p in positions if "LABOUR" in tokens.items[p].classes and not tokens.within("EMBASSY", p - 1, p - 1)]
    found = _named_people(tokens, [p for p in positions if p not in hands])
    return found | {Audience.CITIZENS} if hands else found


def _joined(tokens: Tokens, positions: Iterable[int]) -> list[int]:
    """Words for people in one breath with those of a match ("their diplomats and other citizens")."""
    last = len(tokens.items) - 1
    near = [p for at in positions if _is_people(tokens, at) for p in range(max(0, at - 3), min(last, at + 3) + 1) if p != at]
    spans = [(p, at) for at in positions if _is_people(tokens, at) for p in near if abs(p - at) <= 3 and _is_people(tokens, p)]
    return [
        p
        for p, at in spans
        if tokens.within("JOIN", min(p, at) + 1, max(p, at) - 1) and not tokens.within("CLAUSE", min(p, at), max(p, at))
    ]


def _is_people(tokens: Tokens, at: int) -> bool:
    return not tokens.items[at].classes.isdisjoint(_WHO)


def _owns_family(tokens: Tokens, at: int) -> bool:
    """Whether staff are only named as whose relatives are meant ("families of officials", "envoys' spouses")."""
    items = tokens.items
    if not items[at].classes & {"ENVOYS", "STAFF"} or items[at].classes & {"FAMILIES", "DIPFAMILIES"}:
        return False
    owned = tokens.source[items[at].end : items[at].end + 1] in ("'", "\u2019") and tokens.within("FAMILIES", at + 1, at + 1)
    before = items[max(0, at - 4) : at]
    named_of = any("FAMILIES" in a.classes and b.text == "of" for a, b in pairwise(before))
    return owned or named_of or _relatives_of(tokens, at)


def _relatives_of(tokens: Tokens, at: int) -> bool:
    """Whether a word for relatives leads to these staff with nothing but "of the", "his" and nations between, or follows a genitive."""
    items = tokens.items
    if at + 2 < len(items) and "GENITIVE" in items[at + 1].classes and "FAMILIES" in items[at + 2].classes:
        return True
    back = at - 1
    while back > at - 7 and back > 0 and (items[back].classes & _OF_THEIR or _joins_missions(items, back)):
        back -= 1
    if back > 0 and "JOIN" in items[back].classes and items[back - 1].classes & {"ENVOYS", "STAFF"}:
        return _relatives_of(tokens, back - 1)  # "families of diplomats and soldiers"
    return at - 1 > back >= 0 and bool(items[back].classes & {"FAMILIES", "DIPFAMILIES"})


def _joins_missions(items: list[Token], at: int) -> bool:
    """Whether "and" stands between two missions whose staff is meant ("of embassy and consulate staff")."""
    return "JOIN" in items[at].classes and "EMBASSY" in items[at - 1].classes


def _start_of_list(tokens: Tokens, first: int) -> int:
    """Where the list of people before an act begins: further back while "and" joins more of them ("staff and families ordered out")."""
    items = tokens.items
    while first > 1 and "JOIN" in items[first - 1].classes and items[first - 2].classes & _POSTED:
        first -= 2
    return first


def _end_of_list(tokens: Tokens, last: int) -> int:
    """Where the list of people after an act ends: at the next act or clause, at most fourteen words on."""
    for p in range(last + 1, min(last + 15, len(tokens.items))):
        if tokens.items[p].classes & _LIST_ENDS and "JOIN" not in tokens.items[p].classes:  # "as well as" goes on
            return p
    return last + 15


def tells_staff(match: Match, tokens: Tokens) -> bool:
    """Whether a call to leave is said to own staff alone ("orders embassy staff to leave immediately")."""
    first = max(0, match.first - _REACH)
    turns = [p for p in tokens.index.get("CLAUSE", ()) if first <= p < match.first]
    first = max(turns, default=first)
    words = tokens.items[first : match.last + 1]
    said_to = any(t.classes & {"ENVOYS", "STAFF", "DIPFAMILIES"} for t in words)
    called = tokens.within("URGE", first, match.last) or tokens.within("HARDORDER", first, match.last)
    return said_to and called and not any(t.classes & _PUBLIC and not t.classes & _POSTED for t in words)


_REACH = 9
"""How many words before a call the people may stand to whom it is said."""

_POSTED = frozenset({"ENVOYS", "STAFF", "DIPFAMILIES", "FAMILIES"})
_PUBLIC = frozenset({"NATIONALS", "OWN", "FOREIGNERS", "DEMPEOPLE"})


def brings_in(match: Match, tokens: Tokens) -> bool:
    """Whether own staff are brought to a place and not out of it ("helicopters ferried negotiators in")."""
    if not tokens.items[match.last].classes & {"ENVOYS", "STAFF"}:
        return False
    for p in range(match.last + 1, min(match.last + 6, len(tokens.items))):
        token = tokens.items[p]
        if token.text == "in":
            return p + 1 == len(tokens.items) or not tokens.items[p + 1].classes.isdisjoint(_PAUSES)
        if token.classes & {"P_FROM", "PLACE", "CLAUSE", "BREAK"}:
            return False
    return False


_PAUSES = frozenset({"BREAK", "JOIN", "CLAUSE"})
