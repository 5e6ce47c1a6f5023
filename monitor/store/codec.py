"""Values to columns and back; no database here, so that whoever only reads needs no more than this."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from ..ledger import Attempt, Cursor, Delivery, Edition, Remembered, SourceRecord, Timer
from ..model import (
    Area,
    Aspect,
    Audience,
    Certainty,
    Change,
    ChangeKind,
    DeliveryState,
    Evidence,
    MessageType,
    Posture,
    Reason,
    Severity,
    SignalKind,
    Source,
    SourceState,
    Stage,
    Standing,
    stable_id,
)


class Row(Protocol):
    """Columns by name, as every driver and SQLAlchemy give them."""

    def __getitem__(self, name: str, /) -> Any: ...


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


# --- the smallest parts ----------------------------------------------------------------------------------------------


def micros(moment: datetime) -> int:
    """Microseconds since 1970; ValueError for a time without a zone, which could mean anything."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone cannot be kept: {moment!r}")
    return (moment - _EPOCH) // _MICROSECOND


def maybe_micros(moment: datetime | None) -> int | None:
    """The same, where there may be none."""
    return None if moment is None else micros(moment)


def moment(number: int) -> datetime:
    """The time, in UTC, that `micros` gave this number."""
    return _EPOCH + timedelta(microseconds=number)


def maybe_moment(number: int | None) -> datetime | None:
    """The same, where there may be none."""
    return None if number is None else moment(number)


def day(when: datetime) -> int:
    """Days since 1970, in UTC."""
    return (when - _EPOCH).days


def text(words: str) -> str:
    """Words as every engine takes them: without NUL and without half characters, which strangers' texts may hold."""
    if words.isascii() and "\0" not in words:
        return words
    return words.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def dump(value: object) -> str:
    """Compact JSON, always ASCII, equal for equal values."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


@lru_cache(4096)  # the lines of a situation name each other over and over
def strings(column: str) -> tuple[str, ...]:
    """A tuple of strings out of its JSON."""
    return tuple(json.loads(column))


# --- sources ---------------------------------------------------------------------------------------------------------


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


# --- evidence --------------------------------------------------------------------------------------------------------


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


# --- memory and postures ---------------------------------------------------------------------------------------------


def remembered(row: Row) -> Remembered:
    """A piece of memory."""
    return Remembered(row["key"], row["payload"], row["version"], maybe_moment(row["due"]))


def standings(posture: Posture) -> str:
    """The standings of a posture as JSON, in the order in which they were put."""
    return dump([[aspect.value, standing.value, *_standing(standing)] for aspect, standing in posture.standings])


def _areas(areas: Sequence[Area]) -> list[tuple[str, int]]:
    return [(text(area.name), area.level) for area in areas]


def _standing(standing: Standing) -> tuple[Any, ...]:
    evidence = standing.evidence and _evidence(standing.evidence)
    return maybe_micros(standing.since), text(standing.words), evidence, _areas(standing.areas)


def posture(row: Row) -> Posture:
    """A posture's columns as a value."""
    return Posture(row["issuer"], row["place"], tuple(_aspect(part) for part in json.loads(row["standings"])))


def _aspect(part: Sequence[Any]) -> tuple[Aspect, Standing]:
    aspect, value, since, words, evidence, *areas = part  # written without areas before there were any
    named = tuple(Area(*area) for area in areas[0]) if areas else ()
    return Aspect(aspect), Standing(value, maybe_moment(since), words, Evidence(*evidence) if evidence else None, named)


def held_values(standings_column: str) -> dict[str, str]:
    """What a posture says, without since when, in which words and why: two equal ones are one line of history."""
    return {part[0]: part[1] for part in json.loads(standings_column)}


def _evidence(evidence: Evidence) -> tuple[str, ...]:
    section = (text(evidence.section),) if evidence.section else ()
    return text(evidence.quote), text(evidence.rule), text(evidence.url), *section


# --- changes ---------------------------------------------------------------------------------------------------------


def change_row(change: Change) -> dict[str, Any]:
    """The columns of a change."""
    return {
        "id": change.id,
        "at": micros(change.at),
        "source": change.source,
        "place": change.place,
        "issuer": change.issuer,
        "kind": change.kind.value,
        "situation": change.situation,
        "held": change.held,
        "body": dump(_change_body(change)),
    }


