"""Maps an issuer's own level words and codes to the common scale of 1 (nothing special) to 4 (do not go)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from monitor.data import seed
from monitor.model import plain

__all__ = ["Scheme", "level_of", "scheme", "scheme_of", "schemes"]

_STRAIGHT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-"})


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one government grades places.

    `codes` are machine values compared whole; `words` are phrases found inside a text, the longest first. `axis` is
    `safety`, or `health` and `impact` where the same numbers mean something else. `parts` are codes that grade only a
    part of a country.
    """

    id: str
    issuer: str
    axis: str
    codes: dict[str, int]
    words: tuple[tuple[str, int], ...]
    parts: frozenset[str]


def level_of(scheme_id: str, words: str) -> int | None:
    """The level 1-4 that an issuer's own code or words stand for; None for an unknown scheme or no known words.

    A code must be the whole text (`avoid_all_travel_to_parts`, `warning`, `3`); of phrases the longest one found decides, so
    that "avoid all but essential travel" is not read as "avoid all travel".
    """
    found = schemes().get(scheme_id)
    if found is None:
        return None
    folded = _fold(words)
    if folded in found.codes:
        return found.codes[folded]
    return next((level for phrase, level in found.words if phrase in folded), None)


def scheme(scheme_id: str) -> Scheme | None:
    """The scheme of this name, None when there is none."""
    return schemes().get(scheme_id)


def scheme_of(issuer: str | None) -> str:
    """The name of the safety scheme a government uses, "" when it has none."""
    return _by_issuer().get(issuer or "", "")


@cache
def schemes() -> dict[str, Scheme]:
    """Every scheme of seeds/levels.toml by name."""
    return {name: _scheme(name, table) for name, table in tomllib.loads(seed("levels.toml").decode()).items()}


@cache
def _by_issuer() -> dict[str, str]:
    return {s.issuer: s.id for s in schemes().values() if s.axis == "safety"}


def _scheme(name: str, table: dict[str, Any]) -> Scheme:
    codes = {_fold(code): int(level) for level, values in table.get("codes", {}).items() for code in values}
    words = [(_fold(phrase), int(level)) for level, values in table.get("words", {}).items() for phrase in values]
    words.sort(key=lambda pair: (-len(pair[0]), -pair[1]))
    return Scheme(name, table["issuer"], table.get("axis", "safety"), codes, tuple(words), frozenset(map(_fold, table.get("parts", ()))))


def _fold(text: str) -> str:
    return plain(text).casefold().translate(_STRAIGHT)
