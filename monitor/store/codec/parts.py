"""The smallest parts of rows: times, words, JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from ...model import Area, Evidence


class Row(Protocol):
    """Columns by name, as every driver and SQLAlchemy give them."""

    def __getitem__(self, name: str, /) -> Any: ...


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Microseconds since 1970; ValueError for a time without a zone, which could mean anything."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone cannot be kept: {moment!r}")
    return (moment - _EPOCH) // _MICROSECOND


def maybe_micros(moment: datetime | None) -> int | None:
    """The same, where there may be none."""
    return None if moment is None else micros(moment)


def moment(number: int) -> datetime:
    """The time, in UTC, that `micros` gave this number."""
    return _EPOCH + timedelta(microseconds=number)


def maybe_moment(number: int | None) -> datetime | None:
    """The same, where there may be none."""
    return None if number is None else moment(number)


def day(when: datetime) -> int:
    """Days since 1970, in UTC."""
    return (when - _EPOCH).days


def text(words: str) -> str:
    """Words as every engine takes them: without NUL and without half characters, which strangers' texts may hold."""
    if words.isascii() and "\0" not in words:
        return words
    return words.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def dump(value: object) -> str:
    """Compact JSON, always ASCII, equal for equal values."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


@lru_cache(4096)  # the lines of a situation name each other over and over
def strings(column: str) -> tuple[str, ...]:
    """A tuple of strings out of its JSON."""
    return tuple(json.loads(column))


def proof(evidence: Evidence) -> tuple[str, ...]:
    section = (text(evidence.section),) if evidence.section else ()
    return text(evidence.quote), text(evidence.rule), text(evidence.url), *section


def printed_areas(areas: Sequence[Area]) -> list[tuple[str, int]]:
    return [(text(area.name), area.level) for area in areas]
