"""Whoever compares changes with the ledger finds what is missing, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import Refused, TryLater
from monitor.ledger import Delivery, Store
from monitor.model import Change, DeliveryState, MessageType, Severity, Watch
from monitor.route.lines import HOLD, situation_of, unpack
from monitor.route.message import Message
from monitor.route.routes import Digest, Quiet, Receiver, Route, Silence
from monitor.service.deliver import deliver
from monitor.service.planner import FAR, add_silence
from monitor.service.reconcile import Gap, reconcile
from monitor.store import open_store
from tests.route.test_plan import any_change, any_route
from tests.service.world import SOURCE, START, Clock, Recorder, change, desk, found, ledger, save

SINCE = START - timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = ledger(tmp_path)
    yield opened
    opened.close()


def test_what_was_planned_adds_up(store: Store) -> None:
    hush = Silence("sil_1", START + timedelta(hours=9), "anna", "drill", places=frozenset({"BY"}))
    add_silence(store, hush)
    d = desk(
        store,
        Clock(),
        [Recorder("a"), Recorder("b"), Recorder("c")],
        receivers={"b": Receiver("b", quiet=Quiet(time(11), time(18))), "c": Receiver("c", digest=Digest.WEEKLY, storm=1)},
    )
    found(
        d, [change(1), change(2, place="RU", severity=Severity.MINOR), change(3, place="BY", severity=Severity.MINOR), change(4, held=True)]
    )
    seen = reconcile(d, SINCE)
    assert seen.fine and (seen.changes, seen.due) == (3, 9)
    deliver(d)
    assert reconcile(d, SINCE).fine


def test_a_line_that_is_missing_is_an_operator_alarm_once(store: Store) -> None:
    a, ops = Recorder("a"), Recorder("ops")
    d = desk(store, Clock(), [a, ops], routes=[Route("all", ("a",)), Route("ops", ("ops",), operator=True)])
    save(store, [change(1)])
    assert reconcile(d, SINCE).gaps == (Gap("chg_1", "a"),)
    reconcile(d, SINCE)
    deliver(d)
    assert [m.type for m in ops.got] == [MessageType.OPERATOR] and "chg_1 → a" in ops.got[0].summary
    assert not a.got


def test_changes_from_before_these_routes_are_not_owed(store: Store) -> None:
    d = desk(store, Clock(), [Recorder("a")])
    save(store, [change(1)])
    assert reconcile(d, START + timedelta(seconds=1)).fine


def test_a_line_that_is_due_and_nobody_sends_is_stuck(store: Store) -> None:
    clock = Clock()
    d = desk(store, clock, [Recorder("a")])
    found(d, [change(1)])
    clock.forward(timedelta(hours=1))
    assert len(reconcile(d, SINCE).stuck) == 1
    assert reconcile(d, SINCE, resting=["a"]).fine


def test_what_queues_up_behind_a_retry_is_not_stuck(store: Store) -> None:
    def later(message: Message) -> str:
        raise TryLater("HTTP 503")

    clock = Clock()
    d = desk(store, clock, [Recorder("a", later)])
    found(d, [change(1)])
    for _ in range(3):
        deliver(d)
        clock.forward(timedelta(minutes=6))
    found(d, [change(2)])
    deliver(d)
    clock.forward(timedelta(minutes=20))
    assert reconcile(d, SINCE).stuck == ()
    clock.forward(timedelta(hours=2))
    assert len(reconcile(d, SINCE).stuck) == 1


def test_a_dead_line_of_which_nobody_was_told(store: Store) -> None:
    def never(message: Message) -> str:
        raise Refused("HTTP 404")

    d = desk(store, Clock(), [Recorder("a", never), Recorder("ops")], routes=[Route("all", ("a",)), Route("ops", ("ops",), operator=True)])
    found(d, [change(1)])
    deliver(d)
    assert reconcile(d, SINCE).fine
    lost = replace(
        store.deliveries(channel="a")[0], id="dlv_lost", channel="ops", type=MessageType.ALERT, state=DeliveryState.DEAD, settled=START
    )
    store.enqueue([lost])
    assert reconcile(d, SINCE).untold == ("dlv_lost",)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(changes=st.lists(any_change, max_size=8, unique_by=lambda c: c.id), routes=st.lists(any_route, max_size=3), watched=st.booleans())
def test_plan_and_reconcile_agree_on_any_changes_and_routes(changes: list[Change], routes: list[Route], watched: bool) -> None:
    store: Any = open_store("sqlite://")
    try:
        store.register([SOURCE], START)
        d = desk(store, Clock(), [Recorder(n) for n in "abc"], routes=routes, watches=[Watch("office", "UA", 3)] if watched else [])
        found(d, changes)
        assert reconcile(d, SINCE).fine
        lost = [replace(c, id=f"lost_{c.id}", situation="elsewhere") for c in changes if not c.held and not c.kind.about_sight]
        save(store, lost)
        ids = {c.id for c in lost}
        due = {(f"lost_{id}", line.channel) for line in _lines(store, changes) for id in line.changes}
        assert {(g.change, g.channel) for g in reconcile(d, SINCE).gaps} == {(id, channel) for id, channel in due if id in ids}
    finally:
        store.close()


def _lines(store: Store, changes: list[Change]) -> list[Delivery]:
    sent = [line for s in {situation_of(c) for c in changes} for line in store.delivered_to(s)]
    return sent + [unpack(timer.payload) for timer in store.timers(FAR, 1000) if timer.kind == HOLD]
