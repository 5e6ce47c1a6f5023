"""Who does an act, of those that a sentence names: owners, guests, speakers, one of several states."""

from __future__ import annotations

from monitor.knowledge.tokens import Token, Tokens


def genitive(tokens: Tokens, at: int) -> bool:
    """Whether a name stands as an owner ("Peru's")."""
    return tokens.source[tokens.items[at].end : tokens.items[at].end + 2] in ("'s", "\u2019s")


def owns_act(tokens: Tokens, at: int) -> bool:
    """Whether a country's name with a genitive stands before the noun of a movement ("Peru's airlift")."""
    return genitive(tokens, at) and tokens.within("ACTNOUN", at + 1, at + 2)


def brings_home(tokens: Tokens, at: int) -> bool:
    """Whether a country's name with a genitive stands before a homecoming, always of its own people ("Peru's repatriation")."""
    noun = next((p for p in range(at + 1, min(at + 6, len(tokens.items))) if "HOMECOMING" in tokens.items[p].classes), None)
    if noun is None or not genitive(tokens, at):
        return False
    return not any(
        t.classes & {"SUBJECTVERB", "CLAUSE", "PLACE", "BREAK"} or "P_" in " ".join(t.classes) for t in tokens.items[at + 1 : noun]
    )


def many_missions(tokens: Tokens, lead: int, at: int) -> bool:
    """Whether missions are named in the plural, which a state has abroad ("list of US embassies that stay shut")."""
    items = tokens.items
    if lead < 0 or "P_OF" not in items[lead].classes or "CITY" in items[at].classes or at + 1 >= len(items):
        return False
    return "MISSION" in items[at + 1].classes and items[at + 1].text.endswith("s")


def one_of_doers(tokens: Tokens, at: int) -> bool:
    """Whether a state is told of as one of several that do something ("became the latest country to close its embassy")."""
    last = min(at + 9, len(tokens.items) - 1)
    if not tokens.within("ONEOFDOERS", at + 1, at + 1) or tokens.within("CLAUSE", at + 2, last):
        return False
    return any(t.text.startswith("to ") and "FUTURE" in t.classes for t in tokens.items[at + 2 : last + 1])


_IN_A_LIST = frozenset({"JOIN", "P_LOOSE", "PLACE"})
_STATES = frozenset({"STATESWORD", "MANYSTATES", "COUNTRYNOUN"})
_AIMED = frozenset({"P_TO", "P_IN", "P_FROM", "P_OF", "P_OTHER", "AVOIDVERB"})


def among_states(tokens: Tokens, at: int) -> bool:
    """Whether a state is one of those that a sentence opens with and counts ("ten countries, including X and Y, fetch ...")."""
    items = tokens.items
    lead = at - 1
    while lead > 0 and items[lead].text != "including" and items[lead].classes & _IN_A_LIST:
        lead -= 1
    if lead < 1 or items[lead].text != "including":
        return False
    noun = lead - 2 if lead > 1 and items[lead - 1].text == "," else lead - 1
    return noun < _OPENING and bool(items[noun].classes & _STATES) and not any(t.classes & _AIMED for t in items[:noun])


_OPENING = 5
"""How far into a sentence the word for the states that act may stand ("more than a dozen Western countries, including ...")."""


def hosts(tokens: Tokens, at: int) -> bool:
    """Whether a place receives the officials of another state, who are the ones that act ("X to host Y diplomats")."""
    items = tokens.items
    verb = next((p for p in range(at + 1, min(at + 4, len(items))) if "HOSTS" in items[p].classes), None)
    if verb is None or any(t.mention for t in items[at + 1 : verb] if "PLACE" not in t.classes):
        return False
    return any(t.mention and t.classes & {"DEMONYM", "PLACE"} for t in items[verb + 1 : verb + 4]) and any(
        t.classes & {"ENVOYS", "GOVWORD", "STAFF"} for t in items[verb + 1 : verb + 6]
    )


_DOERS = frozenset({
    "BYDONE", "ORDER", "URGE", "EVAC", "CLOSE", "LIFT", "LOWERED", "RAISED", "RESTATES",
    "NEW", "WITHDRAW", "WITHDRAWN", "REOPEN", "AUTHORIZE", "PASSIVE", "ADVICE", "UPDATED",
})  # fmt: skip
"""What "by" tells the doer of: an act in the passive, or advice."""


def done_by(tokens: Tokens, lead: int) -> bool:
    """Whether "by" leads to the government that did what stands right before it ("embassy closed by X", "advice renewed by X")."""
    return lead > 0 and tokens.items[lead].text == "by" and bool(tokens.items[lead - 1].classes & _DOERS)


def says_of(tokens: Tokens, one: int, two: int) -> bool:
    """Whether nothing but a verb of saying stands between two that might act ("X says Y will ...")."""
    between = tokens.items[one + 1 : two]
    said = bool(between) and "SAYS" in between[0].classes
    return said and all("P_LOOSE" in t.classes or t.text == "that" for t in between[1:])


def speaks_on(tokens: Tokens, at: int) -> bool:
    """Whether one who spoke is named after the words: "Do not travel: X on Y", "Leave Y now, X to nationals"."""
    items = tokens.items
    ahead = at > 0 and ("COLON" in items[at - 1].classes or items[at - 1].text == ",")
    if not ahead or at + 2 >= len(items):
        return False
    about = items[at + 1].text == "on" and "COLON" in items[at - 1].classes
    told = items[at + 1].text == "to" and any(t.classes & {"NATIONALS", "OWN"} for t in items[at + 2 : at + 4])
    return about or told


def spoken_of(tokens: Tokens, lead: int) -> bool:
    """Whether a name follows one who speaks "on" it."""
    items = tokens.items
    return (
        lead > 1 and items[lead].text == "on" and items[lead - 1].classes.isdisjoint({"SUBJECTVERB"}) and "COLON" in items[lead - 2].classes
    )


def helps(items: list[Token], lead: int) -> bool:
    """Whether another state is thanked or asked, and does not act itself ("X thanks Y as citizens ...")."""
    return lead > 0 and "THANKS" in items[lead].classes
