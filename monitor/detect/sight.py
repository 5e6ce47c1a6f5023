"""Our own sight: when a source that fails becomes an alarm, and when it is well again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..ledger import SourceRecord
from ..model import WORLD, Certainty, Change, ChangeKind, Evidence, Reason, Severity, Source, SourceState, stable_id

ALARM_FAILURES = 3
"""So many failed polls in a row are an alarm; single ones happen to every source every week."""
ALARM_AFTER = timedelta(hours=6)
"""A source that is polled rarely is an alarm after two failures when it has been unseen for so long."""

DEGRADED_AFTER = timedelta(hours=24)
"""A source of which we have seen only a part for so long, and for three polls, is an alarm: a bad hour is none."""
_PARTIAL_POLLS = 3

_KINDS = {
    SourceState.BROKEN: ChangeKind.SOURCE_BROKEN,
    SourceState.BLOCKED: ChangeKind.SOURCE_BLOCKED,
    SourceState.SILENT: ChangeKind.SOURCE_SILENT,
}


@dataclass(frozen=True, slots=True)
class Sight:
    """The state a source is in after a poll and what an operator is told of it; `state` names only alarms that were told."""

    state: SourceState
    since: datetime
    failures: int
    why: str
    change: Change | None = None


def after_failure(source: Source, record: SourceRecord, state: SourceState, why: str, now: datetime) -> Sight:
    """A poll that brought nothing usable; `state` is broken or blocked."""
    failures = record.failures + 1
    if record.state in _KINDS:
        return Sight(record.state, record.since or now, failures, why)
    unseen = now - (record.seen_well or record.since or now)
    many = _alarming(source)
    if failures >= many or (many == ALARM_FAILURES and failures >= many - 1 and unseen >= max(ALARM_AFTER, 2 * source.every)):
        return Sight(state, now, failures, why, _change(source, record, _KINDS[state], why, now))
    calm = record.state if record.state in (SourceState.NEW, SourceState.DEGRADED) else SourceState.DEGRADED
    since = record.since if calm is record.state and record.since else now
    return Sight(calm, since, failures, why, _partial_for_long(source, record, why, now))


def _alarming(source: Source) -> int:
    """How many failures in a row are an alarm; its option `alarm_failures` says so of a source known to fail often."""
    own = dict(source.options).get("alarm_failures", "")
    return max(int(own), 1) if own.isascii() and own.isdigit() and len(own) < 6 else ALARM_FAILURES


def after_success(source: Source, record: SourceRecord, state: SourceState, why: str, now: datetime) -> Sight:
    """A poll that could be read; `state` is healthy, degraded or silent."""
    if state is SourceState.SILENT and record.state is not SourceState.SILENT:
        return Sight(state, now, 0, why, _change(source, record, ChangeKind.SOURCE_SILENT, why, now))
    if state is SourceState.HEALTHY and (record.state in _KINDS or _told_partial(source, record)):
        return Sight(state, now, 0, why, _change(source, record, ChangeKind.SOURCE_RECOVERED, f"was {record.state}: {record.why}", now))
    if record.state in _KINDS and state is not SourceState.HEALTHY:
        return Sight(record.state, record.since or now, 0, why or record.why)
    since = record.since if record.state is state and record.since else now
    return Sight(state, since, 0, why, _partial_for_long(source, record, why, now) if state is SourceState.DEGRADED else None)


def _partial_for_long(source: Source, record: SourceRecord, why: str, now: datetime) -> Change | None:
    """The alarm that a source stays degraded: at the first poll that finds it so for long enough."""
    if record.state is not SourceState.DEGRADED or _told_partial(source, record) or not _lasting(source, record, now):
        return None
    return _change(source, record, ChangeKind.SOURCE_DEGRADED, why, now)


def _told_partial(source: Source, record: SourceRecord) -> bool:
    """Whether the last poll found a source degraded for so long that it was told."""
    return record.state is SourceState.DEGRADED and record.polled is not None and _lasting(source, record, record.polled)


def _lasting(source: Source, record: SourceRecord, at: datetime) -> bool:
    return record.since is not None and at - record.since >= max(DEGRADED_AFTER, _PARTIAL_POLLS * source.every)


def _change(source: Source, record: SourceRecord, kind: ChangeKind, why: str, now: datetime) -> Change:
    return Change(
        id=stable_id("chg", source.id, kind, now.isoformat()),
        at=now,
        source=source.id,
        place=WORLD,
        issuer=source.issuer,
        kind=kind,
        reason=Reason.SOURCE_STATE,
        severity=_severity(kind),
        certainty=Certainty.OBSERVED,
        before=record.state.value,
        after=kind.value.removeprefix("source_"),
        evidence=(Evidence(why, "sight", source.url),),
        url=source.url,
        first_reported=record.seen_well,
        detail=why,
    )


def _severity(kind: ChangeKind) -> Severity:
    match kind:
        case ChangeKind.SOURCE_RECOVERED:
            return Severity.MINOR
        case ChangeKind.SOURCE_DEGRADED:
            return Severity.MODERATE
        case _:
            return Severity.SEVERE
