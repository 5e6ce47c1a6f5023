"""The ledger lines: added once, claimed by one worker at a time, settled under a token, in order within a situation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, Update, bindparam, delete, func, select, update

from ..errors import UnknownName
from ..ledger import Claim, Delivery, Settlement, Timer
from ..model import DeliveryState
from . import codec, looking
from .database import insert
from .tables import attempts, deliveries, timers

PER_CHANNEL = 32
"""At most so many lines of one channel in one claim: what one channel has waiting must not keep the others waiting."""


def add(connection: Connection, new: Sequence[Delivery], timers_new: Sequence[Timer], timers_done: Sequence[str]) -> None:
    """Add lines (one whose id exists is left as it is), end timers, then set timers."""
    line, timer, end = _additions(connection.dialect.name)
    if new:
        connection.execute(line, [*map(codec.delivery_row, new)])
    if timers_done:
        connection.execute(end, [{"_id": id} for id in sorted(timers_done)])
    if timers_new:
        connection.execute(timer, sorted(map(codec.timer_row, timers_new), key=lambda row: row["id"]))


@cache  # building a statement costs more than running it; the same holds for the others here
def _additions(dialect: str) -> tuple[Any, Any, Any]:
    """The statements that add a line, set a timer and end one."""
    upsert = insert(dialect, timers)
    anew = {name: upsert.excluded[name] for name in ("kind", "due", "subject", "payload")}
    return (
        insert(dialect, deliveries).on_conflict_do_nothing(index_elements=["id"]),
        upsert.on_conflict_do_update(index_elements=["id"], set_=anew),
        delete(timers).where(timers.c.id == bindparam("_id")),
    )


# --- claiming --------------------------------------------------------------------------------------------------------


@cache
def claimable() -> Select[Any]:
    """Lines due by `now` that may be claimed, locked: every channel's oldest first, then every channel's second; not those `without`."""
    now: Any = bindparam("now")
    without: Any = bindparam("without", expanding=True)
    place = func.row_number().over(partition_by=deliveries.c.channel, order_by=(deliveries.c.wake, deliveries.c.seq)).label("place")
    asked = select(deliveries.c.seq, place).where(deliveries.c.wake <= now, looking.first_in_line())
    ready = asked.where(deliveries.c.channel.not_in(without)).subquery("ready")
    fair = select(deliveries).join(ready, ready.c.seq == deliveries.c.seq).where(deliveries.c.wake <= now)
    fair = fair.order_by(ready.c.place, deliveries.c.wake, deliveries.c.seq).limit(bindparam("limit"))
    return fair.with_for_update(of=deliveries, skip_locked=True)


def claim(
    connection: Connection, now: datetime, worker: str, limit: int, lease: timedelta, without: Collection[str] = ()
) -> tuple[Claim, ...]:
    """Take due lines for one worker; those that another worker is taking at this moment are passed over."""
    asked = {"now": codec.micros(now), "limit": limit, "without": sorted(without)}
    rows = connection.execute(claimable(), asked).mappings().all()
    taken = _at_most_per_channel(rows)
    if not taken:
        return ()
    lost = [row for row in taken if row["state"] == DeliveryState.SENDING]
    _record_lost(connection, lost, now)
    hold = {"_wake": codec.micros(now + lease), "_worker": worker}
    counts = {row["seq"]: row["attempts"] + (row in lost) for row in taken}
    connection.execute(_taken(), [{"_seq": seq, "_attempts": n, **hold} for seq, n in counts.items()])
    return tuple(_claimed(row, counts[row["seq"]], now + lease) for row in taken)


@cache
def _taken() -> Update:
    """The statement that makes a line one worker's."""
    hold: dict[str, Any] = {"state": DeliveryState.SENDING.value, "token": deliveries.c.token + 1}
    hold |= {name: bindparam(f"_{name}") for name in ("wake", "worker", "attempts")}
    return update(deliveries).where(deliveries.c.seq == bindparam("_seq")).values(**hold)


def _at_most_per_channel(rows: Sequence[RowMapping]) -> list[RowMapping]:
    count: Counter[str] = Counter()
    taken = []
    for row in rows:
        count[row["channel"]] += 1
        if count[row["channel"]] <= PER_CHANNEL:
            taken.append(row)
    return taken


def _record_lost(connection: Connection, rows: Sequence[RowMapping], now: datetime) -> None:
    """A lease that ran out is a try that nobody told the end of; without it a message that kills its worker would never end."""
    if rows:
        why = "the worker stopped before it could tell how this ended"
        lost = [_attempt_row(row["id"], row["token"], now, LOST, why, "") for row in rows]
        connection.execute(insert(connection.dialect.name, attempts).on_conflict_do_nothing(), lost)


