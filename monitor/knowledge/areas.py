"""The parts of a country that a government grades apart, found in its prose with the level of each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

from monitor.data import seed
from monitor.knowledge.places import by_name
from monitor.model import Area, plain

__all__ = ["areas_of"]

MOST = 40
_LONGEST = 160
_WHERE, _HEAD = r"(?P<where>[^.;]*)", r"(?P<where>.{2,160}?)"
_EDGE = " ,:;-–—.\u2022*"


def areas_of(scheme: str, text: str, places: tuple[str, ...] = ()) -> tuple[Area, ...]:
    """The parts that a text names, each with the highest level it gives them, in order; `places` as a whole are none of them."""
    found: dict[str, int] = {}
    for name, level in _named(scheme, text):
        if name and len(name) <= _LONGEST and not _is_whole(name, places):
            found[name] = max(level, found.get(name, 0))
    return tuple(Area(name, level) for name, level in found.items())[:MOST]


def _named(scheme: str, text: str) -> Iterator[tuple[str, int]]:
    lines = [plain(line) for line in text.split("\n")]
    for number, line in enumerate(lines):
        for pattern, level in _patterns().get(scheme, ()):
            for match in pattern.finditer(line):
                if any(word in line[: match.start()].casefold()[-24:] for word in _unless()):
                    continue
                if name := match["where"].strip(_EDGE):
                    yield name, level
                elif match.end() >= len(line):
                    yield from ((part.strip(_EDGE), level) for part in _list(lines, number + 1))


def _list(lines: list[str], start: int) -> Iterator[str]:
    """The lines of the next block: a list stands between two empty lines."""
    begun = False
    for line in lines[start:]:
        if line:
            begun = True
            yield line
        elif begun:
            return


def _is_whole(name: str, places: tuple[str, ...]) -> bool:
    return bool(places) and set(by_name(name)) == set(places)


@cache
def _patterns() -> dict[str, tuple[tuple[re.Pattern[str], int], ...]]:
    table = {name: rows for name, rows in _seed().items() if isinstance(rows, list) and name != "unless"}
    return {name: tuple((_compiled(str(row["pattern"])), int(row["level"])) for row in rows) for name, rows in table.items()}


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("WHERE", _WHERE).replace("HEAD", _HEAD), re.IGNORECASE)


@cache
def _unless() -> tuple[str, ...]:
    return tuple(_seed()["unless"])


@cache
def _seed() -> dict[str, Any]:
    return tomllib.loads(seed("areas.toml").decode())
