"""Where craft, people and advice go: what tells a place they come from or are for from one they only pass."""

from __future__ import annotations

from monitor.knowledge.tokens import Token, Tokens

_CRAFT = ("CRAFT", "FLIGHTS", "STATELY", "marines", "troops")
_SENT = ("HIRES", "ARRIVE", "sails", "sail", "steams", "head", "heads", "flies", "fly", "return", "returns", "CARRY")
_FETCHED = ("NATIONALS", "OWN", "ENVOYS", "rescue", "EVACWORD", "SURELYEVAC", "STUCK")


def sent_for_people(tokens: Tokens, lead: int, at: int) -> bool:
    """Whether empty craft or forces go there for people ("to fly a jet to X for nationals"), who are named only afterwards."""
    if _to_fetch_there(tokens, at):
        return True
    craft = any(tokens.within(key, max(0, lead - 5), lead) for key in _CRAFT)
    sent = any(tokens.within(key, 0, lead) for key in _SENT)
    return craft and sent and _empty(tokens, lead) and _for_people(tokens, at) and not _from_elsewhere(tokens, at)


def _to_fetch_there(tokens: Tokens, at: int) -> bool:
    """Whether the purpose told behind a place is to fetch people there ("vier Maschinen nach X geschickt, um Y auszufliegen")."""
    purpose = tokens.within("PURPOSE", at + 1, min(at + 5, len(tokens.items) - 1))
    return purpose and tokens.within("EVACSURE", at + 2, min(at + 16, len(tokens.items) - 1)) and not _from_elsewhere(tokens, at)


def fetched_there(tokens: Tokens, lead: int, at: int) -> bool:
    """Whether craft come to a place to collect people there ("plane lands in X to pick up ...")."""
    craft = any(tokens.within(key, 0, lead) for key in _CRAFT)
    purpose = tokens.within("P_TO", at + 1, min(at + 2, len(tokens.items) - 1)) and any(
        tokens.within(key, at + 1, min(at + 3, len(tokens.items) - 1)) for key in ("CARRY", "EVAC", "EVACWORD", "aid")
    )
    return lead >= 0 and craft and purpose and _empty(tokens, lead) and not _from_elsewhere(tokens, at)


def _from_elsewhere(tokens: Tokens, at: int) -> bool:
    """Whether the people are fetched out of a place named after this one."""
    last = min(at + 10, len(tokens.items) - 1)
    return any("P_FROM" in tokens.items[p].classes and tokens.within("PLACE", p + 1, p + 2) for p in range(at + 1, last + 1))


def _empty(tokens: Tokens, lead: int) -> bool:
    """Whether nobody has been taken aboard, and no other place left, before this point of a sentence."""
    return not any(tokens.within(key, 0, lead) for key in ("P_FROM", "NATIONALS", "DEMPEOPLE", "EVACUEES"))


def _for_people(tokens: Tokens, at: int) -> bool:
    last = min(at + 8, len(tokens.items) - 1)
    elsewhere = next((p for p in range(at + 1, last + 1) if "PLACE" in tokens.items[p].classes), last + 1)
    return any(tokens.within(key, at + 1, elsewhere - 1) for key in _FETCHED)


def over(tokens: Tokens, lead: int) -> bool:
    """Whether "over", "on" or "about" tells what a level is for, or "off" where a ship takes people aboard."""
    word = tokens.items[lead]
    if word.text == "off":
        return tokens.within("CRAFT", 0, lead) and (tokens.within("EVAC", 0, lead) or tokens.within("CARRY", 0, lead))
    return (word.text in ("over", "on") or "P_ABOUT" in word.classes) and graded(tokens, lead)


def graded(tokens: Tokens, lead: int) -> bool:
    """Whether a level or an alert stands right before ("raises alert level 3 over X")."""
    return any(tokens.within(key, max(0, lead - 3), lead) for key in ("ADVICE", "NOTICEWORD", "TRAVELALERT", "level"))


