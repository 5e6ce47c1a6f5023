"""When a delivery that could not be made is tried again, and when it is given up."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SCHEDULE = (5 * _SECOND, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR)
"""Waits after the 1st, 2nd … failed try: the schedule that the Standard Webhooks specification recommends; three days in all."""

JITTER = 0.2
"""Up to this part of a wait is added, so that what failed together does not come back together."""


def next_try(delivery: str, attempts: int, now: datetime, wait: timedelta | None = None) -> datetime | None:
    """When to try again after `attempts` failed tries (counted from 1); None when the schedule is over.

    `wait` is what the other side asked for: it is kept when longer, up to the longest wait of the schedule. The same
    delivery and attempt always get the same answer.
    """
    if attempts > len(SCHEDULE):
        return None
    planned = SCHEDULE[max(attempts, 1) - 1] * (1 + JITTER * _share(delivery, attempts))
    return now + max(planned, min(wait, SCHEDULE[-1]) if wait else planned)


def _share(delivery: str, attempts: int) -> float:
    """A number from 0 up to 1 that looks random and is always the same."""
    return int.from_bytes(hashlib.sha256(f"{delivery}/{attempts}".encode()).digest()[:6]) / 2**48
