"""Tells the operator what could not be delivered, and the fallback channels what their neighbour did not take."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

import structlog

from ..ledger import Delivery
from ..model import DeliveryState, MessageType, stable_id
from ..route.audience import operators
from ..route.routes import Receiver
from .desk import Desk
from .drill import DRILL

log = structlog.get_logger()

ABOUT = "channel/"
"""The situation of what operators are told about a channel, with its name."""

_BACKLOG = 500
_GONE, _REMOVED = ("gone", "HTTP 410"), "channel_removed"
"""Reasons that are about the channel and not about one message: said once a day, not once a line."""


def dead(desk: Desk, line: Delivery, why: str, now: datetime) -> None:
    """A line will never arrive: its fallbacks get it, the operators hear of it. An operator's own line ends in the log.

    So does a test that somebody asked for, who is told there and then; but not a drill, and not that a receiver is gone.
    """
    test, gone = line.type is MessageType.TEST, why.startswith(_GONE)
    if line.type is MessageType.OPERATOR or (test and not gone and line.route != DRILL):
        log.error("deliver.operator_not_told", channel=line.channel, delivery=line.id, why=why)
        return
    note = "disabled" if gone else "undrilled" if test else "dead"
    once = f"{now:%Y-%m-%d}" if gone or why.startswith(_REMOVED) else line.id
    fields: dict[str, object] = {"channel": line.channel, "what": _what(desk, line), "why": why, "delivery": line.id}
    desk.store.enqueue([*notices(desk, note, (line.channel, once), fields, now), *_fallbacks(desk, line, now)])


def failing(desk: Desk, channel: str, since: datetime, why: str, now: datetime) -> None:
    """A channel has been failing for so long that others must take over; said once for each time it fails."""
    receiver = desk.receivers.get(channel)
    if receiver is None or now - since < receiver.fallback_after:
        return
    waiting = [d for d in desk.store.deliveries({DeliveryState.WAITING}, channel, _BACKLOG) if now - d.created >= receiver.fallback_after]
    copies = [copy for line in waiting for copy in _fallbacks(desk, line, now)]
    told = notices(
        desk, "failing", (channel, since.isoformat()), {"channel": channel, "why": why, "since": f"{since:%Y-%m-%d %H:%M} UTC"}, now
    )
    desk.store.enqueue([*told, *copies])


def notices(desk: Desk, note: str, key: Iterable[str], fields: dict[str, object], now: datetime) -> list[Delivery]:
    """One operator line per operator channel (never the one it is about); the same key is told once."""
    about, kept = str(fields.get("channel", "")), tuple(key)
    return [
        Delivery(
            id=stable_id("dlv", name, note, *kept),
            channel=name,
            type=MessageType.OPERATOR,
            changes=(),
            created=now,
            due=now,
            route="operator",
            situation=f"{ABOUT}{about}",
            payload=json.dumps({"note": note, **fields}),
        )
        for name in _operators_but(desk, about)
    ]


def _operators_but(desk: Desk, about: str) -> tuple[str, ...]:
    others = {name: receiver for name, receiver in desk.receivers.items() if name != about}
    chosen = tuple(n for n in operators((), desk.routes, desk.receivers) if n != about)
    return chosen or operators((), (), others)


def _fallbacks(desk: Desk, line: Delivery, now: datetime) -> list[Delivery]:
    """The same changes for the channels that stand in; with the id they would have anyway, so that nobody hears it twice."""
    receiver = desk.receivers.get(line.channel) or Receiver(line.channel)
    if line.type in (MessageType.OPERATOR, MessageType.TEST):
        return []
    return [
        Delivery(
            id=_own_id(line, name),
            channel=name,
            type=line.type,
            changes=line.changes,
            created=now,
            due=now,
            route=f"fallback of {line.channel}",
            situation=line.situation,
            group=line.group,
            payload=line.payload,
        )
        for name in receiver.fallback
        if name != line.channel
    ]


def _own_id(line: Delivery, channel: str) -> str:
    prefix = ("digest",) if line.type is MessageType.DIGEST else ()
    return stable_id("dlv", channel, *prefix, *sorted(line.changes))


def _what(desk: Desk, line: Delivery) -> str:
    """What the message would have said; a message that cannot even be composed is named by its changes."""
    try:
        return desk.message(line).headline
    except Exception:
        return ", ".join(line.changes) or line.id
