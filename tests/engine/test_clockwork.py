"""Ticks come at once and again; one that fails or lasts holds up no other."""

from __future__ import annotations

import threading
from datetime import timedelta

from monitor.engine.clockwork import Clockwork, Tick

OFTEN = timedelta(milliseconds=10)


def test_a_tick_comes_at_once_and_again_and_failures_change_nothing() -> None:
    times, enough, hanging, release = [0], threading.Event(), threading.Event(), threading.Event()

    def failing() -> None:
        times[0] += 1
        if times[0] == 3:
            enough.set()
        raise RuntimeError("bang")

    def hangs() -> None:
        hanging.set()
        release.wait(30)

    clockwork = Clockwork([Tick("fails", OFTEN, failing), Tick("hangs", OFTEN, hangs)])
    clockwork.start()
    assert hanging.wait(30)
    assert enough.wait(30)
    clockwork.stop()
    release.set()


def test_the_first_call_does_not_wait_for_the_interval() -> None:
    called = threading.Event()
    clockwork = Clockwork([Tick("rare", timedelta(days=1), called.set)])
    clockwork.start()
    assert called.wait(30)
    clockwork.stop()
