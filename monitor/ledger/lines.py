"""Ledger lines and what happens to them: deliveries, claims, settlements, tries, and timers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from ..model import DeliveryState, MessageType

FAR = datetime(9000, 1, 1, tzinfo=UTC)
"""Later than every promise."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One ledger line: these changes, for this receiver, as one message.

    The id is stable over retries and restarts. `due` is when it may be sent. `group` names the message it may be merged
    into while it waits. `payload` is for messages that are about no change (tests, drills, operator notices). `attempts`
    counts tries that ended, well or not, a worker that died over it included. `receipt` is what the receiver answered
    when it took the message (a Message-ID, a thread), so that an update can find it.
    """

    id: str
    channel: str
    type: MessageType
    changes: tuple[str, ...]
    created: datetime
    due: datetime
    route: str = ""
    situation: str = ""
    group: str = ""
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    why: str = ""
    payload: str = ""
    references: tuple[str, ...] = ()
    settled: datetime | None = None
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that one worker may send until `until`; `token` fences it against a worker that woke up late."""

    delivery: Delivery
    token: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a sending ended: the new state, when to try again (waiting only), why, and what the receiver answered."""

    state: DeliveryState
    at: datetime
    why: str = ""
    due: datetime | None = None
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one delivery, as the ledger keeps it."""

    delivery: str
    number: int
    at: datetime
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class Timer:
    """A promise with a due time that is about no single delivery: a digest, a reminder, an escalation, a drill."""

    id: str
    kind: str
    due: datetime
    subject: str
    payload: str = ""
