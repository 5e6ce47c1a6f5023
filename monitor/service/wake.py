"""Wakes sources whose due time no longer fits: a place they speak about is in crisis, or the clock was put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from ..detect.cadence import concerned, pace, spread
from ..errors import StalePoll
from ..ledger import ChangeQuery, PollSave, SourceRecord
from ..model import Severity, Source
from .context import Service

CRISIS = timedelta(hours=24)
"""A place is in crisis for so long after something extreme was told about it."""

_AHEAD = timedelta(minutes=5)
"""A poll that lies so far in the future was made by a clock that has been put right since."""

_RECENT = 500


def in_crisis(service: Service, now: datetime) -> frozenset[str]:
    """The places about which something extreme, and worse than before, was told within the last day."""
    recent = service.store.changes(ChangeQuery(held=False, since=now - CRISIS, limit=_RECENT))
    worst = (c for c in recent if c.severity is Severity.EXTREME and c.direction == "worse" and not c.kind.about_sight)
    return frozenset(c.place for c in worst)


def urgent(service: Service, source: Source, now: datetime) -> bool:
    """Whether a source is to be asked as fast as it allows; costs nothing for those that allow no more than usual."""
    return bool(source.fastest) and concerned(source, in_crisis(service, now))


def wake(service: Service, now: datetime) -> tuple[str, ...]:
    """Make due at once what would sleep too long; the ids of those sources. Safe to repeat."""
    woken = tuple(_overslept(service, now))
    for record in woken:
        with suppress(StalePoll):  # it is being polled this moment, and will find its due time by itself
            service.store.save(PollSave(record=replace(record, poll=record.poll + 1, due=now), at=now))
    return tuple(r.id for r in woken)


def _overslept(service: Service, now: datetime) -> Iterator[SourceRecord]:
    ahead = service.store.records(polled_after=now + _AHEAD)
    yield from (record for record in ahead if record.id in service.sources and record.due is not None and record.due > now)
    quick = [source for source in service.sources.values() if source.fastest]
    crisis = in_crisis(service, now) if quick else frozenset()
    known = {record.id for record in ahead}
    for source in quick:
        if source.id in known or not concerned(source, crisis):
            continue
        record = service.store.record(source.id)
        if record.due is None or record.due <= now or record.polled is None or record.failures:
            continue
        if record.polled + spread(source.id, record.poll, pace(source, urgent=True)) <= now:
            yield record
