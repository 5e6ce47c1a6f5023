"""The story as data: who shows what at which time, read from seeds/demo/."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ..data import seed


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a source begins to show at a time; `noise` says why it is no news, "" when it is some.

    `details` are the fields of its own kind of source (`level`, `tag`, `slug`, `status`, `iso`, `state`, …). A `variant`
    of "copy" stands beside the place's own entry, any other one takes its place under another link. `redate` gives the
    date of this entry to all that its source shows.
    """

    at: datetime
    source: str
    place: str = ""
    title: str = ""
    text: tuple[str, ...] = ()
    variant: str = ""
    redate: bool = False
    noise: str = ""
    details: tuple[tuple[str, Any], ...] = ()

    def get(self, name: str, default: Any = None) -> Any:
        """One of its details."""
        return dict(self.details).get(name, default)


@dataclass(frozen=True, slots=True)
class Story:
    """All of it. `sources` are the tables of the sources as a configuration has them, without their addresses."""

    title: str
    start: datetime
    end: datetime
    sources: tuple[Mapping[str, Any], ...]
    entries: tuple[Entry, ...]

    def shown(self, source: str, now: datetime) -> tuple[Entry, ...]:
        """What a source shows at a time, newest first."""
        standing: dict[object, Entry] = {}
        for number, entry in enumerate(self.entries):
            if entry.source != source or entry.at > now:
                continue
            if entry.redate:
                standing = {key: replace(old, at=entry.at) for key, old in standing.items()}
            else:
                standing[(entry.place, entry.variant == "copy") if not entry.title else number] = entry
        return tuple(sorted(standing.values(), key=lambda entry: entry.at, reverse=True))

    def moments(self) -> Iterator[tuple[datetime, bool]]:
        """The times at which to look: each morning, and soon after everything that happens (which is marked)."""
        days = (self.end - self.start).days
        mornings = {self.start + timedelta(days=day): False for day in range(days + 1)}
        events = {entry.at + timedelta(minutes=31): True for entry in self.entries if entry.at > self.start}
        yield from sorted({**mornings, **events}.items())


def load(name: str = "ukraine-2022") -> Story:
    """A bundled story."""
    raw = tomllib.loads(seed(f"demo/{name}.toml").decode("utf-8"))
    entries = tuple(sorted(map(_entry, raw["entry"]), key=lambda entry: entry.at))
    return Story(raw["title"], raw["start"], raw["end"], tuple(raw["source"]), entries)


def _entry(raw: dict[str, Any]) -> Entry:
    known = {key: raw.pop(key) for key in list(raw) if key in Entry.__dataclass_fields__}
    return Entry(**(known | {"text": tuple(known.get("text", ()))}), details=tuple(raw.items()))
