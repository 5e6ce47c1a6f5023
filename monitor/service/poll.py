"""One poll: fetch, parse, read, detect, route, and save the whole of it in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from ..detect import cadence
from ..detect.decide import Decision, Look, decide, expire, needed, unchanged
from ..detect.editions import alias
from ..detect.memory import Memory, Situation, decode_place, decode_situation, encode, place_key
from ..detect.sight import Sight, after_failure, after_success
from ..errors import BadBody, FetchError, StalePoll, StoreError
from ..ledger import Cursor, Edition, PollSave, Remembered, SourceRecord
from ..model import Authority, Change, Item, Nature, Reading, Reason, Source, SourceState
from ..sources.base import Parsed
from ..sources.contract import judge, still
from ..sources.fetch import Fetched, Status, Why
from .context import Service
from .follow import completed, mark
from .siblings import siblings
from .wake import urgent

log = structlog.get_logger()

_TRIES = 3
_COUNTS_KEPT = 12
_TOGETHER = 100
_FEW = 20
FAR = datetime(9000, 1, 1, tzinfo=UTC)
"""Later than every due time."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll of one source came to, for the log and the command line."""

    source: str
    state: SourceState
    why: str
    items: int
    changes: tuple[Change, ...]
    tally: Mapping[Reason, int]


@dataclass(frozen=True, slots=True)
class _Step:
    """What one answer comes to, before it is saved."""

    save: PollSave
    polled: Polled

    @property
    def quiet(self) -> bool:
        """Whether it only says that we looked: nothing in it depends on what other polls say."""
        return not (self.save.changes or self.save.memory or self.save.shown)


def poll(ids: Sequence[str], service: Service) -> Iterator[Polled]:
    """Poll these sources; results come as they arrive, each one saved. A failing source raises nothing.

    Quiet polls that arrive together are saved with one commit: a commit costs more than all the rest of them.
    """
    records = _records(service, ids)
    waiting = _waiting_issuers(service, ids)
    together: list[tuple[Fetched, _Step]] = []
    for fetched in service.fetch([(service.sources[i], records[i].cursor) for i in ids]):
        source, record, now = service.sources[fetched.source_id], records[fetched.source_id], service.now()
        step = None if source.issuer in waiting else _cheap(service, source, record, fetched, now, calm=True)
        quiet = step is not None and step.quiet
        if step is not None and quiet:
            together.append((fetched, step))
        if not quiet or not fetched.more or len(together) >= _TOGETHER:
            yield from _saved(service, together, now)
            together = []
        if not quiet:
            yield _safely(service, source, fetched, now, record)


def _saved(service: Service, together: Sequence[tuple[Fetched, _Step]], now: datetime) -> Iterator[Polled]:
    """Save quiet polls with one commit; one that somebody else overtook is decided anew."""
    problems = service.store.save_many([step.save for _, step in together]) if together else ()
    for (fetched, step), problem in zip(together, problems, strict=True):
        yield step.polled if problem is None else _safely(service, service.sources[fetched.source_id], fetched, now)


def _safely(service: Service, source: Source, fetched: Fetched, now: datetime, record: SourceRecord | None = None) -> Polled:
    """A mistake of ours in one body must neither hold up the other sources nor blind us unnoticed: it counts as an unreadable body."""
    try:
        return take(service, source, fetched, now, record)
    except StoreError:
        raise
    except Exception as error:
        log.error("poll.crashed", source=source.id, error=type(error).__name__, exc_info=True)
        step = _failed(service, source, service.store.record(source.id), BadBody("crashed", type(error).__name__), now)
        service.store.save(step.save)
        return step.polled


def take(service: Service, source: Source, fetched: Fetched, now: datetime, record: SourceRecord | None = None) -> Polled:
    """Take one answer of one source through the pipe; a poll that somebody else overtook is decided anew.

    `record` is where we stood with the source a moment ago, when somebody has looked already.
    """
    for left in range(_TRIES - 1, -1, -1):
        step = _decided(service, source, record or service.store.record(source.id), fetched, now)
        record = None
        try:
            service.store.save(step.save)
        except StalePoll:
            if not left:
                raise
        else:
            return step.polled
    raise AssertionError("the last try returns or raises")


