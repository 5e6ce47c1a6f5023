"""Whether an urgent act in a report stands on what a careful reader asks for: people abroad, and a place that is not the actor's own."""

from __future__ import annotations

from monitor.knowledge.choice import Choice
from monitor.knowledge.places import PlaceKind
from monitor.knowledge.roles import Role
from monitor.knowledge.seen import Seen
from monitor.knowledge.text import Zone
from monitor.model import SignalKind

_MOVES = frozenset({SignalKind.EVACUATION, SignalKind.ORDERED_DEPARTURE, SignalKind.LEAVE_NOW, SignalKind.SHELTER_IN_PLACE})
"""Acts that a state also does to those who live or travel in its own country."""

_FAR = (
    *("ABROAD", "REGION", "WORLDWIDE", "EMBASSY", "ENVOYS", "DIPFAMILIES", "OWN", "SURELYEVAC", "FOREIGNERS"),
    *("CAREOFFICE", "SHARED", "WORLDBODY", "STATESWORD", "ALLIES", "MANYSTATES"),
)
"""Words that say without a name that people are abroad."""

_ITSELF = frozenset({PlaceKind.DEMONYM, PlaceKind.GOVERNMENT})
_GROUND = frozenset({Role.TARGET, Role.OTHER, Role.WEAK})


def lacks(choice: Choice, seen: list[Seen], issuers: tuple[str, ...], places: tuple[str, ...]) -> bool:
    """Whether what a report tells has nobody abroad: it happens on the actor's ground, or to visitors whom no state claims."""
    if choice.kind is SignalKind.EMBASSY_CLOSURE:
        return not places and _nowhere(seen)
    if choice.kind not in _MOVES:
        return False
    top = [s for s in seen if s.sentence.zone is Zone.TITLE or s is choice.seen]
    far = any(s.tokens.has(k) for s in top for k in _FAR)
    if choice.kind is SignalKind.EVACUATION:
        far = far or _stuck_and_brought_home(top)
        return (not places and not far and _on_own_ground(top, issuers)) or (not issuers and _mere_visitors(top))
    if far or (places and (issuers or choice.kind is SignalKind.ORDERED_DEPARTURE)):
        return False
    if issuers:
        return _on_own_ground(top, issuers) or not _called_home(top)
    return not (_claimed(top) if choice.kind is SignalKind.LEAVE_NOW else _of_a_nation(top))


def _nowhere(seen: list[Seen]) -> bool:
    """Whether one mission is closed and headline and first sentences never say where."""
    top = [s for s in seen if s.sentence.zone is not Zone.BODY]
    many = any(t.text.endswith("s") for s in top for t in s.tokens.items if "MISSION" in t.classes)
    named = any(p.kind not in _ITSELF for s in top for p in s.parts)
    return not (many or named or any(s.tokens.has(k) for s in top for k in ("ABROAD", "REGION", "WORLDWIDE")))


def _on_own_ground(top: list[Seen], issuers: tuple[str, ...]) -> bool:
    """Whether every place named is in the country of the one who acts ("Peru flies tourists out of Cusco")."""
    named = {c for s in top for p in s.parts if p.kind not in _ITSELF and p.role in _GROUND for c in p.codes}
    return bool(issuers and named) and named <= set(issuers)


def _stuck_and_brought_home(top: list[Seen]) -> bool:
    """Whether stranded people are brought home, who must be abroad though only their own country is named."""
    return any(s.tokens.has("STUCK") for s in top) and any(s.tokens.has(k) for s in top for k in ("HOMECOMING", "COMEBACK", "bring_home"))


def _called_home(top: list[Seen]) -> bool:
    """Whether citizens of whoever speaks are told to come home, so that they are abroad wherever it is."""
    return _claimed(top) and any(s.tokens.has(k) for s in top for k in ("home", "return", "COMEAGAIN", "HOMECOMING", "CRAFT", "FLIGHTS"))


def _of_a_nation(top: list[Seen]) -> bool:
    """Whether the people are a nation's; "citizens" told to stay in by an unnamed ministry live there."""
    return any(s.roles(Role.PEOPLE) or s.tokens.has("nationals") for s in top)


def _claimed(top: list[Seen]) -> bool:
    """Whether the people are called somebody's: a nation's, or citizens who are more than visitors."""
    return any(s.roles(Role.PEOPLE) or _more_than_visitors(s) for s in top)


def _more_than_visitors(seen: Seen) -> bool:
    return any("VISITORS" not in seen.tokens.items[p].classes for p in seen.tokens.index.get("NATIONALS", ()))


def _mere_visitors(top: list[Seen]) -> bool:
    """Whether those moved are only called tourists, with no nation, government or flight of one beside them: their host does it."""
    visitors = any(s.tokens.has("VISITORS") for s in top)
    return visitors and not _claimed(top) and not any(s.tokens.has(k) for s in top for k in (*_FAR, "PRIVATE", "FLIGHTS", "GOV"))
