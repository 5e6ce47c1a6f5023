"""Calls a few functions again and again; what is due when stands in the store, so a tick only looks and hands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tick:
    """A short function that is called every so often and never twice at a time."""

    name: str
    every: timedelta
    run: Callable[[], None]


class Clockwork:
    """The ticks of one daemon, on a background thread each. A tick that fails is logged and comes again."""

    def __init__(self, ticks: Sequence[Tick]) -> None:
        # misfire_grace_time None: a tick that is late, because the machine slept or was busy, is done and not dropped.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        executors = {"default": ThreadPoolExecutor(max(len(ticks), 1))}
        self._scheduler = BackgroundScheduler(executors=executors, job_defaults=defaults, timezone="UTC", daemon=True)
        for tick in ticks:
            self.put(tick)

    def put(self, tick: Tick) -> None:
        """Add a tick, or replace the one of that name; it is first called after its time."""
        every = tick.every.total_seconds()
        self._scheduler.add_job(_guarded, "interval", args=(tick,), seconds=every, id=tick.name, replace_existing=True)

    def now(self, name: str) -> None:
        """Call this tick at once instead of after its time, and from then on as before."""
        if job := self._scheduler.get_job(name):
            job.modify(next_run_time=datetime.now(UTC))

    def drop(self, name: str) -> None:
        """Call this tick no more, if there is one."""
        if self._scheduler.get_job(name):
            self._scheduler.remove_job(name)

    def start(self) -> None:
        """Begin; every tick is called once at once."""
        self._scheduler.start(paused=True)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))
        self._scheduler.resume()

    def stop(self) -> None:
        """Call no tick any more; one that is being called comes to its end."""
        self._scheduler.shutdown(wait=False)


def _guarded(tick: Tick) -> None:
    try:
        tick.run()
    except Exception as error:
        log.error("tick.failed", tick=tick.name, error=type(error).__name__, why=str(error), exc_info=True)