def leaves_another(tokens: Tokens, at: int) -> bool:
    """Whether a flight named after one place leaves another one, so that the first one sends it."""
    last = len(tokens.items) - 1
    away = any(tokens.within(key, at + 1, last) for key in ("DEPARTURE", "P_FROM", "LEAVE"))
    return away and tokens.within("PLACE", at + 2, last)


def advice_of_another(tokens: Tokens, at: int) -> bool:
    """Whether the advice that a name stands before is for another place: "US travel warning for Kenya", "X safe despite US advisory"."""
    items = tokens.items
    ahead = next((p for p in range(at + 2, min(at + 6, len(items))) if items[p].classes & {"P_TO", "P_OTHER"}), None)
    if ahead is not None and any("PLACE" in t.classes for t in items[ahead + 1 : ahead + 4]):
        return items[ahead].text != "by"
    return any("PLACE" in t.classes for t in items[: max(0, at - 1)]) and not items[at - 1].classes & {"JOIN", "P_TO"}


_LISTS = ("\u2014", "\u2013", "-", ":", "(", ",", "including")
"""What a list of names opens with."""


def headed_by(tokens: Tokens, at: int) -> bool:
    """Whether a headline opens with a place and a comma to say where ("Sudan, evacuati ..."), not with a list of states."""
    comma = tokens.subject_first and at == 0 and len(tokens.items) > 2 and tokens.items[1].text == ","
    return comma and "PLACE" not in tokens.items[2].classes


def of_countries(items: list[Token], lead: int) -> bool:
    """Whether a list opens here of the countries that a preposition aims at ("warnings for three nations - X, Y and Z")."""
    if lead < 1 or items[lead].text not in _LISTS or "COUNTRYNOUN" not in items[lead - 1].classes:
        return False
    return any(t.classes & {"P_TO", "P_IN", "P_FROM", "AVOIDVERB"} for t in items[max(0, lead - 5) : lead - 1])


_DASHES = ("\u2014", "\u2013", "-")


def dated_from(items: list[Token]) -> bool:
    """Whether a sentence opens with the town it was written in ("London, Daily Planet - The ministry ...", "London, May 3: ...")."""
    if len(items) < 4 or "CITY" not in items[0].classes or items[1].text not in (",", "("):
        return False
    colon = next((n for n, t in enumerate(items[2:6]) if t.text == ":"), None)
    if colon and any("NUM" in t.classes for t in items[2 : 2 + colon]):
        return True
    dash = next((n for n, t in enumerate(items[2:8]) if t.text in _DASHES), None)
    return dash is not None and not any("SUBJECTVERB" in t.classes for t in items[2 : 2 + dash])


_OPENS = ("?", "!", ".", ":", ";", "|")
_QUOTES = " \"'\u2018\u2019\u201c\u201d"
_BEFORE_SUBJECTS = frozenset({"as", "-", "\u2013", "\u2014", ":", ",", "(", '"', "and", "the", "that", "says", "or"})


def opens(tokens: Tokens, at: int) -> bool:
    """Whether a clause may begin at this token."""
    items = tokens.items
    begun = at == 0 or items[at - 1].classes & {"CLAUSE", "SAYS"} or items[at - 1].text in _BEFORE_SUBJECTS
    return bool(begun) or tokens.source[: items[at].start].rstrip(_QUOTES).endswith(_OPENS)


def comes_of(items: list[Token], lead: int) -> bool:
    """Whether "from" tells of which nation others are who are taken along ("300 Danes and passengers from X")."""
    if lead < 3 or items[lead - 1].mention or not items[lead - 1].classes & {"DEMPEOPLE", "NATIONALS"}:
        return False
    joins = [n for n in range(max(1, lead - 5), lead - 1) if "JOIN" in items[n].classes]
    return any(t.classes & {"NATIONALS", "OWN"} for n in joins for t in items[max(0, n - 2) : n])


def postposed(tokens: Tokens, at: int) -> bool:
    """Whether a word after a place tells its part, as it then does for the places in a row before it."""
    return at + 1 < len(tokens.items) and "LOCATES" in tokens.items[at + 1].classes


