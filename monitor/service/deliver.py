"""Claim, render, send, settle: every due line of the ledger reaches its receiver, or ends in a named state the operator hears of."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from ..errors import Refused, StoreError, TryLater
from ..ledger import Claim, Delivery, Settlement
from ..model import DeliveryState, MessageType
from ..route.lines import IN_DIGEST, digest_of
from ..route.retry import next_try
from .breaker import OPENS_AFTER, Breakers
from .desk import Desk
from .disabled import Disabled, away, disable, enable, options_of
from .notices import dead, failing
from .pace import Pace
from .timers import fire

log = structlog.get_logger()

_BATCH = 200
_RESERVE = timedelta(seconds=20)
"""Nothing new is begun when less than this is left of a lease: a sending must end before somebody else may begin it."""

_SOON = timedelta(seconds=30)

_LOOK = timedelta(minutes=1)
"""How often it is looked which channels another process disabled or enabled."""

DEFERRED = "left for later"
"""How the reason begins of a line that was claimed but not tried."""

_SETTLE_TRIES = 3


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many lines came to which state."""

    counts: Mapping[DeliveryState, int] = field(default_factory=dict)

    def __getitem__(self, state: DeliveryState) -> int:
        return self.counts.get(state, 0)


class Courier:
    """Sends what is due, one thread per channel at work, so that a channel that hangs holds up nobody but itself."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.breakers = Breakers()
        self._pace = Pace(desk.receivers)
        self._busy: set[str] = set()
        self._counts: Counter[DeliveryState] = Counter()
        self._changed = threading.Condition()
        self._stopping = False
        self._looked: datetime | None = None
        self._round = threading.RLock()

    def round(self) -> int:
        """Keep due promises, start sending what is due to channels that are free; does not wait. How many lines were taken."""
        with self._round:  # two threads at a time would both find a channel free
            now = self.desk.now()
            self._look(now)
            fire(self.desk.store, now, self.desk.channels)
            return sum(self._start(claims) for claims in self._claims(now))

    def drain(self, patience: timedelta = timedelta(minutes=2)) -> Delivered:
        """Send until nothing is due any more, waiting for what is under way, but no longer than `patience`."""
        deadline = time.monotonic() + patience.total_seconds()
        while time.monotonic() < deadline:
            with self._changed:
                idle = not self._busy  # what ends while we look may have left more that is due
            taken = self.round()
            with self._changed:
                if idle and not taken and not self._busy:
                    break
                if not self._busy:
                    continue
                self._changed.wait(timeout=min(1.0, max(0.0, deadline - time.monotonic())))
        return self.delivered()

    def stop(self, patience: timedelta) -> bool:
        """Begin nothing more and wait for what is being sent; False when something still was. Its lease brings it back later."""
        deadline = time.monotonic() + patience.total_seconds()
        with self._changed:
            self._stopping = True
            return self._changed.wait_for(lambda: not self._busy, timeout=max(0.0, deadline - time.monotonic()))

    def delivered(self) -> Delivered:
        """What came of everything so far."""
        with self._changed:
            return Delivered(dict(self._counts))

    def _look(self, now: datetime) -> None:
        """Leave alone the channels that are disabled; one that is configured otherwise since then is not any more."""
        if self._looked is not None and timedelta(0) <= now - self._looked < _LOOK:
            return
        self.breakers.put_away(away(self.desk.store, self.desk.channels))
        self._looked = now

    # --- claiming ----------------------------------------------------------------------------------------------------

    def _claims(self, now: datetime) -> list[tuple[Claim, ...]]:
        """Batches for channels that are free: many lines for those that work, one for those that are being probed or paced."""
        with self._changed:
            if self._stopping:
                return []
            busy, room = set(self._busy), self.desk.senders - len(self._busy)
        if room <= 0:
            return []
        names = set(self.desk.channels)
        away = busy | self.breakers.resting(now) | self._pace.exhausted(now)
        single = ((self.breakers.probing() | self._pace.paced) & names) - away
        batches = [self._claim(now, 1, names - {name}) for name in sorted(single)]
        return [*batches, self._claim(now, _BATCH, away | single)]

    def _claim(self, now: datetime, limit: int, without: set[str]) -> tuple[Claim, ...]:
        return self.desk.store.claim(now, self.desk.worker, limit, self.desk.lease, without)

    def _start(self, claims: tuple[Claim, ...]) -> int:
        queues: dict[str, list[Claim]] = {}
        for claim in claims:
            queues.setdefault(claim.delivery.channel, []).append(claim)
        for channel, queue in queues.items():
            with self._changed:
                self._busy.add(channel)
            threading.Thread(target=self._work, args=(channel, queue), name=f"deliver-{channel}", daemon=True).start()
        return len(claims)

    # --- sending -----------------------------------------------------------------------------------------------------

    def _work(self, channel: str, queue: list[Claim]) -> None:
        """Send one channel's lines in their order; after a batch look at once for more, which must not wait for the next tick."""
        more, reserve = len(queue) > 1, max(_RESERVE, getattr(self.desk.channels.get(channel), "patience", _RESERVE))
        try:
            for claim in queue:
                if self._stopping or self.desk.now() > claim.until - min(reserve, self.desk.lease / 2):
                    break
                self._count(self._one(claim))
        except Exception as error:
            log.error("deliver.interrupted", channel=channel, error=type(error).__name__, exc_info=True)
            more = False
        finally:
            with self._changed:
                self._busy.discard(channel)
                self._changed.notify_all()
        if more:
            self._again()

    def _again(self) -> None:
        try:
            self.round()
        except StoreError as error:  # the next tick looks anyway
            log.warning("deliver.not_looked", why=str(error))

    def _one(self, claim: Claim) -> Settlement:
        line, now = claim.delivery, self.desk.now()
        if digest := digest_of(line):
            return self._behind(claim, digest, now)
        channel = self.desk.channels.get(line.channel)
        if channel is None:
            return self._end(claim, "channel_removed", now)
        if self.breakers.of(line.channel).gone and line.type is not MessageType.TEST:
            return self._end(claim, "gone: it said before that it does not exist any more", now)
        if self.breakers.of(line.channel).until is not None and self.breakers.of(line.channel).failures >= OPENS_AFTER:
            health = self.breakers.of(line.channel)
            if health.until is not None and health.until > now:
                return self._settle(claim, Settlement(DeliveryState.WAITING, now, f"{DEFERRED}: the channel is failing", due=health.until))
        self._pace.took(line.channel, now)
        try:
            receipt = channel.send(self.desk.message(line))
        except TryLater as error:
            return self._later(claim, str(error), error.wait)
        except Refused as error:
            if error.gone:
                self._disable(line.channel, str(error), now)
            return self._end(claim, str(error), self.desk.now())
        except Exception as error:  # whatever a channel or a template may do must end in a named state
            log.error("deliver.error", channel=line.channel, delivery=line.id, error=type(error).__name__)
            return self._later(claim, f"error in the channel: {type(error).__name__}", None)
        if self.breakers.of(line.channel).gone:
            enable(self.desk.store, line.channel, "a test reached it")
        sent = self._settle(claim, Settlement(DeliveryState.SENT, self.desk.now(), receipt=receipt))
        if self.breakers.worked(line.channel):
            self._hasten(line.channel)
        return sent

    def _disable(self, channel: str, why: str, now: datetime) -> None:
        """It said that it does not exist any more; that stays true over a restart."""
        if not self.breakers.of(channel).gone:
            disable(self.desk.store, Disabled(channel, now, why, options_of(self.desk.channels[channel])))
        self.breakers.gone(channel, now)

    def _behind(self, claim: Claim, digest: str, now: datetime) -> Settlement:
        """A line that a digest tells is settled with it; until then it keeps what is newer in its situation waiting."""
        told = self.desk.store.delivered_to(digest)
        if told and told[0].state in (DeliveryState.WAITING, DeliveryState.SENDING):
            due = max(told[0].due, now + _SOON)
            return self._settle(claim, Settlement(DeliveryState.WAITING, now, f"{DEFERRED}: {IN_DIGEST} {digest}", due=due))
        return self._settle(claim, Settlement(DeliveryState.SKIPPED, now, f"{IN_DIGEST} {digest}"))

    def _later(self, claim: Claim, why: str, wait: timedelta | None) -> Settlement:
        """It did not work this time: the next try by the schedule, or the end."""
        line, now = claim.delivery, self.desk.now()
        health = self.breakers.failed(line.channel, now, wait)
        due = next_try(line.id, self._tries(line) + 1, line.created, now, wait)
        if due is None:
            return self._end(claim, why, now)
        settlement = self._settle(claim, Settlement(DeliveryState.WAITING, now, why, due=due))
        failing(self.desk, line.channel, health.since or now, why, now)
        return settlement

    def _hasten(self, channel: str) -> None:
        """It works again: what waits for another try need not wait any longer."""
        try:
            count = self.desk.store.hasten(channel, self.desk.now())
        except StoreError as error:  # each is tried at its own time all the same
            log.warning("deliver.not_hastened", channel=channel, why=str(error))
        else:
            log.info("deliver.hastened", channel=channel, lines=count)

    def _tries(self, line: Delivery) -> int:
        """How often a line was really tried before this time."""
        if not line.attempts:
            return 0
        return sum(not a.why.startswith(DEFERRED) for a in self.desk.store.attempts(line.id))

    def _end(self, claim: Claim, why: str, now: datetime) -> Settlement:
        """Never again; the operator is told first, so that a crash in between tells twice rather than never."""
        dead(self.desk, claim.delivery, why, now)
        return self._settle(claim, Settlement(DeliveryState.DEAD, now, why))

    def _settle(self, claim: Claim, settlement: Settlement) -> Settlement:
        """Write the end of a try. When the ledger cannot be written the lease runs out and the same message goes again."""
        for n in range(_SETTLE_TRIES):
            try:
                mine = self.desk.store.settle(claim, settlement)
            except StoreError as error:
                log.warning("deliver.unsettled", delivery=claim.delivery.id, why=str(error))
                self._pause(0.1 * 3**n)
                continue
            if not mine:
                log.warning("deliver.lease_lost", delivery=claim.delivery.id, channel=claim.delivery.channel)
            break
        _tell(claim, settlement)
        return settlement

    def _pause(self, seconds: float) -> None:
        """Wait a little before the ledger is tried again."""
        time.sleep(seconds)

    def _count(self, settlement: Settlement) -> None:
        with self._changed:
            self._counts[settlement.state] += 1


def deliver(desk: Desk, patience: timedelta = timedelta(minutes=2)) -> Delivered:
    """Send everything that is due now, and say what came of it. Safe to repeat; a line that fails raises nothing."""
    return Courier(desk).drain(patience)


def _tell(claim: Claim, settlement: Settlement) -> None:
    line = claim.delivery
    write = log.info if settlement.state in (DeliveryState.SENT, DeliveryState.SKIPPED) else log.warning
    write(
        f"deliver.{settlement.state}", channel=line.channel, delivery=line.id, type=str(line.type), why=settlement.why or settlement.receipt
    )
