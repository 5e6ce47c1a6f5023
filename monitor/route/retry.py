"""When a delivery that could not be made is tried again, and when it is given up."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SCHEDULE = (5 * _SECOND, 5 * _MINUTE, 30 * _MINUTE, 1 * _HOUR)
"""Waits after the 1st, 2nd … failed try; the last one over and over. Standard Webhooks recommends to begin so and then to wait up to
a day; an alert must not wait half a day for a receiver that came back, so an hour is the longest."""

TRIES = 10
"""A line is given up after so many tries at least, …"""
PATIENCE = timedelta(days=3)
"""… and not before it is so old: whichever comes later."""

LONGEST = timedelta(days=1)
"""The longest wait that a receiver's own word is followed for."""

JITTER = 0.2
"""Up to this part of a wait is added, so that what failed together does not come back together."""


def next_try(delivery: str, attempts: int, created: datetime, now: datetime, wait: timedelta | None = None) -> datetime | None:
    """When to try again a line of `created` after `attempts` failed tries (counted from 1); None when it is given up.

    `wait` is what the other side asked for: it is kept when longer, up to `LONGEST`. The same delivery and attempt always
    get the same answer.
    """
    if attempts >= TRIES and now - created >= PATIENCE:
        return None
    planned = SCHEDULE[min(max(attempts, 1), len(SCHEDULE)) - 1] * (1 + JITTER * _share(delivery, attempts))
    return now + max(planned, min(wait, LONGEST) if wait else planned)


def _share(delivery: str, attempts: int) -> float:
    """A number from 0 up to 1 that looks random and is always the same."""
    return int.from_bytes(hashlib.sha256(f"{delivery}/{attempts}".encode()).digest()[:6]) / 2**48
