"""Where craft, people and advice go: what tells a place they come from or are for from one they only pass."""

from __future__ import annotations

from monitor.knowledge.tokens import Tokens

_CRAFT = ("CRAFT", "FLIGHTS", "STATELY", "marines", "troops")
_SENT = ("HIRES", "ARRIVE", "sails", "sail", "steams", "head", "heads", "flies", "fly", "return", "returns", "CARRY")
_FETCHED = ("NATIONALS", "OWN", "ENVOYS", "rescue", "EVACWORD", "SURELYEVAC", "STUCK")


def sent_for_people(tokens: Tokens, lead: int, at: int) -> bool:
    """Whether empty craft or forces go there for people ("to fly a jet to X for nationals"), who are named only afterwards."""
    craft = any(tokens.within(key, max(0, lead - 5), lead) for key in _CRAFT)
    sent = any(tokens.within(key, 0, lead) for key in _SENT)
    return craft and sent and _empty(tokens, lead) and _for_people(tokens, at)


def fetched_there(tokens: Tokens, lead: int, at: int) -> bool:
    """Whether craft come to a place to collect people there ("plane lands in X to pick up ...")."""
    craft = any(tokens.within(key, 0, lead) for key in _CRAFT)
    purpose = tokens.within("P_TO", at + 1, min(at + 2, len(tokens.items) - 1)) and any(
        tokens.within(key, at + 1, min(at + 3, len(tokens.items) - 1)) for key in ("CARRY", "EVAC", "EVACWORD", "aid")
    )
    return lead >= 0 and craft and purpose and _empty(tokens, lead)


def _empty(tokens: Tokens, lead: int) -> bool:
    """Whether nobody has been taken aboard, and no other place left, before this point of a sentence."""
    return not any(tokens.within(key, 0, lead) for key in ("P_FROM", "NATIONALS", "DEMPEOPLE", "EVACUEES"))


def _for_people(tokens: Tokens, at: int) -> bool:
    last = min(at + 8, len(tokens.items) - 1)
    elsewhere = next((p for p in range(at + 1, last + 1) if "PLACE" in tokens.items[p].classes), last + 1)
    return any(tokens.within(key, at + 1, elsewhere - 1) for key in _FETCHED)


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
