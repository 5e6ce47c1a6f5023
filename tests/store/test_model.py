"""Any sequence of operations leaves a store as it leaves a few dictionaries: the simplest store that could be right."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from monitor.errors import StalePoll
from monitor.ledger import ChangeQuery, Claim, Delivery, Remembered, Settlement, SourceRecord, Timer
from monitor.model import Aspect, Change, DeliveryState, Posture, Reason
from monitor.store import open_store
from tests.store import databases
from tests.store.values import MINUTE, NOW, change, line, memory, poll, posture, source

SOURCES = ("ca", "us")
LEASE = MINUTE
SETTLED = (DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.SKIPPED)

sources = st.sampled_from(SOURCES)
keys = st.sampled_from(["a", "b", "\0", "é"])
numbers = st.integers(0, 7)
delays = st.integers(0, 6).map(lambda n: n * MINUTE)
new_lines = st.builds(
    lambda n, channel, situation, delay: (f"l{n}", channel, situation, delay),
    numbers,
    st.sampled_from(["mail", "sms"]),
    st.sampled_from(["", "s1", "s2"]),
    delays,
)


class Dictionaries:
    """What a store holds, without a database."""

    def __init__(self) -> None:
        self.records = {id: SourceRecord(id, since=NOW, due=NOW) for id in SOURCES}
        self.seen: dict[str, dict[str, str]] = {id: {} for id in SOURCES}
        self.memory: dict[str, Remembered] = {}
        self.changes: dict[str, Change] = {}
        self.postures: dict[tuple[str, str], Posture] = {}
        self.history: list[tuple[datetime, Posture]] = []
        self.tallies: Counter[str] = Counter()
        self.lines: dict[str, Delivery] = {}
        self.tokens: Counter[str] = Counter()
        self.until: dict[str, datetime] = {}
        self.tries: dict[str, dict[int, str]] = {}
        self.timers: dict[str, Timer] = {}

    def add(self, lines: list[Delivery]) -> None:
        for new in lines:
            if new.id not in self.lines:
                self.lines[new.id], self.tries[new.id] = new, {}

    def claimable(self, now: datetime) -> list[str]:
        found, busy = [], set()
        for id, each in self.lines.items():
            if each.state in SETTLED:
                continue
            queue = (each.situation, each.channel)
            if queue not in busy and self.wakes(id) <= now:
                found.append(id)
            if each.situation:
                busy.add(queue)
        return found

    def wakes(self, id: str) -> datetime:
        line = self.lines[id]
        return self.until[id] if line.state is DeliveryState.SENDING else line.due

    def take(self, id: str, now: datetime) -> Claim:
        line = self.lines[id]
        if line.state is DeliveryState.SENDING:
            self.tries[id][self.tokens[id]] = "lost"
            line = replace(line, attempts=line.attempts + 1)
        self.tokens[id] += 1
        self.until[id] = now + LEASE
        self.lines[id] = replace(line, state=DeliveryState.SENDING)
        return Claim(self.lines[id], self.tokens[id], now + LEASE)

    def settle(self, claim: Claim, end: Settlement) -> bool:
        id, line = claim.delivery.id, self.lines[claim.delivery.id]
        self.tries[id][claim.token] = end.state.value
        if claim.token != self.tokens[id]:
            return False
        if line.state is DeliveryState.SENDING:
            waits = end.state is DeliveryState.WAITING
            due = (end.due or end.at) if waits else line.due
            settled = None if waits else end.at
            self.lines[id] = replace(line, state=end.state, why=end.why, due=due, settled=settled, attempts=line.attempts + 1)
        return True


class Comparison(RuleBasedStateMachine):
    """Does everything to both and looks whether they differ."""

    url = "sqlite://"

    def __init__(self) -> None:
        super().__init__()
        self.store, self.model, self.now = open_store(self.url), Dictionaries(), NOW
        self.store.register([source(id) for id in SOURCES], NOW)
        self.claims: list[Claim] = []

    def teardown(self) -> None:
        self.store.close()

    @rule(by=delays)
    def time_passes(self, by: timedelta) -> None:
        self.now += by

    @rule(
        id=sources,
        late=st.sampled_from([0, 0, 0, 1]),
        seen=st.dictionaries(keys, st.sampled_from(["1", "2"])),
        gone=st.sets(keys),
        pieces=st.dictionaries(st.sampled_from(["m1", "m2"]), st.sampled_from(["", "x", "y"])),
        stale=st.sampled_from([0, 0, 0, 1]),
        told=st.lists(st.tuples(numbers, st.booleans()), max_size=3, unique_by=lambda pair: pair[0]),
        level=st.none() | st.sampled_from("124"),
        new=st.lists(new_lines, max_size=3),
    )
    def save(self, id, late, seen, gone, pieces, stale, told, level, new) -> None:  # type: ignore[no-untyped-def]
        model, now = self.model, self.now
        record = SourceRecord(id, poll=model.records[id].poll + 1 - late, due=now + MINUTE, polled=now)
        known = {key: model.memory[key].version if key in model.memory else 0 for key in pieces}
        kept = tuple(memory(key, words, known[key] + stale) for key, words in pieces.items() if words or known[key])
        changes = tuple(change(f"c{n}", now, held=held) for n, held in told)
        lines = [line(name, channel, now, situation=situation, due=now + delay) for name, channel, situation, delay in new]
        held = (posture(level),) if level else ()
        saved = poll(
            record=record,
            at=now,
            seen=seen,
            gone=gone,
            memory=kept,
            changes=changes,
            deliveries=lines,
            postures=held,
            tally={Reason.TOUCH: 2},
        )
        if late or (stale and kept):
            with pytest.raises(StalePoll):
                self.store.save(saved)
            return
        self.store.save(saved)
        model.records[id] = record
        model.seen[id] = {key: digest for key, digest in model.seen[id].items() if key not in gone} | seen
        for piece in kept:
            model.memory.pop(piece.key, None)
            if piece.payload:
                model.memory[piece.key] = replace(piece, version=piece.version + 1)
        for each in changes:
            if each.id not in model.changes or (model.changes[each.id].held and not each.held):
                model.changes[each.id] = each
        for each in held:
            before = model.postures.get((each.place, each.issuer))
            if before is None or before.get(Aspect.LEVEL).value != level:  # type: ignore[union-attr]
                model.history.append((now, each))
            model.postures[each.place, each.issuer] = each
        model.add(lines)
        model.tallies[id] += 2

    @rule(limit=st.integers(1, 4))
    def claim(self, limit: int) -> None:
        may = self.model.claimable(self.now)
        got = self.store.claim(self.now, "w", limit, LEASE)
        assert len(got) == min(limit, len(may))
        assert {claim.delivery.id for claim in got} <= set(may)
        assert [self.model.take(claim.delivery.id, self.now) for claim in got] == list(got)
        self.claims += got

    @precondition(lambda self: self.claims)
    @rule(which=st.randoms(use_true_random=False), state=st.sampled_from(["sent", "waiting", "dead", "skipped"]), delay=delays)
    def settle(self, which, state: str, delay: timedelta) -> None:  # type: ignore[no-untyped-def]
        claim = which.choice(self.claims)  # an old one now and then, so that stale tokens come
        end = Settlement(DeliveryState(state), self.now, f"why {state}", self.now + delay)
        assert self.store.settle(claim, end) == self.model.settle(claim, end)

    @rule(some=st.sets(numbers, max_size=3))
    def withdraw(self, some: set[int]) -> None:
        ids = [id for id in (f"l{n}" for n in some) if id in self.model.lines]
        waiting = [id for id in ids if self.model.lines[id].state is DeliveryState.WAITING]
        assert self.store.withdraw(ids, "silenced", self.now) == len(waiting)
        for id in waiting:
            self.model.lines[id] = replace(self.model.lines[id], state=DeliveryState.SKIPPED, why="silenced", settled=self.now)

    @rule(n=numbers)
    def revive(self, n: int) -> None:
        line = self.model.lines.get(f"l{n}")
        if line is not None:
            assert self.store.revive(line.id, self.now) == (line.state in SETTLED)
            if line.state in SETTLED:
                self.model.tokens[line.id] += 1
                self.model.lines[line.id] = replace(line, state=DeliveryState.WAITING, due=self.now, settled=None, attempts=0)

    @rule(channel=st.sampled_from(("mail", "sms")))
    def hasten(self, channel: str) -> None:
        again = [x for x in self.model.lines.values() if x.channel == channel and x.state is DeliveryState.WAITING and x.attempts]
        late = [x for x in again if x.due > self.now]
        assert self.store.hasten(channel, self.now) == len(late)
        self.model.lines |= {x.id: replace(x, due=self.now) for x in late}

    @rule(n=st.integers(0, 3), delay=delays, done=st.sets(st.integers(0, 3)))
    def set_timers(self, n: int, delay: timedelta, done: set[int]) -> None:
        timer = Timer(f"t{n}", "drill", self.now + delay, "mail")
        self.store.enqueue([], [timer], [f"t{m}" for m in done])
        for m in done:
            self.model.timers.pop(f"t{m}", None)
        self.model.timers[timer.id] = timer

    @invariant()
    def they_hold_the_same(self) -> None:
        store, model, long = self.store, self.model, timedelta(days=999)
        assert {record.id: record for record in store.records()} == model.records
        assert {id: store.seen(id) for id in SOURCES} == model.seen
        assert store.remembered("") == model.memory
        assert {each.id: each for each in store.changes(ChangeQuery(limit=1000))} == model.changes
        assert list(store.postures()) == list(model.postures.values())
        assert list(store.history("UA")) == model.history
        assert {id: sum(store.tallies(id, NOW).values()) for id in SOURCES} == {id: model.tallies[id] for id in SOURCES}
        assert list(store.deliveries(limit=1000)) == list(model.lines.values())[::-1]
        assert {id: {a.number: a.outcome for a in store.attempts(id)} for id in model.lines} == model.tries
        assert {timer.id: timer for timer in store.timers(NOW + long)} == model.timers


@pytest.mark.parametrize("kind", ["memory", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_store_is_a_few_dictionaries_that_last(kind: str) -> None:
    class Here(Comparison):
        @property
        def url(self) -> str:  # type: ignore[override]
            return databases.url("postgres", None) if kind == "postgres" else "sqlite://"  # type: ignore[arg-type]

    examples = 6 if kind == "postgres" else 40
    run_state_machine_as_test(
        Here, settings=settings(max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    )
