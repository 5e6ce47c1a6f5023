"""Values of who is told: messages, deliveries, the state of a source, and what people watch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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


class WatchKind(StrEnum):
    """What somebody has in a place. Persons and trips are private: their names are told to receivers that asked for them."""

    SITE = "site"
    PERSON = "person"
    TRIP = "trip"


_EAST, _WEST = timedelta(hours=14), timedelta(hours=12)
"""How far the clocks of the earth are before and behind UTC."""


@dataclass(frozen=True, slots=True)
class Watch:
    """People or sites somebody has in a place; raises severity and is named in the alert.

    `start` and `end` are its first and last day, both included, None where it is open; it counts from `lead` before the
    start on. `area` is the part of the place in the owner's words: an alert for the whole place concerns it too. `group`
    is the list it came from. The name and contact of a private one are told to nobody who did not ask for them.
    """

    name: str
    place: str
    people: int = 0
    kind: WatchKind = WatchKind.SITE
    area: str = ""
    start: date | None = None
    end: date | None = None
    lead: timedelta = timedelta(0)
    contact: str = ""
    group: str = ""
    private: bool = False

    def counts(self, at: datetime) -> bool:
        """Whether it is going on, or about to: as long as it is one of its days anywhere on earth."""
        if self.start and at + _EAST < datetime.combine(self.start, time(), UTC) - self.lead:
            return False
        return not self.end or at - _WEST < datetime.combine(self.end, time(), UTC) + timedelta(days=1)

    def covers(self, place: str, at: datetime) -> bool:
        """Whether what happens in a place at a time concerns it."""
        return self.place == place and self.counts(at)
