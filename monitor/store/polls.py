"""What a poll reads and leaves: where we stand with a source, what it has shown, and the detector's memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Select, Update, bindparam, case, delete, func, select, update

from ..errors import MonitorError, StalePoll, UnknownName
from ..ledger import PollSave, Remembered, SourceRecord
from ..model import Reason, Source, SourceState
from . import codec, entries, evidence, lines
from .database import chunks, insert, insert_new
from .tables import memory, sources, tallies

# --- sources ---------------------------------------------------------------------------------------------------------


def register(connection: Connection, configured: Sequence[Source], now: datetime) -> None:
    """Take the configured sources in, let the others rest; one that points elsewhere than before starts without a cursor."""
    known = {row.id: row.origin for row in connection.execute(select(sources.c.id, sources.c.origin))}
    wanted = {source.id: codec.origin(source) for source in configured}
    connection.execute(update(sources).where(sources.c.configured).values(configured=False))
    if new := [_new_source(id, origin, now) for id, origin in wanted.items() if id not in known]:
        connection.execute(insert(connection.dialect.name, sources).on_conflict_do_nothing(), new)
    if wanted:
        back = {"configured": True, "due": func.coalesce(sources.c.due, codec.micros(now))}
        connection.execute(update(sources).where(sources.c.id == bindparam("_id")).values(back), [{"_id": id} for id in wanted])
    if moved := [{"_id": id, "origin": origin} for id, origin in wanted.items() if known.get(id, origin) != origin]:
        # The poll number moves too, so that a poll of the old place that is under way cannot bring its cursor back.
        void = {"etag": "", "last_modified": "", "body_hash": "", "poll": sources.c.poll + 1, "origin": bindparam("origin")}
        connection.execute(update(sources).where(sources.c.id == bindparam("_id")).values(void), moved)
    connection.execute(update(sources).where(~sources.c.configured).values(due=None))


def _new_source(id: str, origin: str, now: datetime) -> dict[str, Any]:
    record = SourceRecord(id, state=SourceState.NEW, since=now, due=now)
    return {"id": id, "origin": origin, "configured": True, **codec.source_row(record)}


def due(connection: Connection, now: datetime, limit: int) -> tuple[str, ...]:
    """Ids of due sources, longest overdue first."""
    query = select(sources.c.id).where(sources.c.due <= codec.micros(now)).order_by(sources.c.due, sources.c.id).limit(limit)
    return tuple(connection.execute(query).scalars())


def record(connection: Connection, source: str) -> SourceRecord:
    """Where we stand with one source."""
    row = connection.execute(select(sources).where(sources.c.id == source)).mappings().first()
    if row is None:
        raise UnknownName(f"there is no source {source!r}")
    return codec.source_record(row)


def records(connection: Connection, polled_after: datetime | None = None) -> tuple[SourceRecord, ...]:
    """Where we stand with every configured source, or with those that were last polled later than a moment."""
    query = select(sources).where(sources.c.configured).order_by(sources.c.id)
    if polled_after is not None:
        query = query.where(sources.c.polled > codec.micros(polled_after))
    rows = connection.execute(query).mappings()
    return tuple(codec.source_record(row) for row in rows)


# --- memory ----------------------------------------------------------------------------------------------------------


def remember(connection: Connection, keys: Collection[str]) -> dict[str, Remembered]:
    """Pieces of memory by key."""
    found: dict[str, Remembered] = {}
    for some in chunks(keys):
        rows = connection.execute(_pieces(), {"some": some}).mappings()
        found.update((row["key"], codec.remembered(row)) for row in rows)
    return found


@cache
def _pieces() -> Select[Any]:
    return select(memory).where(memory.c.key.in_(bindparam("some", expanding=True)))


def remembered(connection: Connection, prefix: str, by: datetime | None) -> dict[str, Remembered]:
    """Pieces of memory by prefix; those that are due are few, so their prefix is looked at last."""
    query = select(memory).order_by(memory.c.key)
    if by is None:
        query = query.where(memory.c.key >= prefix, memory.c.key < prefix + "\U0010ffff")
    else:
        query = query.where(memory.c.due <= codec.micros(by))
    rows = connection.execute(query).mappings()
    return {row["key"]: codec.remembered(row) for row in rows if row["key"].startswith(prefix)}


# --- saving ----------------------------------------------------------------------------------------------------------


def save_many(connection: Connection, some: Sequence[PollSave], level: int) -> tuple[MonitorError | None, ...]:
    """Several polls, each whole or not at all, in the caller's one transaction; for each what kept it from being saved.

    Nearly always none came too late, and then each statement is run once for all of them.
    """
    if len(some) > 1 and _saved_together(connection, some, level):
        return (None,) * len(some)
    return tuple(_saved_alone(connection, poll, level) for poll in some)


def _saved_together(connection: Connection, some: Sequence[PollSave], level: int) -> bool:
    """Whether all of them could be saved at once; False, and nothing written, when one of them came too late."""
    try:
        with connection.begin_nested():
            moves = sorted((_move(poll.record) for poll in some), key=lambda move: str(move["_id"]))
            if connection.execute(_moved(), moves).rowcount != len(moves):
                raise StalePoll("one of several")
            _put(connection, some, level)
    except StalePoll:
        return False
    return True


def _saved_alone(connection: Connection, poll: PollSave, level: int) -> MonitorError | None:
    try:
        with connection.begin_nested():
            save(connection, poll, level)
    except (StalePoll, UnknownName) as late:
        return late
    return None


def save(connection: Connection, poll: PollSave, level: int) -> None:
    """Everything one poll learned; the caller's transaction makes it whole. `level` is how hard zlib tries."""
    _move_on(connection, poll.record)
    _put(connection, (poll,), level)


