"""The quick reader says what the store says, and leaves to the store what is not its business."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from monitor.errors import StoreCorrupt, StoreTooNew, UnknownName
from monitor.ledger import ChangeQuery, Reader, Settlement, Timer
from monitor.model import ChangeKind, DeliveryState, Reason
from monitor.store import SqlStore, open_reader, open_store
from monitor.store.glance import Glance
from tests.paths import ROOT
from tests.store.values import MINUTE, NOW, change, line, memory, poll, posture, source


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def store(file: Path) -> SqlStore:
    store = open_store(f"sqlite:///{file}")
    store.register([source(), source("ca"), source("gone")], NOW)
    store.register([source(), source("ca")], NOW)
    store.save(
        poll(
            memory=(memory("situation/UA", due=NOW), memory("situation/PL"), memory("posture/US/UA")),
            postures=(posture("4"), posture("2", place="PL"), posture("3", "CA")),
            changes=(
                change("c1"),
                change("c2", NOW + MINUTE, place="PL", kind=ChangeKind.REPORTED, held=True),
                change("c3", NOW + MINUTE, issuer=None, source="ca", situation="x"),
            ),
            deliveries=(line("l1", situation="s"), line("l2", "sms", situation="s"), line("l3"), line("l4")),
            tally={Reason.TOUCH: 3},
        )
    )
    store.save(
        poll(
            number=2,
            at=NOW + MINUTE,
            postures=(posture("1"),),
            timers=tuple(Timer(id, "silence", NOW, "anna", "{}") for id in ("t1", "t2")),
        )
    )
    for claim in store.claim(NOW, "w", 2, MINUTE):
        store.settle(claim, Settlement(DeliveryState.SENT, NOW, receipt="r"))
    store.claim(NOW, "w", 1, MINUTE)
    return store


def answers(reader: Reader) -> list[object]:
    """Every question, with every filter."""
    queries = [{}, {"place": "UA"}, {"issuer": "US"}, {"source": "ca"}, {"situation": "x"}, {"held": True}, {"held": False}, {"limit": 1}]
    queries += [{"kinds": ("reported", "departure_ordered")}, {"since": NOW + MINUTE}, {"before": (NOW + MINUTE, "c3")}]
    states = [(), (DeliveryState.SENT,), tuple(DeliveryState)]
    return [
        [reader.changes(ChangeQuery(**query)) for query in queries],  # type: ignore[arg-type]
        [reader.deliveries(some, channel, limit) for some in states for channel in (None, "mail") for limit in (1, 100)],
        [reader.deliveries(some, channel, 2, "l3") for some in states for channel in (None, "mail")],
        [reader.remembered(*asked) for asked in (("",), ("situation/",), ("situation/", NOW), ("", NOW - MINUTE))],
        [reader.postures(*asked) for asked in ((), ("UA",), ("UA", "US"), (None, "CA"))],
        [
            reader.history("UA"),
            reader.records(),
            reader.records(NOW),
            reader.records(NOW - MINUTE),
            reader.record("gone"),
            reader.change("c2"),
            reader.delivery("l1"),
        ],
        [reader.delivered_to("s"), reader.delivered_to(""), reader.attempts("l1"), reader.tallies("us", NOW)],
        [reader.timers(*asked) for asked in ((NOW - MINUTE,), (NOW + MINUTE,), (NOW + MINUTE, 1))],
    ]


def test_it_says_what_the_store_says_while_the_store_is_open(store: SqlStore, file: Path) -> None:
    reader = open_reader(f"sqlite:///{file}")
    assert isinstance(reader, Glance)
    assert answers(reader) == answers(store)
    store.save(poll(number=3, changes=(change("c9"),)))
    assert reader.change("c9") == store.change("c9")
    for ask in (reader.record, reader.change, reader.delivery):
        with pytest.raises(UnknownName, match="nobody"):
            ask("nobody")
    reader.close()
    store.close()


def test_it_cannot_write(store: SqlStore, file: Path) -> None:
    store.close()
    reader = open_reader(f"sqlite:///{file}")
    assert isinstance(reader, Glance)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM deliveries")
    reader.close()


def test_reading_needs_neither_sqlalchemy_nor_pydantic(store: SqlStore, file: Path) -> None:
    store.close()
    script = (
        f"import sys; from monitor.store import open_reader; r = open_reader('sqlite:///{file}'); print(len(r.records())); r.close(); "
        "print([name for name in ('sqlalchemy', 'sqlmodel', 'pydantic', 'alembic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split("\n")[:2] == ["2", "[]"]


def test_what_it_does_not_know_is_left_to_the_store(store: SqlStore, file: Path, tmp_path: Path) -> None:
    store.close()
    throwaway = open_reader("sqlite://")
    assert isinstance(throwaway, SqlStore)
    throwaway.close()
    new = open_reader(f"sqlite:///{tmp_path / 'new.db'}")
    assert new.records() == ()
    new.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE monitor_schema SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StoreTooNew):
        open_reader(f"sqlite:///{file}")
    file.write_bytes(b"dear diary " * 1000)
    with pytest.raises(StoreCorrupt):
        open_reader(f"sqlite:///{file}")