LOST = "lost"
"""The outcome of a try whose worker never came back."""


def _attempt_row(delivery: str, number: int, at: datetime, outcome: str, why: str, receipt: str) -> dict[str, Any]:
    return {
        "delivery": delivery,
        "number": number,
        "at": codec.micros(at),
        "outcome": outcome,
        "why": codec.text(why),
        "receipt": codec.text(receipt),
    }


def _claimed(row: RowMapping, tries: int, until: datetime) -> Claim:
    line = replace(codec.delivery(row), state=DeliveryState.SENDING, attempts=tries)
    return Claim(line, row["token"] + 1, until)


# --- settling --------------------------------------------------------------------------------------------------------


def settle(connection: Connection, claim: Claim, end: Settlement) -> bool:
    """Write how a sending ended. False when the line was taken over: then only the attempt is written."""
    if end.state is DeliveryState.SENDING:
        raise ValueError("a sending that goes on is not settled")
    id, waits = claim.delivery.id, end.state is DeliveryState.WAITING
    again = codec.micros(end.due or end.at)
    ended: dict[str, Any] = {
        "_state": end.state.value,
        "_why": codec.text(end.why),
        "_wake": again if waits else None,
        "_settled": None if waits else codec.micros(end.at),
        "_due": again,
        "_receipt": codec.text(end.receipt),
    }
    statement = _ended(waits, bool(end.receipt))
    held = connection.execute(statement, {"_id": id, "_token": claim.token, **ended}).rowcount == 1
    token = claim.token if held else connection.execute(select(deliveries.c.token).where(deliveries.c.id == id)).scalar()
    if token is None:
        raise UnknownName(f"there is no delivery {id!r}")
    _record_attempt(connection, _attempt_row(id, claim.token, end.at, end.state.value, end.why, end.receipt))
    return bool(token == claim.token)  # with our token but settled: by ourselves, and the answer was lost


@cache
def _ended(waits: bool, answered: bool) -> Update:
    """The statement that ends a try under its token; a line that waits again gets a new due time, an answer is kept."""
    mine = (
        deliveries.c.id == bindparam("_id"),
        deliveries.c.token == bindparam("_token"),
        deliveries.c.state == DeliveryState.SENDING.value,
    )
    names = ("state", "why", "wake", "settled", *(["due"] if waits else []), *(["receipt"] if answered else []))
    ended: dict[str, Any] = {name: bindparam(f"_{name}", type_=deliveries.c[name].type) for name in names}
    return update(deliveries).where(*mine).values(**ended, attempts=deliveries.c.attempts + 1)


def _record_attempt(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(_tried(connection.dialect.name), [row])


@cache
def _tried(dialect: str) -> Any:
    upsert = insert(dialect, attempts)
    told = {name: upsert.excluded[name] for name in ("at", "outcome", "why", "receipt")}
    return upsert.on_conflict_do_update(index_elements=["delivery", "number"], set_=told)


# --- what people and timers do to lines ------------------------------------------------------------------------------


def withdraw(connection: Connection, ids: Sequence[str], why: str, now: datetime) -> int:
    """Skip lines that still wait; how many that were."""
    waiting = (deliveries.c.id == bindparam("_id"), deliveries.c.state == DeliveryState.WAITING.value)
    skipped = {"state": DeliveryState.SKIPPED.value, "why": codec.text(why), "settled": codec.micros(now), "wake": None}
    if not ids:
        return 0
    return connection.execute(update(deliveries).where(*waiting).values(**skipped), [{"_id": id} for id in sorted(set(ids))]).rowcount


def hasten(connection: Connection, channel: str, now: datetime) -> int:
    """Let a channel's lines that wait for another try be due now; how many that were."""
    waiting = (deliveries.c.channel == channel, deliveries.c.state == DeliveryState.WAITING.value, deliveries.c.attempts > 0)
    moment = codec.micros(now)
    return connection.execute(update(deliveries).where(*waiting, deliveries.c.wake > moment).values(due=moment, wake=moment)).rowcount


def revive(connection: Connection, id: str, now: datetime) -> bool:
    """Let a settled line be sent once more, under its old id and a new token; False when it is not settled."""
    settled = (deliveries.c.id == id, deliveries.c.settled.is_not(None))
    moment = codec.micros(now)
    again: dict[str, Any] = {"state": DeliveryState.WAITING.value, "due": moment, "wake": moment, "settled": None, "attempts": 0}
    again["token"] = deliveries.c.token + 1
    if connection.execute(update(deliveries).where(*settled).values(**again)).rowcount:
        return True
    looking.delivery(connection, id)
    return False
