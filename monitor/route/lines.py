"""Ledger lines as values: the thread a change belongs to, lines that wait in timers, digests that stand for many lines."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from ..ledger import Delivery, Timer
from ..model import Change, DeliveryState, MessageType, stable_id

HOLD, REMIND, ESCALATE = "hold", "remind", "escalate"
"""Kinds of timers that a plan makes: a line that waits to be sent, the next reminder, the next step of an escalation."""

IN_DIGEST, SILENCED, INHIBITED = "in digest", "silenced", "inhibited"
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


def gather(lines: Sequence[Delivery], now: datetime, queued: Collection[str] = ()) -> list[Delivery]:
    """One message for these lines of one channel: the line itself when there is one, else a digest that stands for them all.

    Lines of `queued` situations, in which something older is still to be sent, go by themselves and queue up behind it.
    The lines of a digest stay in the ledger behind it: each situation's history says who was told, and nothing newer of a
    situation overtakes the digest. They are settled, unsent, once the digest is.
    """
    if apart := [line for line in lines if line.situation in queued]:
        return [*(replace(line, due=now) for line in apart), *gather([line for line in lines if line not in apart], now)]
    if len(lines) < 2:
        return [replace(line, due=now) for line in lines]
    changes = tuple(dict.fromkeys(chain.from_iterable(line.changes for line in lines)))
    id = stable_id("dlv", lines[0].channel, "digest", *sorted(changes))
    digest = Delivery(id, lines[0].channel, MessageType.DIGEST, changes, now, now, route="digest", situation=id, group="digest")
    return [digest, *(_behind(line, id, now) for line in lines)]


def unsent(line: Delivery) -> bool:
    """Whether a line still has to be sent."""
    return line.state in (DeliveryState.WAITING, DeliveryState.SENDING)


def digest_of(line: Delivery) -> str:
    """The digest that tells a line, "" for one that is sent by itself."""
    return str(json.loads(line.payload or "{}").get("digest", ""))


def _behind(line: Delivery, digest: str, now: datetime) -> Delivery:
    marks = json.loads(line.payload or "{}") | {"digest": digest}
    return replace(line, due=now, why=f"{IN_DIGEST} {digest}", payload=json.dumps(marks))


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
