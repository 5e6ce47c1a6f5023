"""A tiny world for the detector's tests: one source, its pages and notices, polls in order, memory carried along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from monitor.detect.decide import Decision, Look, decide, expire, fresh, unchanged
from monitor.detect.editions import stamp
from monitor.detect.memory import Memory, decode_place, decode_situation, encode
from monitor.detect.policy import Policy
from monitor.model import (
    Audience,
    Authority,
    Certainty,
    Change,
    Evidence,
    Item,
    Nature,
    Reading,
    Severity,
    Signal,
    SignalKind,
    Source,
    Stage,
)  # fmt: skip

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, 8, tzinfo=UTC)
REGISTER = Source("register", "us-state", "https://register.example/feed", issuer="US", every=DAY)
STREAM = Source("stream", "feed", "https://stream.example/feed", issuer="US", every=DAY)
PRESS = Source("daily", "feed", "https://daily.example/feed", authority=Authority.PRESS)


def page(place: str, level: int, text: str = "Stay alert in crowded places.", *, day: int = 0, key: str = "", joint: str = "") -> Item:
    """A register's page about a place, dated so many days after the start."""
    places = (place, *joint.split()) if joint else (place,)
    return Item(
        source=REGISTER.id, key=key or f"{place}.html", title=f"{place} - Level {level}", text=text, published=START + day * DAY,
        nature=Nature.PAGE, issuer="US", places=places, level=level, level_text=f"Level {level}", level_scheme="us",
    )  # fmt: skip


def notice(key: str, text: str, *, day: int = 0, source: Source = STREAM) -> Item:
    """A notice or article."""
    return Item(source.id, key, text.split(".", maxsplit=1)[0], text, f"https://x.example/{key}", START + day * DAY, publisher="")


def signal(kind: SignalKind, quote: str, stage: Stage = Stage.IN_EFFECT, *, effective: date | None = None, restated: bool = False,
           direction: int = 0, level: int | None = None) -> Signal:  # fmt: skip
    return Signal(
        kind, stage, Evidence(quote, "test"), effective=effective, restated=restated, headline=True, direction=direction, level=level
    )


def reading(*signals: Signal, places: Sequence[str] = (), issuer: str | None = "US", certainty: Certainty = Certainty.OBSERVED) -> Reading:
    """A reading made by hand: the first signal names it."""
    if not signals:
        return Reading(False)
    first = signals[0]
    return Reading(
        True, tuple(places), issuer, first.kind, tuple(s.kind for s in signals), first.stage, None, "", frozenset({Audience.CITIZENS}),
        Severity.SEVERE, certainty, signals, tuple(s.evidence for s in signals),
    )  # fmt: skip


@dataclass
class World:
    """Carries memory from poll to poll, through its text form each time, as the store would."""

    source: Source = REGISTER
    policy: Policy = field(
        default_factory=lambda: Policy(needs_text=True, placeholders=("summary not available",), confirm_after=timedelta(hours=20))
    )
    memory: Memory = field(default_factory=Memory)
    seen: dict[str, str] = field(default_factory=dict)
    polls: int = 0
    now: datetime = START

    def poll(self, *items: Item | tuple[Item, Reading], after: timedelta = DAY, complete: bool = True) -> list[Change]:
        """One poll that shows these items; returns all changes, held ones included."""
        self.now = START if self.polls == 0 else self.now + after
        pairs = [i if isinstance(i, tuple) else (i, Reading(False)) for i in items]
        shown = [i for i, _ in pairs]
        new = fresh(shown, self.seen)
        by_identity = {id(i): r for i, r in pairs}
        readings = {name: by_identity[id(item)] for name, item in new.items()}
        look = Look(self.source, self.now, shown, readings, baseline=self.polls == 0, complete=complete)
        decision = decide(look, self.memory, self.policy)
        self.seen |= {name: stamp(item) for name, item in new.items()}
        return self._keep(decision)

    def same(self, after: timedelta = DAY) -> list[Change]:
        """One poll whose body is exactly the last one."""
        self.now += after
        return self._keep(unchanged(self.source, self.memory, self.policy, self.now))

    def wait(self, after: timedelta) -> list[Change]:
        """Let time pass and end what has run out."""
        self.now += after
        return self._keep(expire(self.memory, self.policy, self.now))

    def _keep(self, decision: Decision) -> list[Change]:
        self.polls += 1
        places = {k: decode_place(encode(v)) for k, v in decision.places.items()}
        situations = {k: decode_situation(encode(v)) for k, v in decision.situations.items()}
        assert places == decision.places and situations == decision.situations
        self.memory.places.update(places)
        self.memory.situations.update(situations)
        self.tally = decision.tally
        return decision.changes


def told(changes: Sequence[Change]) -> list[str]:
    """What was really said, without what is held and without rewordings."""
    return [f"{c.kind} {c.place} {c.before}>{c.after}" for c in changes if not c.held and c.kind != "reworded"]


def held(changes: Sequence[Change]) -> list[str]:
    return [f"{c.kind} {c.place} {c.reason}" for c in changes if c.held]
