"""When a source is asked next: spread out, politely, faster while a place is in crisis, and less often while it fails."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from datetime import datetime, timedelta

from ..model import Source

SPREAD = 0.1
"""Due times are moved by up to this share, so that sources with the same cadence do not come in step."""

_PATIENT = 3
"""So many failures in a row and a source is only probed, less and less often."""
_PROBES = {"unreached": timedelta(minutes=15), "answering": timedelta(hours=1), "refusing": timedelta(hours=6)}
"""The longest pause between probes: nobody is bothered by those that reach nobody, and who refuses us is left alone longest."""


def after_success(source: Source, poll: int, now: datetime, *, fresh: timedelta | None = None, urgent: bool = False) -> datetime:
    """When to ask again after a good answer. `fresh` is how long the answer calls itself valid: waited for up to twice the cadence."""
    every = pace(source, urgent=urgent)
    wait = min(max(every, fresh or every), 2 * every)
    return now + spread(source.id, poll, wait)


def after_failure(
    source: Source, poll: int, failures: int, now: datetime, *, reached: bool = True, refused: bool = False, asked: timedelta | None = None
) -> datetime:
    """When to ask again after the so-many-th failure in a row; `asked` is what Retry-After wants (the fetch bounds it), never undercut.

    `reached` is False when nobody answered at all; `refused` says that the other side does not want us.
    """
    longest = _PROBES["refusing" if refused else "answering" if reached else "unreached"]
    wait = min(source.every * 2 ** min(max(failures - _PATIENT + 1, 0), 16), max(longest, source.every))
    return now + max(spread(source.id, poll, wait), asked or timedelta(0))


def pace(source: Source, *, urgent: bool) -> timedelta:
    """How often it is polled: as configured, or while one of its places is in crisis as fast as it was said to allow."""
    return min(source.fastest or source.every, source.every) if urgent else source.every


def concerned(source: Source, places: Collection[str]) -> bool:
    """Whether a source may speak about one of these places: one that is about a single place says which under its options."""
    own = dict(source.options).get("place", "")
    return bool(places) and (not own or own in places)


def spread(id: str, poll: int, wait: timedelta) -> timedelta:
    """A wait moved by up to SPREAD either way; the same for the same source and poll on every machine."""
    share = zlib.crc32(f"{id}\x1f{poll}".encode()) / 0xFFFFFFFF
    return wait * (1 + SPREAD * (2 * share - 1))
