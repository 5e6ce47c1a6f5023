"""A simulated world in which the process dies at every step boundary: what must still be true at the end of every such life.

`python -m tests.crash.simulation N [FIRST]` plays N seeds and prints what was counted.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from functools import cache
from typing import Any

import structlog

from monitor.errors import Refused, StalePoll, StoreUnavailable, TryLater
from monitor.ledger import ChangeQuery, Claim, Cursor, Store
from monitor.model import Change, DeliveryState, MessageType, Source
from monitor.route.message import Message
from monitor.route.routes import Digest, Escalation, Quiet, Receiver, Route
from monitor.service.context import Service
from monitor.service.deliver import Courier
from monitor.service.desk import Desk
from monitor.service.disabled import disabled
from monitor.service.drill import drill
from monitor.service.planner import planner
from monitor.service.policies import policy_of
from monitor.service.poll import poll
from monitor.service.reconcile import reconcile
from monitor.service.timers import acknowledge
from monitor.sources.base import Parsed
from monitor.sources.fetch import Fetched
from monitor.store import SqlStore, open_store
from tests.crash.bulletins import BULLETINS, Press
from tests.service.world import START, Clock

RECEIVERS = ("steady", "flaky", "strict", "sleeper", "reader")
STEPS = {"save": "save", "save_many": "save", "claim": "claim", "settle": "settle", "enqueue": "timers"}
"""What the writing calls of a store are to the pipe; beside them stand `fetch`, `parse` and `send`."""


class Killed(BaseException):
    """SIGKILL: nothing may catch it."""


class Death:
    """Strikes at the boundary that was chosen: the n-th of all that are passed, or the n-th of one step. Counts where it did."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._step, self._left = "", 0

    def choose(self, dice: random.Random) -> None:
        """Die in what comes, at a boundary that chance names, or not at all."""
        self._step = dice.choice(["", "", "fetch", "parse", "save", "claim", "send", "settle", "timers"])
        self._left = dice.randint(1, 40 if not self._step else 4) if dice.random() < 0.5 else 0

    def spare(self) -> None:
        """Do not die any more."""
        self._left = 0

    def boundary(self, step: str) -> None:
        if not self._left or self._step not in ("", step):
            return
        self._left -= 1
        if not self._left:
            self._counts[f"killed at {step}"] += 1
            raise Killed


class MortalStore:
    """A store between whose steps the process may die, and whose disk may fail before or after it has written.

    What was read is remembered until it is written to, so that ten thousand lives fit into an hour.
    """

    def __init__(self, store: Store, death: Death, dice: random.Random) -> None:
        self._store, self._death, self._dice = store, death, dice
        self.disk_fails = 0.0
        self._read: dict[tuple[Any, ...], Any] = {}
        self._changes: dict[str, Change] = {}

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._store, name)
        if name in ("delivered_to", "timers"):
            return lambda *args: self._known((name, *args), lambda: real(*args))
        if name not in STEPS:
            return real

        def step(*args: Any, **kwargs: Any) -> Any:
            self._death.boundary(STEPS[name])
            self._disk()
            result = real(*args, **kwargs)
            self._forget(name, args, result)
            self._death.boundary(STEPS[name])
            self._disk()
            return result

        return step

    def change(self, id: str) -> Change:
        """A change, which nothing alters once it is told."""
        if id not in self._changes:
            self._changes[id] = self._store.change(id)
        return self._changes[id]

    def _forget(self, name: str, args: tuple[Any, ...], result: Any) -> None:
        """What a write may have made untrue."""
        polls = [args[0]] if name == "save" else args[0] if name == "save_many" else []
        lines = [c.delivery for c in result] if name == "claim" else [args[0].delivery] if name == "settle" else []
        lines += [d for p in polls for d in p.deliveries] + (list(args[0]) if name == "enqueue" else [])
        for key in [k for k in self._read if k[0] == "timers" or k[1] in {d.situation for d in lines}]:
            if name not in ("claim", "settle") or key[0] != "timers":
                del self._read[key]

    def _known(self, key: tuple[Any, ...], read: Callable[[], Any]) -> Any:
        if key not in self._read:
            self._read[key] = read()
        return self._read[key]

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
        self.death.boundary("send")
        if self.dice.random() < self.fails:
            raise TryLater("HTTP 503", timedelta(seconds=self.dice.choice([0, 30])) if self.dice.random() < 0.3 else None)
        if self.dice.random() < self.refuses:
            gone = self.dice.random() < 0.1
            raise Refused("HTTP 410 gone" if gone else "HTTP 400", gone=gone)
        self.got.append(message)
        self.death.boundary("send")  # it has the message, we do not know it yet
        return "ok"


