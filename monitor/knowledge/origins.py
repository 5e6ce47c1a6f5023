"""Where people are held up and where craft came in from: what tells the place they left from the one they reached."""

from __future__ import annotations

from monitor.knowledge.tokens import Tokens
from monitor.knowledge.ways import left


def struck(tokens: Tokens, at: int) -> bool:
    """Whether a name tells which country's disaster or war holds people up ("stranded by the X earthquake", "caught in X riots")."""
    disaster = any(tokens.within(key, at + 1, at + 1) for key in ("CALAMITY", "NATURE"))
    return disaster and any(tokens.within(key, max(0, at - 4), at - 1) for key in ("STUCK", "STRUCK"))


def came_from_elsewhere(tokens: Tokens, at: int) -> bool:
    """Whether a place is where something came in from another one ("arrived at the base in X from Y")."""
    return left(tokens, at + 2) and "PLACE" in tokens.items[min(at + 2, len(tokens.items) - 1)].classes and tokens.within("ARRIVAL", 0, at)
