"""Ledger lines as values: the thread a change belongs to, lines that wait in timers, digests that stand for many lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from ..ledger import Delivery, Timer
from ..model import Change, DeliveryState, MessageType, stable_id

HOLD, REMIND, ESCALATE = "hold", "remind", "escalate"
"""Kinds of timers that a plan makes: a line that waits to be sent, the next reminder, the next step of an escalation."""

IN_DIGEST, SILENCED = "in digest", "silenced"
"""How the reasons of lines begin that are settled from the start."""


def group_of(change: Change) -> str:
    """The thread of a change: one issuer's words about one place."""
    return f"{change.issuer or '-'}/{change.place}"


def situation_of(change: Change) -> str:
    """The situation of a change; its place when the detector named none."""
    return change.situation or f"place/{change.place}"


def heard(line: Delivery) -> bool:
    """Whether a ledger line told its receiver something, or still will; not when a silence settled it."""
    return line.state is not DeliveryState.SKIPPED or line.why.startswith(IN_DIGEST)


def skipped(delivery: Delivery, why: str, now: datetime) -> Delivery:
    """A line that is settled from the start, with why."""
    return replace(delivery, state=DeliveryState.SKIPPED, why=why, settled=now)


def hold(delivery: Delivery, at: datetime) -> Timer:
    """A promise to send a line later; lines of one channel that fall due together travel together."""
    return Timer(stable_id("tmr", HOLD, delivery.id), HOLD, at, delivery.channel, pack(delivery))


def gather(lines: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """One message for these lines of one channel: the line itself when there is one, else a digest that stands for them all.

    The lines of a digest are kept, settled, so that each situation's history still says who was told.
    """
    if len(lines) == 1:
        return [replace(lines[0], due=now)]
    changes = tuple(dict.fromkeys(chain.from_iterable(line.changes for line in lines)))
    id = stable_id("dlv", lines[0].channel, "digest", *sorted(changes))
    digest = Delivery(id, lines[0].channel, MessageType.DIGEST, changes, now, now, route="digest", situation=id, group="digest")
    return [digest, *(skipped(line, f"{IN_DIGEST} {id}", now) for line in lines)]


# --- lines inside timers ---------------------------------------------------------------------------------------------


def pack(delivery: Delivery) -> str:
    """A line as the text that a timer carries."""
    kept = ("id", "channel", "type", "changes", "route", "situation", "group", "payload", "references")
    return json.dumps({name: getattr(delivery, name) for name in kept} | {"created": delivery.created.isoformat()})


def unpack(text: str) -> Delivery:
    """The line that a timer carries."""
    fields = json.loads(text)
    created = datetime.fromisoformat(fields.pop("created"))
    lists = {name: tuple(fields.pop(name)) for name in ("changes", "references")}
    return Delivery(**fields | lists | {"type": MessageType(fields["type"]), "created": created, "due": created})
