"""Lays a pattern on the tokens of a sentence: one forward sweep each, so the cost is linear in the tokens."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from monitor.knowledge.rules import Pattern
from monitor.knowledge.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern matched: the positions of its elements."""

    positions: tuple[int, ...]

    @property
    def first(self) -> int:
        """The position of the first element."""
        return self.positions[0]

    @property
    def last(self) -> int:
        """The position of the last element."""
        return self.positions[-1]


def search(pattern: Pattern, tokens: Tokens, never: tuple[str, ...] = ()) -> list[Match]:
    """Every way to end the pattern, each with its nearest elements; one sweep, so the cost is linear in the tokens."""
    paths: list[tuple[int, ...]] = []
    for n, step in enumerate(pattern):
        positions = tokens.positions(step.keys)
        if not positions:
            return []
        paths = [(p,) for p in positions] if n == 0 else _extend(paths, positions, step.gap, tokens, never)
        if not paths:
            return []
    return [Match(path) for path in paths]


def _extend(paths: list[tuple[int, ...]], positions: list[int], gap: int, tokens: Tokens, never: tuple[str, ...]) -> list[tuple[int, ...]]:
    """Paths grown by one element; of all paths that end before it the latest is the nearest, so one is enough."""
    out: list[tuple[int, ...]] = []
    barred = tokens.positions(never) if never else []
    at = 0
    for p in positions:
        while at < len(paths) and paths[at][-1] < p:
            at += 1
        if at == 0:
            continue
        path = paths[at - 1]
        q = path[-1]
        if p - q - 1 > gap or (tokens.breaks and tokens.broken(q, p)):
            continue
        if barred and (n := bisect_left(barred, p)) and barred[n - 1] > q:
            continue
        out.append((*path, p))
    return out
