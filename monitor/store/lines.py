"""The ledger lines: added once, claimed by one worker at a time, settled under a token, in order within a situation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, bindparam, delete, exists, func, or_, select, update

from ..errors import UnknownName
from ..ledger import Attempt, Claim, Delivery, Settlement, Timer
from ..model import DeliveryState
from . import codec
from .database import insert
from .tables import attempts, deliveries, sources, timers

PER_CHANNEL = 32
"""At most so many lines of one channel in one claim: what one channel has waiting must not keep the others waiting."""


def add(connection: Connection, new: Sequence[Delivery], timers_new: Sequence[Timer], timers_done: Sequence[str]) -> None:
    """Add lines (one whose id exists is left as it is), end timers, then set timers."""
    if new:
        connection.execute(
            insert(connection.dialect.name, deliveries).on_conflict_do_nothing(index_elements=["id"]), [*map(codec.delivery_row, new)]
        )
    if timers_done:
        connection.execute(delete(timers).where(timers.c.id == bindparam("_id")), [{"_id": id} for id in sorted(timers_done)])
    if timers_new:
        upsert = insert(connection.dialect.name, timers)
        anew = {name: upsert.excluded[name] for name in ("kind", "due", "subject", "payload")}
        rows = sorted(map(codec.timer_row, timers_new), key=lambda row: row["id"])
        connection.execute(upsert.on_conflict_do_update(index_elements=["id"], set_=anew), rows)


# --- claiming --------------------------------------------------------------------------------------------------------


def _first_in_line() -> ColumnElement[bool]:
    """No older line of the same situation and channel is unsettled; lines of no situation wait for nobody."""
    older = deliveries.alias("older")
    waits = exists().where(
        older.c.situation == deliveries.c.situation,
        older.c.channel == deliveries.c.channel,
        older.c.seq < deliveries.c.seq,
        older.c.wake.is_not(None),
    )
    return or_(deliveries.c.situation == "", ~waits)


def claimable(now: int, limit: int, without: Collection[str] = ()) -> Select[Any]:
    """Lines that may be claimed, locked: every channel's oldest first, then every channel's second, and so on."""
    place = func.row_number().over(partition_by=deliveries.c.channel, order_by=(deliveries.c.wake, deliveries.c.seq)).label("place")
    asked = select(deliveries.c.seq, place).where(deliveries.c.wake <= now, _first_in_line())
    ready = (asked.where(deliveries.c.channel.not_in(sorted(without))) if without else asked).subquery("ready")
    fair = select(deliveries).join(ready, ready.c.seq == deliveries.c.seq).where(deliveries.c.wake <= now)
    fair = fair.order_by(ready.c.place, deliveries.c.wake, deliveries.c.seq).limit(limit)
    return fair.with_for_update(of=deliveries, skip_locked=True)


def claim(
    connection: Connection, now: datetime, worker: str, limit: int, lease: timedelta, without: Collection[str] = ()
) -> tuple[Claim, ...]:
    """Take due lines for one worker; those that another worker is taking at this moment are passed over."""
    rows = connection.execute(claimable(codec.micros(now), limit, without)).mappings().all()
    taken = _at_most_per_channel(rows)
    if not taken:
        return ()
    lost = [row for row in taken if row["state"] == DeliveryState.SENDING]
    _record_lost(connection, lost, now)
    hold = {"state": DeliveryState.SENDING.value, "token": deliveries.c.token + 1, "wake": codec.micros(now + lease), "worker": worker}
    mine = update(deliveries).where(deliveries.c.seq == bindparam("_seq")).values(**hold, attempts=bindparam("_attempts"))
    counts = {row["seq"]: row["attempts"] + (row in lost) for row in taken}
    connection.execute(mine, [{"_seq": seq, "_attempts": n} for seq, n in counts.items()])
    return tuple(_claimed(row, counts[row["seq"]], now + lease) for row in taken)


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
    mine = (deliveries.c.id == id, deliveries.c.token == claim.token, deliveries.c.state == DeliveryState.SENDING.value)
    ended: dict[str, Any] = {
        "state": end.state.value,
        "why": codec.text(end.why),
        "attempts": deliveries.c.attempts + 1,
        "wake": again if waits else None,
        "settled": None if waits else codec.micros(end.at),
    }
    ended |= {"due": again} if waits else {}
    ended |= {"receipt": codec.text(end.receipt)} if end.receipt else {}
    held = connection.execute(update(deliveries).where(*mine).values(**ended)).rowcount == 1
    token = claim.token if held else connection.execute(select(deliveries.c.token).where(deliveries.c.id == id)).scalar()
    if token is None:
        raise UnknownName(f"there is no delivery {id!r}")
    _record_attempt(connection, _attempt_row(id, claim.token, end.at, end.state.value, end.why, end.receipt))
    return bool(token == claim.token)  # with our token but settled: by ourselves, and the answer was lost


def _record_attempt(connection: Connection, row: dict[str, Any]) -> None:
    upsert = insert(connection.dialect.name, attempts)
    told = {name: upsert.excluded[name] for name in ("at", "outcome", "why", "receipt")}
    connection.execute(upsert.on_conflict_do_update(index_elements=["delivery", "number"], set_=told), [row])


# --- what people and timers do to lines ------------------------------------------------------------------------------


def withdraw(connection: Connection, ids: Sequence[str], why: str, now: datetime) -> int:
    """Skip lines that still wait; how many that were."""
    waiting = (deliveries.c.id == bindparam("_id"), deliveries.c.state == DeliveryState.WAITING.value)
    skipped = {"state": DeliveryState.SKIPPED.value, "why": codec.text(why), "settled": codec.micros(now), "wake": None}
    if not ids:
        return 0
    return connection.execute(update(deliveries).where(*waiting).values(**skipped), [{"_id": id} for id in sorted(set(ids))]).rowcount


def revive(connection: Connection, id: str, now: datetime) -> bool:
    """Let a settled line be sent once more, under its old id and a new token; False when it is not settled."""
    settled = (deliveries.c.id == id, deliveries.c.settled.is_not(None))
    moment = codec.micros(now)
    again: dict[str, Any] = {"state": DeliveryState.WAITING.value, "due": moment, "wake": moment, "settled": None, "attempts": 0}
    again["token"] = deliveries.c.token + 1
    if connection.execute(update(deliveries).where(*settled).values(**again)).rowcount:
        return True
    delivery(connection, id)
    return False


# --- reading ---------------------------------------------------------------------------------------------------------


def delivery(connection: Connection, id: str) -> Delivery:
    """One ledger line."""
    row = connection.execute(select(deliveries).where(deliveries.c.id == id)).mappings().first()
    if row is None:
        raise UnknownName(f"there is no delivery {id!r}")
    return codec.delivery(row)


def newest(connection: Connection, states: Collection[DeliveryState], channel: str | None, limit: int) -> tuple[Delivery, ...]:
    """Ledger lines, newest first; one short look per state, so that no state is ever read through."""
    rows = [row for state in sorted(states) for row in connection.execute(lines_page(state, channel, limit)).mappings()]
    if not states and channel is None:
        rows = list(connection.execute(lines_page(None, None, limit)).mappings())
    elif not states:
        return newest(connection, tuple(DeliveryState), channel, limit)
    rows.sort(key=lambda row: -row["seq"])
    return tuple(codec.delivery(row) for row in rows[:limit])


def lines_page(state: DeliveryState | None, channel: str | None, limit: int) -> Select[Any]:
    """The statement for the newest lines of one state and channel."""
    page = select(deliveries).order_by(deliveries.c.seq.desc()).limit(limit)
    if state is not None:
        page = page.where(deliveries.c.state == state.value)
    return page if channel is None else page.where(deliveries.c.channel == channel)


def of_situation(connection: Connection, situation: str) -> tuple[Delivery, ...]:
    """Every line of a situation, oldest first."""
    if not situation:
        return ()
    rows = select(deliveries).where(deliveries.c.situation == situation).order_by(deliveries.c.seq)
    return tuple(codec.delivery(row) for row in connection.execute(rows).mappings())


def tries(connection: Connection, id: str) -> tuple[Attempt, ...]:
    """Every try of a line, oldest first."""
    rows = select(attempts).where(attempts.c.delivery == id).order_by(attempts.c.number)
    return tuple(codec.attempt(row) for row in connection.execute(rows).mappings())


def unsettled(connection: Connection) -> dict[tuple[str, DeliveryState], int]:
    """How many lines of a channel wait or are being sent."""
    states = (DeliveryState.WAITING.value, DeliveryState.SENDING.value)
    query = select(deliveries.c.channel, deliveries.c.state, func.count()).where(deliveries.c.state.in_(states))
    rows = connection.execute(query.group_by(deliveries.c.channel, deliveries.c.state))
    return {(channel, DeliveryState(state)): count for channel, state, count in rows}


def due_timers(connection: Connection, now: datetime, limit: int) -> tuple[Timer, ...]:
    """Timers that are due, oldest first."""
    rows = select(timers).where(timers.c.due <= codec.micros(now)).order_by(timers.c.due, timers.c.id).limit(limit)
    return tuple(codec.timer(row) for row in connection.execute(rows).mappings())


def next_due(connection: Connection) -> datetime | None:
    """When the next source, line or timer is due; a line that must wait for an older one is not due."""
    moments = [connection.execute(statement).scalar() for statement in next_moments()]
    return codec.maybe_moment(min((moment for moment in moments if moment is not None), default=None))


def next_moments() -> tuple[Select[Any], ...]:
    """The statements for the next moment of each thing that has one."""
    line = select(deliveries.c.wake).where(deliveries.c.wake.is_not(None), _first_in_line()).order_by(deliveries.c.wake).limit(1)
    source = select(sources.c.due).where(sources.c.due.is_not(None)).order_by(sources.c.due).limit(1)
    return source, line, select(func.min(timers.c.due))
