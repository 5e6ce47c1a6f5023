"""What a configuration would have told of what was recorded, and what the recordings say of who was first: figures, pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median

from ..model import Change, ChangeKind, Severity, Sign
from .signs import Tally

EPISODE = timedelta(days=14)
"""Acts of several governments about one place that follow each other within this time are one episode."""

MOVES = (ChangeKind.LEVEL_RAISED, ChangeKind.DEPARTURE_AUTHORIZED, ChangeKind.DEPARTURE_ORDERED, ChangeKind.EVACUATION,
         ChangeKind.MISSION_SUSPENDED, ChangeKind.LEAVE_NOW)  # fmt: skip
"""What counts as a move of a government."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message that somebody would have got. `ids` are the changes in it, `early` says that it was held back and released later."""

    at: datetime
    type: str
    severity: Severity
    headline: str
    places: tuple[str, ...]
    ids: tuple[str, ...]
    noticed: datetime

    @property
    def waited(self) -> timedelta:
        """How long it was kept for quiet hours, a digest or a stormy hour."""
        return max(self.at - self.noticed, timedelta(0))


@dataclass(frozen=True, slots=True)
class Heard:
    """One receiver: every message it would have got, oldest first."""

    receiver: str
    kind: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One configuration over all worlds. `untold` are changes of the world that none of its receivers would have heard of."""

    name: str
    heard: tuple[Heard, ...]
    untold: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """One transition that was not told at once, and when it was told after all (None: never)."""

    change: Change
    told: datetime | None


@dataclass(frozen=True, slots=True)
class Lead:
    """How much earlier somebody was: the press (`who` empty) or another government, before `after` acted."""

    place: str
    who: str
    after: str
    kind: str
    at: datetime
    lead: timedelta


@dataclass(frozen=True, slots=True)
class World:
    """Recordings of one time, and every change in it, held ones and early signs included, oldest first."""

    names: tuple[str, ...]
    first: datetime
    last: datetime
    polls: int
    issuers: tuple[str, ...]
    press: int
    changes: tuple[Change, ...]

    @property
    def told(self) -> tuple[Change, ...]:
        """What was told about the world."""
        return tuple(c for c in self.changes if not c.held and not c.kind.about_sight)

    @property
    def weeks(self) -> float:
        """How long it lasts."""
        return max((self.last - self.first) / timedelta(days=7), 1 / 7)


@dataclass(frozen=True, slots=True)
class Report:
    """The whole of it."""

    worlds: tuple[World, ...]
    choices: tuple[Choice, ...]
    signs: Mapping[Sign, Tally] = field(default_factory=dict)

    @property
    def weeks(self) -> float:
        """Weeks in all worlds."""
        return sum(w.weeks for w in self.worlds)


def held(world: World) -> list[Held]:
    """What was held back, and when it was told after all."""
    told = {id: c.at for c in world.changes if not c.held for id in (*c.references, c.id)}
    return [Held(c, told.get(c.id)) for c in world.changes if c.held]


def press_leads(world: World) -> list[Lead]:
    """For every report that became official, how much earlier it was."""
    return [
        Lead(c.place, "", c.issuer or "", str(c.after or c.kind), c.at, c.at - c.first_reported)
        for c in world.told
        if c.kind is ChangeKind.CONFIRMED and c.first_reported
    ]


def never_official(world: World) -> int:
    """Stories of the press that no government made true while they lived."""
    return sum(1 for c in world.told if c.kind is ChangeKind.REWORDED and c.after == "expired")


def government_leads(world: World) -> list[Lead]:
    """For every episode in which several governments moved, how much earlier the first one was than each other."""
    found: list[Lead] = []
    for place in sorted({c.place for c in world.told}):
        for episode in _episodes([c for c in world.told if c.place == place and c.kind in MOVES and c.issuer]):
            firsts: dict[str, Change] = {}
            for change in episode:
                firsts.setdefault(change.issuer or "", change)
            first, *others = firsts.values()
            found += [Lead(place, first.issuer or "", o.issuer or "", str(o.kind), o.at, o.at - first.at) for o in others]
    return found


def _episodes(moves: Sequence[Change]) -> Iterator[list[Change]]:
    """Moves, oldest first, cut where nobody moved for a fortnight."""
    episode: list[Change] = []
    for change in moves:
        if episode and change.at - episode[-1].at > EPISODE:
            yield episode
            episode = []
        episode.append(change)
    if episode:
        yield episode


@dataclass(frozen=True, slots=True)
class Pair:
    """How often one government was before another, and by how much in the middle."""

    who: str
    after: str
    times: int
    hours: float


def pairs(leads: Iterable[Lead]) -> list[Pair]:
    """Leads by who was first and who followed, the most frequent first."""
    groups: dict[tuple[str, str], list[float]] = {}
    for lead in leads:
        groups.setdefault((lead.who, lead.after), []).append(lead.lead / timedelta(hours=1))
    made = [Pair(who, after, len(hours), round(median(hours), 1)) for (who, after), hours in groups.items()]
    return sorted(made, key=lambda p: (-p.times, p.who, p.after))


def by_week(told: Sequence[Told]) -> dict[date, int]:
    """Messages by the Monday of their week."""
    return dict(sorted(Counter(t.at.date() - timedelta(days=t.at.weekday()) for t in told).items()))


def reasons(worlds: Sequence[World]) -> Counter[str]:
    """Why things were held."""
    return Counter(str(h.change.reason) for w in worlds for h in held(w))


def differences(one: Choice, other: Choice) -> tuple[int, int, int]:
    """Changes that both configurations would have told somebody, only the first, only the second."""
    first, second = ({id for h in choice.heard for t in h.told for id in t.ids} for choice in (one, other))
    return len(first & second), len(first - second), len(second - first)
