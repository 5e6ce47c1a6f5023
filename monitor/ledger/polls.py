"""What one poll reads and learns: where we stand with a source, what it showed, the detector's memory, and all of it as one save."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..model import Change, Posture, Reason, SourceState
from .lines import Delivery, Timer


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
