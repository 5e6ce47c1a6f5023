"""Reads a SQLite ledger with the standard library alone: `monitor status` is over before SQLAlchemy would be imported."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import UnknownName
from ..ledger import Attempt, ChangeQuery, Delivery, Reader, Remembered, SourceRecord, Timer
from ..model import Change, DeliveryState, Posture, Reason
from . import codec
from .trouble import explain_sqlite
from .version import HEAD, VERSION_TABLE

_NEWEST = 2**62
"""Behind every line that there will be."""


def open_reader(url: str) -> Reader:
    """The reading half of the store at a url, as quickly as can be; whatever is not a current SQLite file, `open_store` opens."""
    name = url.removeprefix("sqlite:///")
    if name != url and name and "?" not in name and Path(name).is_file():
        glance = Glance(Path(name))
        if glance.is_current():
            return glance
        glance.close()
    from .sql import open_store

    return open_store(url)


class Glance(Reader):
    """Keeps the protocol `ledger.Reader` on a SQLite file that is current; for one thread."""

    def __init__(self, path: Path) -> None:
        self._name = f"the database {path}"
        with self._explained():
            self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=5, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA query_only=ON")

    def is_current(self) -> bool:
        """Whether the file has just the schema that this program knows."""
        try:
            return bool(self._connection.execute(f"SELECT version_num = ? FROM {VERSION_TABLE}", (HEAD,)).fetchone()[0])  # noqa: S608
        except (sqlite3.Error, TypeError):
            return False  # the full store says what is wrong with it

    def record(self, source: str) -> SourceRecord:
        """Where we stand with a source; UnknownName when it was never registered."""
        return codec.source_record(self._one("SELECT * FROM sources WHERE id = ?", source, what="source"))

    def records(self, polled_after: datetime | None = None) -> tuple[SourceRecord, ...]:
        """All sources that are configured, by id; with `polled_after`, only those that were last polled later than that."""
        later = -1 if polled_after is None else codec.micros(polled_after)
        rows = self._all("SELECT * FROM sources WHERE configured AND COALESCE(polled, 0) > ? ORDER BY id", later)
        return tuple(map(codec.source_record, rows))

    def remembered(self, prefix: str, due: datetime | None = None) -> dict[str, Remembered]:
        """Pieces of memory by prefix; with `due`, only those that want to be looked at by then."""
        if due is None:
            rows = self._all("SELECT * FROM memory WHERE key >= ? AND key < ? ORDER BY key", prefix, prefix + "\U0010ffff")
        else:
            rows = self._all("SELECT * FROM memory WHERE due <= ? ORDER BY key", codec.micros(due))
        return {row["key"]: codec.remembered(row) for row in rows if row["key"].startswith(prefix)}

    def changes(self, query: ChangeQuery) -> tuple[Change, ...]:
        """Changes, newest first."""
        asked = list(_asked(query))
        where = " AND ".join(condition for condition, _ in asked) or "1"
        values = [value for _, some in asked for value in some]
        page = f"SELECT * FROM changes WHERE {where} ORDER BY at DESC, id DESC LIMIT ?"  # noqa: S608
        return tuple(map(codec.change, self._all(page, *values, query.limit)))

    def change(self, id: str) -> Change:
        """One change; UnknownName when there is none."""
        return codec.change(self._one("SELECT * FROM changes WHERE id = ?", id, what="change"))

    def postures(self, place: str | None = None, issuer: str | None = None) -> tuple[Posture, ...]:
        """Postures held now, by place and issuer."""
        query = "SELECT * FROM postures WHERE place = coalesce(?, place) AND issuer = coalesce(?, issuer) ORDER BY place, issuer"
        return tuple(map(codec.posture, self._all(query, place, issuer)))

    def history(self, place: str) -> tuple[tuple[datetime, Posture], ...]:
        """Every posture ever held about a place, oldest first."""
        rows = self._all("SELECT * FROM posture_history WHERE place = ? ORDER BY at, id", place)
        return tuple((codec.moment(row["at"]), codec.posture(row)) for row in rows)

    def delivery(self, id: str) -> Delivery:
        """One ledger line; UnknownName when there is none."""
        return codec.delivery(self._one("SELECT * FROM deliveries WHERE id = ?", id, what="delivery"))

    def deliveries(
        self, states: Collection[DeliveryState] = (), channel: str | None = None, limit: int = 100, before: str | None = None
    ) -> tuple[Delivery, ...]:
        """Ledger lines, newest first, older than the line `before` when it is given; UnknownName when that is not kept."""
        older = self._one("SELECT seq FROM deliveries WHERE id = ?", before, what="delivery")["seq"] if before else _NEWEST
        rows: list[sqlite3.Row] = []
        for state in states or tuple(DeliveryState):
            if channel is None:
                rows += self._all(
                    "SELECT * FROM deliveries WHERE state = ? AND seq < ? ORDER BY seq DESC LIMIT ?", state.value, older, limit
                )
            else:
                page = "SELECT * FROM deliveries WHERE channel = ? AND state = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
                rows += self._all(page, channel, state.value, older, limit)
        rows.sort(key=lambda row: -row["seq"])
        return tuple(map(codec.delivery, rows[:limit]))

    def delivered_to(self, situation: str) -> tuple[Delivery, ...]:
        """Every line of a situation, oldest first."""
        rows = self._all("SELECT * FROM deliveries WHERE situation = ? ORDER BY seq", situation) if situation else ()
        return tuple(map(codec.delivery, rows))

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        """Every try of a delivery, oldest first."""
        return tuple(map(codec.attempt, self._all("SELECT * FROM attempts WHERE delivery = ? ORDER BY number", delivery)))

    def timers(self, now: datetime, limit: int = 100) -> tuple[Timer, ...]:
        """Timers that are due, oldest first."""
        rows = self._all("SELECT * FROM timers WHERE due <= ? ORDER BY due, id LIMIT ?", codec.micros(now), limit)
        return tuple(map(codec.timer, rows))

    def tallies(self, source: str, since: datetime) -> dict[Reason, int]:
        """How often each reason was the answer for a source from the (UTC) day of `since` on."""
        query = "SELECT reason, sum(times) FROM tallies WHERE source = ? AND day >= ? GROUP BY reason"
        return {Reason(reason): times for reason, times in self._all(query, source, codec.day(since))}

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _one(self, query: str, id: str, *, what: str) -> sqlite3.Row:
        found = self._all(query, id)
        if not found:
            raise UnknownName(f"there is no {what} {id!r}")
        return found[0]

    def _all(self, query: str, *values: object) -> Sequence[sqlite3.Row]:
        with self._explained():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explain_sqlite(error, self._name) from error


def _asked(query: ChangeQuery) -> Iterator[tuple[str, Sequence[Any]]]:
    """The conditions of a query, each with its values."""
    for column in ("place", "issuer", "source", "situation"):
        if (value := getattr(query, column)) is not None:
            yield f"{column} = ?", (value,)
    if query.kinds:
        yield f"kind IN ({', '.join('?' * len(query.kinds))})", query.kinds
    if query.held is not None:
        yield ("held" if query.held else "NOT held"), ()
    if query.since is not None:
        yield "at >= ?", (codec.micros(query.since),)
    if query.before is not None:
        at, id = query.before
        yield "(at, id) < (?, ?)", (codec.micros(at), id)
