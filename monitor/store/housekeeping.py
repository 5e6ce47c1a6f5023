"""What keeps a ledger healthy over years: copies while it runs, their check, pruning, and giving room back."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select, true

from ..errors import StoreCorrupt, StoreTooNew, StoreUnavailable, WrongUse
from ..ledger import Retention
from . import codec
from .database import Database
from .schema import revisions
from .tables import blobs, changes, deliveries, editions, metadata, posture_history, seen, sources, tallies
from .version import HEAD, VERSION_TABLE

BATCH = 500
"""Rows deleted in one transaction: polls and deliveries go on between two."""

# --- copies ----------------------------------------------------------------------------------------------------------


def backup(db: Database, target: Path) -> None:
    """A consistent copy in one file, while everything goes on; it is there whole or not at all. WrongUse on PostgreSQL."""
    if not db.sqlite or db.throwaway:
        raise WrongUse(f"{db.name} is not a file: copy it with pg_dump --format=custom (and put it back with pg_restore).")
    _refuse_to_overwrite(db, target)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        with db.read() as connection, closing(sqlite3.connect(partial)) as copy:
            _driver(connection).backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        check(partial)
        _sync(partial)
        partial.replace(target)
        _sync(target.parent)
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreUnavailable(f"the copy {target} could not be written ({error}); the ledger itself is not touched.") from error
    finally:
        partial.unlink(missing_ok=True)


def _refuse_to_overwrite(db: Database, target: Path) -> None:
    if target.exists() and target.samefile(str(db.url.database)):
        raise WrongUse(f"{target} is the ledger itself; name another file for the copy.")
    if target.exists() and target.read_bytes()[:15] not in (b"SQLite format 3", b""):
        raise WrongUse(f"{target} is no earlier copy; it is not overwritten. Name another file.")


def restore(copy: Path, target: Path) -> dict[str, int]:
    """Put a copy in a ledger's place: checked before, never over anything, there whole or not at all. Rows per table."""
    if not copy.is_file():
        raise WrongUse(f"there is no file {copy}")
    if there := next((p for p in _files_of(target) if p.exists()), None):
        raise WrongUse(f"{there} is there; nothing was touched. Stop the monitor and move it aside (with its -wal and -shm files) first.")
    rows = check(copy)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as source, closing(sqlite3.connect(partial)) as whole:
            source.backup(whole)
        check(partial)
        _sync(partial)
        # a link refuses where something has appeared meanwhile; a rename would not
        os.link(partial, target)
        _sync(target.parent)
    except FileExistsError:
        raise WrongUse(f"{target} has just been made by another process; nothing was overwritten.") from None
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreUnavailable(f"{target} could not be written ({error}); the copy {copy} is as it was.") from error
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _files_of(target: Path) -> Iterator[Path]:
    """A database and what SQLite keeps beside it: an old log would be played into a new file."""
    yield from (target, *(target.with_name(target.name + end) for end in ("-wal", "-shm", "-journal")))


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check(copy: Path) -> dict[str, int]:
    """Read a copy through and through, changing nothing: rows per table. StoreCorrupt or StoreTooNew when it is no use."""
    try:
        with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            _check_whole(connection, copy)
            _check_version(connection, copy)
            return {table.name: connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0] for table in _tables()}  # noqa: S608
    except sqlite3.DatabaseError as error:
        raise StoreCorrupt(f"the copy {copy} cannot be used ({error}); take an older one.") from error


def _check_whole(connection: sqlite3.Connection, copy: Path) -> None:
    said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok" or connection.execute("PRAGMA foreign_key_check").fetchone():
        raise StoreCorrupt(f"the copy {copy} is damaged ({said}); take an older one.")


def _check_version(connection: sqlite3.Connection, copy: Path) -> None:
    (version,) = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608
    if version not in revisions():
        raise StoreTooNew(f"the copy {copy} was made by a newer version of the monitor (schema {version}, this one knows {HEAD}).")


def _tables() -> Iterator[Table]:
    return iter(metadata.sorted_tables)


# --- counting --------------------------------------------------------------------------------------------------------


def counts(connection: Connection) -> dict[str, int]:
    """Rows per table."""
    return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in _tables()}


