"""What the shell and a store say to each other: values in, values out, and the protocol every store keeps."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from .errors import MonitorError
from .model import Change, DeliveryState, MessageType, Posture, Reason, Source, SourceState

# --- one poll --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cursor:
    """What to send and compare next time; `body_hash` is the SHA-256 (hex) of the last body that was understood."""

    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """Where we stand with one source. `poll` counts saved polls and is what `save` compares before it writes.

    `counts` are the newest record counts of good bodies, newest last. `seen_well` is the time of the last good poll.
    `baseline` is False until the first good body was taken in silently.
    """

    id: str
    poll: int = 0
    cursor: Cursor = Cursor()
    state: SourceState = SourceState.NEW
    why: str = ""
    since: datetime | None = None
    seen_well: datetime | None = None
    polled: datetime | None = None
    failures: int = 0
    due: datetime | None = None
    baseline: bool = False
    counts: tuple[int, ...] = ()
    newest: datetime | None = None
    touches: int = 0


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of one item as it came, kept as evidence; `raw` is stored once, compressed, under its SHA-256."""

    source: str
    key: str
    digest: str
    places: tuple[str, ...]
    issuer: str | None
    title: str
    url: str
    published: datetime | None
    seen: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class Remembered:
    """One piece of the detector's memory under its key (`posture/US/UA`, `situation/UA`); the payload is the detector's.

    `version` is the one that was loaded (0: new) and is compared when it is saved. `due` is the earliest time at which
    the detector wants to look at it again without being asked (a confirmation, an expiry); None for never. An empty
    payload forgets the key.
    """

    key: str
    payload: str
    version: int = 0
    due: datetime | None = None


# --- deliveries ------------------------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class PollSave:
    """Everything one poll learned; it is saved whole or not at all.

    `record` is the new state of the source and carries the next poll number. `seen` maps item keys to digests (only what
    became different), `gone` are keys to forget, `shown` all keys of a good body: only those that a source has not shown
    for long, by its own account, are ever pruned. A held change that comes again under its id as not held becomes told;
    any other change, line or edition whose id exists is left as it is. A timer whose id exists is set anew; `timers_done`
    come first.
    """

    record: SourceRecord
    at: datetime
    seen: Mapping[str, str] = field(default_factory=dict)
    gone: Collection[str] = ()
    shown: Collection[str] = ()
    editions: tuple[Edition, ...] = ()
    memory: tuple[Remembered, ...] = ()
    postures: tuple[Posture, ...] = ()
    changes: tuple[Change, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    timers: tuple[Timer, ...] = ()
    timers_done: tuple[str, ...] = ()
    tally: Mapping[Reason, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeQuery:
    """Which changes to read: newest first, `limit` at a time, older than `before` (an `at`, `id` pair) when given."""

    place: str | None = None
    issuer: str | None = None
    source: str | None = None
    situation: str | None = None
    kinds: tuple[str, ...] = ()
    held: bool | None = None
    since: datetime | None = None
    before: tuple[datetime, str] | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept; None is for ever. What is held, standing or not yet settled is kept whatever its age.

    `evidence` is for editions and their raw bodies, of which `evidence_bytes` (compressed) are kept at most; `history` for
    changes and former postures; `deliveries` for settled lines and their attempts; `tallies` for daily counters; `seen`
    for keys that a source has not shown, by its own account, for so long.
    """

    evidence: timedelta | None = timedelta(days=730)
    evidence_bytes: int | None = None
    history: timedelta | None = None
    deliveries: timedelta | None = timedelta(days=730)
    tallies: timedelta | None = timedelta(days=90)
    seen: timedelta | None = timedelta(days=180)


class Reader(Protocol):
    """The half of a store that tells what is held; errors are those of `errors.StoreError`."""

    def record(self, source: str) -> SourceRecord:
        """Where we stand with a source; UnknownName when it was never registered."""

    def records(self) -> tuple[SourceRecord, ...]:
        """All registered sources, by id."""

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

    def next_due(self) -> datetime | None:
        """When the next source or delivery or timer is due; None when nothing ever is."""

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

    def revive(self, id: str, now: datetime) -> bool:
        """Send a settled line once more, under its old id; False when it is not settled, UnknownName when there is none."""

    def prune(self, now: datetime, policy: Retention) -> dict[str, int]:
        """Delete what the policy no longer keeps, in many short transactions; rows deleted per table."""

    def give_back(self, pages: int = 1000) -> int:
        """Return free pages to the disk, so many at a time; bytes returned."""

    def size(self) -> int:
        """Bytes the database takes on its disk."""
