"""Batches run beside each other; an id is never worked on twice at a time; a slow or failing one holds up nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

from monitor.engine.workers import Workers

LONG = timedelta(seconds=30)


def test_a_hanging_id_delays_no_other() -> None:
    release, done, others = threading.Event(), [], threading.Event()

    def work(ids: Sequence[str]) -> Iterator[str]:
        for one in ids:
            if one == "slow":
                release.wait(30)
            done.append(one)
            if len(done) == 3:
                others.set()
            yield one

    workers = Workers("poll", 4, work, batch=1)
    assert workers.offer(["slow", "a", "b"]) == 3
    workers.offer(["c"])
    assert others.wait(30)
    assert set(done) >= {"a", "b", "c"}
    assert workers.busy == {"slow"}
    release.set()
    assert workers.idle(LONG)
    assert workers.busy == frozenset()


def test_an_id_is_never_worked_on_twice_at_a_time_and_is_free_as_soon_as_it_is_done() -> None:
    first_done, rest = threading.Event(), threading.Event()

    def work(ids: Sequence[str]) -> Iterator[str]:
        for one in ids:
            yield one
            first_done.set()
            rest.wait(30)

    workers = Workers("poll", 4, work)
    assert workers.offer(["a", "b"]) == 2
    assert first_done.wait(30)
    assert workers.offer(["b"]) == 0, "b is still in the first batch"
    assert workers.offer(["a"]) == 1, "a is done, although its batch is not"
    rest.set()
    assert workers.idle(LONG)


def test_more_than_there_are_hands_is_left_for_the_next_offer() -> None:
    release = threading.Event()

    def work(ids: Sequence[str]) -> Iterator[str]:
        release.wait(30)
        yield from ids

    workers = Workers("poll", 1, work, batch=2)
    assert workers.offer(["a", "b", "c"]) == 2
    assert workers.offer(["c"]) == 0
    release.set()
    assert workers.idle(LONG)
    assert workers.offer(["c"]) == 1
    assert workers.idle(LONG)


def test_a_batch_that_fails_frees_its_ids() -> None:
    def work(ids: Sequence[str]) -> Iterator[str]:
        raise RuntimeError("bang")
        yield from ids

    workers = Workers("poll", 1, work)
    workers.offer(["a"])
    assert workers.idle(LONG)
    assert workers.busy == frozenset()
    assert workers.offer(["a"]) == 1


def test_a_stop_waits_only_so_long_and_starts_nothing_more() -> None:
    release = threading.Event()

    def work(ids: Sequence[str]) -> Iterator[str]:
        release.wait(30)
        yield from ids

    workers = Workers("poll", 2, work)
    workers.offer(["a"])
    assert not workers.stop(timedelta(milliseconds=10))
    assert workers.offer(["b"]) == 0
    release.set()
    assert workers.stop(LONG)
