"""The retry schedule is the standard's, spread a little, and the same every time it is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.route.retry import JITTER, SCHEDULE, next_try

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_schedule_takes_three_days() -> None:
    assert timedelta(days=3) < sum(SCHEDULE, timedelta()) < timedelta(days=3, hours=8)
    assert next_try("d", len(SCHEDULE) + 1, NOW) is None


@given(id=st.text(), attempts=st.integers(1, len(SCHEDULE)), wait=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_wait_is_planned_or_asked_for(id: str, attempts: int, wait: timedelta | None) -> None:
    due = next_try(id, attempts, NOW, wait)
    assert due is not None and due == next_try(id, attempts, NOW, wait)
    planned = SCHEDULE[attempts - 1]
    assert NOW + planned <= due <= NOW + max(planned * (1 + JITTER), min(wait or planned, SCHEDULE[-1]))


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({next_try(f"d{n}", 3, NOW) for n in range(100)}) > 95
