"""What one answer of a source comes to: a failure, the same as before, or a body that is read and decided about."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ..detect import cadence
from ..detect.decide import Decision, Look, decide, needed, unchanged
from ..detect.editions import alias
from ..detect.memory import Memory
from ..detect.sight import Sight, after_failure, after_success
from ..errors import BadBody, FetchError
from ..ledger import Cursor, Edition, SourceRecord
from ..model import Item, Nature, Reading, Reason, Source, SourceState
from ..sources.base import Parsed
from ..sources.contract import judge, still
from ..sources.fetch import Fetched, Status, Why
from .context import Service
from .follow import completed, mark
from .siblings import siblings
from .step import Step, recall, step
from .wake import urgent

_COUNTS_KEPT = 12

_one_reader = threading.Lock()
"""Reading is nothing but computing, so several at once would only take turns at it, each with a whole body in its hands."""


def decided(service: Service, source: Source, record: SourceRecord, fetched: Fetched, now: datetime) -> Step:
    step = cheap(service, source, record, fetched, now)
    if step is not None:
        return step
    try:
        parsed = service.parse(source, fetched.body)
    except BadBody as error:
        return failed(service, source, record, error, now)
    understood = replace(fetched, cursor=replace(fetched.cursor, body_hash=_digest(fetched)))
    return _understood(service, source, record, understood, parsed, now)


def cheap(service: Service, source: Source, record: SourceRecord, fetched: Fetched, now: datetime, *, calm: bool = False) -> Step | None:
    """What an answer comes to that needs no reading, None for a body we have not seen; `calm`: nothing waits for confirmation."""
    if fetched.status is Status.FAILED:
        return failed(service, source, record, fetched.error or FetchError("unknown"), now)
    if fetched.status is Status.NOT_MODIFIED or _digest(fetched) == record.cursor.body_hash:
        return _same(service, source, record, fetched, now, calm=calm)
    return None


def _digest(fetched: Fetched) -> str:
    return fetched.cursor.body_hash or hashlib.sha256(fetched.body).hexdigest()


def failed(service: Service, source: Source, record: SourceRecord, error: FetchError | BadBody, now: datetime) -> Step:
    """Nothing usable came; the cursor stays, so that the same body is asked for again."""
    state = SourceState.BLOCKED if error.blocked else SourceState.BROKEN
    sight = after_failure(source, record, state, str(error), now)
    reached, asked = error.why not in (Why.NO_CONNECTION, Why.PROXY), getattr(error, "retry_after", None)
    refused = error.blocked and reached
    due = cadence.after_failure(source, record.poll, sight.failures, now, reached=reached, refused=refused, asked=asked)
    return step(service, source, _with_sight(record, sight, now, due), Decision(), sight, now)


def _same(service: Service, source: Source, record: SourceRecord, fetched: Fetched, now: datetime, *, calm: bool) -> Step:
    """Exactly what the last poll showed: what waits for confirmation has been seen once more. `calm`: nothing does."""
    verdict = still(source, record, now)
    sight = after_success(source, record, verdict.state, verdict.why, now)
    memory, versions = (Memory(), {}) if calm else recall(service, source, set())
    policy = service.policy(source)
    decision = unchanged(source, memory, policy, now, siblings(service, source, memory, policy, now))
    after = replace(
        _with_sight(record, sight, now, _next(service, source, record, fetched, now)),
        cursor=_moved(record.cursor, fetched.cursor),
        seen_well=now,
    )
    return step(service, source, after, decision, sight, now, versions=versions)


def _understood(service: Service, source: Source, record: SourceRecord, fetched: Fetched, parsed: Parsed, now: datetime) -> Step:
    cursor, body = fetched.cursor, fetched.body
    verdict = judge(source, parsed, record, now)
    sight = after_success(source, record, verdict.state, verdict.why, now)
    names = [alias(item) for item in parsed.items]
    marks = {name: mark(item, now) for name, item in zip(names, parsed.items, strict=True)}
    known = service.store.seen(source.id) if record.baseline else {}  # before the first body there is nothing to ask for
    found = completed(service, source, {n: i for n, i in zip(names, parsed.items, strict=True) if known.get(n) != marks[n]})
    new = {name: item for name, item in found.items() if item is not None}
    items = [found.get(n, i) or i for n, i in zip(names, parsed.items, strict=True)]
    with _one_reader:
        readings = {name: service.read(item) for name, item in new.items()}
    memory, versions = recall(service, source, needed(source, new, readings))
    policy = service.policy(source)
    alive = siblings(service, source, memory, policy, now)
    look = Look(source, now, items, readings, baseline=not record.baseline, complete=verdict.complete, alive=alive)
    decision = decide(look, memory, policy)
    after = replace(
        _with_sight(record, sight, now, _next(service, source, record, fetched, now)),
        cursor=_cursor(record, cursor, verdict.complete, len(new) == len(found)),
        seen_well=now if verdict.complete else record.seen_well,
        baseline=True,
        counts=_counts(record, parsed.total, complete=verdict.complete),
        newest=_newest(parsed.items, record.newest),
        touches=record.touches + decision.tally[Reason.TOUCH],
    )
    editions = tuple(_edition(source, item, readings[name], now) for name, item in new.items() if _kept(item, readings[name]))
    if any(not c.held for c in decision.changes) or not record.baseline:
        editions = (*editions, _whole(source, body, cursor.body_hash, decision, now))
    return step(
        service, source, after, decision, sight, now,
        versions=versions, seen={name: marks[name] for name in new}, shown=marks, editions=editions, items=len(parsed.items),
    )  # fmt: skip


def _next(service: Service, source: Source, record: SourceRecord, fetched: Fetched, now: datetime) -> datetime:
    """When to ask again after an answer that could be read."""
    return cadence.after_success(source, record.poll, now, fresh=fetched.fresh, urgent=urgent(service, source, now))


def _with_sight(record: SourceRecord, sight: Sight, now: datetime, due: datetime) -> SourceRecord:
    return replace(record, state=sight.state, since=sight.since, failures=sight.failures, why=sight.why, polled=now, due=due)


def _cursor(record: SourceRecord, new: Cursor, complete: bool, read: bool) -> Cursor:
    """What to ask with next time: after a body in doubt for everything, where pages behind it could not be had as before."""
    return (new if read else record.cursor) if complete else Cursor()


def _counts(record: SourceRecord, total: int, *, complete: bool) -> tuple[int, ...]:
    """The record counts to expect by: those of whole bodies, and of the very first, which says what this address shows."""
    return (*record.counts, total)[-_COUNTS_KEPT:] if complete or not record.counts else record.counts


def _moved(old: Cursor, new: Cursor) -> Cursor:
    return Cursor(new.etag or old.etag, new.last_modified or old.last_modified, old.body_hash)


def _newest(items: Iterable[Item], before: datetime | None) -> datetime | None:
    dates = [i.published for i in items if i.published]
    return max([*dates, *([before] if before else [])], default=None)


def _kept(item: Item, reading: Reading) -> bool:
    """Pages are kept edition by edition; of notices only those that matter."""
    return item.nature is Nature.PAGE or bool(item.axis) or reading.relevant


def _edition(source: Source, item: Item, reading: Reading, now: datetime) -> Edition:
    places = item.places or reading.places
    raw = json.dumps(
        {
            "title": item.title,
            "text": item.text,
            "level": item.level,
            "level_text": item.level_text,
            "url": item.url,
            "labels": item.labels,
        },
        ensure_ascii=False,
    )
    issuer = source.issuer or reading.issuer
    return Edition(source.id, alias(item), item.digest, places, issuer, item.title, item.url, item.published, now, raw.encode())


def _whole(source: Source, body: bytes, digest: str, decision: Decision, now: datetime) -> Edition:
    """The body of a poll that brought news, as it came: the evidence."""
    places = tuple(sorted({c.place for c in decision.changes}))
    return Edition(source.id, "(body)", digest, places, source.issuer, "", source.url, None, now, body)
