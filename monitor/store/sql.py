"""`SqlStore`: the one ledger, on SQLite and on PostgreSQL; every method is one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from ..errors import MonitorError
from ..ledger import (
    Attempt,
    ChangeQuery,
    Claim,
    Delivery,
    Edition,
    PollSave,
    Remembered,
    Retention,
    Settlement,
    SourceRecord,
    Store,
    Timer,
)
from ..model import Change, DeliveryState, Posture, Reason, Source
from . import entries, evidence, housekeeping, lines, looking, polls, schema
from .database import Database


def open_store(url: str) -> SqlStore:
    """The store at a url, made or upgraded when needed.

    `sqlite:///relative/path`, `sqlite:////absolute/path` and `postgresql://user@host/name` are kept; `sqlite://` is
    private, fast and gone when it is closed. StoreCorrupt, StoreTooNew and StoreUnavailable leave what is there untouched.
    """
    database = Database(url)
    try:
        schema.prepare(database)
    except BaseException:
        database.close()
        raise
    return SqlStore(database)


class _NotWaiting(Exception):
    """Undoes a merge of which a part was under way already."""


class SqlStore(Store):
    """Keeps the protocol `ledger.Store`; safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._zlib_level = 1 if database.throwaway else 3

    # --- sources and polls -------------------------------------------------------------------------------------------

    def register(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the configured sources known; one whose address or kind became different loses its cursor."""
        with self.database.write() as connection:
            polls.register(connection, sources, now)

    def due(self, now: datetime, limit: int = 1000) -> tuple[str, ...]:
        """Ids of the sources that are due, longest overdue first."""
        with self.database.read() as connection:
            return polls.due(connection, now, limit)

    def record(self, source: str) -> SourceRecord:
        """Where we stand with a source; UnknownName when it was never registered."""
        with self.database.read() as connection:
            return polls.record(connection, source)

    def records(self, polled_after: datetime | None = None) -> tuple[SourceRecord, ...]:
        """All sources that are configured, by id; with `polled_after`, only those that were last polled later than that."""
        with self.database.read() as connection:
            return polls.records(connection, polled_after)

    def seen(self, source: str) -> dict[str, str]:
        """The digest of every item key this source has shown and we remember."""
        with self.database.read() as connection:
            return entries.shown(connection, source)

    def remember(self, keys: Collection[str]) -> dict[str, Remembered]:
        """Pieces of memory by key; those that do not exist are absent."""
        with self.database.read() as connection:
            return polls.remember(connection, keys)

    def remembered(self, prefix: str, due: datetime | None = None) -> dict[str, Remembered]:
        """Pieces of memory whose key starts with prefix; with `due`, only those that want to be looked at by then."""
        with self.database.read() as connection:
            return polls.remembered(connection, prefix, due)

    def save(self, poll: PollSave) -> None:
        """Write everything one poll learned, or nothing; StalePoll when source or memory moved on meanwhile."""
        with self.database.write() as connection:
            polls.save(connection, poll, self._zlib_level)

    def save_many(self, some: Sequence[PollSave]) -> tuple[MonitorError | None, ...]:
        """Several polls with one commit, each whole or not at all; for each None, or the StalePoll or UnknownName that kept it out."""
        with self.database.write() as connection:
            return polls.save_many(connection, some, self._zlib_level)

    def tallies(self, source: str, since: datetime) -> dict[Reason, int]:
        """How often each reason was the answer for a source from the (UTC) day of `since` on."""
        with self.database.read() as connection:
            return polls.counted(connection, source, since)

    # --- what is known -----------------------------------------------------------------------------------------------

    def changes(self, query: ChangeQuery) -> tuple[Change, ...]:
        """Changes, newest first."""
        with self.database.read() as connection:
            return evidence.read_changes(connection, query)

    def change(self, id: str) -> Change:
        """One change; UnknownName when there is none."""
        with self.database.read() as connection:
            return evidence.change(connection, id)

    def postures(self, place: str | None = None, issuer: str | None = None) -> tuple[Posture, ...]:
        """Postures held now, by place and issuer."""
        with self.database.read() as connection:
            return evidence.held(connection, place, issuer)

    def history(self, place: str) -> tuple[tuple[datetime, Posture], ...]:
        """Every posture ever held about a place, oldest first."""
        with self.database.read() as connection:
            return evidence.history(connection, place)

    def editions(self, place: str, limit: int = 50) -> tuple[Edition, ...]:
        """The newest editions about a place (`*`: about none), with their raw bodies, newest first."""
        with self.database.read() as connection:
            return evidence.about(connection, place, limit)

    def blob(self, hash: str) -> bytes:
        """One raw body by its SHA-256 in hex; UnknownName when it is not kept (any more)."""
        with self.database.read() as connection:
            return evidence.blob(connection, hash)

    def situations(self) -> dict[str, Remembered]:
        """The detector's open threads, by memory key (`situation/UA`)."""
        return self.remembered("situation/")

    # --- the ledger lines --------------------------------------------------------------------------------------------

    def enqueue(self, deliveries: Sequence[Delivery], timers: Sequence[Timer] = (), timers_done: Sequence[str] = ()) -> None:
        """Add ledger lines that come from no poll; a line whose id exists is left as it is. Timers end, then are set."""
        with self.database.write() as connection:
            lines.add(connection, deliveries, timers, timers_done)

    def claim(self, now: datetime, worker: str, limit: int, lease: timedelta, without: Collection[str] = ()) -> tuple[Claim, ...]:
        """Take due lines for one worker, spread over the channels; of a situation and channel only the oldest unsettled."""
        with self.database.write() as connection:
            return lines.claim(connection, now, worker, limit, lease, without)

    def settle(self, claim: Claim, settlement: Settlement) -> bool:
        """Write how a sending ended; False (and nothing written but the attempt) when the line was taken over."""
        with self.database.write() as connection:
            return lines.settle(connection, claim, settlement)

    def merge(self, into: Delivery, ids: Sequence[str], why: str, now: datetime) -> bool:
        """Let one new line stand for lines that all still wait (they are skipped, with `why`); False, and nothing, if one does not."""
        try:
            with self.database.write() as connection:
                if lines.withdraw(connection, ids, why, now) != len(set(ids)):
                    raise _NotWaiting
                lines.add(connection, (into,), (), ())
        except _NotWaiting:
            return False
        return True

    def withdraw(self, ids: Sequence[str], why: str, now: datetime) -> int:
        """Skip lines that still wait, with the reason; how many that were."""
        with self.database.write() as connection:
            return lines.withdraw(connection, ids, why, now)

    def hasten(self, channel: str, now: datetime) -> int:
        """Let a channel's lines that wait for another try be due now; how many that were."""
        with self.database.write() as connection:
            return lines.hasten(connection, channel, now)

    def revive(self, id: str, now: datetime) -> bool:
        """Send a settled line once more, under its old id; False when it is not settled, UnknownName when there is none."""
        with self.database.write() as connection:
            return lines.revive(connection, id, now)

    def delivery(self, id: str) -> Delivery:
        """One ledger line; UnknownName when there is none."""
        with self.database.read() as connection:
            return looking.delivery(connection, id)

    def deliveries(
        self, states: Collection[DeliveryState] = (), channel: str | None = None, limit: int = 100, before: str | None = None
    ) -> tuple[Delivery, ...]:
        """Ledger lines, newest first, older than the line `before` when it is given; UnknownName when that is not kept."""
        with self.database.read() as connection:
            return looking.newest(connection, states, channel, limit, before)

    def delivered_to(self, situation: str) -> tuple[Delivery, ...]:
        """Every line of a situation, oldest first: who was told what about it."""
        with self.database.read() as connection:
            return looking.of_situation(connection, situation)

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        """Every try of a delivery, oldest first; a try is numbered by the token of its claim."""
        with self.database.read() as connection:
            return looking.tries(connection, delivery)

    def waiting_counts(self) -> dict[tuple[str, DeliveryState], int]:
        """How many lines of each channel wait or are being sent."""
        with self.database.read() as connection:
            return looking.unsettled(connection)

    def timers(self, now: datetime, limit: int = 100) -> tuple[Timer, ...]:
        """Timers that are due, oldest first."""
        with self.database.read() as connection:
            return looking.due_timers(connection, now, limit)

    # --- housekeeping ------------------------------------------------------------------------------------------------

    def backup(self, path: Path) -> None:
        """A consistent, checked copy in one file while everything goes on; WrongUse on PostgreSQL, which has pg_dump."""
        housekeeping.backup(self.database, path)

    def prune(self, now: datetime, policy: Retention) -> dict[str, int]:
        """Delete what the policy no longer keeps; rows deleted per table. Many short transactions, nothing waits for long."""
        return housekeeping.prune(self.database, now, policy)

    def give_back(self, pages: int = 1000) -> int:
        """Return free pages to the disk, so many at a time; bytes returned."""
        return housekeeping.give_back(self.database, pages)

    def counts(self) -> dict[str, int]:
        """Rows per table."""
        with self.database.read() as connection:
            return housekeeping.counts(connection)

    def size(self) -> int:
        """Bytes the database takes on its disk."""
        with self.database.read() as connection:
            return housekeeping.size(connection)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()
