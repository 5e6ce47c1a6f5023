"""The names a configuration uses must exist and be unique: sources, channels, watches, kinds; found in the files as written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import Mistake
from ..model import Authority
from ..sources.base import is_kind, kinds
from .lines import Path
from .mistakes import File, nearest, shown

Place = tuple[File, Path, Any]
"""A value, the file it stands in and where."""


def wrong_names(files: Sequence[File]) -> Iterator[Mistake]:
    """What is named twice, or named and not there; tolerant of values of the wrong type, which are mistakes of their own."""
    tables = {name: list(_tables(files, name)) for name in ("source", "route", "watch", "watchlist")}
    channels: list[Place] = [(file, ("channel", name), table) for file in files for name, table in _dict(file.raw.get("channel")).items()]
    yield from _twice("source", [(file, (*where, "id"), table.get("id")) for file, where, table in tables["source"]])
    yield from _twice("channel", [(file, where, where[-1]) for file, where, _ in channels])
    yield from _sources(tables["source"])
    names = [str(where[-1]) for _, where, _ in channels]
    telling = [pair for name in ("route", "watch", "watchlist") for pair in _mentions(tables[name], "channels")]
    for file, where, value in [*telling, *_escalations(tables["route"]), *_mentions(channels, "fallback")]:
        if value not in names:
            yield file.mistake(where, f'there is no channel "{value}"{nearest(value, names)}')
    ids = [table.get("id") for _, _, table in tables["source"]]
    yield from _twice("watchlist", [(file, (*where, "name"), table.get("name")) for file, where, table in tables["watchlist"]])
    watches = [table.get("name") for name in ("watch", "watchlist") for _, _, table in tables[name]]
    for noun, key, known in (("source", "sources", ids), ("watch", "watches", [*watches, "*"])):
        for file, where, value in _mentions(tables["route"], key):
            if value not in known:
                yield file.mistake(where, f'there is no {noun} "{value}"{nearest(value, [k for k in known if isinstance(k, str)])}')


def _sources(tables: list[Place]) -> Iterator[Mistake]:
    for file, where, table in tables:
        kind = table.get("kind")
        if isinstance(kind, str) and not is_kind(kind):
            near, there = nearest(kind, kinds()), ", ".join(kinds())
            yield file.mistake((*where, "kind"), f'there is no kind of source "{kind}"{near} (there are: {there})')
        if table.get("authority") == Authority.PRESS and "issuer" in table:
            yield file.mistake((*where, "issuer"), "the press speaks for no government; leave it out")


def _twice(noun: str, named: list[Place]) -> Iterator[Mistake]:
    first: dict[Any, tuple[File, Path]] = {}
    for file, where, name in named:
        if not isinstance(name, str):
            continue
        if name in first:
            there, at = first[name]
            spot = there.mistake(at, "")
            yield file.mistake(where, f'there are two {noun}s "{name}"; the first one is at {shown(there.path)}:{spot.line}')
        first.setdefault(name, (file, where))


def _tables(files: Sequence[File], name: str) -> Iterator[Place]:
    for file in files:
        array = file.raw.get(name)
        for number, table in enumerate(array if isinstance(array, list) else []):
            if isinstance(table, Mapping):
                yield file, (name, number), table


def _mentions(tables: list[Place], key: str) -> Iterator[tuple[File, Path, str]]:
    for file, where, table in tables:
        values = _dict(table).get(key)
        for number, value in enumerate(values if isinstance(values, list) else []):
            if isinstance(value, str):
                yield file, (*where, key, number), value


def _escalations(routes: list[Place]) -> Iterator[tuple[File, Path, str]]:
    for file, where, table in routes:
        steps = table.get("escalate")
        nested = [(file, (*where, "escalate", n), step) for n, step in enumerate(steps if isinstance(steps, list) else [])]
        yield from _mentions(nested, "channels")


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
