"""A failed delivery is tried often enough and long enough, spread a little, and at the same times whenever it is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.route.retry import JITTER, LONGEST, PATIENCE, SCHEDULE, TRIES, next_try

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def tries(step: timedelta) -> list[timedelta]:
    """How old a line is at each of its tries, when it is looked at every `step`."""
    at, ages = NOW, []
    while True:
        ages.append(at - NOW)
        due = next_try("d", len(ages), NOW, at)
        if due is None:
            return ages
        while at < due:
            at += step


def test_trying_takes_three_days_and_never_waits_much_longer_than_an_hour() -> None:
    ages = tries(timedelta(seconds=5))
    assert PATIENCE <= ages[-1] <= PATIENCE + 2 * SCHEDULE[-1]
    waits = [b - a for a, b in pairwise(ages)]
    assert waits[0] <= timedelta(seconds=10) and max(waits) <= SCHEDULE[-1] * (1 + JITTER) + timedelta(seconds=5)


def test_a_line_that_was_seldom_tried_is_not_given_up_for_its_age() -> None:
    assert len(tries(timedelta(days=2))) == TRIES


@given(
    id=st.text(),
    attempts=st.integers(1, 200),
    age=st.timedeltas(timedelta(0), timedelta(days=10)),
    wait=st.none() | st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_a_wait_is_planned_or_asked_for(id: str, attempts: int, age: timedelta, wait: timedelta | None) -> None:
    due = next_try(id, attempts, NOW - age, NOW, wait)
    assert due == next_try(id, attempts, NOW - age, NOW, wait)
    if due is None:
        assert attempts >= TRIES and age >= PATIENCE
        return
    planned = SCHEDULE[min(attempts, len(SCHEDULE)) - 1]
    assert NOW + planned <= due <= NOW + max(planned * (1 + JITTER), min(wait or planned, LONGEST))


def test_what_failed_together_does_not_come_back_together() -> None:
    assert len({next_try(f"d{n}", 3, NOW, NOW) for n in range(100)}) > 95
