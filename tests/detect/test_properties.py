"""What holds for every history: no flip-flop, no dependence on order inside a poll, memory that survives its text form."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Aspect, Item

from .world import World, page, told

LEVELS = st.integers(1, 4)
HOUR = timedelta(hours=1)


def editions(levels: list[int]) -> list[Item]:
    """One edition a day about one place, each with words of its own."""
    return [
        page("UG", level, f"Edition number {n} of this page, written afresh, part {n * 7919}.", day=n) for n, level in enumerate(levels)
    ]


@settings(deadline=None, max_examples=150)
@given(levels=st.lists(LEVELS, min_size=2, max_size=6), shown=st.lists(st.integers(0, 5), min_size=2, max_size=30))
def test_a_register_that_shows_old_and_new_editions_in_turn_never_makes_us_flip_flop(levels: list[int], shown: list[int]) -> None:
    all_editions = editions(levels)
    w = World()
    w.poll(all_editions[0])
    dates = []
    for n in shown:
        dates += [c.published for c in w.poll(all_editions[n % len(levels)], after=HOUR) if not c.held and c.kind.value.startswith("level")]
    assert dates == sorted(dates) and len(set(dates)) == len(dates)


@settings(deadline=None, max_examples=100)
@given(data=st.data(), levels=st.lists(LEVELS, min_size=3, max_size=3))
def test_the_order_of_entries_in_a_body_does_not_matter(data: st.DataObject, levels: list[int]) -> None:
    entries = [page("UG", level, f"Entry {n} about the place and its dangers.", day=n, key=f"k{n}") for n, level in enumerate(levels)]
    other = page("FJ", 1)
    results = []
    for order in (entries, data.draw(st.permutations(entries))):
        w = World()
        w.poll(page("UG", 2, "What was said before all of this."), other)
        results.append((told(w.poll(*order, other)), told(w.poll(*order, other)), told(w.poll(*order, other))))
    assert results[0] == results[1]


@settings(deadline=None, max_examples=100)
@given(levels=st.lists(LEVELS, min_size=1, max_size=12))
def test_what_was_told_adds_up_to_what_stands(levels: list[int]) -> None:
    w = World()
    w.poll(page("UG", 2, "The beginning of the story is told here."))
    told_level = "2"
    for n, level in enumerate(levels, start=1):
        shown = page("UG", level, f"Chapter {n} of the story, quite unlike the others, {n * 104729}.", day=n)
        for change in [*w.poll(shown), *w.poll(shown)]:
            if not change.held and change.kind.value.startswith("level"):
                assert change.before == told_level
                told_level = change.after or ""
        standing = w.memory.places["posture/US/UG"].posture.get(Aspect.LEVEL)
        assert standing is not None and standing.value == told_level == str(level)
