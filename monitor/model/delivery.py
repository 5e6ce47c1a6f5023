"""Values of who is told: messages, deliveries, the state of a source, and what people watch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MessageType(StrEnum):
    """What a message is to its receiver; `operator` and `test` are never about the world."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"
    DIGEST = "digest"
    TEST = "test"
    OPERATOR = "operator"


class DeliveryState(StrEnum):
    """Where one ledger line stands; `sent`, `dead`, `skipped` are ends, the operator hears of `dead`."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    SKIPPED = "skipped"


class SourceState(StrEnum):
    """How well we see through a source."""

    NEW = "new"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    SILENT = "silent"
    BROKEN = "broken"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Watch:
    """People or sites somebody has in a place; raises severity and is named in the alert."""

    name: str
    place: str
    people: int = 0