def _put(connection: Connection, some: Sequence[PollSave], level: int) -> None:
    """All that these polls learned, once their sources have moved on."""
    _put_memory(connection, [piece for poll in some for piece in poll.memory])
    entries.put(connection, some)
    evidence.put_editions(connection, [edition for poll in some for edition in poll.editions], level)
    for poll in some:
        evidence.put_postures(connection, poll.postures, poll.at)
        evidence.put_changes(connection, poll.changes)
        lines.add(connection, poll.deliveries, poll.timers, poll.timers_done)
    _put_tally(connection, sorted((row for poll in some for row in _tally(poll)), key=lambda row: (row["source"], row["day"])))


@cache
def _moved() -> Update:
    """The statement that moves a source on by one poll; a source that is not configured any more is never due."""
    due = case((sources.c.configured, bindparam("due", type_=sources.c.due.type)), else_=None)
    columns: dict[str, Any] = {name: bindparam(name) for name in codec.source_row(SourceRecord("")) if name != "due"}
    return update(sources).where(sources.c.id == bindparam("_id"), sources.c.poll == bindparam("_before")).values(**columns, due=due)


def _move(record: SourceRecord) -> dict[str, Any]:
    return {"_id": record.id, "_before": record.poll - 1, **codec.source_row(record)}


def _move_on(connection: Connection, record: SourceRecord) -> None:
    if connection.execute(_moved(), _move(record)).rowcount:
        return
    stored = connection.execute(select(sources.c.poll).where(sources.c.id == record.id)).scalar()
    if stored is None:
        raise UnknownName(f"there is no source {record.id!r}")
    raise StalePoll(f"poll {record.poll} of {record.id} came too late: {stored} polls are saved already; nothing was written.")


def _put_memory(connection: Connection, pieces: Sequence[Remembered]) -> None:
    if not pieces:
        return
    ordered = sorted(pieces, key=lambda piece: piece.key)
    new = [_memory_row(piece) for piece in ordered if not piece.version and piece.payload]
    moved = [_memory_row(piece) | {"_key": piece.key, "_was": piece.version} for piece in ordered if piece.version and piece.payload]
    gone = [{"_key": piece.key, "_was": piece.version} for piece in ordered if piece.version and not piece.payload]
    _all_or_stale(connection, insert_new(connection.dialect.name, memory), new)
    _all_or_stale(connection, _piece_moved(), moved)
    _all_or_stale(connection, _piece_gone(), gone)


@cache
def _piece_moved() -> Update:
    values: dict[str, Any] = {name: bindparam(name) for name in ("key", "payload", "version", "due")}
    return update(memory).where(memory.c.key == bindparam("_key"), memory.c.version == bindparam("_was")).values(values)


@cache
def _piece_gone() -> Delete:
    return delete(memory).where(memory.c.key == bindparam("_key"), memory.c.version == bindparam("_was"))


def _memory_row(piece: Remembered) -> dict[str, Any]:
    return {
        "key": piece.key,
        "payload": codec.text(piece.payload),
        "version": piece.version + 1,
        "due": codec.maybe_micros(piece.due),
    }


def _all_or_stale(connection: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows and connection.execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount != len(rows):
        raise StalePoll("somebody else changed what this poll remembered; nothing was written, the poll is to be done again.")


def _put_tally(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_counted_up(connection.dialect.name), rows)


@cache
def _counted_up(dialect: str) -> Any:
    upsert = insert(dialect, tallies)
    more = {"times": tallies.c.times + upsert.excluded.times}
    return upsert.on_conflict_do_update(index_elements=["source", "day", "reason"], set_=more)


def _tally(poll: PollSave) -> list[dict[str, Any]]:
    source, day = poll.record.id, codec.day(poll.at)
    return [{"source": source, "day": day, "reason": r.value, "times": n} for r, n in sorted(poll.tally.items()) if n]


def counted(connection: Connection, source: str, since: datetime) -> dict[Reason, int]:
    """How often each reason was the answer for a source from the day of `since` on."""
    query = select(tallies.c.reason, func.sum(tallies.c.times)).where(tallies.c.source == source, tallies.c.day >= codec.day(since))
    return {Reason(reason): int(times) for reason, times in connection.execute(query.group_by(tallies.c.reason))}
