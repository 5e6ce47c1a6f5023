"""The story as data: who shows what at which time, read from seeds/demo/."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ..data import seed
from ..knowledge.places import name


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a source begins to show at a time; `noise` says why it is no news, "" when it is some.

    `details` are the fields of its own kind of source (`level`, `tag`, `slug`, `status`, `iso`, `state`, …). A `variant`
    of "copy" stands beside the place's own entry, any other one takes its place under another link. `redate` gives the
    date of this entry to all that its source shows. `routine` ones are the small touches by which a register shows that it lives.
    """

    at: datetime
    source: str
    place: str = ""
    title: str = ""
    text: tuple[str, ...] = ()
    variant: str = ""
    redate: bool = False
    noise: str = ""
    routine: bool = False
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
        events = {entry.at + timedelta(minutes=31): True for entry in self.entries if entry.at > self.start and not entry.routine}
        yield from sorted({**mornings, **events}.items())


def load(name: str = "ukraine-2022") -> Story:
    """A bundled story."""
    raw = tomllib.loads(seed(f"demo/{name}.toml").decode("utf-8"))
    kinds = {source["id"]: source["kind"] for source in raw["source"]}
    registers = [list(_standing(table, kinds[table["source"]])) for table in raw.get("standing", ())]
    touches = (touch for register in registers for touch in _touches(register, raw["start"], raw["end"]))
    entries = sorted([*(entry for register in registers for entry in register), *touches, *map(_entry, raw["entry"])], key=lambda e: e.at)
    return Story(raw["title"], raw["start"], raw["end"], tuple(raw["source"]), tuple(entries))


def _standing(raw: Mapping[str, Any], kind: str) -> Iterator[Entry]:
    """What a register says about many places in few words: codes by their level on the common scale."""
    for level in (1, 2, 3, 4):
        for code in raw[str(level)].split():
            place = name(code)
            yield Entry(raw["at"], raw["source"], place, text=(_TEXT,), details=tuple(_DETAILS[kind](code, place, level).items()))


def _touches(register: Sequence[Entry], start: datetime, end: datetime) -> Iterator[Entry]:
    """One quiet place after another is dated anew, in the same words, as real registers do."""
    quiet = [entry for entry in register if entry.get("level", 0) < 2 and entry.get("state", 0) == 0 and not entry.get("status")]
    for number in range((end - start) // _TOUCHED):
        at = start + number * _TOUCHED - timedelta(hours=1)
        yield replace(quiet[number % len(quiet)], at=at, routine=True)


_TOUCHED = timedelta(days=4)
_TEXT = "Entry requirements: updated information."
_WHOLE = "avoid_all_{}travel_to_whole_country"
_ALERTS = {1: [], 2: ["avoid_all_but_essential_travel_to_parts"], 3: [_WHOLE.format("but_essential_")], 4: [_WHOLE.format("")]}
_DETAILS: Mapping[str, Callable[[str, str, int], dict[str, Any]]] = {
    "us-state": lambda code, place, level: {"level": level},
    "fcdo": lambda code, place, level: {"slug": place.lower().replace(" ", "-"), "status": _ALERTS[level]},
    "canada": lambda code, place, level: {"iso": code, "state": level - 1},
}


def _entry(raw: dict[str, Any]) -> Entry:
    known = {key: raw.pop(key) for key in list(raw) if key in Entry.__dataclass_fields__}
    return Entry(**(known | {"text": tuple(known.get("text", ()))}), details=tuple(raw.items()))
