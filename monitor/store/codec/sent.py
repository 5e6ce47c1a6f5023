"""Ledger lines, tries and timers, as rows and back."""

from __future__ import annotations

from typing import Any

from ...ledger import Attempt, Delivery, Timer
from ...model import (
    DeliveryState,
    MessageType,
)
from .parts import Row, dump, maybe_moment, micros, moment, strings, text


def delivery_row(delivery: Delivery) -> dict[str, Any]:
    """The columns of a new ledger line; one that is settled already (skipped with a reason) never wakes."""
    settled = delivery.state in SETTLED
    return {
        "id": delivery.id,
        "channel": delivery.channel,
        "type": delivery.type.value,
        "changes": dump(delivery.changes),
        "created": micros(delivery.created),
        "due": micros(delivery.due),
        "route": text(delivery.route),
        "situation": delivery.situation,
        "cluster": text(delivery.group),
        "state": delivery.state.value if settled else DeliveryState.WAITING.value,
        "attempts": delivery.attempts,
        "why": text(delivery.why),
        "payload": text(delivery.payload),
        "refs": dump(delivery.references),
        "settled": micros(delivery.settled or delivery.created) if settled else None,
        "receipt": text(delivery.receipt),
        "token": 0,
        "wake": None if settled else micros(delivery.due),
        "worker": "",
    }


SETTLED = frozenset({DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.SKIPPED})
"""The states in which a line rests for good."""


def delivery(row: Row) -> Delivery:
    """A ledger line's columns as a value."""
    return Delivery(
        id=row["id"],
        channel=row["channel"],
        type=MessageType(row["type"]),
        changes=strings(row["changes"]),
        created=moment(row["created"]),
        due=moment(row["due"]),
        route=row["route"],
        situation=row["situation"],
        group=row["cluster"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        why=row["why"],
        payload=row["payload"],
        references=strings(row["refs"]),
        settled=maybe_moment(row["settled"]),
        receipt=row["receipt"],
    )


def attempt(row: Row) -> Attempt:
    """One try's columns as a value."""
    return Attempt(row["delivery"], row["number"], moment(row["at"]), row["outcome"], row["why"])


def timer_row(timer: Timer) -> dict[str, Any]:
    """The columns of a timer."""
    return {
        "id": timer.id,
        "kind": timer.kind,
        "due": micros(timer.due),
        "subject": text(timer.subject),
        "payload": text(timer.payload),
    }


def timer(row: Row) -> Timer:
    """A timer's columns as a value."""
    return Timer(row["id"], row["kind"], moment(row["due"]), row["subject"], row["payload"])
