"""What an adapter is (bytes in, items out), what it may answer, and which one reads which kind of source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import TypeVar

from monitor.errors import BadBody, UnknownName
from monitor.model import Item, Source

__all__ = ["Adapter", "BodyFault", "Damaged", "Parsed", "adapter_for", "bad", "collect", "is_kind", "kinds"]

ENTRY_POINTS = "advisory_monitor.adapters"
"""The entry-point group under which other distributions offer adapters; the entry's name is the source kind."""

_MAX_PROBLEMS = 20


class BodyFault(StrEnum):
    """What was wrong with a body; the closed set of words in `BadBody.why`."""

    EMPTY = "empty"
    CUT_OFF = "cut_off"
    HTML = "html"
    CHALLENGE = "challenge"
    WRONG_FORMAT = "wrong_format"
    NO_ITEMS = "no_items"
    WRONG_TYPES = "wrong_types"
    RENAMED_KEY = "renamed_key"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    BAD_CHARSET = "bad_charset"
    ENTITY_DECLARED = "entity_declared"
    TOO_SLOW = "too_slow"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A body understood.

    `total` is how many records it claims or has, `damaged` how many of them could not be read, `problems` say what was odd
    in words for an operator. `generated` is the body's own time, None when it has none. `partial` says that the end of the
    body is missing.
    """

    items: tuple[Item, ...]
    total: int
    damaged: int = 0
    problems: tuple[str, ...] = ()
    generated: datetime | None = None
    partial: bool = False


Adapter = Callable[[bytes, Source], Parsed]
"""Reads one body; raises `BadBody` when it is not what the source promises, and nothing else for any bytes."""

T = TypeVar("T")


class Damaged(Exception):
    """One record of a body cannot be read; the others may be fine."""

    def __init__(self, fault: BodyFault, detail: str = "") -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail


def bad(fault: BodyFault, detail: str = "") -> BadBody:
    """The error for a body with this fault; a bot challenge counts as being blocked."""
    return BadBody(fault.value, detail[:300], blocked=fault is BodyFault.CHALLENGE)


def collect(
    records: Iterable[T],
    read: Callable[[T, list[str]], Item | None],
    *,
    claimed: int | None = None,
    may_be_empty: bool = False,
    generated: datetime | None = None,
) -> Parsed:
    """Reads every record, counts those that cannot be read, and refuses a body in which none can.

    `read` gets a list to which it adds oddities and returns None for records that are not meant to be items. `claimed` is
    the number the body itself states. `may_be_empty` is for streams, where an empty body is a quiet day.
    """
    items: list[Item] = []
    problems: list[str] = []
    faults: Counter[BodyFault] = Counter()
    for record in records:
        try:
            item = read(record, problems)
            if item is not None and not (item.key and (item.title or item.text)):
                raise Damaged(BodyFault.WRONG_TYPES, "a record without words")
        except Damaged as error:
            faults[error.fault] += 1
            problems.append(f"{error.fault}: {error.detail}")
            continue
        if item is not None:
            items.append(item)
    damaged = faults.total()
    if not items and damaged:
        raise bad(faults.most_common(1)[0][0], problems[0])
    if not items and not may_be_empty:
        raise bad(BodyFault.NO_ITEMS)
    total = max(len(items) + damaged, claimed or 0)
    return Parsed(tuple(items), total, damaged, tuple(p[:300] for p in problems[:_MAX_PROBLEMS]), generated)


# --- the registry ----------------------------------------------------------------------------------------------------

_OURS = {
    "austria": "austria",
    "auswaertiges-amt": "auswaertiges_amt",
    "canada": "canada",
    "cdc": "cdc",
    "easa-czib": "easa_czib",
    "fcdo": "fcdo",
    "feed": "feed",
    "gdacs": "gdacs",
    "hong-kong": "hong_kong",
    "ireland": "ireland",
    "korea": "korea",
    "mofa": "mofa",
    "new-zealand": "new_zealand",
    "nl": "nl",
    "page": "page",
    "reliefweb": "reliefweb",
    "smartraveller": "smartraveller",
    "us-cadataapi": "us_state:parse_api",
    "us-state": "us_state",
    "who-don": "who_don",
}
"""Kind → module in this package, with the function where it is not `parse`; imported when first used."""


def kinds() -> tuple[str, ...]:
    """Every kind of source that can be read, sorted."""
    from importlib.metadata import entry_points  # looks through every installed distribution

    return tuple(sorted({*_OURS, *(e.name for e in entry_points(group=ENTRY_POINTS))}))


def is_kind(name: str) -> bool:
    """Whether a kind of source can be read; who uses ours only does not wait for the others to be looked for."""
    return name in _OURS or name in kinds()


@cache
def adapter_for(kind: str) -> Adapter:
    """The adapter of a kind; ours first, so that an installed package cannot replace them. Raises UnknownName."""
    if kind in _OURS:
        module, _, function = _OURS[kind].partition(":")
        adapter: Adapter = getattr(import_module(f"{__package__}.{module}"), function or "parse")
        return adapter
    from importlib.metadata import entry_points

    for entry in entry_points(group=ENTRY_POINTS, name=kind):
        loaded: Adapter = entry.load()
        return loaded
    raise UnknownName(f"no source kind {kind!r}; there are: {', '.join(kinds())}")
