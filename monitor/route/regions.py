"""Regions and named groups as sets of country codes, read once from `seeds/regions.toml`."""

from __future__ import annotations

import tomllib
from functools import cache

from ..data import seed


@cache
def regions() -> dict[str, frozenset[str]]:
    """Every region and group by name, as ISO 3166-1 alpha-2 codes."""
    table = tomllib.loads(seed("regions.toml").decode())
    subs = {name: frozenset(codes.split()) for name, codes in table["m49"]["sub"].items()}
    wholes = {name: frozenset().union(*(subs[part] for part in parts)) for name, parts in table["m49"]["region"].items()}
    groups = {name: frozenset(codes.split()) for name, codes in table["group"].items()}
    return subs | wholes | groups


def places_in(names: frozenset[str]) -> frozenset[str]:
    """All places of the named regions; KeyError for a name that is no region."""
    return frozenset().union(*(regions()[name.lower()] for name in names))
