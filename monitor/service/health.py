"""Whether the daemon does its work, in one sentence: the watchdog, the health page and the log all ask here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from ..errors import StoreError
from ..ledger import Store
from ..model import DeliveryState

OVERDUE = timedelta(minutes=15)
"""A source that nobody took up, or a message that nobody tried, for so long after it was due: the work is not done."""

_LINES = 500


def ailing(store: Store, sources: Collection[str], channels: Collection[str], resting: Collection[str], now: datetime) -> str:
    """What is wrong, "" for nothing. `resting` are channels known to fail: what waits for them is late for their sake.

    A source that fails is not overdue: it was asked, and is due again later.
    """
    try:
        for late in store.due(now - OVERDUE):
            if late in sources and (due := store.record(late).due):
                return f"the source {late} has been due since {due:%Y-%m-%d %H:%M} UTC and was not polled"
        waiting = store.deliveries({DeliveryState.WAITING}, limit=_LINES)
        mine = ((d.due, d.id, d.channel) for d in waiting if d.channel in channels and d.channel not in resting)
        due, line, channel = min(mine, default=(now, "", ""))
        if now - due > OVERDUE:
            return f"the message {line} for {channel} has been due since {due:%Y-%m-%d %H:%M} UTC and was not tried"
    except StoreError as error:
        return f"the ledger does not answer: {error}"
    return ""
