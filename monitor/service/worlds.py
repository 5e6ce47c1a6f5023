"""Puts recordings that show the same time together, so that governments and the press can be held against each other."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import WrongUse
from . import replay


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recording: its tables of sources, how many polls of which there are, and the time of the first and the last."""

    name: str
    path: Path
    sources: tuple[dict[str, Any], ...]
    polls: int
    first: datetime
    last: datetime

    @property
    def ids(self) -> frozenset[str]:
        """The sources it has."""
        return frozenset(str(s.get("id")) for s in self.sources)


def look(path: Path) -> Recorded:
    """What a recording has, without its bodies. Raises WrongUse for what is none, and for one without a body."""
    settings, _ = replay.open_recording(path)
    times = sorted(replay.times(path))
    if not times:
        raise WrongUse(f"{path}: there is no body in this recording")
    name = path.name.removesuffix(".tar.xz").removesuffix(".tar")
    return Recorded(name, path, tuple(settings.get("source", ())), len(times), times[0], times[-1])


def together(recordings: Sequence[Recorded]) -> list[tuple[Recorded, ...]]:
    """Recordings whose times overlap and whose sources are others, as one world each; the rest stand alone. Oldest first."""
    worlds: list[list[Recorded]] = []
    for one in sorted(recordings, key=lambda r: (r.first, r.name)):
        fitting = (w for w in worlds if any(_overlap(one, r) for r in w) and not any(one.ids & r.ids for r in w))
        if (world := next(fitting, None)) is not None:
            world.append(one)
        else:
            worlds.append([one])
    return [tuple(w) for w in worlds]


def _overlap(one: Recorded, other: Recorded) -> bool:
    return one.first <= other.last and other.first <= one.last


def bodies(world: Sequence[Recorded]) -> Iterator[replay.Body]:
    """Every body of a world in time order."""
    streams = [replay.open_recording(r.path)[1] for r in world]
    return heapq.merge(*streams, key=lambda body: (body.at, body.source))