def _decided(service: Service, source: Source, record: SourceRecord, fetched: Fetched, now: datetime) -> _Step:
    step = _cheap(service, source, record, fetched, now)
    if step is not None:
        return step
    try:
        parsed = service.parse(source, fetched.body)
    except BadBody as error:
        return _failed(service, source, record, error, now)
    understood = replace(fetched, cursor=replace(fetched.cursor, body_hash=_digest(fetched)))
    return _understood(service, source, record, understood, parsed, now)


def _cheap(service: Service, source: Source, record: SourceRecord, fetched: Fetched, now: datetime, *, calm: bool = False) -> _Step | None:
    """What an answer comes to that needs no reading, None for a body we have not seen; `calm`: nothing waits for confirmation."""
    if fetched.status is Status.FAILED:
        return _failed(service, source, record, fetched.error or FetchError("unknown"), now)
    if fetched.status is Status.NOT_MODIFIED or _digest(fetched) == record.cursor.body_hash:
        return _same(service, source, record, fetched, now, calm=calm)
    return None


def _digest(fetched: Fetched) -> str:
    return fetched.cursor.body_hash or hashlib.sha256(fetched.body).hexdigest()


def _records(service: Service, ids: Sequence[str]) -> dict[str, SourceRecord]:
    """Where we stand with these sources; all at once when they are many, because one by one each costs as much as its poll."""
    known = {r.id: r for r in service.store.records()} if len(ids) * _FEW > len(service.sources) else {}
    return {i: known.get(i) or service.store.record(i) for i in ids}


def _waiting_issuers(service: Service, ids: Sequence[str]) -> frozenset[str]:
    """The issuers of which something waits for its confirmation."""
    if not any(service.sources[i].issuer for i in ids):
        return frozenset()
    return frozenset(key.split("/")[1] for key in service.store.remembered("posture/", due=FAR))


# --- the three outcomes ----------------------------------------------------------------------------------------------


def _failed(service: Service, source: Source, record: SourceRecord, error: FetchError | BadBody, now: datetime) -> _Step:
    """Nothing usable came; the cursor stays, so that the same body is asked for again."""
    state = SourceState.BLOCKED if error.blocked else SourceState.BROKEN
    sight = after_failure(source, record, state, str(error), now)
    reached, asked = error.why not in (Why.NO_CONNECTION, Why.PROXY), getattr(error, "retry_after", None)
    refused = error.blocked and reached
    due = cadence.after_failure(source, record.poll, sight.failures, now, reached=reached, refused=refused, asked=asked)
    return _step(service, source, _with_sight(record, sight, now, due), Decision(), sight, now)


def _same(service: Service, source: Source, record: SourceRecord, fetched: Fetched, now: datetime, *, calm: bool) -> _Step:
    """Exactly what the last poll showed: what waits for confirmation has been seen once more. `calm`: nothing does."""
    verdict = still(source, record, now)
    sight = after_success(source, record, verdict.state, verdict.why, now)
    memory, versions = (Memory(), {}) if calm else _memory(service, source, set())
    policy = service.policy(source)
    decision = unchanged(source, memory, policy, now, siblings(service, source, memory, policy, now))
    after = replace(
        _with_sight(record, sight, now, _next(service, source, record, fetched, now)),
        cursor=_moved(record.cursor, fetched.cursor),
        seen_well=now,
    )
    return _step(service, source, after, decision, sight, now, versions=versions)


def _understood(service: Service, source: Source, record: SourceRecord, fetched: Fetched, parsed: Parsed, now: datetime) -> _Step:
    cursor, body = fetched.cursor, fetched.body
    verdict = judge(source, parsed, record, now)
    sight = after_success(source, record, verdict.state, verdict.why, now)
    marks = {alias(item): mark(item, now) for item in parsed.items}
    known = service.store.seen(source.id)
    found = completed(service, source, {alias(i): i for i in parsed.items if known.get(alias(i)) != marks[alias(i)]})
    new = {name: item for name, item in found.items() if item is not None}
    items = [found.get(alias(i), i) or i for i in parsed.items]
    readings = {name: service.read(item) for name, item in new.items()}
    memory, versions = _memory(service, source, needed(source, new, readings))
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
    return _step(
        service, source, after, decision, sight, now,
        versions=versions, seen={name: marks[name] for name in new}, shown=marks, editions=editions, items=len(parsed.items),
    )  # fmt: skip


