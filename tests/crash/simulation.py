"""A simulated world in which the process dies at every step boundary: what must still be true at the end of every such life.

`python -m tests.crash.simulation N [FIRST]` plays N seeds and prints what was counted.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any

import structlog

from monitor.errors import Refused, StoreUnavailable, TryLater
from monitor.ledger import Claim, Store
from monitor.model import Change, ChangeKind, DeliveryState, MessageType, Severity
from monitor.route.message import Message
from monitor.route.routes import Digest, Escalation, Quiet, Receiver, Route
from monitor.service.deliver import Courier
from monitor.service.desk import Desk
from monitor.service.planner import planner
from monitor.service.reconcile import reconcile
from monitor.service.timers import acknowledge
from monitor.store import open_store
from tests.service.world import SOURCE, START, Clock, change, save

RECEIVERS = ("steady", "flaky", "strict", "sleeper", "reader")
KINDS = [
    (ChangeKind.LEVEL_RAISED, Severity.EXTREME, "4"),
    (ChangeKind.LEVEL_RAISED, Severity.SEVERE, "3"),
    (ChangeKind.SECURITY_ALERT, Severity.MODERATE, None),
    (ChangeKind.LEVEL_LOWERED, Severity.MODERATE, "2"),
    (ChangeKind.DEPARTURE_ORDERED, Severity.EXTREME, "ordered"),
]


class Killed(BaseException):
    """SIGKILL: nothing may catch it."""


class Death:
    """Strikes at the boundary that was chosen, counted over all boundaries that a life passes."""

    def __init__(self) -> None:
        self.passed = 0
        self.at = -1

    def boundary(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed


class MortalStore:
    """A store between whose steps the process may die, and whose disk may fail before or after it has written."""

    def __init__(self, store: Store, death: Death, dice: random.Random) -> None:
        self._store, self._death, self._dice = store, death, dice
        self.disk_fails = 0.0

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._store, name)
        if name not in ("save", "enqueue", "claim", "settle"):
            return real

        def step(*args: Any, **kwargs: Any) -> Any:
            self._death.boundary()
            self._disk()
            result = real(*args, **kwargs)
            self._death.boundary()
            self._disk()
            return result

        return step

    def _disk(self) -> None:
        if self._dice.random() < self.disk_fails:
            raise StoreUnavailable("database is locked")


@dataclass
class Target:
    """A receiver that fails, refuses or dies in the middle, and remembers what it got."""

    name: str
    death: Death
    dice: random.Random
    fails: float = 0.0
    refuses: float = 0.0
    got: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> str:
        self.death.boundary()
        if self.dice.random() < self.fails:
            raise TryLater("HTTP 503", timedelta(seconds=self.dice.choice([0, 30])) if self.dice.random() < 0.3 else None)
        if self.dice.random() < self.refuses:
            raise Refused("HTTP 400")
        self.got.append(message)
        self.death.boundary()  # it has the message, we do not know it yet
        return "ok"


class Inline(Courier):
    """A courier without threads, so that every life is the same for the same seed."""

    def _start(self, claims: tuple[Claim, ...]) -> int:
        queues: dict[str, list[Claim]] = {}
        for claim in claims:
            queues.setdefault(claim.delivery.channel, []).append(claim)
        for channel, queue in queues.items():
            self._busy.add(channel)
            self._work(channel, queue)
        return len(claims)


@dataclass
class Outcome:
    """What one life came to; `wrong` is empty when all promises were kept."""

    wrong: list[str]
    counts: Counter[str]


class World:
    """Two workers over one ledger, receivers of several tempers, a government that keeps changing its mind."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.clock, self.death = Clock(), Death()
        self.real = open_store("sqlite://")
        self.real.register([SOURCE], START)
        self.store: Any = MortalStore(self.real, self.death, self.dice)
        self.targets = {n: Target(n, self.death, self.dice) for n in (*RECEIVERS, "ops")}
        self.changes: list[Change] = []
        self.desks = [self._desk(f"w{n}") for n in range(2)]
        self.couriers = [Inline(d) for d in self.desks]
        self.counts: Counter[str] = Counter()

    def _desk(self, worker: str) -> Desk:
        receivers = {n: Receiver(n) for n in self.targets}
        receivers["sleeper"] = Receiver("sleeper", quiet=Quiet(time(11), time(17)), zone="Asia/Kathmandu")
        receivers["reader"] = Receiver("reader", digest=Digest.DAILY, storm=2)
        routes = [
            Route("all", RECEIVERS, repeat=timedelta(hours=8), escalate=(Escalation(timedelta(hours=4), ("ops",)),)),
            Route("ops", ("ops",), operator=True),
        ]
        channels: dict[str, Any] = dict(self.targets)
        return Desk(self.store, channels, receivers, routes, self.clock, worker=worker)

    # --- a life ----------------------------------------------------------------------------------------------------------

    def live(self, steps: int = 24) -> None:
        """Some hours or days in which things happen and the process dies now and then."""
        self.targets["flaky"].fails = self.dice.choice([0.2, 0.6, 0.95])
        self.targets["strict"].refuses = self.dice.choice([0.0, 0.2])
        self.store.disk_fails = self.dice.choice([0.0, 0.0, 0.03])
        for _ in range(steps):
            self.clock.forward(timedelta(seconds=self.dice.choice([1, 5, 60, 400, 4000, 30000])))
            self.death.at = self.death.passed + self.dice.randint(1, 40) if self.dice.random() < 0.5 else -1
            worker = self.dice.randrange(2)
            act: Callable[[], object] = self._poll if self.dice.random() < 0.35 else self.couriers[worker].round
            try:
                act()
            except Killed:
                self.counts["killed"] += 1
                self.couriers[worker] = Inline(self.desks[worker])
            except StoreUnavailable:
                self.counts["disk"] += 1

    def settle(self) -> None:
        """Everything works again, and time passes until nothing is promised any more but reminders."""
        self.death.at, self.store.disk_fails = -1, 0.0
        self.targets["flaky"].fails = self.targets["strict"].refuses = 0.0
        self.couriers = [Inline(d) for d in self.desks]
        for place in ("UA", "RU", "BY"):
            lines = [d for d in self.real.delivered_to(f"sit_{place}") if d.channel]
            if lines:
                acknowledge(self.real, lines[-1], "anna", self.clock.forward(timedelta(seconds=1)))
        for _ in range(16):
            self.clock.forward(timedelta(hours=7))
            while self.couriers[self.dice.randrange(2)].round():
                pass

    def _poll(self) -> None:
        """A poll finds a few changes; when its save fails it will find them again."""
        found = [self._change(n) for n in range(self.dice.choice([1, 1, 2, 5]))]
        if not found:
            return
        plan, desk = self.desks[0], self.desks[0]
        deliveries, timers = planner(plan.routes, plan.receivers)(found, self.store, self.clock())
        try:
            save(desk.store, found, deliveries, timers, self.clock())
        finally:
            known = {c.id for c in self.changes}
            for c in found:  # the save may have happened although we did not live to see it
                if c.id not in known and self._is_saved(c):
                    self.changes.append(c)

    def _is_saved(self, c: Change) -> bool:
        try:
            self.real.change(c.id)
        except Exception:
            return False
        return True

    def _change(self, number: int) -> Change:
        kind, severity, after = self.dice.choice(KINDS)
        place = self.dice.choice(["UA", "RU", "BY"])
        id = len(self.changes) * 1000 + self.dice.randrange(1000)
        return change(
            0,
            kind,
            id=f"chg_{id}_{number}",
            at=self.clock(),
            severity=severity,
            before="3",
            after=after,
            place=place,
            situation=f"sit_{place}",
        )

    # --- the promises ----------------------------------------------------------------------------------------------------

    def judge(self) -> Outcome:
        """Nothing lost, nothing in the wrong order within a situation, repeats only with the same id and the same bytes."""
        wrong: list[str] = []
        for name in RECEIVERS:
            wrong += self._lost(name) + self._repeats(name) + self._order(name)
        unsettled = self.real.deliveries({DeliveryState.WAITING, DeliveryState.SENDING}, limit=1000)
        wrong += [f"unsettled {d.id} {d.channel} {d.type}" for d in unsettled]
        found = reconcile(self.desks[0], START - timedelta(days=1))
        wrong += [f"reconcile says {found}"] if not found.fine else []
        self.counts["lives"] += 1
        self.counts["changes"] += len(self.changes)
        self.counts["messages"] += sum(len(t.got) for t in self.targets.values())
        self.real.close()
        return Outcome(wrong, self.counts)

    def _lost(self, name: str) -> list[str]:
        got = {c["id"] for m in self.targets[name].got for c in changes_in(m)}
        dead = {c for d in self.real.deliveries({DeliveryState.DEAD}, name, 1000) for c in d.changes}
        told = any(m.type is MessageType.OPERATOR and name in m.headline for m in self.targets["ops"].got)
        lost = {c.id for c in self.changes} - got - (dead if told else set())
        return [f"{name} lost {sorted(lost)}"] if lost else []

    def _repeats(self, name: str) -> list[str]:
        wrong, first = [], {}
        for m in self.targets[name].got:
            before = first.setdefault(m.id, m)
            if before is not m:
                self.counts["repeats"] += 1
                if before.body != m.body:
                    wrong.append(f"{name} got {m.id} with other words")
        seen: dict[str, str] = {}
        told = [(c["id"], m.id) for m in filter(is_news, first.values()) for c in changes_in(m)]
        return wrong + [f"{name} got {id} in {seen[id]} and {by}" for id, by in told if seen.setdefault(id, by) != by]

    def _order(self, name: str) -> list[str]:
        """The first time a change of a situation arrives is never before that of one that was found earlier."""
        at = {c.id: c.at for c in self.changes}
        place = {c.id: c.place for c in self.changes}
        newest: dict[str, str] = {}
        seen: set[str] = set()
        wrong = []
        for m in filter(is_news, self.targets[name].got):
            fresh = [c["id"] for c in changes_in(m) if c["id"] in at and c["id"] not in seen]
            seen |= set(fresh)
            wrong += [f"{name} got {id} after {newest[place[id]]}" for id in fresh if at[id] < at.get(newest.get(place[id], ""), at[id])]
            newest |= {place[id]: id for id in sorted(fresh, key=lambda id: at[id]) if at[id] >= at.get(newest.get(place[id], ""), at[id])}
        return wrong


def changes_in(message: Message) -> Sequence[Any]:
    """The changes that a message tells of, also inside a digest."""
    alerts = message.data.get("alerts") or [message.data]
    return [c for a in alerts for c in a.get("changes", ())]


def is_news(message: Message) -> bool:
    """Not a reminder, an escalation or a word to operators."""
    return message.type not in (MessageType.OPERATOR, MessageType.TEST) and not message.headline.startswith(("Still not", "Nobody has"))


def play(seed: int) -> Outcome:
    """One life from a seed."""
    world = World(seed)
    world.live()
    world.settle()
    return world.judge()


def main(count: int, first: int = 0) -> int:
    """Play many lives; how many broke a promise."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    total: Counter[str] = Counter()
    bad = 0
    for seed in range(first, first + count):
        outcome = play(seed)
        total += outcome.counts
        bad += bool(outcome.wrong)
        if outcome.wrong:
            print(f"seed {seed}: {outcome.wrong[:3]}", flush=True)
    print(f"{dict(total)}; lives with a broken promise: {bad}")
    return bad


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, int(sys.argv[2]) if len(sys.argv) > 2 else 0)))
