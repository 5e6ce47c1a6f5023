"""A dead man's switch: somebody else's service hears from us only while polling, saving, reconciling and delivering all work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from ..errors import SendError, StoreError
from .breaker import OPENS_AFTER, Breakers
from .desk import Desk
from .reconcile import Reconciled, overdue, reconcile

log = structlog.get_logger()

_LATE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Pulse:
    """Whether all is well, or what is not, in words for the log and the status page."""

    wrong: tuple[str, ...] = ()

    @property
    def well(self) -> bool:
        """Whether somebody may hear from us."""
        return not self.wrong


def feel(desk: Desk, since: datetime, breakers: Breakers) -> Pulse:
    """Look whether sources are polled, the ledger is whole, nothing waits too long and at least one channel works."""
    try:
        return Pulse(tuple(_wrong(desk, since, breakers)))
    except StoreError as error:
        return Pulse((f"store: {error}",))


def beat(desk: Desk, since: datetime, breakers: Breakers, ping: Callable[[], object]) -> Pulse:
    """Call the operator's address if all is well; a ping that fails changes nothing here, its silence is the message."""
    pulse = feel(desk, since, breakers)
    if not pulse.well:
        log.error("heartbeat.withheld", why="; ".join(pulse.wrong))
        return pulse
    try:
        ping()
    except SendError as error:
        log.warning("heartbeat.unheard", why=str(error))
    return pulse


def _wrong(desk: Desk, since: datetime, breakers: Breakers) -> list[str]:
    now = desk.now()
    unpolled = [late for late in desk.store.due(now - _LATE) if late in desk.sources]
    failing = {name for name in desk.channels if breakers.of(name).failures >= OPENS_AFTER or breakers.of(name).gone}
    found: Reconciled = reconcile(desk, since, resting=failing)
    late = len(overdue(desk, now, failing, _LATE))
    wrong = [f"polling: {', '.join(unpolled[:5])} overdue"] if unpolled else []
    wrong += [f"reconciling: {len(found.gaps)} gaps, {len(found.untold)} deaths untold"] if found.gaps or found.untold else []
    wrong += [f"delivering: {late} messages late"] if late else []
    wrong += ["delivering: every channel fails"] if desk.channels and failing >= set(desk.channels) else []
    return wrong
