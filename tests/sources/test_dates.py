"""Dates as sources print them, wrong ones included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.dates import JST, believable, from_epoch, parse_date


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("Tue, 07 Oct 2025", "2025-10-07T00:00:00"),
        ("07 Oct 2025", "2025-10-07T00:00:00"),
        ("27 Feb 2026 00:00:00 GMT", "2026-02-27T00:00:00"),
        ("Tue, 03 Mar 2026 08:00:00 +0100", "2026-03-03T07:00:00"),
        ("Tue, 03 Mar 2026 08:00:00 EST", "2026-03-03T13:00:00"),
        ("2026-03-03T08:00:00Z", "2026-03-03T08:00:00"),
        ("2026-03-03T08:00:00.123+09:00", "2026-03-02T23:00:00.123000"),
        ("2026-09-14T20:00:00-04:00", "2026-09-15T00:00:00"),
        ("2026-07-22T00:00:00+0300", "2026-07-21T21:00:00"),
        ("2026/01/11 03:40:48", "2026-01-11T03:40:48"),
        ("Sat, 2024-10-05 05:06", "2024-10-05T05:06:00"),
        ("2026-03-03", "2026-03-03T00:00:00"),
    ],
)
def test_dates(raw: str, iso: str) -> None:
    assert parse_date(raw) == datetime.fromisoformat(iso).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "raw", ["", "soon", "Wed, 05 Jun 20242024", "Wed, 15 Dec 20202", "Mon, 02 Mar 2026 25:61:00 GMT", "2026-13-01", "9" * 50, "31/12"]
)
def test_no_dates(raw: str) -> None:
    assert parse_date(raw) is None


def test_a_zone_for_dates_that_name_none() -> None:
    assert parse_date("2026/01/11 00:00:00", JST) == datetime(2026, 1, 10, 15, tzinfo=UTC)
    assert parse_date("Tue, 03 Mar 2026 08:00:00", JST) == datetime(2026, 3, 2, 23, tzinfo=UTC)
    assert parse_date("2026-03-03T08:00:00Z", JST) == datetime(2026, 3, 3, 8, tzinfo=UTC)


@given(st.text(max_size=70))
def test_any_words_are_a_date_or_none(raw: str) -> None:
    found = parse_date(raw)
    assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("value", "year"),
    [(1774438976, 2026), (1774438976000, 2026), ("1774438976", 2026), (0, 1970), (True, None), (None, None), (1e300, None), ([], None)],
)
def test_epochs(value: object, year: int | None) -> None:
    found = from_epoch(value)
    assert (found.year if found else None) == year


def test_what_cannot_be_is_kept_as_words() -> None:
    generated = datetime(2026, 3, 3, tzinfo=UTC)
    good = datetime(2026, 3, 4, tzinfo=UTC)
    assert believable(good, generated, "x") == (good, ())
    for absurd in (datetime(1970, 11, 5, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC), None):
        assert believable(absurd, generated, "as  printed") == (None, (("absurd_date", "as printed"),))
    assert believable(None, generated, "") == (None, ())
