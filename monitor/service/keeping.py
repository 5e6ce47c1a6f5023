"""Keeps the ledger within its bounds, a little at a time, so that no poll and no delivery waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..ledger import Retention, Store

_PAGES = 500
"""Pages given back in one go: two megabytes, during which a save waits."""
_GOES = 200


@dataclass(frozen=True, slots=True)
class Tidied:
    """What housekeeping did: rows deleted per table, bytes given back to the disk, bytes the ledger takes now."""

    deleted: Mapping[str, int]
    returned: int
    size: int


def tidy(store: Store, now: datetime, policy: Retention) -> Tidied:
    """Delete what need not be kept any longer, and return the room. Safe to interrupt and to repeat."""
    deleted = {table: rows for table, rows in store.prune(now, policy).items() if rows}
    returned = 0
    for _ in range(_GOES):
        given = store.give_back(_PAGES)
        returned += given
        if not given:
            break
    return Tidied(deleted, returned, store.size())
