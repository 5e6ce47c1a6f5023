"""How we talk to a database: one engine, reading and writing transactions, and errors that say what to do."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, bindparam, create_engine, event, make_url, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import StaticPool

from ..errors import StoreCorrupt, StoreError, StoreUnavailable, WrongUse
from .trouble import RESTORE, explain_sqlite

BUSY = 15.0
"""Seconds to wait for another process that writes, before saying so."""

CHUNK = 1000
"""How many keys go into one IN list: every engine takes that many."""


class Database:
    """An engine for one url. `throwaway` is a private SQLite database that vanishes when it is closed."""

    def __init__(self, url: str) -> None:
        self.url = _normal(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.throwaway = self.sqlite and self.url.database in (None, "", ":memory:")
        self.name = _name(self.url)
        self.engine = _engine(self.url, self.throwaway)
        self._writing = self.engine.execution_options(monitor_writes=True)
        # SQLite has one writer; threads queue here, fairly and without polling, instead of in its busy loop.
        self._turn: AbstractContextManager[Any] = threading.RLock() if self.sqlite else nullcontext()
        self._read_turn: AbstractContextManager[Any] = self._turn if self.throwaway else nullcontext()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self.explained(), self._read_turn, self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: all of it, or nothing when anything is raised inside."""
        with self.explained(), self._turn, self._writing.begin() as connection:
            yield connection

    @contextmanager
    def outside(self) -> Iterator[Connection]:
        """A connection without a transaction, for what a database only does outside of one (VACUUM, PRAGMA)."""
        bare = {"monitor_outside": True} if self.sqlite else {"isolation_level": "AUTOCOMMIT"}
        with self.explained(), self._turn, self.engine.connect() as connection:
            yield connection.execution_options(**bare)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turns what a driver raises into errors of ours."""
        try:
            yield
        except DBAPIError as error:
            raise _explain(error, self.name) from error
        except PoolTimeout as error:
            raise StoreUnavailable(f"{self.name} is busy: every connection is in use; try again in a moment.") from error

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def insert(dialect: str, table: Table) -> Any:
    """An INSERT that knows `on_conflict_…`, in the words of the engine it is for."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def present(connection: Connection, column: Any, keys: Collection[str]) -> set[str]:
    """Which of these keys a column holds."""
    return {key for some in chunks(keys) for key in connection.execute(_present(column), {"some": some}).scalars()}


@cache
def _present(column: Any) -> Select[Any]:
    return select(column).where(column.in_(bindparam("some", expanding=True)))


@cache
def insert_new(dialect: str, table: Table) -> Any:
    """The statement that adds rows and leaves those alone that are there."""
    return insert(dialect, table).on_conflict_do_nothing()


def chunks(keys: Collection[str]) -> Iterable[list[str]]:
    """The keys, sorted (so that two writers lock them in the same order), some at a time."""
    ordered = sorted(set(keys))
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


# --- urls and engines ------------------------------------------------------------------------------------------------


def _normal(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError):
        backend = ""
    if backend == "postgres" or url.startswith("postgres://"):
        return make_url("postgresql+psycopg://" + url.split("://", 1)[1])
    match backend:
        case "sqlite":
            return parsed.set(drivername="sqlite")
        case "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        case _:
            raise WrongUse(f"[store] url must begin with sqlite:/// or postgresql://, not {url.split(':', 1)[0]!r}")


def _name(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return f"the database {url.database}" if url.database else "the throw-away database"
    return f"the database {url.render_as_string(hide_password=True)}"


def _engine(url: URL, throwaway: bool) -> Engine:
    if url.get_backend_name() == "postgresql":
        return _postgres(url)
    connect: dict[str, Any] = {"timeout": BUSY, "check_same_thread": False, "isolation_level": None}
    if throwaway:
        # An empty name is a private file that SQLite keeps in its cache until it outgrows it: fast, and memory stays bounded.
        engine = create_engine("sqlite://", creator=lambda: sqlite3.connect("", **connect), poolclass=StaticPool)
        event.listen(engine, "connect", _throwaway_pragmas)
    else:
        engine = create_engine(url, connect_args=connect, pool_timeout=2 * BUSY)
        event.listen(engine, "connect", _durable_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _postgres(url: URL) -> Engine:
    settings = f"-c lock_timeout={int(BUSY)}s -c idle_in_transaction_session_timeout=60s"
    connect = {"connect_timeout": 10, "application_name": "monitor", "options": settings}
    try:
        return create_engine(url, connect_args=connect, pool_pre_ping=True, pool_timeout=2 * BUSY)
    except ModuleNotFoundError as missing:
        raise WrongUse("a PostgreSQL store needs its driver: pip install 'advisory-monitor[postgres]'") from missing


def _durable_pragmas(connection: sqlite3.Connection, _: object) -> None:
    _pragmas(connection, synchronous="FULL", foreign_keys="ON", temp_store="MEMORY", journal_size_limit=64 << 20, cache_size=-1024)


def _throwaway_pragmas(connection: sqlite3.Connection, _: object) -> None:
    _pragmas(connection, synchronous="OFF", journal_mode="MEMORY", foreign_keys="ON", cache_size=-32768)


def _pragmas(connection: sqlite3.Connection, **settings: str | int) -> None:
    for name, value in settings.items():
        connection.execute(f"PRAGMA {name}={value}")


def _begin(connection: Connection) -> None:
    # A transaction that will write takes the lock first: one that asks for it half-way can be refused without a wait.
    options = connection.get_execution_options()
    if not options.get("monitor_outside"):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("monitor_writes") else "BEGIN")


# --- errors ----------------------------------------------------------------------------------------------------------


def _explain(error: DBAPIError, name: str) -> StoreError:
    if isinstance(error.orig, sqlite3.Error):
        return explain_sqlite(error.orig, name)
    detail = str(error.orig).strip().split("\n", maxsplit=1)[0]
    if error.connection_invalidated or type(error.orig).__name__ in _POSTGRES_LATER:
        return StoreUnavailable(f"{name} is out of reach just now ({detail}); it is tried again.")
    match (getattr(error.orig, "sqlstate", None) or "")[:2]:
        case "08" | "40" | "53" | "55" | "57" | "25":
            return StoreUnavailable(f"{name} could not do it just now ({detail}); try again in a moment.")
        case "XX":
            return StoreCorrupt(f"{name} is damaged ({detail}); nothing was overwritten. {RESTORE}")
    return StoreError(f"{name} refused: {detail}")


_POSTGRES_LATER = frozenset({"OperationalError", "ConnectionTimeout", "InterfaceError"})
