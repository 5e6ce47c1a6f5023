"""Links that only we can make, and a pulse that stops when anything does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import StoreUnavailable, TryLater
from monitor.ledger import Store
from monitor.service.acklink import AckLinks
from monitor.service.breaker import Breakers
from monitor.service.deliver import deliver
from monitor.service.heartbeat import beat, feel
from monitor.service.timers import acknowledge, acknowledgements
from tests.service.world import START, Clock, Recorder, change, desk, found, ledger, save

LINKS = AckLinks("https://monitor.example/", bytes(range(32)))
SINCE = START - timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = ledger(tmp_path)
    yield opened
    opened.close()


def test_a_link_acknowledges_its_message(store: Store) -> None:
    a = Recorder("a")
    d = desk(store, Clock(), [a], ack_url=LINKS.url)
    found(d, [change()])
    deliver(d)
    link = a.got[0].ack_url
    assert link.startswith("https://monitor.example/ack/dlv_") and link in a.got[0].text
    id = LINKS.opened(link.rpartition("/")[2])
    assert id == a.got[0].id
    acknowledge(store, store.deliveries(channel="a")[0], "link to a", START + timedelta(minutes=1))
    assert [who for _, who in acknowledgements(store, "sit_UA")] == ["link to a"]
    assert "0001" not in repr(LINKS) and repr(LINKS.key) not in repr(LINKS)


@given(st.text())
def test_nobody_else_can_make_one(token: str) -> None:
    assert LINKS.opened(token) is None
    assert AckLinks(LINKS.base, bytes(32)).opened(f"dlv_1.{LINKS._sign('dlv_1')}") is None


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        AckLinks("https://m.example", b"short")


def test_the_heart_beats_only_while_all_is_well(store: Store) -> None:
    clock, beats = Clock(), list[int]()
    d = desk(store, clock, [Recorder("a")], sources={"us": "https://us.example"})
    save(store, [])
    found(d, [change()])
    deliver(d)
    assert beat(d, SINCE, Breakers(), lambda: beats.append(1)).well and beats == [1]

    save(store, [change(2)])
    assert "1 gaps" in str(beat(d, SINCE, Breakers(), lambda: beats.append(1)).wrong)
    sick = Breakers()
    for _ in range(3):
        sick.failed("a", clock(), None)
    assert any("every channel" in w for w in feel(d, clock() + timedelta(seconds=1), sick).wrong)
    clock.forward(timedelta(hours=2))
    assert any("overdue" in w for w in feel(d, clock(), Breakers()).wrong)
    assert beats == [1]


def test_messages_that_are_late_stop_it(store: Store) -> None:
    clock = Clock()
    d = desk(store, clock, [Recorder("a")])
    save(store, [])
    found(d, [change()])
    clock.forward(timedelta(minutes=20))
    assert any("late" in w for w in feel(d, SINCE, Breakers()).wrong)


def test_a_ping_that_fails_is_only_logged(store: Store) -> None:
    def unheard() -> None:
        raise TryLater("HTTP 500")

    d = desk(store, Clock(), [Recorder("a")])
    save(store, [])
    assert beat(d, SINCE, Breakers(), unheard).well


def test_a_store_that_does_not_answer_is_not_well() -> None:
    class Lost:
        def __getattr__(self, name: str) -> object:
            raise StoreUnavailable("disk I/O error")

    lost: Any = Lost()
    assert feel(desk(lost, Clock(), [Recorder("a")]), SINCE, Breakers()).wrong == ("store: disk I/O error",)
