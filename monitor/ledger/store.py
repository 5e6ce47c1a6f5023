"""The protocol that every store keeps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from ..errors import MonitorError
from ..model import Change, DeliveryState, Posture, Reason, Source
from .lines import Attempt, Claim, Delivery, Settlement, Timer
from .polls import Edition, PollSave, Remembered, SourceRecord
from .queries import ChangeQuery, Retention


class Reader(Protocol):
    """The half of a store that tells what is held; errors are those of `errors.StoreError`."""

    def record(self, source: str) -> SourceRecord:
        """Where we stand with a source; UnknownName when it was never registered."""

    def records(self, polled_after: datetime | None = None) -> tuple[SourceRecord, ...]:
        """All registered sources, by id; with `polled_after`, only those that were last polled later than that."""

    def remembered(self, prefix: str, due: datetime | None = None) -> dict[str, Remembered]:
        """Pieces of memory whose key starts with prefix; with `due`, only those that want to be looked at by then."""

    def changes(self, query: ChangeQuery) -> tuple[Change, ...]:
        """Changes, newest first."""

    def change(self, id: str) -> Change:
        """One change; UnknownName when there is none."""

    def postures(self, place: str | None = None, issuer: str | None = None) -> tuple[Posture, ...]:
        """Postures held now."""

    def history(self, place: str) -> tuple[tuple[datetime, Posture], ...]:
        """Every posture ever held about a place, oldest first."""

    def deliveries(
        self, states: Collection[DeliveryState] = (), channel: str | None = None, limit: int = 100, before: str | None = None
    ) -> tuple[Delivery, ...]:
        """Ledger lines, newest first, older than the line `before` when it is given; UnknownName when that is not kept."""

    def delivery(self, id: str) -> Delivery:
        """One ledger line; UnknownName when there is none."""

    def delivered_to(self, situation: str) -> tuple[Delivery, ...]:
        """Every line of a situation, oldest first: who was told what about it."""

    def attempts(self, delivery: str) -> tuple[Attempt, ...]:
        """Every try of a delivery, oldest first."""

    def timers(self, now: datetime, limit: int = 100) -> tuple[Timer, ...]:
        """Timers that are due, oldest first."""

    def tallies(self, source: str, since: datetime) -> dict[Reason, int]:
        """How often each reason was the answer for a source since a time."""

    def close(self) -> None:
        """Let go of the database."""


class Store(Reader, Protocol):
    """The one ledger. Every method is one transaction; errors are those of `errors.StoreError`."""

    def register(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the configured sources known; new ones are due at once, those no longer configured never."""

    def due(self, now: datetime, limit: int = 1000) -> tuple[str, ...]:
        """Ids of the sources that are due, longest overdue first."""

    def seen(self, source: str) -> dict[str, str]:
        """The digest of every item key this source has shown and we remember."""

    def remember(self, keys: Collection[str]) -> dict[str, Remembered]:
        """Pieces of memory by key; those that do not exist are absent."""

    def save(self, poll: PollSave) -> None:
        """Write everything one poll learned. StalePoll when source or memory moved on meanwhile."""

    def save_many(self, some: Sequence[PollSave]) -> tuple[MonitorError | None, ...]:
        """Several polls with one commit, each whole or not at all; for each None, or the StalePoll or UnknownName that kept it out."""

    def editions(self, place: str, limit: int = 50) -> tuple[Edition, ...]:
        """The newest editions about a place, with their raw bodies, newest first."""

    def enqueue(self, deliveries: Sequence[Delivery], timers: Sequence[Timer] = (), timers_done: Sequence[str] = ()) -> None:
        """Add ledger lines that come from no poll; a line whose id exists is left as it is."""

    def claim(self, now: datetime, worker: str, limit: int, lease: timedelta, without: Collection[str] = ()) -> tuple[Claim, ...]:
        """Take due deliveries for one worker: waiting ones, and sending ones whose lease ran out.

        Lines for the channels in `without` are left (a channel that hangs must not hold up the others). Within one
        situation and channel, only the oldest unsettled line is handed out, so order is kept.
        """

    def settle(self, claim: Claim, settlement: Settlement) -> bool:
        """Write how a sending ended; False (and nothing written but the attempt) when the lease was lost to another."""

    def merge(self, into: Delivery, ids: Sequence[str], why: str, now: datetime) -> bool:
        """Let one new line stand for lines that all still wait (skipped, with `why`); False, and nothing, if one does not."""

    def withdraw(self, ids: Sequence[str], why: str, now: datetime) -> int:
        """Skip lines that still wait, with the reason; how many that were."""

    def hasten(self, channel: str, now: datetime) -> int:
        """Let a channel's lines that wait for another try be due now; how many that were."""

    def revive(self, id: str, now: datetime) -> bool:
        """Send a settled line once more, under its old id; False when it is not settled, UnknownName when there is none."""

    def prune(self, now: datetime, policy: Retention) -> dict[str, int]:
        """Delete what the policy no longer keeps, in many short transactions; rows deleted per table."""

    def give_back(self, pages: int = 1000) -> int:
        """Return free pages to the disk, so many at a time; bytes returned."""

    def size(self) -> int:
        """Bytes the database takes on its disk."""
