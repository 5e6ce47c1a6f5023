"""Reading the ledger lines: one, the newest, those of a situation, their tries, and what is due next."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, or_, select

from ..errors import UnknownName
from ..ledger import Attempt, Delivery, Timer
from ..model import DeliveryState
from . import codec
from .tables import attempts, deliveries, timers


def first_in_line() -> ColumnElement[bool]:
    """No older line of the same situation and channel is unsettled; lines of no situation wait for nobody."""
    older = deliveries.alias("older")
    waits = exists().where(
        older.c.situation == deliveries.c.situation,
        older.c.channel == deliveries.c.channel,
        older.c.seq < deliveries.c.seq,
        older.c.wake.is_not(None),
    )
    return or_(deliveries.c.situation == "", ~waits)


def delivery(connection: Connection, id: str) -> Delivery:
    """One ledger line."""
    row = connection.execute(_lines_by("id"), {"value": id}).mappings().first()
    if row is None:
        raise UnknownName(f"there is no delivery {id!r}")
    return codec.delivery(row)


@cache
def _lines_by(column: str) -> Select[Any]:
    return select(deliveries).where(deliveries.c[column] == bindparam("value")).order_by(deliveries.c.seq)


def newest(
    connection: Connection, states: Collection[DeliveryState], channel: str | None, limit: int, before: str | None = None
) -> tuple[Delivery, ...]:
    """Ledger lines, newest first, older than the line `before`; one short look per state, so that no state is ever read through."""
    asked = {"channel": channel, "limit": limit, "before": _number(connection, before) if before else None}
    page = lines_page(True, channel is not None, before is not None)
    rows = [row for state in sorted(states) for row in connection.execute(page, asked | {"state": state.value}).mappings()]
    if not states and channel is None:
        rows = list(connection.execute(lines_page(False, False, before is not None), asked).mappings())
    elif not states:
        return newest(connection, tuple(DeliveryState), channel, limit, before)
    rows.sort(key=lambda row: -row["seq"])
    return tuple(codec.delivery(row) for row in rows[:limit])


def _number(connection: Connection, id: str) -> int:
    """Where a line stands in the order of the ledger."""
    seq = connection.execute(select(deliveries.c.seq).where(deliveries.c.id == id)).scalar()
    if seq is None:
        raise UnknownName(f"there is no delivery {id!r}")
    return int(seq)


@cache
def lines_page(state: bool, channel: bool, before: bool = False) -> Select[Any]:
    """The statement for the newest lines, of one state, of one channel and older than a line where that is asked."""
    page = select(deliveries).order_by(deliveries.c.seq.desc()).limit(bindparam("limit"))
    if state:
        page = page.where(deliveries.c.state == bindparam("state"))
    if before:
        page = page.where(deliveries.c.seq < bindparam("before"))
    return page.where(deliveries.c.channel == bindparam("channel")) if channel else page


def of_situation(connection: Connection, situation: str) -> tuple[Delivery, ...]:
    """Every line of a situation, oldest first."""
    if not situation:
        return ()
    return tuple(codec.delivery(row) for row in connection.execute(_lines_by("situation"), {"value": situation}).mappings())


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
    rows = connection.execute(_due_timers(), {"now": codec.micros(now), "limit": limit}).mappings()
    return tuple(codec.timer(row) for row in rows)


@cache
def _due_timers() -> Select[Any]:
    return select(timers).where(timers.c.due <= bindparam("now")).order_by(timers.c.due, timers.c.id).limit(bindparam("limit"))
