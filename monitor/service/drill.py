"""Drills: a marked test through the whole path of every receiver, now or on a schedule, and the record of what arrived."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..ledger import FAR, Delivery, Store, Timer
from ..model import DeliveryState, MessageType, stable_id

DRILL = "drill"


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of the last drill of a channel; `at` is when it ended, None while it is under way."""

    channel: str
    state: DeliveryState
    at: datetime | None
    why: str = ""


def drill(store: Store, channels: Collection[str], now: datetime) -> tuple[Delivery, ...]:
    """Put a marked test in the ledger for each channel; delivering takes it from there. The same moment is the same drill."""
    lines = tuple(_line(channel, now) for channel in sorted(channels))
    store.enqueue(lines)
    return lines


def schedule(store: Store, every: timedelta, now: datetime) -> None:
    """Drill every so often from now on; a schedule that is set already keeps its next time unless it changed."""
    payload = json.dumps({"every": every.total_seconds()})
    current = next((t for t in store.timers(FAR, 100_000) if t.kind == DRILL), None)
    if current is None or current.payload != payload:
        store.enqueue((), [Timer(DRILL, DRILL, now + every, "", payload)])


def unschedule(store: Store) -> None:
    """No more drills by schedule."""
    store.enqueue((), (), [DRILL])


def due(store: Store, timer: Timer, channels: Collection[str], now: datetime) -> None:
    """A scheduled drill has come due: its lines and the next timer are one transaction; what was missed while down is one drill."""
    every = timedelta(seconds=json.loads(timer.payload)["every"])
    later = timer.due + every * max(1, -((timer.due - now) // every))
    lines = [_line(channel, timer.due, now) for channel in sorted(channels)]
    store.enqueue(lines, [Timer(DRILL, DRILL, later, "", timer.payload)], [timer.id])


def arrivals(store: Store, channels: Sequence[str]) -> tuple[Arrival, ...]:
    """How the last drill of each channel ended; channels that never had one are absent."""
    found = []
    for channel in channels:
        lines = store.deliveries(channel=channel, limit=1000)
        if last := next((d for d in lines if d.type is MessageType.TEST and d.route == DRILL), None):
            found.append(Arrival(channel, last.state, last.settled, last.why))
    return tuple(found)


def _line(channel: str, at: datetime, now: datetime | None = None) -> Delivery:
    id = stable_id("dlv", DRILL, channel, at.isoformat())
    moment = now or at
    return Delivery(id, channel, MessageType.TEST, (), moment, moment, route=DRILL, payload=json.dumps({"note": "test", "drill": True}))
