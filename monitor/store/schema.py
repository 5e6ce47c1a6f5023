"""Brings a database to the schema of this program: makes it, recognises it, upgrades it, or refuses it untouched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, text

from .. import __version__
from ..errors import StoreCorrupt, StoreTooNew
from .database import Database
from .tables import metadata
from .version import HEAD, VERSION_TABLE

MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x6D6F6E69746F72  # "monitor", for pg_advisory_xact_lock


def prepare(db: Database) -> None:
    """Make or upgrade what is there. StoreTooNew, StoreCorrupt or StoreUnavailable when that cannot be; nothing changed then."""
    with db.read() as connection:
        found = _version(connection, db)
    if found == HEAD:
        _keep_durable(db)
    elif found is None:
        _create(db)
    elif found in revisions():
        upgrade(db, found)
    else:
        raise StoreTooNew(
            f"{db.name} was written by a newer version of the monitor (its schema is {found}, this version knows {HEAD}); "
            "nothing was changed. Install the newer version again, or put back the backup that was made before the upgrade."
        )


def revisions() -> tuple[str, ...]:
    """Every migration this version knows, oldest first."""
    return tuple(sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")))


def _version(connection: Connection, db: Database) -> str | None:
    """Which migration a database has; None for an empty one."""
    if db.sqlite:
        tables = set(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars())
        if tables and VERSION_TABLE not in tables:
            raise StoreCorrupt(f"{db.name} belongs to another program; nothing was changed. Name another file in [store] url.")
        ours = bool(tables)
    else:
        # Not to_regclass: its answer is cached, and would still be "no" after waiting for the one who makes the tables.
        query = "SELECT count(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = :name"
        ours = bool(connection.execute(text(query), {"name": VERSION_TABLE}).scalar())
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() if ours else None  # noqa: S608


def _create(db: Database) -> None:
    _keep_durable(db)
    with db.write() as connection:
        _lock(connection, db)
        if _version(connection, db) is not None:
            return  # another process was quicker
        metadata.create_all(connection)
        connection.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text(f"INSERT INTO {VERSION_TABLE} VALUES (:head)"), {"head": HEAD})  # noqa: S608
        connection.execute(text("INSERT INTO meta VALUES ('made_by', :program)"), {"program": __version__})


def _keep_durable(db: Database) -> None:
    """Settings that a SQLite file keeps: a write-ahead log, and (while it is new) pages that are given back bit by bit."""
    if not db.sqlite or db.throwaway:
        return
    with db.outside() as connection:
        if connection.exec_driver_sql("PRAGMA journal_mode").scalar() != "wal":
            connection.exec_driver_sql("PRAGMA auto_vacuum=INCREMENTAL")
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def _lock(connection: Connection, db: Database) -> None:
    if not db.sqlite:  # a writing transaction of SQLite is alone already
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})


def upgrade(db: Database, found: str, migrations: Path = MIGRATIONS) -> None:
    """Run the migrations a database lacks, in one transaction; a SQLite file is copied beside itself first."""
    connection = db.engine.connect().execution_options(monitor_writes=True)
    with db.explained(), closing(connection):
        # Alembic rebuilds SQLite tables by copy and drop; with foreign keys on, the drop would take the children along.
        _foreign_keys(connection, "OFF")
        with connection.begin():
            _lock(connection, db)
            if _version(connection, db) == found:
                if db.sqlite and db.url.database:
                    _copy_aside(Path(db.url.database), found)
                run_migrations(connection, migrations)
        _foreign_keys(connection, "ON")


def _foreign_keys(connection: Connection, state: str) -> None:
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        driver.execute(f"PRAGMA foreign_keys={state}")


def run_migrations(connection: Connection, migrations: Path = MIGRATIONS) -> None:
    """Every migration the database lacks, inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _copy_aside(path: Path, found: str) -> None:
    """A consistent copy, named after the schema it has, of what is about to be upgraded."""
    target = path.with_name(f"{path.name}.schema-{found}")
    partial = target.with_name(target.name + ".partial")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as copy:
        source.backup(copy)
    partial.replace(target)
