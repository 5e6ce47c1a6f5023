"""Turns the signals of an operator into calls: SIGTERM and SIGINT end, SIGHUP reloads; a second one ends at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_END, _RELOAD = b"e", b"r"


class Signals:
    """What was asked of us. A pipe, because a handler that takes a lock can wait for the very thread it interrupted."""

    def __init__(self) -> None:
        self._out, self._in = os.pipe()
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
        if number == signal.SIGHUP:
            os.write(self._in, _RELOAD)
        elif self._ending:
            os._exit(128 + number)
        else:
            self.end()


@contextmanager
def listening() -> Iterator[Signals]:
    """Signals are collected while the block lasts; only on the main thread, as Python demands."""
    signals = Signals()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.signal(number, signals._receive) for number in numbers]
    try:
        yield signals
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
