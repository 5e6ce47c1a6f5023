"""The daemon: looks for what is due, hands it to workers, tells systemd, ends cleanly and reloads without losing a beat."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from .app import App
from .engine.clockwork import Clockwork, Tick
from .engine.systemd import notify, watchdog
from .engine.workers import Work, Workers
from .errors import StoreError
from .model import SourceState
from .service import drill
from .service.emergency import Emergency
from .service.health import ailing
from .service.keeping import tidy
from .service.notices import notices
from .service.poll import Polled
from .service.reconcile import reconcile
from .service.step import expire_reports
from .service.wake import wake

logger = structlog.get_logger()

PATIENCE = timedelta(seconds=8)
"""How long the end waits for polls and sendings under way; what is cut off is done again after the next start."""

JUMP = timedelta(minutes=2)
"""A clock that differs from the time that went by since a minute ago by more than this was put forward or back."""

QUICKEST = timedelta(seconds=0.25)
"""It is not looked for due sources more often than this."""

_MANY = 1_000_000

HOUSEKEEPING, RECONCILE, TIDYING = timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)


class Pollers(Protocol):
    """Who works on the batches: the threads of this process, or a cluster."""

    def offer(self, ids: Iterable[str]) -> int:
        """Start on these ids, as far as there are hands; how many were taken."""

    def stop(self, patience: timedelta) -> bool:
        """Start nothing more and wait for what runs; False when something still ran in the end."""


Hands = Callable[[Work], Pollers]
"""Makes pollers for a piece of work."""


class Daemon:
    """One app that breathes. `app` may be replaced by another one on the same store while it runs.

    `steady` says that the app's clock goes as time does; only then is a jump of it something to tell operators.
    """

    def __init__(self, app: App, hands: Hands | None = None, *, steady: bool = True) -> None:
        self.app = app
        self._steady = steady
        self._since = app.service.now()
        self._clock = (self._since, time.monotonic())
        self._emergency = Emergency()
        engine = app.settings.engine
        self._pollers = hands(self._poll) if hands else Workers("poll", engine.workers, self._poll)
        beat = watchdog()
        self._clockwork = Clockwork(
            [
                Tick("poll", _pace(app), self._offer),
                Tick("deliver", engine.tick, lambda: _none(self.app.courier.round())),
                Tick("housekeeping", HOUSEKEEPING, self.housekeep),
                Tick("reconcile", RECONCILE, self._reconcile),
                Tick("tidy", TIDYING, self._tidy),
                *([Tick("watchdog", beat, self._reassure)] if beat else []),
            ]
        )
        self._arrange()

    def start(self) -> None:
        """Begin to breathe."""
        self.app.figures.begin()
        self._clockwork.start()

    def stop(self, patience: timedelta = PATIENCE) -> bool:
        """Begin nothing more and wait for what is under way; False when something had to be left."""
        self._clockwork.stop()
        polled = self._pollers.stop(patience / 2)
        return self.app.courier.stop(patience / 2) and polled

    def replace(self, app: App) -> None:
        """Go on with another configuration; what is under way ends with the one it began with."""
        before, self.app, self._since = self.app, app, app.service.now()
        before.courier.stop(PATIENCE)
        self._arrange()

    def ailing(self) -> str:
        """What is wrong with the daemon's work, "" for nothing."""
        app = self.app
        return ailing(app.store, app.service.sources, app.desk.channels, app.courier.breakers.failing(), app.service.now())

    def _arrange(self) -> None:
        """Cadence, heartbeat and drills as the settings want them."""
        settings = self.app.settings
        self._clockwork.put(Tick("poll", _pace(self.app), self._offer))
        if settings.heartbeat.url:
            self._clockwork.put(Tick("heartbeat", settings.heartbeat.every, lambda: _none(self.app.beat(self._since))))
        else:
            self._clockwork.drop("heartbeat")
        if settings.drill:
            drill.schedule(self.app.store, settings.drill, self.app.service.now())
        else:
            drill.unschedule(self.app.store)

    def _offer(self) -> None:
        app = self.app
        try:
            due = app.store.due(app.service.now())
        except StoreError as error:
            self._emergency.failed(app.desk, error, app.service.now())
            raise
        self._pollers.offer(due)

    def _poll(self, ids: Sequence[str]) -> Iterator[str]:
        app = self.app
        try:
            due = set(app.store.due(app.service.now(), _MANY))  # a job may have waited while another machine did the work
            for polled in app.poll([one for one in ids if one in app.service.sources and one in due]):
                _tell(polled)
                app.figures.polled(polled.source, polled.state, polled.tally)
                self._emergency.worked(app.desk, app.service.now())
                if polled.changes:
                    self._clockwork.now("deliver")
                yield polled.source
        except StoreError as error:
            self._emergency.failed(app.desk, error, app.service.now())
            raise

    def housekeep(self) -> None:
        """What is due without a poll: watches read anew, press reports that run out, sources that sleep too long. Safe to repeat."""
        if self._steady:
            self._watch_the_clock()
        self.app.read_watches()
        ended = expire_reports(self.app.service, self.app.service.now())
        if ended:
            logger.info("reports.expired", count=len(ended))
        if woken := wake(self.app.service, self.app.service.now()):
            logger.info("sources.woken", count=len(woken), first=woken[0])

    def _watch_the_clock(self) -> None:
        """Tell operators when the clock went on by much more or less than time did."""
        before, self._clock = self._clock, (self.app.service.now(), time.monotonic())
        jump = (self._clock[0] - before[0]) - timedelta(seconds=self._clock[1] - before[1])
        if abs(jump) < JUMP:
            return
        seconds = round(jump.total_seconds())
        logger.warning("clock.jumped", seconds=seconds)
        self.app.figures.clock_jumped()
        by = f"{seconds:+d} s"
        self.app.store.enqueue(notices(self.app.desk, "clock", (self._clock[0].isoformat(),), {"by": by}, self._clock[0]))

    def _reconcile(self) -> None:
        """Prove that everyone who was due a change got it; routes that were replaced are not held against the ledger."""
        courier = self.app.courier
        now = self.app.desk.now()
        found = reconcile(self.app.desk, self._since, courier.breakers.resting(now))
        self.app.figures.reconciled(found, now)
        if not found.fine:
            logger.error("reconcile.gaps", gaps=len(found.gaps), stuck=len(found.stuck), untold=len(found.untold))

    def _tidy(self) -> None:
        done = tidy(self.app.store, self.app.service.now(), self.app.settings.keep)
        if done.deleted or done.returned:
            logger.info("ledger.tidied", size=done.size, returned=done.returned, **done.deleted)

    def _reassure(self) -> None:
        if wrong := self.ailing():
            logger.error("watchdog.withheld", why=wrong)
            notify(f"STATUS={wrong[:200]}")
        else:
            notify("WATCHDOG=1")


def _pace(app: App) -> timedelta:
    """How often it is looked for due sources: often enough that one that is polled every second is."""
    quickest = min((min(s.every, s.fastest or s.every) for s in app.settings.sources), default=app.settings.engine.tick)
    return min(app.settings.engine.tick, max(quickest / 4, QUICKEST))


def _tell(polled: Polled) -> None:
    fine = polled.state in (SourceState.HEALTHY, SourceState.NEW) and not polled.why
    write = logger.warning if not fine else logger.info if polled.changes else logger.debug
    tally = {str(reason): count for reason, count in polled.tally.items()}
    write(
        "poll.failed" if polled.why and not polled.items else "poll.done",
        source=polled.source,
        state=str(polled.state),
        why=polled.why,
        items=polled.items,
        changes=len(polled.changes),
        **tally,
    )


def _none(_: object) -> None:
    return None
