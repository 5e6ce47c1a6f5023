"""The state of one decision while it is being made: what was known, what is said, what is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ..model import Authority, Change, Item, Reading, Reason, Source, stable_id
from .memory import Memory, PlaceMemory, Situation, place_key, situation_key
from .policy import Policy
from .reports import confirmed
from .transitions import Scene, Step


@dataclass(frozen=True, slots=True)
class Look:
    """What one good poll showed. `readings` holds the items that are not exactly as they were last time.

    `complete` is False when the body was degraded: it may then add and worsen, never better or remove. `baseline` marks
    the first good poll of a source, which is taken in silently. `alive` are the issuer's other sources that we see well.
    """

    source: Source
    now: datetime
    items: Sequence[Item]
    readings: Mapping[str, Reading]
    baseline: bool = False
    complete: bool = True
    alive: frozenset[str] = frozenset()


@dataclass(slots=True)
class Decision:
    """What a poll comes to: memory to keep, changes to tell (or held), and how often each reason was the answer."""

    places: dict[str, PlaceMemory] = field(default_factory=dict)
    situations: dict[str, Situation] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    tally: Counter[Reason] = field(default_factory=Counter)


class Work:
    """One decision being made; its methods are what pages, notices and waiting have in common."""

    def __init__(self, look: Look, memory: Memory, policy: Policy) -> None:
        self.look = look
        self.memory = memory
        self.policy = policy
        self.decision = Decision()

    def place(self, issuer: str, place: str) -> PlaceMemory | None:
        key = place_key(issuer, place)
        return self.decision.places.get(key) or self.memory.places.get(key)

    def situation(self, place: str) -> Situation:
        key = situation_key(place)
        known = self.decision.situations.get(key) or self.memory.situations.get(key)
        now = self.look.now
        if known is None or now - known.last > self.policy.situation_life:
            return Situation(stable_id("sit", place, now.isoformat()), place, now, now)
        return known

    def take(self, memory: PlaceMemory, step: Step) -> PlaceMemory:
        """Keep what a step came to, and let its change join the situation of its place."""
        self.decision.tally[step.reason] += 1
        if step.change is not None:
            self.say(step.change)
        return step.memory

    def say(self, change: Change) -> None:
        situation = self.situation(change.place)
        change = replace(change, situation=situation.id)
        if not change.held and change.issuer and self.look.source.authority is Authority.OFFICIAL:
            situation, extra = confirmed(situation, change)
            if extra is not None:
                change = replace(change, references=(*change.references, *extra.references), first_reported=extra.first_reported)
                self.decision.changes.append(extra)
        self.decision.changes.append(change)
        if not change.held:
            self.decision.situations[situation_key(change.place)] = situation.with_change(change.id, change.at)

    def scene(self, item: Item, issuer: str, place: str, *, silent: bool, name: str = "", fresh: bool = True) -> Scene:
        return Scene(
            source=self.look.source,
            item=item,
            now=self.look.now,
            policy=self.policy,
            place=place,
            issuer=issuer,
            alias=name,
            silent=silent,
            fresh=fresh,
            may_better=self.look.complete,
            alive=self.look.alive,
        )
