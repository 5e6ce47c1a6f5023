"""Works on batches of ids beside each other, never on one id twice at a time, so that a slow one delays no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

import structlog

log = structlog.get_logger()

Work = Callable[[Sequence[str]], Iterator[str]]
"""Works on a batch and yields each id as soon as it is done with it."""


class Workers:
    """At most `size` batches at a time. Threads are daemons: what hangs at the end is left behind, the store keeps it whole."""

    def __init__(self, name: str, size: int, work: Work, batch: int = 100) -> None:
        self._name = name
        self._size = size
        self._work = work
        self._batch = batch
        self._busy: set[str] = set()
        self._running = 0
        self._stopped = False
        self._changed = threading.Condition()

    @property
    def busy(self) -> frozenset[str]:
        """The ids that are being worked on."""
        with self._changed:
            return frozenset(self._busy)

    def offer(self, ids: Iterable[str]) -> int:
        """Start on those ids that nobody works on, as far as there are hands; the others are offered again. Returns how many."""
        with self._changed:
            free = [i for i in dict.fromkeys(ids) if i not in self._busy]
            batches = [free[n : n + self._batch] for n in range(0, len(free), self._batch)]
            taken = batches[: 0 if self._stopped else self._size - self._running]
            for batch in taken:
                self._busy.update(batch)
                self._running += 1
        for batch in taken:
            threading.Thread(target=self._run, args=(batch,), name=self._name, daemon=True).start()
        return sum(map(len, taken))

    def stop(self, patience: timedelta) -> bool:
        """Start nothing more and wait for what runs; False when something still ran in the end."""
        deadline = time.monotonic() + patience.total_seconds()
        with self._changed:
            self._stopped = True
            return self._changed.wait_for(lambda: not self._running, timeout=max(0.0, deadline - time.monotonic()))

    def idle(self, patience: timedelta) -> bool:
        """Wait until nothing runs; False when something still did."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, timeout=patience.total_seconds())

    def _run(self, batch: Sequence[str]) -> None:
        try:
            for done in self._work(batch):
                self._release((done,))
        except Exception as error:
            log.error("work.failed", worker=self._name, error=type(error).__name__, why=str(error), exc_info=True)
        finally:
            self._release(batch, last=True)

    def _release(self, ids: Iterable[str], last: bool = False) -> None:
        with self._changed:
            self._busy.difference_update(ids)
            self._running -= last
            self._changed.notify_all()
