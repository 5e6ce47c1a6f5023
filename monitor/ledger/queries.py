"""What is asked of a ledger, and how long it keeps what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


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
