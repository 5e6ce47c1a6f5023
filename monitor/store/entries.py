"""What a source has shown: one narrow row for each of its items, asked for at each poll that brings a body."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Select, Update, bindparam, delete, func, select, update

from ..ledger import PollSave
from . import codec
from .database import insert
from .tables import seen, sources


def shown(connection: Connection, source: str) -> dict[str, str]:
    """The digest of every key a source has shown."""
    rows = connection.execute(_of_source(), {"_source": source})
    return {codec.key_text(key): digest for key, digest in rows}


def put(connection: Connection, some: Sequence[PollSave]) -> None:
    """The keys that are new or say something else, those that are gone, and once a day which are still there."""
    ordered = sorted(some, key=lambda poll: poll.record.id)
    if gone := [{"_source": poll.record.id, "_hash": _hash(key)} for poll in ordered for key in sorted(poll.gone)]:
        connection.execute(_gone(), gone)
    if new := [row for poll in ordered for row in _rows(poll)]:
        connection.execute(_upsert(connection.dialect.name), new)
    for poll in ordered:
        if poll.shown:
            _put_day(connection, poll)


def _put_day(connection: Connection, poll: PollSave) -> None:
    source, day = poll.record.id, codec.day(poll.at)
    if connection.execute(_another_day(), {"_source": source, "_day": day}).rowcount:
        # those of this poll say so already
        still = [{"_source": source, "_hash": _hash(key), "_day": day} for key in sorted(set(poll.shown).difference(poll.seen))]
        if still:
            connection.execute(_still_there(), still)


def _rows(poll: PollSave) -> Iterator[dict[str, Any]]:
    source, day = poll.record.id, codec.day(poll.at)
    for key, digest in sorted(poll.seen.items()):
        raw = codec.key_bytes(key)
        yield {"source": source, "hash": codec.key_hash(raw), "key": raw, "digest": digest, "shown": day}


def _hash(key: str) -> bytes:
    return codec.key_hash(codec.key_bytes(key))


# --- the statements, made once ---------------------------------------------------------------------------------------


@cache
def _of_source() -> Select[Any]:
    return select(seen.c.key, seen.c.digest).where(seen.c.source == bindparam("_source"))


@cache
def _gone() -> Delete:
    return delete(seen).where(seen.c.source == bindparam("_source"), seen.c.hash == bindparam("_hash"))


@cache
def _upsert(dialect: str) -> Any:
    upsert = insert(dialect, seen)
    newer = {"digest": upsert.excluded.digest, "shown": upsert.excluded.shown}
    return upsert.on_conflict_do_update(index_elements=["source", "hash"], set_=newer)


@cache
def _another_day() -> Update:
    before = func.coalesce(sources.c.shown, -1) < bindparam("_day")
    return update(sources).where(sources.c.id == bindparam("_source"), before).values(shown=bindparam("_day"))


@cache
def _still_there() -> Update:
    return update(seen).where(seen.c.source == bindparam("_source"), seen.c.hash == bindparam("_hash")).values(shown=bindparam("_day"))
