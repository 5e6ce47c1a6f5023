"""When a source is asked next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import mean

from hypothesis import given
from hypothesis import strategies as st

from monitor.detect.cadence import SPREAD, after_failure, after_success, concerned
from monitor.model import Source

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HALF_HOUR = Source("a", "feed", "https://a.example", every=30 * MINUTE, fastest=5 * MINUTE)


def waits(source: Source = HALF_HOUR, **how: object) -> list[timedelta]:
    return [after_success(source, n, NOW, **how) - NOW for n in range(400)]  # type: ignore[arg-type]


def test_due_times_are_spread_around_the_cadence_and_the_same_everywhere() -> None:
    found = waits()
    assert found == waits()
    assert all(abs(w / (30 * MINUTE) - 1) <= SPREAD for w in found)
    assert abs(mean(w / (30 * MINUTE) for w in found) - 1) < 0.01, "on the whole as often as configured"
    assert found != [after_success(Source("b", "feed", "u", every=30 * MINUTE), n, NOW) - NOW for n in range(400)]


def test_what_calls_itself_valid_for_longer_is_waited_for_within_bounds() -> None:
    assert min(waits(fresh=40 * MINUTE)) >= 36 * MINUTE
    assert max(waits(fresh=timedelta(days=365))) <= 66 * MINUTE, "a year is not believed"
    assert max(waits(fresh=MINUTE)) <= 33 * MINUTE


def test_a_crisis_makes_it_faster_but_never_faster_than_it_allows() -> None:
    assert all(4 * MINUTE < w < 6 * MINUTE for w in waits(urgent=True))
    unsaid = Source("a", "feed", "u", every=30 * MINUTE)
    assert min(waits(unsaid, urgent=True)) >= 27 * MINUTE, "nothing was said, so the cadence is the limit"
    slower = Source("a", "feed", "u", every=MINUTE, fastest=5 * MINUTE)
    assert max(waits(slower, urgent=True)) < 1.2 * MINUTE


def test_who_may_speak_of_a_place() -> None:
    about_fr = Source("fr", "page", "u", options=(("place", "FR"),))
    assert concerned(HALF_HOUR, {"UA"}) and not concerned(HALF_HOUR, ())
    assert concerned(about_fr, {"FR"}) and not concerned(about_fr, {"UA"})


def test_failures_are_probed_less_and_less_by_their_kind() -> None:
    def pauses(**how: object) -> list[float]:
        return [(after_failure(HALF_HOUR, 1, n, NOW, **how) - NOW) / MINUTE for n in range(1, 12)]  # type: ignore[arg-type]

    assert max(pauses(reached=False)) < 34, "a network that comes back is noticed within one turn"
    assert 50 < max(pauses()) < 67
    assert 300 < max(pauses(refused=True)) < 397
    assert all(p < 34 for p in pauses(refused=True)[:2]), "single failures happen to everybody"


@given(
    st.integers(1, 10**6), st.integers(0, 10**4), st.integers(0, 10**6), st.booleans(), st.booleans(), st.none() | st.integers(0, 86_400)
)
def test_a_failing_source_is_always_asked_again_and_never_before_it_wishes(
    every: int, failures: int, poll: int, reached: bool, refused: bool, asked: int | None
) -> None:
    source = Source("x", "feed", "u", every=timedelta(seconds=every))
    wish = timedelta(seconds=asked) if asked is not None else None
    wait = after_failure(source, poll, failures, NOW, reached=reached, refused=refused, asked=wish) - NOW
    assert timedelta(0) < wait <= max(timedelta(hours=6) * 1.1, source.every * 1.1, wish or timedelta(0))
    assert wait >= (wish or timedelta(0))
    assert wait >= source.every * 0.9 - timedelta(seconds=1)