def _change_body(change: Change) -> dict[str, Any]:
    return {
        "reason": change.reason.value,
        "severity": change.severity.value,
        "certainty": change.certainty.value,
        "stage": change.stage and change.stage.value,
        "before": change.before,
        "after": change.after,
        "after_words": text(change.after_words),
        "evidence": [_evidence(e) for e in change.evidence],
        "url": text(change.url),
        "published": maybe_micros(change.published),
        "references": change.references,
        "audiences": sorted(a.value for a in change.audiences),
        "reported_kind": change.reported_kind and change.reported_kind.value,
        "first_reported": maybe_micros(change.first_reported),
        "publishers": [text(p) for p in change.publishers],
        "detail": text(change.detail),
        "areas": _areas(change.areas),
    }


def change(row: Row) -> Change:
    """A change's columns as a value."""
    body = json.loads(row["body"])
    return Change(
        id=row["id"],
        at=moment(row["at"]),
        source=row["source"],
        place=row["place"],
        issuer=row["issuer"],
        kind=ChangeKind(row["kind"]),
        reason=Reason(body["reason"]),
        severity=Severity(body["severity"]),
        certainty=Certainty(body["certainty"]),
        stage=Stage(body["stage"]) if body["stage"] else None,
        before=body["before"],
        after=body["after"],
        after_words=body["after_words"],
        held=bool(row["held"]),
        evidence=tuple(Evidence(*e) for e in body["evidence"]),
        url=body["url"],
        published=maybe_moment(body["published"]),
        situation=row["situation"],
        references=tuple(body["references"]),
        audiences=frozenset(map(Audience, body["audiences"])),
        reported_kind=SignalKind(body["reported_kind"]) if body["reported_kind"] else None,
        first_reported=maybe_moment(body["first_reported"]),
        publishers=tuple(body["publishers"]),
        detail=body["detail"],
        areas=tuple(Area(*area) for area in body.get("areas", ())),
    )


# --- ledger lines ----------------------------------------------------------------------------------------------------


def delivery_row(delivery: Delivery) -> dict[str, Any]:
    """The columns of a new ledger line; one that is settled already (skipped with a reason) never wakes."""
    settled = delivery.state in SETTLED
    return {
        "id": delivery.id,
        "channel": delivery.channel,
        "type": delivery.type.value,
        "changes": dump(delivery.changes),
        "created": micros(delivery.created),
        "due": micros(delivery.due),
        "route": text(delivery.route),
        "situation": delivery.situation,
        "cluster": text(delivery.group),
        "state": delivery.state.value if settled else DeliveryState.WAITING.value,
        "attempts": delivery.attempts,
        "why": text(delivery.why),
        "payload": text(delivery.payload),
        "refs": dump(delivery.references),
        "settled": micros(delivery.settled or delivery.created) if settled else None,
        "receipt": text(delivery.receipt),
        "token": 0,
        "wake": None if settled else micros(delivery.due),
        "worker": "",
    }


SETTLED = frozenset({DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.SKIPPED})
"""The states in which a line rests for good."""


def delivery(row: Row) -> Delivery:
    """A ledger line's columns as a value."""
    return Delivery(
        id=row["id"],
        channel=row["channel"],
        type=MessageType(row["type"]),
        changes=strings(row["changes"]),
        created=moment(row["created"]),
        due=moment(row["due"]),
        route=row["route"],
        situation=row["situation"],
        group=row["cluster"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        why=row["why"],
        payload=row["payload"],
        references=strings(row["refs"]),
        settled=maybe_moment(row["settled"]),
        receipt=row["receipt"],
    )


def attempt(row: Row) -> Attempt:
    """One try's columns as a value."""
    return Attempt(row["delivery"], row["number"], moment(row["at"]), row["outcome"], row["why"])


def timer_row(timer: Timer) -> dict[str, Any]:
    """The columns of a timer."""
    return {
        "id": timer.id,
        "kind": timer.kind,
        "due": micros(timer.due),
        "subject": text(timer.subject),
        "payload": text(timer.payload),
    }


def timer(row: Row) -> Timer:
    """A timer's columns as a value."""
    return Timer(row["id"], row["kind"], moment(row["due"]), row["subject"], row["payload"])
