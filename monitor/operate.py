"""What people do to the ledger, from the page or the command line: acknowledge, silence, believe, reject, send again, test."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from .app import App
from .errors import StalePoll, UnknownName, WrongUse
from .ledger import Delivery, PollSave
from .model import MessageType, stable_id
from .route.routes import Silence
from .service.holding import decide_held
from .service.planner import add_silence, end_silence, silences
from .service.timers import acknowledge, wanting

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Operator:
    """Acts on one app. `by` is who asked. Each act is safe to repeat; an id that does not exist raises UnknownName."""

    app: App

    def acknowledge(self, delivery: str, by: str) -> None:
        """Somebody has seen it: reminders and escalations of its situation end, until it gets worse."""
        acknowledge(self.app.store, self._line(delivery), by, self.app.desk.now(), wanting(self.app.desk.channels))
        log.info("operator.acknowledged", delivery=delivery, by=by)

    def silence(self, silence: Silence) -> None:
        """Tell nobody of what the silence covers, until its time is over."""
        add_silence(self.app.store, silence)
        log.info("operator.silenced", silence=silence.id, by=silence.author, until=silence.until.isoformat())

    def unsilence(self, id: str, by: str) -> None:
        """End a silence early."""
        if id not in {s.id for s in silences(self.app.store)}:
            raise UnknownName(f"there is no silence {id!r}")
        end_silence(self.app.store, id)
        log.info("operator.unsilenced", silence=id, by=by)

    def confirm(self, change: str, by: str) -> None:
        """Tell a held change now."""
        decide_held(self.app.service, change, self.app.service.now(), believe=True)
        log.info("operator.confirmed", change=change, by=by)

    def reject(self, change: str, by: str) -> None:
        """Drop a held change for good."""
        decide_held(self.app.service, change, self.app.service.now(), believe=False)
        log.info("operator.rejected", change=change, by=by)

    def redeliver(self, delivery: str, by: str) -> None:
        """Send a settled line once more, under its own id. Raises WrongUse for one that is still on its way."""
        self._line(delivery)
        if not self.app.store.revive(delivery, self.app.desk.now()):
            raise WrongUse(f"{delivery} is not settled yet; it will be sent by itself")
        log.info("operator.redelivered", delivery=delivery, by=by)

    def test(self, channel: str, by: str) -> str:
        """Put a marked test for a channel into the ledger; the id of its line."""
        if channel not in self.app.desk.channels:
            raise UnknownName(f"there is no channel {channel!r}; there are: {', '.join(sorted(self.app.desk.channels))}")
        now = self.app.desk.now()
        id = stable_id("dlv", "test", channel, now.isoformat())
        self.app.store.enqueue([Delivery(id, channel, MessageType.TEST, (), now, now, route="test", payload='{"note": "test"}')])
        log.info("operator.tested", channel=channel, by=by)
        return id

    def poll(self, source: str) -> None:
        """Make a source due now."""
        self.app.known([source])
        for last in (False, False, True):
            now, record = self.app.service.now(), self.app.store.record(source)
            try:
                self.app.store.save(PollSave(record=replace(record, poll=record.poll + 1, due=now), at=now))
                break
            except StalePoll:  # it was being polled at this moment; what it is asked for may be newer than what that poll saw
                if last:
                    raise
        log.info("operator.polled", source=source)

    def _line(self, delivery: str) -> Delivery:
        return self.app.store.delivery(delivery)