def size(connection: Connection) -> int:
    """Bytes the database takes on its disk, free pages included."""
    if connection.dialect.name == "sqlite":
        pages = connection.exec_driver_sql("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return int(pages.scalar_one())
    return sum(int(connection.execute(select(func.pg_total_relation_size(table.name))).scalar_one()) for table in _tables())


# --- pruning ---------------------------------------------------------------------------------------------------------


def prune(db: Database, now: datetime, policy: Retention) -> dict[str, int]:
    """Delete what the policy no longer keeps, some at a time; rows deleted per table."""
    return {
        "seen": _forget_keys(db, policy.seen),
        "tallies": _prune(db, tallies, lambda limit: tallies.c.day < codec.day(limit), now, policy.tallies),
        "deliveries": _prune(db, deliveries, _settled_before, now, policy.deliveries),
        "posture_history": _prune(db, posture_history, _former, now, policy.history),
        "changes": _prune(db, changes, _told_before, now, policy.history, keep=_still_to_tell),
        "editions": _drop_old(db, now, policy.evidence) + _drop_to_fit(db, policy.evidence_bytes),
    }


def _settled_before(limit: datetime) -> ColumnElement[bool]:
    return deliveries.c.settled < codec.micros(limit)


def _told_before(limit: datetime) -> ColumnElement[bool]:
    return (changes.c.at < codec.micros(limit)) & ~changes.c.held


def _former(limit: datetime) -> ColumnElement[bool]:
    """Every posture that had been replaced by then already: what held at the limit stays known."""
    later = posture_history.alias("later")
    same = (later.c.place == posture_history.c.place) & (later.c.issuer == posture_history.c.issuer)
    newer = select(later.c.id).where(same, later.c.id > posture_history.c.id, later.c.at < codec.micros(limit)).exists()
    return (posture_history.c.at < codec.micros(limit)) & newer


def _still_to_tell(connection: Connection) -> set[str]:
    """Changes that an unsettled line speaks of."""
    waiting = connection.execute(select(deliveries.c.changes).where(deliveries.c.wake.is_not(None))).scalars()
    return {id for column in waiting for id in codec.strings(column)}


def _prune(
    db: Database,
    table: Table,
    old: Callable[[datetime], ColumnElement[bool]],
    now: datetime,
    age: timedelta | None,
    keep: Callable[[Connection], set[str]] = lambda _: set(),
) -> int:
    return 0 if age is None else _sweep(db, table, old(now - age), keep)


def _sweep(db: Database, table: Table, condition: ColumnElement[bool], keep: Callable[[Connection], set[str]] = lambda _: set()) -> int:
    """Delete the rows of a condition, a batch to a transaction."""
    key: Any = tuple(table.primary_key.columns)
    total = 0
    while True:
        with db.write() as connection:
            kept = keep(connection)
            spared = condition if not kept else condition & table.c.id.not_in(kept)
            rows = connection.execute(select(*key).where(spared).limit(BATCH)).all()
            for row in rows:
                connection.execute(delete(table).where(*(column == value for column, value in zip(key, row, strict=True))))
        total += len(rows)
        if len(rows) < BATCH:
            return total


def _forget_keys(db: Database, age: timedelta | None) -> int:
    """Keys are old by the account of their source: one that could not be read for a year has not let go of anything."""
    if age is None:
        return 0
    with db.read() as connection:
        told = connection.execute(select(sources.c.id, sources.c.shown).where(sources.c.shown.is_not(None))).all()
    return sum(_sweep(db, seen, (seen.c.source == id) & (seen.c.shown < shown - age.days)) for id, shown in told)


def _drop_old(db: Database, now: datetime, age: timedelta | None) -> int:
    """Delete editions that are older than that."""
    total = 0
    while age is not None:
        with db.write() as connection:
            total += (dropped := _drop_oldest(connection, editions.c.seen < codec.micros(now - age)))
        if dropped < BATCH:
            break
    return total


def _drop_to_fit(db: Database, budget: int | None) -> int:
    """Delete the oldest editions until the raw bodies that are left fit."""
    total = 0
    while budget is not None:
        with db.read() as connection:
            excess = (connection.execute(select(func.sum(func.length(blobs.c.data)))).scalar() or 0) - budget
        if excess <= 0:
            break
        with db.write() as connection:
            total += (dropped := _drop_oldest(connection, true(), excess))
        if not dropped:
            break
    return total


def _drop_oldest(connection: Connection, condition: ColumnElement[bool], enough: int | None = None) -> int:
    """Delete a batch of the oldest editions, and raw bodies that no other has, until `enough` bytes are gone; how many."""
    query = select(editions.c.id, editions.c.blob, func.length(blobs.c.data)).join(blobs, blobs.c.hash == editions.c.blob)
    oldest = connection.execute(query.where(condition).order_by(editions.c.seen).limit(BATCH)).all()
    freed = 0
    for number, (id, hash, length) in enumerate(oldest, start=1):
        connection.execute(delete(editions).where(editions.c.id == id))
        unused = ~select(editions.c.id).where(editions.c.blob == hash).exists()
        freed += length * connection.execute(delete(blobs).where(blobs.c.hash == hash, unused)).rowcount
        if enough is not None and freed >= enough:
            return number
    return len(oldest)


def give_back(db: Database, pages: int) -> int:
    """Return up to so many free pages of a SQLite file to the disk; bytes returned. PostgreSQL does it by itself: 0."""
    if not db.sqlite:
        return 0
    with db.outside() as connection:
        before = size(connection)
        # As a script, because this pragma frees a page with every step, and `execute` takes only one.
        _driver(connection).executescript(f"PRAGMA incremental_vacuum({pages:d}); PRAGMA optimize;")
        return before - size(connection)