class Inline(Courier):
    """A courier without threads and without patience, so that every life is the same for the same seed."""

    def _pause(self, seconds: float) -> None:
        """Nothing is won by waiting for a simulated disk."""

    def _start(self, claims: tuple[Claim, ...]) -> int:
        queues: dict[str, list[Claim]] = {}
        for claim in claims:
            queues.setdefault(claim.delivery.channel, []).append(claim)
        for channel, queue in queues.items():
            self._busy.add(channel)
            self._work(channel, queue)
        return len(claims)


@cache
def _the_ledger() -> tuple[SqlStore, sqlite3.Connection]:
    """One ledger whose statements are compiled once, and the image of what it was when it was new."""
    store, image = open_store("sqlite://"), sqlite3.connect(":memory:")
    _raw(store).backup(image)
    return store, image


def new_ledger() -> SqlStore:
    """An empty ledger in memory; the one before it is gone."""
    store, image = _the_ledger()
    image.backup(_raw(store))
    return store


def _raw(store: SqlStore) -> sqlite3.Connection:
    raw = store.database.engine.raw_connection().driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


@dataclass
class Outcome:
    """What one life came to; `wrong` is empty when all promises were kept."""

    wrong: list[str]
    counts: Counter[str]


class World:
    """Two workers over one ledger, receivers of several tempers, a government that keeps changing its mind."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.clock, self.death = Clock(), Death(self.counts)
        self.real = new_ledger()
        self.real.register([BULLETINS], START)
        self.store: Any = MortalStore(self.real, self.death, self.dice)
        self.targets = {n: Target(n, self.death, self.dice) for n in (*RECEIVERS, "ops")}
        self.press = Press(self.dice, self.clock)
        self.desks = [self._desk(f"w{n}") for n in range(2)]
        self.couriers = [Inline(d) for d in self.desks]
        self.polls = [self._poller(d) for d in self.desks]
        self._polling = False
        self._poll(0)

    def _poller(self, desk: Desk) -> Service:
        return Service(
            store=self.store,
            sources={BULLETINS.id: BULLETINS},
            fetch=self._fetch,
            parse=self._parse,
            read=self.press.read,
            policy=policy_of,
            plan=planner(desk.routes, desk.receivers),
            now=self.clock,
        )

    def _desk(self, worker: str) -> Desk:
        receivers = {n: Receiver(n) for n in self.targets}
        receivers["sleeper"] = Receiver("sleeper", quiet=Quiet(time(11), time(17)), zone="Asia/Kathmandu")
        receivers["reader"] = Receiver("reader", digest=Digest.DAILY, storm=2)
        routes = [
            Route("all", RECEIVERS, repeat=timedelta(hours=12), escalate=(Escalation(timedelta(hours=4), ("ops",)),)),
            Route("ops", ("ops",), operator=True),
        ]
        channels: dict[str, Any] = dict(self.targets)
        return Desk(self.store, channels, receivers, routes, self.clock, worker=worker)

    # --- a life ----------------------------------------------------------------------------------------------------------

    def live(self) -> None:
        """Some hours or days in which things happen and the process dies now and then."""
        self.targets["flaky"].fails = self.dice.choice([0.2, 0.6, 0.95])
        self.targets["strict"].refuses = self.dice.choice([0.0, 0.2])
        self.store.disk_fails = self.dice.choice([0.0, 0.0, 0.03])
        self.press.fails = self.dice.choice([0.0, 0.2])
        for _ in range(self.dice.choice([6, 10, 16, 24])):
            self.clock.forward(timedelta(seconds=self.dice.choice([1, 5, 60, 400, 4000, 30000])))
            self.death.choose(self.dice)
            worker = self.dice.randrange(2)
            try:
                if self.dice.random() < 0.35:
                    self.press.publish(self.dice.choice([0, 1, 1, 2, 5]))
                    self._poll(worker)
                else:
                    self.couriers[worker].round()
            except Killed:
                self.counts["killed"] += 1
                self.couriers[worker] = Inline(self.desks[worker])
            except StoreUnavailable:
                self.counts["disk"] += 1
            except StalePoll:
                self.counts["overtaken"] += 1

    def settle(self) -> None:
        """Everything works again, and time passes until nothing is promised any more but reminders."""
        self.death.spare()
        self.store.disk_fails = self.press.fails = 0.0
        self.targets["flaky"].fails = self.targets["strict"].refuses = 0.0
        self.couriers = [Inline(d) for d in self.desks]
        drill(self.store, ["strict"], self.clock())  # a test that arrives enables who had said to be gone
        for worker in (0, 1, 0):  # what is better is told when a later poll still shows it
            self.clock.forward(timedelta(hours=1))
            self._poll(worker)
        for situation in sorted({c.situation for c in self.changes()}):
            lines = [d for d in self.real.delivered_to(situation) if d.channel]
            if lines:
                acknowledge(self.store, lines[-1], "anna", self.clock.forward(timedelta(seconds=1)))
        for _ in range(16):
            self.clock.forward(timedelta(hours=7))
            while self.couriers[self.dice.randrange(2)].round():
                pass

    def _poll(self, worker: int) -> None:
        """The real verb, through the real detector; what a poll that died had found is found again."""
        for _ in poll([BULLETINS.id], self.polls[worker]):
            self.counts["polls"] += 1

    def _fetch(self, batch: Sequence[tuple[Source, Cursor]]) -> Iterator[Fetched]:
        """Ask; now and then the other worker is quicker and has saved before this one has read its answer."""
        for _, cursor in batch:
            self.death.boundary("fetch")
            answer = self.press.fetch(cursor)
            self.death.boundary("fetch")
            if not self._polling and self.dice.random() < 0.1:
                self._polling = True
                try:
                    self._poll(1)
                finally:
                    self._polling = False
            yield answer

    def _parse(self, source: Source, body: bytes) -> Parsed:
        self.death.boundary("parse")
        return self.press.parse(body)

    def changes(self) -> list[Change]:
        """What was decided to be told, oldest first."""
        found = self.real.changes(ChangeQuery(held=False, limit=1000))
        return [c for c in reversed(found) if not c.kind.about_sight]

    # --- the promises ----------------------------------------------------------------------------------------------------

    def judge(self) -> Outcome:
        """Nothing lost, nothing in the wrong order within a situation, repeats only with the same id and the same bytes."""
        told = self.changes()
        wrong = [f"unread {url}" for url in self.press.urgent() if [c.url for c in told].count(url) != 1]
        for name in RECEIVERS:
            wrong += self._lost(name, told) + self._repeats(name) + self._order(name, told)
        unsettled = self.real.deliveries({DeliveryState.WAITING, DeliveryState.SENDING}, limit=1000)
        wrong += [f"unsettled {d.id} {d.channel} {d.type}" for d in unsettled]
        wrong += [str(one) for one in disabled(self.real).values()]
        found = reconcile(self.desks[0], START - timedelta(days=1))
        wrong += [f"reconcile says {found}"] if not found.fine else []
        self.counts["lives"] += 1
        self.counts["published"] += len(self.press.items)
        self.counts["changes"] += len(told)
        self.counts["messages"] += sum(len(t.got) for t in self.targets.values())
        return Outcome(wrong, self.counts)

    def _lost(self, name: str, changes: Sequence[Change]) -> list[str]:
        got = {c["id"] for m in self.targets[name].got for c in changes_in(m)}
        dead = {c for d in self.real.deliveries({DeliveryState.DEAD}, name, 1000) for c in d.changes}
        told = any(m.type is MessageType.OPERATOR and name in m.headline for m in self.targets["ops"].got)
        lost = {c.id for c in changes} - got - (dead if told else set())
        return [f"{name} lost {sorted(lost)}"] if lost else []

    def _repeats(self, name: str) -> list[str]:
        wrong: list[str] = []
        first: dict[str, Message] = {}
        for m in self.targets[name].got:
            before = first.setdefault(m.id, m)
            if before is not m:
                self.counts["repeats"] += 1
                if before.body != m.body:
                    wrong.append(f"{name} got {m.id} with other words")
        seen: dict[str, str] = {}
        told = [(str(c["id"]), m.id) for m in first.values() if is_news(m) for c in changes_in(m)]
        return wrong + [f"{name} got {id} in {seen[id]} and {by}" for id, by in told if seen.setdefault(id, by) != by]

    def _order(self, name: str, changes: Sequence[Change]) -> list[str]:
        """The first time a change of a situation arrives is never before that of one that was found earlier."""
        at = {c.id: c.at for c in changes}
        place = {c.id: c.place for c in changes}
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
        if (seed + 1 - first) % 500 == 0 or seed == first + count - 1:
            print(f"{dict(sorted(total.items()))}; lives with a broken promise: {bad}", flush=True)
    return bad


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100, int(sys.argv[2]) if len(sys.argv) > 2 else 0)))