def heads(tokens: Tokens, at: int) -> bool:
    """Whether a name and a colon open a sentence about nationals."""
    return at == 0 and "COLON" in tokens.items[1].classes and any(tokens.has(k) for k in ("NATIONALS", "OWN", "RESCUEFLIGHT", "NOUNACT"))


def planned_for(tokens: Tokens, lead: int) -> bool:
    """Whether "for" leads to the place that an evacuation is planned for ("evacuation plan for X"), where nobody is taken to."""
    word = tokens.items[lead].text if lead >= 0 else ""
    return (word == "for" or word.endswith(" for")) and tokens.within("EVACWORD", max(0, lead - 2), lead - 1)


def emptied(tokens: Tokens, at: int) -> bool:
    """Whether a name stands right before the noun of an act ("Sudan evacuation"), so that it tells from where people go."""
    return tokens.within("NOUNACT", at + 1, at + 1) and not tokens.within("SUBJECTVERB", at + 1, at + 1)


def left(tokens: Tokens, at: int) -> bool:
    """Whether "from" stands right before a place."""
    return tokens.within("P_FROM", at - 1, at - 1) or (tokens.within("P_LOOSE", at - 1, at - 1) and tokens.within("P_FROM", at - 2, at - 2))


def in_a_row(between: list[Token]) -> bool:
    """Whether nothing but commas and the like stands between two names ("X, Y and the Z")."""
    joined = all(t.classes & {"JOIN", "P_LOOSE"} for t in between)
    return 0 < len(between) <= 3 and joined and "JOIN" in between[0].classes


def goes_on_listing(tokens: Tokens, one: int, two: int) -> bool:
    """Whether a semicolon parts two towns of one list, each told with its country ("embassies in X, A; Y, B; and Z, C")."""
    between, items = tokens.items[one + 1 : two], tokens.items
    bare = all(t.classes & {"JOIN", "P_LOOSE", "BREAK"} or t.text in "()" for t in between)
    parted = 0 < len(between) <= 4 and bare and any("BREAK" in t.classes for t in between)
    return parted and two + 2 < len(items) and items[two + 1].text in (",", "(") and "PLACE" in items[two + 2].classes


def left_at_the_end(tokens: Tokens, at: int) -> bool:
    """Whether a verb of leaving ends the clause of which a place is the object: "ruft Landsleute auf, X umgehend zu verlassen"."""
    last = min(at + 8, len(tokens.items) - 1)
    end = next((p for p in range(at + 1, last + 1) if "LEAVEEND" in tokens.items[p].classes), None)
    between = tokens.items[at + 1 : end]
    return at > 1 and end is not None and not any(t.classes & {"JOIN", "CLAUSE", "SUBJECTVERB", "PLACE", "NATIONALS"} for t in between)


_MOVED = frozenset({"LOWERED", "RAISED", "LIFT", "RESTATES", "NEW", "UPDATED", "BYDONE"})
_HEADED = frozenset({"ADVICE", "TRAVELALERT"})


def advised_on(tokens: Tokens, at: int) -> bool:
    """Whether a place stands before the advice about it, which was changed ("X travel warning eased", "X travel advice updated by Y")."""
    items = tokens.items
    if at + 2 >= len(items) or not items[at + 1].classes & _HEADED or not items[at + 2].classes & _MOVED:
        return False
    rest = items[at + 3 : at + 6]
    return not any("PLACE" in t.classes for t in rest) or any(t.text == "by" for t in rest)


def post_in(tokens: Tokens, at: int, lead: int) -> bool:
    """Whether a town names the mission in it ("plans for X embassy staff"), which a place told after it would make its government's."""
    items = tokens.items
    if lead < 0 or at + 1 >= len(items) or not items[at + 1].classes & {"EMBASSYISH", "EMBASSY"}:
        return False
    into = any(
        t.classes & {"P_IN", "P_TO"} and "PLACE" in u.classes for t, u in zip(items[at + 2 : at + 4], items[at + 3 : at + 5], strict=False)
    )
    return not into and bool(items[lead].classes & {"P_TO", "P_OF", "P_OTHER"})
