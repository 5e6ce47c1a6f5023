"""Promises with a due time are kept at that time, whatever was restarted in between."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.ledger import Store
from monitor.model import ChangeKind, DeliveryState, MessageType, Reason, Severity
from monitor.notify.registry import build
from monitor.route.routes import Digest, Escalation, Quiet, Receiver, Route, Silence
from monitor.secret import Secret
from monitor.service import drill
from monitor.service.deliver import deliver
from monitor.service.planner import FAR, add_silence, end_silence, silences
from monitor.service.timers import acknowledge, acknowledgements, wanting
from monitor.store import open_store
from tests.crash.simulation import Inline
from tests.notify.servers import receiver
from tests.service.world import SOURCE, START, Clock, Recorder, change, desk, found, ledger


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = ledger(tmp_path)
    yield opened
    opened.close()


URGENT = Route("all", ("a",), repeat=timedelta(minutes=10), escalate=(Escalation(timedelta(minutes=25), ("boss",)),))


def minutes(d: object, clock: Clock, count: int) -> None:
    for _ in range(count):
        deliver(d)  # type: ignore[arg-type]
        clock.forward(timedelta(minutes=1))


def test_it_is_said_again_until_somebody_acknowledges(store: Store) -> None:
    clock, a, boss = Clock(), Recorder("a"), Recorder("boss")
    d = desk(store, clock, [a, boss], routes=[URGENT])
    found(d, [change(1)])
    minutes(d, clock, 22)
    assert [m.headline.startswith("Still not acknowledged") for m in a.got] == [False, True, True]
    assert a.got[1].references == (a.got[0].id,) and len({m.id for m in a.got}) == 3 and not boss.got
    assert acknowledge(store, store.deliveries(channel="a")[-1], "anna", clock())
    assert not acknowledge(store, store.deliveries(channel="a")[-1], "bert", clock())
    minutes(d, clock, 60)
    assert len(a.got) == 3 and not boss.got
    assert [who for _, who in acknowledgements(store, "sit_UA")] == ["anna"]


def test_an_incident_elsewhere_is_acknowledged_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PD_KEY", "k" * 32)
    with receiver() as server:
        pager: Any = build("pager", "pagerduty", {"routing_key": Secret("env:PD_KEY"), "url": server.url})
        clock, a = Clock(), Recorder("a")
        d = desk(store, clock, [pager, a])
        found(d, [change(1)])
        deliver(d)
        assert wanting(d.channels) == ("pager",)
        acknowledge(store, store.deliveries(channel="a")[0], "anna", clock.forward(timedelta(minutes=1)), wanting(d.channels))
        deliver(d)
        clock.forward(timedelta(minutes=1))
        found(d, [change(2, ChangeKind.LEVEL_LOWERED, before="4", after="1", severity=Severity.MODERATE)])
        deliver(d)
        events = [json.loads(got.body) for got in server.got]
    assert [e["event_action"] for e in events] == ["trigger", "acknowledge", "resolve"]
    assert {e["dedup_key"] for e in events} == {"sit_UA"} and len(a.got) == 2


def test_nobody_acknowledged_so_the_next_one_is_told(store: Store) -> None:
    clock, a, boss = Clock(), Recorder("a"), Recorder("boss")
    d = desk(store, clock, [a, boss], routes=[URGENT])
    found(d, [change(1)])
    minutes(d, clock, 27)
    assert [m.headline.split(":")[0] for m in boss.got] == ["Nobody has acknowledged this"]
    assert boss.got[0].type is MessageType.ALERT


def test_an_acknowledgement_does_not_cover_what_comes_worse(store: Store) -> None:
    clock, a, boss = Clock(), Recorder("a"), Recorder("boss")
    d = desk(store, clock, [a, boss], routes=[URGENT])
    found(d, [change(1)])
    deliver(d)
    acknowledge(store, store.deliveries(channel="a")[0], "anna", clock.forward(timedelta(minutes=1)))
    clock.forward(timedelta(minutes=1))
    found(d, [change(2, ChangeKind.LEAVE_NOW, before=None, after="leave_now")])
    minutes(d, clock, 12)
    assert [m.headline.startswith("Still not") for m in a.got] == [False, False, True]


def test_the_all_clear_ends_reminders(store: Store) -> None:
    clock, a, boss = Clock(), Recorder("a"), Recorder("boss")
    d = desk(store, clock, [a, boss], routes=[URGENT])
    found(d, [change(1)])
    minutes(d, clock, 5)
    found(d, [change(2, ChangeKind.LEVEL_LOWERED, before="4", after="1", severity=Severity.MODERATE, reason=Reason.BETTER_CONFIRMED)])
    minutes(d, clock, 60)
    assert [m.type for m in a.got] == [MessageType.ALERT, MessageType.CANCEL] and not boss.got


def test_quiet_hours_end_with_one_message(store: Store) -> None:
    clock, a = Clock(), Recorder("a")
    d = desk(store, clock, [a], receivers={"a": Receiver("a", quiet=Quiet(time(11), time(14)))})
    found(d, [change(1, severity=Severity.SEVERE)])
    found(d, [change(2, place="RU", severity=Severity.SEVERE)])
    deliver(d)
    assert not a.got
    clock.forward(timedelta(hours=2))
    deliver(d)
    assert [m.type for m in a.got] == [MessageType.DIGEST] and len(a.got[0].data["alerts"]) == 2
    assert {x.state for x in store.deliveries(channel="a")} == {DeliveryState.SENT, DeliveryState.SKIPPED}
    clock.forward(timedelta(hours=22))
    found(d, [change(3, ChangeKind.LEVEL_LOWERED, before="4", after="1", severity=Severity.MODERATE)])
    deliver(d)
    clock.forward(timedelta(hours=6))
    deliver(d)
    assert a.got[-1].type is MessageType.CANCEL, "told in a digest is told"


def test_what_was_told_meanwhile_is_not_told_again(store: Store) -> None:
    clock, a = Clock(), Recorder("a")
    d = desk(store, clock, [a], receivers={"a": Receiver("a", quiet=Quiet(time(11), time(14)))})
    found(d, [change(1, severity=Severity.SEVERE)])
    found(d, [change(2, ChangeKind.LEAVE_NOW)])
    deliver(d)
    assert [[c["id"] for c in m.data["changes"]] for m in a.got] == [["chg_1", "chg_2"]]
    clock.forward(timedelta(hours=3))
    deliver(d)
    assert len(a.got) == 1 and not store.timers(clock())


def test_silences_are_kept_ended_and_expire(store: Store) -> None:
    clock, a = Clock(), Recorder("a")
    d = desk(store, clock, [a])
    hush = Silence(
        "sil_1",
        START + timedelta(hours=1),
        "anna",
        "works on the line",
        places=frozenset({"UA"}),
        kinds=frozenset({ChangeKind.LEVEL_RAISED}),
    )
    add_silence(store, hush)
    assert silences(store) == (hush,)
    found(d, [change(1, severity=Severity.SEVERE)])
    deliver(d)
    assert not a.got and store.deliveries(channel="a")[0].why == "silenced by sil_1"
    clock.forward(timedelta(hours=2))
    deliver(d)
    assert silences(store) == ()
    add_silence(store, hush)
    end_silence(store, "sil_1")
    assert silences(store) == ()


def test_a_drill_goes_to_everybody_and_is_recorded(store: Store) -> None:
    clock, a, b = Clock(), Recorder("a"), Recorder("b")
    d = desk(store, clock, [a, b], receivers={"b": Receiver("b", lang="de", quiet=Quiet(time(0), time(23)))})
    drill.drill(store, d.channels, clock())
    deliver(d)
    assert [(m.type, m.headline) for m in a.got] == [(MessageType.TEST, "Test message, nothing has happened")]
    assert b.got[0].headline == "Probenachricht, es ist nichts geschehen"
    assert {x.channel: x.state for x in drill.arrivals(store, ["a", "b", "c"])} == {"a": DeliveryState.SENT, "b": DeliveryState.SENT}


def test_scheduled_drills_come_round_and_are_not_made_up_for(store: Store) -> None:
    clock, a = Clock(), Recorder("a")
    d = desk(store, clock, [a])
    drill.schedule(store, timedelta(days=7), clock())
    drill.schedule(store, timedelta(days=7), clock.forward(timedelta(days=1)))
    for _ in range(3):
        clock.forward(timedelta(days=6))
        deliver(d)
    assert len(a.got) == 2
    clock.forward(timedelta(days=70))
    deliver(d)
    deliver(d)
    assert len(a.got) == 3
    drill.unschedule(store)
    clock.forward(timedelta(days=70))
    deliver(d)
    assert len(a.got) == 3


# --- a year ----------------------------------------------------------------------------------------------------------


def year(folder: Path, restarts: bool, seed: int = 5) -> list[tuple[datetime, str, str, str]]:
    """Every message of a simulated year: when, to whom, what; with everything opened anew at random moments, or never."""
    world, chance = random.Random(seed), random.Random(99)
    url = f"sqlite:///{folder / 'year.db'}" if restarts else "sqlite://"
    store = open_store(url)
    store.register([SOURCE], START)
    clock = Clock()
    channels = [Recorder(n) for n in ("night", "daily", "weekly", "boss")]
    told: list[tuple[datetime, str, str, str]] = []
    for c in channels:
        c.answer = lambda m: told.append((clock(), m.channel, str(m.type), m.headline)) or "ok"  # type: ignore[func-returns-value]
    receivers = {
        "night": Receiver("night", zone="Europe/Berlin", quiet=Quiet(time(22), time(7))),
        "daily": Receiver("daily", zone="America/New_York", digest=Digest.DAILY),
        "weekly": Receiver("weekly", zone="Australia/Lord_Howe", digest=Digest.WEEKLY, digest_day=2, digest_at=time(2, 15)),
        "boss": Receiver("boss"),
    }
    route = Route("all", ("night", "daily", "weekly"), repeat=timedelta(hours=5), escalate=(Escalation(timedelta(hours=12), ("boss",)),))
    d = desk(store, clock, channels, receivers=receivers, routes=[route])
    drill.schedule(store, timedelta(days=30), clock())
    courier, due, number = Inline(d), START, 0
    for hour in range(365 * 24):
        clock.forward(timedelta(hours=1))
        if world.random() < 0.004:
            number, due = number + 1, START
            severity = world.choice(list(Severity))
            kind = world.choice([ChangeKind.LEVEL_RAISED, ChangeKind.SECURITY_ALERT, ChangeKind.LEVEL_LOWERED])
            found(
                d,
                [
                    change(
                        number,
                        kind,
                        place=world.choice(["UA", "RU"]),
                        severity=severity,
                        after="2" if kind is ChangeKind.LEVEL_LOWERED else "4",
                    )
                ],
            )
        if hour % 24 == 9:
            for line in store.deliveries(channel="night", limit=3):
                if line.changes:
                    acknowledge(store, line, "anna", clock())
        if restarts and chance.random() < 0.02:
            store.close()
            store = open_store(url)
            d = desk(store, clock, channels, receivers=receivers, routes=[route])
            courier = Inline(d)
        if clock() >= due:
            while courier.round():
                pass
            due = min((t.due for t in store.timers(FAR, 1)), default=FAR)
    store.close()
    return told


def test_a_year_with_restarts_is_a_year_without(tmp_path: Path) -> None:
    calm = year(tmp_path, restarts=False)
    assert calm == year(tmp_path, restarts=True)
    assert {channel for _, channel, _, _ in calm} == {"night", "daily", "weekly", "boss"}
    assert {kind for _, _, kind, _ in calm} >= {"alert", "update", "digest"}
    assert sum(kind == "test" for _, _, kind, _ in calm) == 12 * 4, "drills"
    assert any("Still not acknowledged" in line for *_, line in calm), "reminders"
    assert any("Nobody has" in line for *_, line in calm), "escalations"
    berlin = [at.astimezone(ZoneInfo("Europe/Berlin")).hour for at, channel, *_ in calm if channel == "night"]
    assert berlin.count(7) > 5, "what was held in quiet hours is told at their end"
    assert {
        at.astimezone(ZoneInfo("Australia/Lord_Howe")).weekday() for at, channel, kind, _ in calm if (channel, kind) == ("weekly", "digest")
    } == {2}
