"""Opening a database: made, recognised, upgraded, or refused untouched."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from monitor.errors import StoreCorrupt, StoreTooNew, StoreUnavailable
from monitor.model import DeliveryState
from monitor.store import open_store, schema
from monitor.store.database import Database
from monitor.store.tables import metadata
from monitor.store.version import HEAD, VERSION_TABLE
from tests.paths import ROOT
from tests.store import databases
from tests.store.values import MINUTE, NOW, line, poll, source

SECOND = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0002", "0001"

def upgrade():
    with op.batch_alter_table("deliveries", recreate="always") as table:
        table.add_column(sa.Column("extra", sa.Text(), server_default="new"))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """The migrations of a version to come, which rebuilds a table that others refer to."""
    folder = shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "0002_second.py").write_text(SECOND)
    return folder


def filled(url: str) -> None:
    store = open_store(url)
    store.register([source()], NOW)
    store.save(poll(seen={"k": "d"}, deliveries=(line("l1"),)))
    store.claim(NOW, "w", 1, MINUTE)
    store.claim(NOW + MINUTE, "w", 1, MINUTE)
    assert [a.outcome for a in store.attempts("l1")] == ["lost"]
    store.close()


# --- models and migrations say the same ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [pytest.param("file"), pytest.param("postgres", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("how", ["made at once", "by every migration"])
def test_models_and_migrations_agree(kind: str, how: str, tmp_path: Path) -> None:
    db = Database(databases.url(kind, tmp_path))
    if how == "made at once":
        schema.prepare(db)
    else:
        with db.write() as connection:
            schema.run_migrations(connection)
    with db.read() as connection:
        options = {"version_table": VERSION_TABLE, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
    db.close()


def test_migrations_make_the_very_tables_that_a_new_file_gets(tmp_path: Path) -> None:
    def made(name: str, migrate: bool) -> set[str]:
        db = Database(f"sqlite:///{tmp_path / name}")
        if migrate:
            with db.write() as connection:
                schema.run_migrations(connection)
        else:
            schema.prepare(db)
        with db.read() as connection:
            found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name != 'monitor_schema'")
            words = {" ".join(sql.split()) for (sql,) in found}
        db.close()
        return words

    assert made("new.db", migrate=False) == made("migrated.db", migrate=True)


def test_the_head_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(schema.MIGRATIONS))
    assert scripts.get_heads() == [HEAD]
    assert schema.revisions() == tuple(reversed([script.revision for script in scripts.walk_revisions()]))


def test_a_current_database_opens_without_loading_the_migrator(file: Path) -> None:
    script = (
        "import sys; from monitor.store import open_store; "
        f"open_store('sqlite:///{file}').close(); open_store('sqlite:///{file}').close(); "
        "print([name for name in sys.modules if name.split('.')[0] in ('alembic', 'mako', 'psycopg')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


# --- upgrades --------------------------------------------------------------------------------------------------------


def test_an_upgrade_keeps_everything_and_a_copy_of_what_was(file: Path, next_version: Path) -> None:
    url = f"sqlite:///{file}"
    filled(url)
    db = Database(url)
    schema.upgrade(db, "0001", next_version)
    with db.read() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM monitor_schema").scalar() == "0002"
        assert connection.exec_driver_sql("SELECT id, extra FROM deliveries").all() == [("l1", "new")]
        assert connection.exec_driver_sql("SELECT outcome FROM attempts").all() == [("lost",)]  # not dropped with the old table
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    db.close()
    kept = open_store(f"sqlite:///{file}.schema-0001")
    assert kept.delivery("l1").state is DeliveryState.SENDING
    kept.close()


def test_of_programs_that_upgrade_at_once_one_does_it(file: Path, next_version: Path) -> None:
    filled(f"sqlite:///{file}")
    both = [Database(f"sqlite:///{file}") for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda db: schema.upgrade(db, "0001", next_version), both))
    for db in both:
        with db.read() as connection:
            assert connection.exec_driver_sql("SELECT id, extra FROM deliveries").all() == [("l1", "new")]
        db.close()


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(file: Path, next_version: Path) -> None:
    filled(f"sqlite:///{file}")
    (next_version / "versions" / "0002_second.py").write_text(SECOND + "    op.execute('DELETE FROM seen')\n    raise RuntimeError('no')\n")
    db = Database(f"sqlite:///{file}")
    with pytest.raises(RuntimeError):
        schema.upgrade(db, "0001", next_version)
    db.close()
    store = open_store(f"sqlite:///{file}")
    assert store.seen("us") == {"k": "d"}
    store.close()


@pytest.mark.postgres
def test_postgresql_is_upgraded_in_one_transaction_too(tmp_path: Path, next_version: Path) -> None:
    url = databases.postgres_url()
    filled(url)
    db = Database(url)
    (next_version / "versions" / "0002_second.py").write_text(SECOND.replace(', recreate="always"', ""))
    schema.upgrade(db, "0001", next_version)
    with db.read() as connection:
        assert connection.exec_driver_sql("SELECT id, extra FROM deliveries").all() == [("l1", "new")]
    with pytest.raises(StoreTooNew):
        open_store(url)
    db.close()


@pytest.mark.parametrize("kind", [pytest.param("file"), pytest.param("postgres", marks=pytest.mark.postgres)])
def test_programs_that_start_at_once_on_an_empty_database_all_come_up(kind: str, tmp_path: Path) -> None:
    url = databases.url(kind, tmp_path)
    script = f"from monitor.store import open_store; s = open_store({url!r}); print(len(s.counts())); s.close()"
    running = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(4)
    ]
    said = [process.communicate() for process in running]
    assert [out.strip() for out, _ in said] == [str(len(metadata.tables))] * 4, said


# --- what is refused, and left as it is ------------------------------------------------------------------------------


def refused(file: Path, error: type[Exception]) -> str:
    before = file.read_bytes()
    with pytest.raises(error) as caught:
        open_store(f"sqlite:///{file}")
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert str(file) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("content", [b"dear diary, " * 500, b"{}", b"SQLite format 3\0" + b"\xff" * 5000], ids=["text", "json", "cut"])
def test_a_file_that_is_no_database_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert "newest backup" in refused(file, StoreCorrupt)


def test_a_database_of_another_program_is_refused(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE diary (day TEXT)")
    assert "another program" in refused(file, StoreCorrupt)


def test_a_database_of_a_newer_version_is_refused(file: Path) -> None:
    filled(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE monitor_schema SET version_num = '9999'")
        connection.commit()
    words = refused(file, StoreTooNew)
    assert "9999" in words
    assert "nothing was changed" in words


def test_every_connection_to_a_kept_file_is_as_careful_as_can_be(file: Path) -> None:
    store = open_store(f"sqlite:///{file}")
    with store.database.outside() as one, store.database.read() as two:
        for connection in (one, two):
            said = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")}
            assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() >= 10_000
    store.close()


def test_an_empty_file_becomes_a_database(file: Path) -> None:
    file.touch()
    filled(f"sqlite:///{file}")


def test_a_folder_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="folder exists"):
        open_store(f"sqlite:///{tmp_path}/nowhere/ledger.db")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_said_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        open_store(f"postgresql://someone:canary@/monitor?host={tmp_path}")
    assert "canary" not in str(caught.value)
    assert "out of reach" in str(caught.value)