def expire_reports(service: Service, now: datetime, limit: int = 500) -> tuple[Change, ...]:
    """End the press stories whose time has run out, and tell those who heard them."""
    found = service.store.remembered("situation/", due=now)
    chosen = dict(list(found.items())[:limit])
    told: list[Change] = []
    for key, piece in chosen.items():
        situation = decode_situation(piece.payload)
        source = _source_of(service, situation)
        decision = expire(Memory(situations={key: situation}), service.policy(source), now)
        if not decision.situations:
            decision.situations[key] = situation
        save_decision(service, source, decision, now, {key: piece.version})
        told.extend(decision.changes)
    return tuple(told)


def save_decision(service: Service, source: Source, decision: Decision, now: datetime, versions: Mapping[str, int]) -> None:
    """Save something that was decided without a poll (an expiry, an operator's answer) in the name of a source."""
    service.store.save(_step(service, source, service.store.record(source.id), decision, None, now, versions=versions).save)


# --- what is saved ---------------------------------------------------------------------------------------------------


def _step(
    service: Service,
    source: Source,
    record: SourceRecord,
    decision: Decision,
    sight: Sight | None,
    now: datetime,
    *,
    versions: Mapping[str, int] | None = None,
    seen: Mapping[str, str] | None = None,
    shown: Collection[str] = (),
    editions: tuple[Edition, ...] = (),
    items: int = 0,
) -> _Step:
    postures = tuple(m.posture for m in decision.places.values() if m.posture.standings)
    early = service.signs(decision.changes, postures, service.store, now) if decision.changes else ()
    changes = (*decision.changes, *early, *((sight.change,) if sight and sight.change else ()))
    deliveries, timers = service.plan([c for c in changes if not c.held], service.store, now)
    policy = service.policy(source)
    save = PollSave(
        record=replace(record, poll=record.poll + 1),
        at=now,
        seen=seen or {},
        shown=shown,
        editions=editions,
        memory=tuple(_remembered(decision, versions or {}, policy.report_life)),
        postures=postures,
        changes=changes,
        deliveries=tuple(deliveries),
        timers=tuple(timers),
        tally=dict(decision.tally),
    )
    return _Step(save, Polled(source.id, record.state, record.why, items, changes, dict(decision.tally)))


def _remembered(decision: Decision, versions: Mapping[str, int], report_life: timedelta) -> Iterator[Remembered]:
    for key, memory in decision.places.items():
        due = min((p.since for p in memory.pending), default=None)
        yield Remembered(key, encode(memory), versions.get(key, 0), due)
    for key, situation in decision.situations.items():
        due = min((r.last + report_life for r in situation.reports if r.state == "open"), default=None)
        yield Remembered(key, encode(situation), versions.get(key, 0), due)


def _memory(service: Service, source: Source, keys: set[str]) -> tuple[Memory, dict[str, int]]:
    """The memory under these keys, and whatever of this source's issuer waits for something; with the versions loaded."""
    found = service.store.remember(keys) if keys else {}
    if source.issuer and source.authority is Authority.OFFICIAL:
        waiting = service.store.remembered(place_key(source.issuer, ""), due=FAR)
        places = {key.rpartition("/")[2] for key in waiting}
        found = {**waiting, **service.store.remember({f"situation/{p}" for p in places}), **found}
    memory = Memory()
    for key, piece in found.items():
        if key.startswith("situation/"):
            memory.situations[key] = decode_situation(piece.payload)
        else:
            memory.places[key] = decode_place(piece.payload)
    return memory, {key: piece.version for key, piece in found.items()}


def _next(service: Service, source: Source, record: SourceRecord, fetched: Fetched, now: datetime) -> datetime:
    """When to ask again after an answer that could be read."""
    return cadence.after_success(source, record.poll, now, fresh=fetched.fresh, urgent=urgent(service, source, now))


# --- small parts -----------------------------------------------------------------------------------------------------


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


def _source_of(service: Service, situation: Situation) -> Source:
    """The source in whose name a situation's end is saved: the one that reported it, else any."""
    names = [p for r in situation.reports for p in r.publishers if p in service.sources]
    return service.sources[names[0]] if names else next(iter(service.sources.values()))
