"""What a site's robots.txt lets us read (RFC 9309): the group of our name, else of everybody; the longest rule counts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote, unquote

__all__ = ["allowed"]

_MOST = 500_000
"""Characters that are looked at; RFC 9309 asks for at least 500 KiB."""


def allowed(robots: str, agent: str, path: str) -> bool:
    """Whether a crawler called `agent` (one word) may read a path with its query; a tie is decided for reading."""
    groups = _groups(robots[:_MOST])
    own = groups.get(agent.lower())
    rules = own if own is not None else groups.get("*", ())
    fitting = [(len(pattern), allow) for allow, pattern in rules if _fits(_same(path), _same(pattern))]
    return max(fitting, default=(0, True))[1]


@lru_cache(maxsize=64)
def _groups(robots: str) -> dict[str, tuple[tuple[bool, str], ...]]:
    """The rules of every agent, each True for allow."""
    found: dict[str, list[tuple[bool, str]]] = {}
    agents: list[str] = []
    naming = False
    for field, value in _lines(robots):
        if field == "user-agent":
            agents = [*agents, value.lower()] if naming else [value.lower()]
            naming = True
            found.setdefault(agents[-1], [])
        elif field in ("allow", "disallow"):
            naming = False
            for agent in agents if value else ():
                found[agent].append((field == "allow", value))
    return {agent: tuple(rules) for agent, rules in found.items()}


def _lines(robots: str) -> Iterator[tuple[str, str]]:
    for line in robots.removeprefix("\ufeff").splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield field.strip().lower(), value.strip()


def _fits(path: str, pattern: str) -> bool:
    """`*` stands for anything and `$` at the end for the end; the leftmost fit of each piece will do, so no going back."""
    first, *rest = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    for piece in rest:
        if (at := path.find(piece, at)) < 0:
            return False
        at += len(piece)
    return not pattern.endswith("$") or (at == len(path) if not rest else path.endswith(rest[-1]))


def _same(path: str) -> str:
    """A path in one spelling: only what must be is percent-encoded."""
    return quote(unquote(path), safe="/?&=;:@!$'()*+,~-._%[]")
