"""Ledgers of every released schema come up to date with everything in them, on both engines; what was released stays as it was."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from monitor.ledger import ChangeQuery
from monitor.model import DeliveryState
from monitor.store import open_store, schema
from monitor.store.database import Database
from monitor.store.version import HEAD, VERSION_TABLE
from tests.store import databases
from tests.store.dumps import SCHEMAS, loaded
from tests.store.test_schema import SECOND

Rows = dict[str, list[dict[str, Any]]]
REVISIONS = schema.revisions()


def contents(connection: sa.Connection) -> Rows:
    """Every row of every table."""
    tables = [name for name in sa.inspect(connection).get_table_names() if name != VERSION_TABLE]
    found: Rows = {}
    for name in tables:
        table = sa.Table(name, sa.MetaData(), autoload_with=connection)
        found[name] = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
    return found


def of(url: str) -> Rows:
    db = Database(url)
    with db.read() as connection:
        found = contents(connection)
    db.close()
    return found


def plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else int(value) if isinstance(value, bool) else value


def kept(before: Rows, after: Rows) -> None:
    """Every row of before is there, in every column that is left."""
    for name, rows in before.items():
        assert name in after, f"the table {name} is gone"
        columns = set(rows[0]) & set(after[name][0]) if rows and after[name] else set()
        was, now = ([sorted((c, repr(plain(r[c]))) for c in columns) for r in side] for side in (rows, after[name]))
        assert sorted(was) == sorted(now), name


def at_revision(connection: sa.Connection, revision: str) -> None:
    """The tables of a revision, made by its migrations."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def test_every_schema_has_its_ledger_with_something_in_every_table(tmp_path: Path) -> None:
    """A new migration comes with the dump of its schema: python -m tests.store.dumps."""
    assert {p.stem for p in SCHEMAS.glob("*.sql")} == set(REVISIONS)
    for revision in REVISIONS:
        rows = of(f"sqlite:///{loaded(revision, tmp_path / f'{revision}.db')}")
        assert [name for name, found in rows.items() if not found] == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_was_released_is_what_its_migrations_make(revision: str, tmp_path: Path) -> None:
    def ddl(path: Path) -> set[str]:
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name != ?", (VERSION_TABLE,))
            return {" ".join(sql.split()) for (sql,) in found}

    made = Database(f"sqlite:///{tmp_path / 'made.db'}")
    with made.write() as connection:
        at_revision(connection, revision)
    made.close()
    assert ddl(tmp_path / "made.db") == ddl(loaded(revision, tmp_path / "dump.db"))


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_file_of_that_schema_is_upgraded_with_all_that_is_in_it(revision: str, tmp_path: Path) -> None:
    url = f"sqlite:///{loaded(revision, tmp_path / 'ledger.db')}"
    before = of(url)
    store = open_store(url)
    reads(store)
    store.close()
    kept(before, of(url))
    if revision != HEAD:
        assert (tmp_path / f"ledger.db.schema-{revision}").exists(), "a copy of what was"


@pytest.mark.parametrize("revision", REVISIONS)
def test_and_to_the_next_one_too(revision: str, tmp_path: Path) -> None:
    """A migration to come that rebuilds a table: so that this test has an upgrade to do even while there is one schema."""
    folder = shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    coming = SECOND.replace('revision, down_revision = "0002", "0001"', f'revision, down_revision = "9999", "{HEAD}"')
    (folder / "versions" / "9999_coming.py").write_text(coming)
    url = f"sqlite:///{loaded(revision, tmp_path / 'ledger.db')}"
    before = of(url)
    db = Database(url)
    schema.upgrade(db, revision, folder)
    db.close()
    after = of(url)
    kept(before, after)
    assert {row["extra"] for row in after["deliveries"]} == {"new"}


@pytest.mark.postgres
@pytest.mark.parametrize("revision", REVISIONS)
def test_on_postgresql_as_well(revision: str, tmp_path: Path) -> None:
    before = of(f"sqlite:///{loaded(revision, tmp_path / 'ledger.db')}")
    url = databases.postgres_url()
    db = Database(url)
    with db.write() as connection:
        at_revision(connection, revision)
        for name, rows in _in_order(connection, before):
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            types = {c.name: c.type.python_type for c in table.columns}
            connection.execute(sa.insert(table), [{k: _as(types[k], v) for k, v in row.items()} for row in rows])
        _sequences(connection, before)
    db.close()
    store = open_store(url)
    reads(store)
    store.close()
    kept(before, of(url))


def _in_order(connection: sa.Connection, rows: Rows) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Parents before their children."""
    found = sa.MetaData()
    found.reflect(connection)
    yield from ((table.name, rows[table.name]) for table in found.sorted_tables if rows.get(table.name))


def _as(kind: type, value: Any) -> Any:
    return bool(value) if kind is bool and value is not None else value


def _sequences(connection: sa.Connection, rows: Rows) -> None:
    """Numbers that the server gives go on behind those that came with the rows."""
    for name, found in rows.items():
        if found and "id" in found[0] and isinstance(found[0]["id"], int):
            sequence = connection.execute(sa.text("SELECT pg_get_serial_sequence(:t, 'id')"), {"t": name}).scalar()
            if sequence:
                connection.execute(sa.text("SELECT setval(:s, :n)"), {"s": sequence, "n": max(r["id"] for r in found)})


def reads(store: Any) -> None:
    """What the program makes of it: the ledger speaks, and goes on."""
    assert {r.id: r.poll for r in store.records()} == {"us": 2, "ca": 0}
    assert store.record("us").why == "timeout: ünreachable"
    assert {c.id for c in store.changes(ChangeQuery())} == {"c1", "h1"}
    lines = {d.id: d.state for d in store.deliveries(limit=50)}
    assert sorted(lines) == ["dead", "leased", "sent", "waiting"]
    assert sorted(lines.values()) == sorted([DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.SENDING, DeliveryState.WAITING])
    assert store.seen("us") == {"k1": "digest-1", "k2": "digest-2"}
    assert [p.standings[0][1].value for p in store.postures(place="UA")] == ["4"]
    assert any(e.raw == b"\x00\xff" * 500 for e in store.editions("UA"))
    assert set(store.remember({"posture/US/UA"})) == {"posture/US/UA"}
