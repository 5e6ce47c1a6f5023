"""Turns the signals of an operator into calls: SIGTERM and SIGINT end, SIGHUP reloads; a second one ends at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_RELOAD = bytes([signal.SIGHUP])
_END = bytes([signal.SIGTERM])


class Signals:
    """What was asked of us.

    A pipe into which the interpreter itself writes the number of a signal the moment it arrives: a handler in Python runs
    only between two steps of the program, so one that came just before a blocking read would be noticed after it.
    """

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
        os.set_blocking(self._in, False)
        self._ending = False

    def wait(self, on_reload: Callable[[], object]) -> None:
        """Return when the end is asked for; call `on_reload` on this thread for each SIGHUP before."""
        while os.read(self._out, 1) == _RELOAD:
            on_reload()

    def end(self) -> None:
        """Ask for the end, as SIGTERM does."""
        self._ending = True
        os.write(self._in, _END)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGHUP and self._ending:
            os._exit(128 + number)
        self._ending = self._ending or number != signal.SIGHUP


@contextmanager
def listening() -> Iterator[Signals]:
    """Signals are collected while the block lasts; only on the main thread, as Python demands."""
    signals = Signals()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.signal(number, signals._receive) for number in numbers]
    woken = signal.set_wakeup_fd(signals._in, warn_on_full_buffer=False)
    try:
        yield signals
    finally:
        signal.set_wakeup_fd(woken)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
