"""Where we stand with a source and the versions of what it showed, as rows and back."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any

from ...ledger import Cursor, Edition, SourceRecord
from ...model import (
    Source,
    SourceState,
    stable_id,
)
from .parts import Row, dump, maybe_micros, maybe_moment, micros, moment, strings, text


def origin(source: Source) -> str:
    """What a cursor depends on: when it differs, what the server and we remember of the last body is worth nothing."""
    return stable_id("o", source.kind, source.url, source.options)


def source_row(record: SourceRecord) -> dict[str, Any]:
    """The columns of a source."""
    return {
        "poll": record.poll,
        "etag": text(record.cursor.etag),
        "last_modified": text(record.cursor.last_modified),
        "body_hash": record.cursor.body_hash,
        "state": record.state.value,
        "why": text(record.why),
        "since": maybe_micros(record.since),
        "seen_well": maybe_micros(record.seen_well),
        "polled": maybe_micros(record.polled),
        "failures": record.failures,
        "due": maybe_micros(record.due),
        "baseline": record.baseline,
        "counts": dump(record.counts),
        "newest": maybe_micros(record.newest),
        "touches": record.touches,
    }


def source_record(row: Row) -> SourceRecord:
    """A source's columns as a value."""
    return SourceRecord(
        id=row["id"],
        poll=row["poll"],
        cursor=Cursor(row["etag"], row["last_modified"], row["body_hash"]),
        state=SourceState(row["state"]),
        why=row["why"],
        since=maybe_moment(row["since"]),
        seen_well=maybe_moment(row["seen_well"]),
        polled=maybe_moment(row["polled"]),
        failures=row["failures"],
        due=maybe_moment(row["due"]),
        baseline=bool(row["baseline"]),
        counts=tuple(json.loads(row["counts"])),
        newest=maybe_moment(row["newest"]),
        touches=row["touches"],
    )


def key_bytes(key: str) -> bytes:
    """An item's key exactly as the source has it, NUL and half characters included: it must be found again."""
    return key.encode("utf-8", "surrogatepass")


def key_text(key: bytes) -> str:
    """The key that `key_bytes` kept."""
    return key.decode("utf-8", "surrogatepass")


def key_hash(key: bytes) -> bytes:
    """16 bytes that stand for a key of any length."""
    return hashlib.blake2b(key, digest_size=16).digest()


def edition_row(edition: Edition, blob: str) -> dict[str, Any]:
    """The columns of an edition; the same version of the same item has the same id wherever and whenever it is kept."""
    key = text(edition.key)
    return {
        "id": stable_id("e", edition.source, key, edition.digest),
        "source": edition.source,
        "key": key,
        "digest": edition.digest,
        "places": dump(edition.places),
        "issuer": edition.issuer,
        "title": text(edition.title),
        "url": text(edition.url),
        "published": maybe_micros(edition.published),
        "seen": micros(edition.seen),
        "blob": blob,
    }


def edition(row: Row) -> Edition:
    """An edition's columns, joined with its blob, as a value."""
    return Edition(
        source=row["source"],
        key=row["key"],
        digest=row["digest"],
        places=strings(row["places"]),
        issuer=row["issuer"],
        title=row["title"],
        url=row["url"],
        published=maybe_moment(row["published"]),
        seen=moment(row["seen"]),
        raw=zlib.decompress(row["data"]),
    )
