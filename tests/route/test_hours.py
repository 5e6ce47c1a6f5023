"""Quiet hours and digests hold on every wall clock of the world, whatever it does twice a year."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Severity
from monitor.route.hours import is_quiet, next_digest, quiet_end, release
from monitor.route.routes import Digest, Quiet, Receiver

ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
NIGHT = Quiet(time(22), time(7))
_LONGEST = timedelta(hours=25, minutes=30)
"""A day that the clocks made longer."""


def transitions(zone: str, first: int = 1990, last: int = 2037) -> list[datetime]:
    """Every moment at which a zone's clocks jump, to the second."""
    tz, found = zoneinfo.ZoneInfo(zone), []
    at, step = datetime(first, 1, 1, tzinfo=UTC), timedelta(days=10)
    while at.year < last:
        if at.astimezone(tz).utcoffset() != (at + step).astimezone(tz).utcoffset():
            low, high = at, at + step
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if middle.astimezone(tz).utcoffset() == at.astimezone(tz).utcoffset() else (low, middle)
            found.append(high)
        at += step
    return found


def test_every_transition_of_every_zone() -> None:
    """Around each jump of each zone: nothing is sent in quiet hours, nothing is held longer than they last."""
    offsets: dict[tuple[object, ...], tuple[str, datetime]] = {}
    for zone in ZONES:
        for at in transitions(zone):
            before, after = (at - timedelta(seconds=1)).astimezone(zoneinfo.ZoneInfo(zone)), at.astimezone(zoneinfo.ZoneInfo(zone))
            offsets[(before.utcoffset(), after.utcoffset(), after.time())] = (zone, at)
    assert len(offsets) > 150
    wrong = []
    for zone, at in offsets.values():
        for quiet in (
            NIGHT,
            Quiet(time(1, 30), time(2, 30)),
            Quiet(time(0), time(2)),
            Quiet(time(2, 15), time(3)),
            Quiet(time(12), time(11, 59)),
        ):
            for minutes in range(-240, 241, 15):
                now = at + timedelta(minutes=minutes)
                end = quiet_end(quiet, zone, now)
                fine = end >= now and not is_quiet(quiet, zone, end) and end - now <= _LONGEST and end.tzinfo is UTC
                if not fine or (end == now) != (not is_quiet(quiet, zone, now)):
                    wrong.append((zone, now, quiet, end))
    assert not wrong, wrong[:3]


@pytest.mark.parametrize(
    ("zone", "now", "end"),
    [
        ("Europe/Berlin", "2026-01-10T23:00", "2026-01-11T06:00"),
        ("Europe/Berlin", "2026-07-10T21:00", "2026-07-11T05:00"),
        ("Europe/Berlin", "2026-03-29T00:30", "2026-03-29T05:00"),  # the clocks go forward at 01:00 UTC
        ("Asia/Kolkata", "2026-01-10T20:00", "2026-01-11T01:30"),
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T17:00"),  # the island skipped that day
    ],
)
def test_nights_end_at_seven(zone: str, now: str, end: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert quiet_end(NIGHT, zone, at) == datetime.fromisoformat(end).replace(tzinfo=UTC)


def test_an_end_that_the_clocks_jump_over_is_the_jump() -> None:
    quiet = Quiet(time(1), time(2, 30))
    end = quiet_end(quiet, "Europe/Berlin", datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    assert end == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_quiet_hours_without_length_are_refused() -> None:
    with pytest.raises(ValueError, match="all day or never"):
        Quiet(time(7), time(7))


moments = st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))


@settings(max_examples=300)
@given(now=moments, zone=st.sampled_from(ZONES), at=st.times(), day=st.integers(0, 6), weekly=st.booleans())
def test_digests_come_every_day_or_week(now: datetime, zone: str, at: time, day: int, weekly: bool) -> None:
    at = at.replace(microsecond=0)
    receiver = Receiver("r", zone=zone, digest=Digest.WEEKLY if weekly else Digest.DAILY, digest_at=at, digest_day=day)
    due = next_digest(receiver, now)
    assert now < due <= now + timedelta(days=9 if weekly else 2, hours=1)
    if weekly:
        assert due.astimezone(zoneinfo.ZoneInfo(zone)).weekday() == day


@settings(max_examples=300)
@given(
    now=moments,
    zone=st.sampled_from(ZONES),
    start=st.times(),
    end=st.times(),
    severity=st.sampled_from(Severity),
    bound=st.sampled_from(Severity),
)
def test_release(now: datetime, zone: str, start: time, end: time, severity: Severity, bound: Severity) -> None:
    if start == end:
        return
    quiet = Quiet(start, end, bound)
    at = release(Receiver("r", zone=zone, quiet=quiet), severity, now)
    if severity.rank >= bound.rank:
        assert at == now
    else:
        assert at >= now and not is_quiet(quiet, zone, at)
