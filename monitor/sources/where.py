"""Which places a source means by its own names and tags."""

from __future__ import annotations

from functools import lru_cache

from monitor.knowledge import places

__all__ = ["by_code", "named", "place_of"]


@lru_cache(maxsize=4_096)
def named(name: str, lang: str | None = None) -> tuple[str, ...]:
    """The codes for a printed name, joint names included; () when unknown."""
    return places.by_name(name, lang) if name else ()


@lru_cache(maxsize=4_096)
def by_code(code: str) -> tuple[str, ...]:
    """The code itself when it is an ISO 3166-1 alpha-2 or alpha-3 code we know; () otherwise."""
    code = code.strip().upper()
    if len(code) == 3:
        return places.by_tag("iso3", code)
    return (code,) if code in places.codes() else ()


def place_of(name: str, tagged: tuple[str, ...], problems: list[str], lang: str | None = None) -> tuple[str, ...]:
    """The places of a record by its name and its tag; the name wins, because tags were seen wrong, and it is noted."""
    by_its_name = named(name, lang)
    if by_its_name and tagged and not set(tagged) <= set(by_its_name):
        problems.append(f"{name}: the tag says {','.join(tagged)}")
    found = by_its_name or tagged
    if not found and name:
        problems.append(f"unknown place: {name}")
    return found
