"""When a receiver may be told: quiet hours and digests on the wall clock of its own time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from ..model import Severity
from .routes import Digest, Quiet, Receiver

_DAY = timedelta(days=1)


def release(receiver: Receiver, severity: Severity, now: datetime) -> datetime:
    """The earliest time (UTC) at which something of this severity may be sent: `now`, the next digest, the end of the quiet hours."""
    digests = receiver.digest is not Digest.NONE and severity.rank < receiver.digest_below.rank
    at = next_digest(receiver, now) if digests else now
    if receiver.quiet is None or severity.rank >= receiver.quiet.override.rank:
        return at
    return quiet_end(receiver.quiet, receiver.zone, at)


def is_quiet(quiet: Quiet, zone: str, at: datetime) -> bool:
    """Whether the wall clock stands inside the quiet hours; the start belongs to them, the end does not."""
    clock = at.astimezone(ZoneInfo(zone)).time()
    if quiet.start < quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


def quiet_end(quiet: Quiet, zone: str, at: datetime) -> datetime:
    """The first time from `at` on, in UTC, at which the quiet hours are over."""
    if not is_quiet(quiet, zone, at):
        return at
    return next(t for t in _next_times(quiet.end, zone, at) if not is_quiet(quiet, zone, t))


def next_digest(receiver: Receiver, now: datetime) -> datetime:
    """The receiver's next digest after `now`, in UTC."""
    match receiver.digest:
        case Digest.NONE:
            return now
        case Digest.DAILY:
            days = None
        case Digest.WEEKLY:
            days = receiver.digest_day
        case _:
            assert_never(receiver.digest)
    zone = ZoneInfo(receiver.zone)
    return next(t for t in _next_times(receiver.digest_at, receiver.zone, now) if days is None or t.astimezone(zone).weekday() == days)


def _next_times(clock: time, zone: str, after: datetime) -> list[datetime]:
    """When the wall clock shows a time in the next nine days, in UTC, strictly later than `after`."""
    today = after.astimezone(ZoneInfo(zone)).date()
    times = {t for n in range(-1, 10) for t in _instants(today + n * _DAY, clock, zone)}
    return sorted(t for t in times if t > after)


def _instants(day: date, clock: time, zone: str) -> tuple[datetime, ...]:
    """Once, twice when the clocks go back over it; when they jump over it, the moment of the jump."""
    local = datetime.combine(day, clock, ZoneInfo(zone))
    first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if first > second:
        return (_jump(second, first, zone),)
    return (first,) if first == second else (first, second)


def _jump(before: datetime, after: datetime, zone: str) -> datetime:
    """The moment between two times at which the clocks are put forward, to the second."""
    tz, old = ZoneInfo(zone), before.astimezone(ZoneInfo(zone)).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if (before + timedelta(seconds=middle)).astimezone(tz).utcoffset() == old else (low, middle)
    return before + timedelta(seconds=high)
