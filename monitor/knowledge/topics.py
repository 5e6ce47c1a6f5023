"""Places that a headline only names as its topic, before the colon."""

from __future__ import annotations

from dataclasses import replace

from monitor.knowledge.role import Part, Role
from monitor.knowledge.tokens import Tokens


def topics_aside(tokens: Tokens, found: list[Part]) -> list[Part]:
    """Takes the place of a headline's topic for no target where another follows: "War in X: A calls on its citizens to leave Y"."""
    colon = min(tokens.index.get("COLON", [0]))
    if not tokens.within("TOPIC", 0, colon) or not any(p.role is Role.TARGET and p.at > colon for p in found):
        return found
    return [replace(p, role=Role.WEAK) if p.at < colon and p.role is Role.TARGET else p for p in found]
