"""Places that a headline names beside the one it is about: its topic before the colon, the base that craft go to."""

from __future__ import annotations

from dataclasses import replace

from monitor.knowledge.places import PlaceKind
from monitor.knowledge.role import Part, Role
from monitor.knowledge.tokens import Tokens


def topics_aside(tokens: Tokens, found: list[Part]) -> list[Part]:
    """Takes the place of a headline's topic for no target where another follows: "War in X: A calls on its citizens to leave Y"."""
    colon = min(tokens.index.get("COLON", [0]))
    if not tokens.within("TOPIC", 0, colon) or not any(p.role is Role.TARGET and p.at > colon for p in found):
        return found
    return [replace(p, role=Role.WEAK) if p.at < colon and p.role is Role.TARGET else p for p in found]


def missions_aside(tokens: Tokens, found: list[Part]) -> list[Part]:
    """Takes a nation for the place of a mission that another state moves out, not for its owner ("Peru evacuates Malian embassy")."""
    items = tokens.items
    acting = {p.at + 2: p for p in found if p.role is Role.ISSUER and p.at + 1 < len(items) and "EVAC" in items[p.at + 1].classes}

    def emptied(part: Part) -> bool:
        actor = acting.get(part.at)
        named = part.kind is PlaceKind.DEMONYM and tokens.within("EMBASSY", part.at + 1, part.at + 1)
        return actor is not None and named and part.codes != actor.codes

    return [replace(p, role=Role.TARGET) if emptied(p) else p for p in found]


def examples_aside(tokens: Tokens, found: list[Part]) -> list[Part]:
    """Takes a place for no target that only shows where some are, of a region an act is for ("from the Gulf, with many stuck in X")."""
    first = min(tokens.index.get("REGION", [len(tokens.items)]))
    shown = [at for at in tokens.index.get("WITHSOME", ()) if at > first]
    if not shown or any(p.role is Role.TARGET and p.at < shown[0] for p in found):
        return found
    return [replace(p, role=Role.OTHER) if p.role is Role.TARGET and p.at > shown[0] else p for p in found]


_FETCHED = frozenset({"NATIONALS", "OWN", "EVAC", "ENVOYS"})


def bases_aside(tokens: Tokens, found: list[Part]) -> list[Part]:
    """Takes for a base where craft go when another place is named with the people they are for ("jet to X, for nationals in Y")."""
    items = tokens.items
    follow = {p.at: items[p.at + 1].classes if p.at + 1 < len(items) else frozenset[str]() for p in found}
    bases = [p for p in found if p.role is Role.TARGET and "TOWARD" in follow[p.at]]
    meant = [p for p in found if p.role is Role.WEAK and follow[p.at] & _FETCHED and p.kind is not PlaceKind.DEMONYM]
    if not (bases and meant and tokens.has("FLIGHTS")):
        return found
    told = [replace(p, role=Role.DESTINATION) if p in bases else p for p in found]
    return [replace(p, role=Role.TARGET) if p in meant else p for p in told]
