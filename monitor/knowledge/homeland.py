"""Whether a report tells of a state that cares for people in its own country, which is no care for people abroad."""

from __future__ import annotations

from monitor.knowledge.choice import Choice
from monitor.knowledge.roles import Role
from monitor.knowledge.seen import Seen
from monitor.knowledge.text import Zone
from monitor.model import SignalKind

_OUR_PEOPLE = ("NATIONALS", "OWN", "FOREIGNERS", "ENVOYS", "DIPFAMILIES", "EMBASSY", "SURELYEVAC", "FLIGHTS", "STUCK", "REGION", "COMEBACK")
"""Words for people or posts that a state has abroad; where none stands, those who are moved are its residents."""


def at_home(choice: Choice, seen: list[Seen], issuers: tuple[str, ...], places: tuple[str, ...]) -> bool:
    """Whether what a report tells happens in the country of the one who acts."""
    top = [s for s in seen if s.sentence.zone is not Zone.BODY]
    if choice.kind is SignalKind.SHELTER_IN_PLACE and not places:
        return not any(s.tokens.has(k) for s in seen for k in ("ABROAD", "REGION"))
    if choice.kind is SignalKind.EVACUATION and not issuers and _of_nature(choice, seen):
        return not any(s.roles(Role.PEOPLE) for s in top)
    if places or any(s.tokens.has("ABROAD") for s in top):
        return False
    if choice.kind is SignalKind.EVACUATION and not any(s.tokens.has(k) for s in top for k in _OUR_PEOPLE):
        return not any(s.roles(Role.PEOPLE, Role.DESTINATION) for s in top)
    if choice.kind is SignalKind.EVACUATION and _mere_visitors(choice.seen):
        return True
    if choice.seen.tokens.has("REGION"):
        return False  # "evacuates nationals from the Gulf, officials in its own capital said"
    posts = choice.kind is SignalKind.EMBASSY_CLOSURE and choice.seen.tokens.has("MISSION")
    if posts or choice.kind in _ABROAD:  # only what the act aims at counts
        top = [s for s in top if s is choice.seen or s.sentence.zone is Zone.TITLE]
    targets = {c for s in top for c in s.roles(Role.TARGET)}
    return bool(issuers and targets) and targets <= set(issuers)


_ABROAD = frozenset({SignalKind.EMBASSY_REOPENING, SignalKind.ADVISORY_LEVEL})
"""Acts that are about a place abroad by their nature."""


def _of_nature(choice: Choice, seen: list[Seen]) -> bool:
    """Whether water, wind or fire drive the people out, and nothing official or own is named: the place looks after its guests."""
    near = [choice.seen, *(s for s in seen if s.sentence.zone is Zone.TITLE)]
    return any(s.tokens.has("NATURE") for s in near) and not any(s.tokens.has(k) for s in near for k in ("OWN", "ENVOYS", "EMBASSY", "GOV"))


def _mere_visitors(seen: Seen) -> bool:
    """Whether those moved are only called tourists: nobody's own, and in no place abroad, as it is asked of acts without a place."""
    return seen.tokens.has("VISITORS") and not (seen.roles(Role.PEOPLE) or seen.tokens.has("OWN") or seen.tokens.has("REGION"))
