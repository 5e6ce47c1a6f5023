"""The end of the demo: who said what first, what was not told and why, and what became of the messages."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TextIO

from ..knowledge.places import name
from ..ledger import ChangeQuery, Store
from ..model import Change, ChangeKind, SignalKind
from .stage import World

_ACTS: tuple[tuple[str, frozenset[ChangeKind], frozenset[SignalKind]], ...] = (
    ("level raised", frozenset({ChangeKind.LEVEL_RAISED}), frozenset({SignalKind.ADVISORY_LEVEL})),
    (
        "staff or families leave",
        frozenset({ChangeKind.DEPARTURE_AUTHORIZED, ChangeKind.DEPARTURE_ORDERED, ChangeKind.EVACUATION}),
        frozenset({SignalKind.AUTHORIZED_DEPARTURE, SignalKind.ORDERED_DEPARTURE, SignalKind.EVACUATION}),
    ),
    ("citizens should leave", frozenset({ChangeKind.LEAVE_NOW}), frozenset({SignalKind.LEAVE_NOW})),
    ("embassy closed or moved", frozenset({ChangeKind.MISSION_SUSPENDED}), frozenset({SignalKind.EMBASSY_CLOSURE})),
)
_START = datetime(2000, 1, 1, tzinfo=UTC)


def show(store: Store, world: World, out: TextIO) -> None:
    """Write the whole summary."""
    changes = [c for c in reversed(store.changes(ChangeQuery(held=False, limit=10_000))) if not c.kind.about_sight]
    out.write("\nWho said what first (UTC)\n")
    out.writelines(f"{line}\n" for line in _first(changes, world))
    tally: Counter[str] = Counter()
    for source in world.story.sources:
        tally.update({str(reason): count for reason, count in store.tallies(source["id"], _START).items()})
    noise = [entry for entry in world.story.entries if entry.noise]
    out.write(f"\n{len(noise)} things happened that were no news:\n")
    out.writelines(f"  {entry.at:%d %b}  {_names(world)[entry.source]}: {entry.noise}\n" for entry in noise)
    out.write("decided: " + ", ".join(f"{reason} {count}" for reason, count in sorted(tally.items())) + "\n")
    ids = [told["webhook-id"] for told in world.told]
    out.write(
        f"{sum(world.answers.values()) - len(ids)} requests ({world.answers.get(304, 0)} answered 304), {len(changes)} changes told, "
        f"{len(ids)} webhooks received, {len(ids) - len(set(ids))} twice, {world.unsigned} with a wrong signature\n"
    )


def _first(changes: Sequence[Change], world: World) -> Iterable[str]:
    """A table: for each place and act, when each source first said so; the first of them is marked."""
    names = _names(world)
    ids = list(names)
    found: dict[tuple[str, str], dict[str, Change]] = defaultdict(dict)
    for change in changes:
        if act := _act(change):
            found[change.place, act].setdefault(change.source, change)
    width = max(len(f"{name(place)}: {act}") for place, act in found) if found else 0
    yield f"{'':<{width}}  " + "  ".join(f"{names[id]:<20}" for id in ids)
    for (place, act), by in sorted(found.items()):
        first = min(by.values(), key=lambda c: c.at)
        cells = (f"{'►' if by.get(id) is first else ' '} {by[id].at:%d %b %H:%M}" if id in by else "  –" for id in ids)
        yield f"{f'{name(place)}: {act}':<{width}}  " + "  ".join(f"{cell:<20}" for cell in cells)


def _act(change: Change) -> str:
    for act, kinds, reported in _ACTS:
        if change.kind in kinds or change.reported_kind in reported:
            return act
    return ""


def _names(world: World) -> Mapping[str, str]:
    return {source["id"]: source["name"] for source in world.story.sources}
