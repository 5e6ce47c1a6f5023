"""No question the daemon asks reads through a table that grows: every statement's plan is looked at, on both engines."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from monitor.ledger import ChangeQuery, Retention, Settlement, Timer
from monitor.model import DeliveryState, Reason
from monitor.store import SqlStore, open_store
from tests.store import databases
from tests.store.values import MINUTE, NOW, change, edition, line, memory, poll, posture, source

GROWING = {"seen", "blobs", "editions", "edition_places", "changes", "deliveries", "attempts", "posture_history", "tallies"}
SHORT = ("deliveries_wake", "deliveries_queue", "changes_held")
"""Indexes that hold only what is unsettled or held: reading one through is reading what there is to do."""

Plan = Callable[[SqlStore, str, object], list[str]]


def everyday(store: SqlStore) -> None:
    """Every method that is called while the daemon runs, with every filter."""
    more = NOW + MINUTE
    store.register([source()], NOW)
    store.save(poll(number=2, seen={"k": "2"}, gone=("x",), shown=("k",), editions=(edition("new", "d"),), memory=(memory("m1", "{}", 1),)))
    store.save(poll(number=3, postures=(posture("1"),), changes=(change("c-new"),), deliveries=(line("l-new"),), tally={Reason.TOUCH: 1}))
    store.enqueue([], [Timer("t", "drill", NOW, "x")], ["t"])
    store.due(NOW), store.record("us"), store.records(), store.seen("us")
    store.remember(["m1"]), store.remembered("m", due=NOW), store.situations()
    for asked in ({}, {"place": "UA"}, {"issuer": "US"}, {"source": "us"}, {"situation": "s-ua"}, {"kinds": ("reported",)}, {"held": True}):
        store.changes(ChangeQuery(**asked))  # type: ignore[arg-type]
        store.changes(ChangeQuery(**asked, before=(more, "x"), since=NOW))  # type: ignore[arg-type]
    store.postures(place="UA"), store.postures(issuer="US"), store.history("UA"), store.editions("UA")
    for claim in (claims := store.claim(more, "w", 5, MINUTE))[:3]:
        store.settle(claim, Settlement(DeliveryState.SENT, NOW))
    store.claim(more + MINUTE, "w", 5, MINUTE)
    store.settle(claims[4], Settlement(DeliveryState.SENT, NOW))
    store.delivery("l1"), store.deliveries(), store.deliveries({DeliveryState.SENT}), store.deliveries((), "mail")
    for states in ((), {DeliveryState.SENT}):
        for channel in (None, "mail"):
            store.deliveries(states, channel, 50, "l200")
    store.deliveries({DeliveryState.SENT}, "mail"), store.delivered_to("s"), store.attempts("l1"), store.waiting_counts()
    store.merge(line("digest"), ["l-new"], "merged", NOW), store.revive("digest", NOW)
    store.hasten("mail", NOW), store.timers(NOW), store.tallies("us", NOW)


def nightly(store: SqlStore) -> None:
    day = timedelta(days=1)
    store.prune(NOW + 900 * day, Retention(evidence=day, history=day, deliveries=day, tallies=day, seen=day))


def filled(url: str) -> SqlStore:
    store = open_store(url)
    store.register([source()], NOW)
    many = range(300)
    store.save(
        poll(
            seen={f"k{n}": "d" for n in many},
            editions=tuple(edition(f"k{n}", raw=b"%d" % n) for n in many),
            changes=tuple(change(f"c{n}", NOW + n * MINUTE) for n in many),
            deliveries=tuple(line(f"l{n}", situation=f"s{n}") for n in many),
            memory=tuple(memory(f"m{n}") for n in many),
            postures=tuple(posture("2", place=f"p{n}") for n in many),
        )
    )
    return store


def statements(store: SqlStore, work: Callable[[SqlStore], None]) -> dict[str, object]:
    """Every statement that reads or writes rows while work is done, with parameters it had."""
    said: dict[str, object] = {}

    def note(_connection: object, _cursor: object, statement: str, parameters: object, _context: object, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            said[statement] = parameters[0] if many else parameters  # type: ignore[index]

    event.listen(store.database.engine, "before_cursor_execute", note)
    work(store)
    event.remove(store.database.engine, "before_cursor_execute", note)
    return said


def sqlite_plan(store: SqlStore, statement: str, parameters: object) -> list[str]:
    with store.database.read() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]  # type: ignore[arg-type]


def postgres_plan(store: SqlStore, statement: str, parameters: object) -> list[str]:
    with store.database.read() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # so that it is seen only where no index can serve
        return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]  # type: ignore[arg-type]


def reads_through(statement: str, plan: list[str]) -> list[str]:
    """Steps of a plan that read a growing table from end to end."""
    sorts = any("TEMP B-TREE FOR ORDER BY" in step for step in plan)
    words = set(statement.split())
    stops_early = "LIMIT" in words and "WHERE" not in words and not sorts
    found = []
    for step in plan:
        scan = re.search(r"(?:SCAN|Seq Scan on) (\w+)", step)
        if scan and scan[1] in GROWING and not stops_early and not any(index in step for index in SHORT):
            found.append(step)
    return found


@pytest.mark.parametrize("work", [everyday, nightly])
@pytest.mark.parametrize(
    ("kind", "plan"),
    [("file", sqlite_plan), pytest.param("postgres", postgres_plan, marks=pytest.mark.postgres)],
    ids=["sqlite", "postgres"],
)
def test_no_statement_reads_through_a_growing_table(kind: str, plan: Plan, work: Callable[[SqlStore], None], tmp_path: Path) -> None:
    store = filled(databases.url(kind, tmp_path))
    said = statements(store, work)
    assert len(said) > 5
    offending = {statement: bad for statement, p in said.items() if (bad := reads_through(statement, plan(store, statement, p)))}
    store.close()
    assert offending == {}


def test_the_check_would_find_one(tmp_path: Path) -> None:
    store = filled(databases.url("file", tmp_path))
    unindexed = "SELECT id FROM deliveries WHERE why = ?"
    assert reads_through(unindexed, sqlite_plan(store, unindexed, ("x",))) == ["SCAN deliveries"]
    store.close()
