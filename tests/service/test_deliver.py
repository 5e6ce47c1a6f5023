"""Every line of the ledger arrives, or ends in a named state that an operator hears of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import Refused, TryLater
from monitor.ledger import Store
from monitor.model import ChangeKind, DeliveryState, MessageType, Severity
from monitor.notify.registry import build
from monitor.route.message import Message
from monitor.route.retry import TRIES
from monitor.route.routes import Receiver, Route
from monitor.secret import Secret
from monitor.service.deliver import Courier, deliver
from monitor.service.disabled import disabled
from monitor.service.drill import drill
from tests.notify.servers import receiver, status
from tests.service.world import START, Clock, Recorder, change, desk, found, ledger


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = ledger(tmp_path)
    yield opened
    opened.close()


def later(message: Message) -> str:
    raise TryLater("HTTP 503")


def never(message: Message) -> str:
    raise Refused("HTTP 404")


def breaks(message: Message) -> str:
    raise KeyError("a bug with a secret in it: hunter2")


def test_a_change_is_told_once_to_each_receiver(store: Store) -> None:
    a, b = Recorder("a"), Recorder("b")
    d = desk(store, Clock(), [a, b])
    found(d, [change()])
    assert deliver(d)[DeliveryState.SENT] == 2
    assert deliver(d)[DeliveryState.SENT] == 0
    assert [m.type for m in a.got] == [MessageType.ALERT] and len(b.got) == 1
    assert "Ukraine" not in a.got[0].headline and a.got[0].headline.startswith(
        "UA: US raises advice to Level 4, Do Not Travel (was Level 3)"
    )


def test_what_failed_comes_again_with_the_same_id_and_bytes_until_it_arrives(store: Store) -> None:
    clock, a = Clock(), Recorder("a", later)
    d = desk(store, clock, [a])
    found(d, [change()])
    for _ in range(3):
        deliver(d)
        clock.forward(timedelta(hours=3))
    a.answer = lambda message: "ok"
    deliver(d)
    assert len(a.tried) == 4 and len(a.got) == 1
    assert {m.id for m in a.tried} == {a.got[0].id}
    assert all(m.body == a.tried[0].body for m in a.tried)


def test_a_refused_line_ends_and_the_operator_is_told(store: Store) -> None:
    a, ops = Recorder("a", never), Recorder("ops")
    d = desk(store, Clock(), [a, ops], routes=[Route("all", ("a",)), Route("ops", ("ops",), operator=True)])
    found(d, [change()])
    deliver(d)
    assert [x.state for x in store.deliveries(channel="a")] == [DeliveryState.DEAD]
    assert [m.type for m in ops.got] == [MessageType.OPERATOR]
    assert "HTTP 404" in ops.got[0].summary and "Level 4" in ops.got[0].summary


@pytest.mark.parametrize("answer", [later, breaks])
def test_trying_ends_with_the_schedule_and_the_operator_is_told(store: Store, answer: object) -> None:
    clock, a, ops = Clock(), Recorder("a", answer), Recorder("ops")  # type: ignore[arg-type]
    d = desk(store, clock, [a, ops], routes=[Route("all", ("a",)), Route("ops", ("ops",), operator=True)])
    found(d, [change()])
    for _ in range(TRIES):
        deliver(d)
        clock.forward(timedelta(days=2))
    line = store.deliveries(channel="a")[0]
    assert line.state is DeliveryState.DEAD and len(a.tried) == TRIES
    assert "hunter2" not in line.why and (answer is later or "KeyError" in line.why)
    assert [m for m in ops.got if "could not be delivered" in m.headline]


def test_what_waited_for_a_receiver_is_sent_as_soon_as_it_is_seen_to_work(store: Store) -> None:
    clock, works = Clock(), threading.Event()
    a = Recorder("a", lambda message: "ok" if works.is_set() else later(message))
    d = desk(store, clock, [a])
    courier = Courier(d)
    found(d, [change(n, place=p) for n, p in enumerate(("UA", "RU", "BY"))])
    for _ in range(20):  # so long that each of them would wait for an hour
        courier.drain()
        clock.forward(timedelta(minutes=20))
    works.set()
    found(d, [change(9, place="PL")])
    courier.drain()
    assert len(a.got) == 4


def test_a_removed_channel_ends_its_lines_and_the_operator_is_told_once(store: Store) -> None:
    ops = Recorder("ops")
    old = desk(store, Clock(), [Recorder("old"), ops], routes=[Route("all", ("old",))])
    found(old, [change(n, place=p) for n, p in enumerate(("UA", "RU", "BY"))])
    new = desk(store, Clock(), [ops], routes=[Route("ops", ("ops",), operator=True)])
    deliver(new)
    assert {x.why for x in store.deliveries(channel="old")} == {"channel_removed"}
    assert len(ops.got) == 1 and "old" in ops.got[0].headline


def gone(message: Message) -> str:
    raise Refused("HTTP 410 gone", gone=True)


def test_gone_is_not_tried_again_whatever_is_restarted(store: Store) -> None:
    clock, a, ops = Clock(), Recorder("a", gone), Recorder("ops")
    d = desk(store, clock, [a, ops], routes=[Route("all", ("a",)), Route("ops", ("ops",), operator=True)])
    found(d, [change(1)])
    deliver(d)
    assert disabled(store)["a"].why == "HTTP 410 gone"
    for number, place in enumerate(("RU", "BY"), 2):
        found(d, [change(number, place=place)])
        deliver(d)  # a courier of its own: as after a restart
    assert len(a.tried) == 1 and [m.headline for m in ops.got] == ["a says that it does not exist any more, and gets nothing but tests"]
    assert "Level 4" in ops.got[0].summary and "monitor test a" in ops.got[0].summary
    assert {x.state for x in store.deliveries(channel="a")} == {DeliveryState.DEAD}


@pytest.mark.parametrize(("answer", "said"), [(gone, "does not exist any more"), (never, "A drill did not reach a")])
def test_a_drill_that_does_not_arrive_is_told(store: Store, answer: Callable[[Message], str], said: str) -> None:
    a, ops = Recorder("a", answer), Recorder("ops")
    d = desk(store, Clock(), [a, ops], routes=[Route("all", ("a",)), Route("ops", ("ops",), operator=True)])
    drill(store, ["a"], d.now())
    deliver(d)
    assert len(ops.got) == 1 and said in ops.got[0].headline


def test_a_test_that_arrives_enables_again_for_every_process(store: Store) -> None:
    clock, a, ops = Clock(), Recorder("a", gone), Recorder("ops")
    d = desk(store, clock, [a, ops], routes=[Route("all", ("a",))])
    running = Courier(d)
    found(d, [change(1)])
    running.drain()
    drill(store, ["a"], clock())
    deliver(d)
    assert disabled(store) and len(a.tried) == 2, "a test that does not arrive enables nothing"
    a.answer = lambda message: "ok"
    drill(store, ["a"], clock.forward(timedelta(hours=1)))
    deliver(d)
    assert not disabled(store)
    found(d, [change(2, place="RU")])
    clock.forward(timedelta(minutes=1))
    running.drain()
    assert [m.type for m in a.got] == [MessageType.TEST, MessageType.ALERT]


def test_another_configuration_enables_again(store: Store) -> None:
    with receiver() as server:
        server.answer = status(410)
        old = build("hook", "webhook", {"url": f"{server.url}/old"})
        clock = Clock()
        for number, place in enumerate(("UA", "RU")):
            d = desk(store, clock, [old])
            found(d, [change(number, place=place)])
            deliver(d)
        server.answer = status(200)
        found(d, [change(3, place="BY")])
        deliver(desk(store, clock, [build("hook", "webhook", {"url": f"{server.url}/new"})]))
        assert [got.path for got in server.got] == ["/old", "/new"]
    assert not disabled(store)


def test_a_line_that_names_a_change_nobody_knows_ends_named(store: Store) -> None:
    clock, a = Clock(), Recorder("a")
    d = desk(store, clock, [a])
    found(d, [change()])
    line = store.deliveries(channel="a")[0]
    poison = type(line)(id="dlv_poison", channel="a", type=MessageType.ALERT, changes=("chg_nobody",), created=START, due=START)
    store.enqueue([poison])
    for _ in range(TRIES):
        deliver(d)
        clock.forward(timedelta(days=2))
    assert store.delivery("dlv_poison").state is DeliveryState.DEAD  # type: ignore[attr-defined]
    assert len(a.ids) >= 1


def test_a_channel_that_hangs_delays_nobody_else(store: Store) -> None:
    free = threading.Event()

    def hang(message: Message) -> str:
        free.wait(30)
        return "at last"

    hole, a = Recorder("hole", hang), Recorder("a")
    d = desk(store, Clock(), [hole, a])
    courier = Courier(d)
    for n in range(5):
        found(d, [change(n, place=f"{n}X")])
        while len(a.got) == n:  # without the hole answering; a courier that waits for it never gets here
            courier.drain(timedelta(seconds=0.2))
    assert not hole.got
    free.set()
    courier.drain()
    assert len(hole.got) == 5


def test_a_failing_channel_is_probed_with_one_message_and_its_fallback_takes_over(store: Store) -> None:
    clock, a, b = Clock(), Recorder("a", later), Recorder("b")
    d = desk(store, clock, [a, b], routes=[Route("all", ("a",)), Route("ops", ("b",), operator=True)],
             receivers={"a": Receiver("a", fallback=("b",), storm=100)})  # fmt: skip
    courier = Courier(d)
    found(d, [change(n, place=f"{n}X") for n in range(20)])
    courier.drain()
    assert len(a.tried) == 3
    for _ in range(12):
        clock.forward(timedelta(minutes=5))
        courier.drain()
    assert len(a.tried) < 3 + 13
    alerts = [m for m in b.got if m.type is MessageType.ALERT]
    assert len(alerts) == 20 == len({m.id for m in alerts})
    assert [m for m in b.got if "have not arrived since" in m.headline]
    a.answer = lambda message: "ok"
    for _ in range(20):
        clock.forward(timedelta(hours=1))
        courier.drain()
    assert len(a.got) == 20


def test_order_within_a_situation_is_kept_while_the_first_message_fails(store: Store) -> None:
    clock, a = Clock(), Recorder("a", later)
    d = desk(store, clock, [a])
    found(d, [change(1)])
    deliver(d)
    clock.forward(timedelta(seconds=1))
    found(d, [change(2, kind=ChangeKind.DEPARTURE_ORDERED, before="none", after="ordered")])
    a.answer = lambda message: "ok"
    deliver(d)
    assert a.got == []
    clock.forward(timedelta(minutes=10))
    deliver(d)
    deliver(d)
    assert [m.type for m in a.got] == [MessageType.ALERT, MessageType.UPDATE]
    assert a.got[1].references == (a.got[0].id,)


def test_pace_is_kept(store: Store) -> None:
    clock, a = Clock(), Recorder("a")
    d = desk(store, clock, [a], receivers={"a": Receiver("a", per_minute=2, storm=100)})
    courier = Courier(d)
    found(d, [change(n, place=f"{n}X") for n in range(5)])
    courier.drain()
    assert len(a.got) == 2
    clock.forward(timedelta(minutes=1))
    courier.drain()
    assert len(a.got) == 4


def test_two_workers_send_every_line_once(store: Store) -> None:
    clock, a = Clock(), Recorder("a")
    d = desk(store, clock, [a], receivers={"a": Receiver("a", storm=1000)})
    found(d, [change(n, place=f"{n}X") for n in range(40)])
    threads = [threading.Thread(target=deliver, args=(d,)) for _ in range(2)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    deliver(d)
    assert sorted(a.ids) == sorted(set(a.ids)) and len(a.ids) == 40


def test_a_route_that_asks_for_severity_gets_what_is_severe(store: Store) -> None:
    a = Recorder("a")
    d = desk(store, Clock(), [a], routes=[Route("severe", ("a",), min_severity=Severity.SEVERE)])
    found(d, [change(1, severity=Severity.MINOR), change(2, place="RU")])
    deliver(d)
    assert len(a.got) == 1 and a.got[0].data["place"]["code"] == "RU"


@pytest.mark.parametrize("code", [200, 404, 410, 503])
def test_a_planted_secret_shows_in_no_log_and_no_database(
    store: Store, tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with receiver() as server:
        server.answer = status(code, body=b"canary-in-the-answer")
        monkeypatch.setenv("HOOK", f"{server.url}/canary-in-the-path?key=canary-in-the-query")
        monkeypatch.setenv("CHAT", "canary-token")
        hook: Any = build("hook", "webhook", {"url": Secret("env:HOOK")})
        chat: Any = build("chat", "telegram", {"token": Secret("env:CHAT"), "chat": "1", "api": server.url})
        d = desk(store, Clock(), [hook, chat, Recorder("ops")])
        found(d, [change()])
        deliver(d)
        assert len(server.got) >= 2 and "canary" in server.got[0].path + server.got[1].path
    store.close()
    kept = b"".join(f.read_bytes() for f in tmp_path.iterdir())
    out = capsys.readouterr()
    assert b"canary" not in kept and "canary" not in out.out + out.err + repr(d) + repr(hook)
    assert b"dlv_" in kept
