"""The dates that sources print, as UTC times; dates that cannot be are kept as words, not believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import lru_cache

from monitor.sources.text import one_line

__all__ = ["JST", "believable", "from_epoch", "parse_date"]

JST = timezone(timedelta(hours=9), "JST")
"""Japan has had no summer time since 1951."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No source we read is older than the web."""

AHEAD = timedelta(days=2)
"""How far a date may lie after its own document's time: time zones, and date-only values of the next day."""

_MILLISECONDS = 100_000_000_000


@lru_cache(maxsize=4_096)
def parse_date(raw: str, zone: timezone = UTC) -> datetime | None:
    """RFC 822, ISO 8601 and their common damages as UTC; `zone` is for dates that name none. None when it is no date."""
    raw = raw.strip()
    if not 6 <= len(raw) <= 60:
        return None
    found = _iso(raw) or _rfc822(raw)
    if found is None:
        return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def from_epoch(seconds: object) -> datetime | None:
    """A Unix time in seconds, or in milliseconds when it is that large; None for anything else."""
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit() and len(seconds) < 15:
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def believable(when: datetime | None, generated: datetime | None, raw: object = "") -> tuple[datetime | None, tuple[tuple[str, str], ...]]:
    """The date, or None and a label with the printed words when it cannot be true (before 1990, after its document)."""
    if when is not None and when >= EARLIEST and (generated is None or when <= generated + AHEAD):
        return when, ()
    printed = one_line(str(raw))[:60]
    return None, (("absurd_date", printed),) if printed else ()


def _iso(raw: str) -> datetime | None:
    # "2026/01/11 03:40:48" and "Sat, 2024-10-05 05:06" are ISO but for a letter
    tail = raw.split(", ", 1)[-1].replace("/", "-")
    if not tail[:4].isdigit():
        return None
    try:
        return datetime.fromisoformat(tail)
    except ValueError:
        return None


def _rfc822(raw: str) -> datetime | None:
    try:
        parts = parsedate_tz(raw) or parsedate_tz(f"{raw} 00:00:00 +0000")
        if parts is None:
            return None
        # the parser says 0 both for UTC and for no zone at all
        zone = None if raw[-3:-2] == ":" else timezone(timedelta(seconds=parts[9] or 0))
        return datetime(*parts[:6], tzinfo=zone)
    except (ValueError, IndexError, TypeError, OverflowError, AttributeError):
        return None
