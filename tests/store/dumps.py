"""A ledger of every released schema, as SQL; `python -m tests.store.dumps` writes the newest, once, when a migration is added."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor.detect.memory import PlaceMemory, encode
from monitor.ledger import Remembered, Settlement, Timer
from monitor.model import DeliveryState, Reason, SourceState
from monitor.store import SqlStore, open_store
from monitor.store.version import HEAD, VERSION_TABLE
from tests.store.values import MINUTE, NOW, change, edition, line, poll, posture, source

SCHEMAS = Path(__file__).parent / "schemas"


def fill(store: SqlStore) -> None:
    """Something in every table: sources, seen keys, editions, postures with a past, changes, lines in every state, timers, tallies."""
    store.register([source(), source("ca", "https://two.example/feed")], NOW)
    lines = tuple(line(name, name, situation="s-ua", payload='{"x": "é"}') for name in ("sent", "dead", "waiting", "leased"))
    memory = Remembered("posture/US/UA", encode(PlaceMemory(posture("4"))), due=NOW + MINUTE)
    store.save(
        poll(
            changes=(change("c1"), change("h1", held=True, reason=Reason.PLACEHOLDER)), deliveries=lines,
            timers=(Timer("t1", "reminder", NOW + timedelta(hours=1), "s-ua", "{}"),), memory=(memory,),
            seen={"k1": "digest-1", "k2": "digest-2"}, shown=("k1", "k2"),
            editions=(edition("k1"), edition("k2", "d2", raw=b"\x00\xff" * 500)),
            postures=(posture("3"),), tally={Reason.TOUCH: 4, Reason.UNCHANGED: 7},
        )
    )  # fmt: skip
    record = replace(store.record("us"), state=SourceState.BROKEN, why="timeout: ünreachable", failures=3)
    store.save(poll(number=2, at=NOW + MINUTE, record=replace(record, poll=2), postures=(posture("4"),)))
    claims = {c.delivery.id: c for c in store.claim(NOW + MINUTE, "worker", 3, MINUTE)}
    states = iter((DeliveryState.SENT, DeliveryState.DEAD))
    for claim in list(claims.values())[:2]:
        store.settle(claim, Settlement(next(states), NOW + MINUTE, "HTTP 404", receipt="HTTP 200"))
    assert len({d.state for d in store.deliveries()}) == 4, "a line in every state but one"


def dumped() -> str:
    """A filled ledger of today's schema as SQL."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        store = open_store(f"sqlite:///{path}")
        fill(store)
        store.close()
        with closing(sqlite3.connect(path)) as connection:
            return "\n".join(connection.iterdump()) + "\n"


def loaded(revision: str, path: Path) -> Path:
    """A file as the program of that revision left it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((SCHEMAS / f"{revision}.sql").read_text("utf-8"))
        assert connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone() == (revision,)
    return path


if __name__ == "__main__":
    target = SCHEMAS / f"{HEAD}.sql"
    if target.exists():
        sys.exit(f"{target} is there, and what was released does not change")
    target.write_text(dumped(), "utf-8")
