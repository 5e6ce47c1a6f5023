"""Knows which channels are failing, so that nobody else waits for them and they are not hammered."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

OPENS_AFTER = 3
"""So many failures in a row and a channel is only probed."""

_FIRST, _LONGEST = timedelta(seconds=15), timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Health:
    """How a channel does: failures in a row, since when, left alone until when."""

    failures: int = 0
    since: datetime | None = None
    until: datetime | None = None
    gone: bool = False


class Breakers:
    """The health of every channel; used by several threads. Memory only: after a restart every channel that is not gone is tried anew."""

    def __init__(self) -> None:
        self._health: dict[str, Health] = {}
        self._lock = threading.Lock()

    def of(self, channel: str) -> Health:
        """How a channel does."""
        with self._lock:
            return self._health.get(channel, Health())

    def resting(self, now: datetime) -> set[str]:
        """The channels to leave alone just now."""
        with self._lock:
            return {name for name, h in self._health.items() if h.until is not None and h.until > now}

    def failing(self) -> set[str]:
        """The channels that did not work the last time, or do not exist any more."""
        with self._lock:
            return {name for name, h in self._health.items() if h.failures or h.gone}

    def probing(self) -> set[str]:
        """The channels that get one message at a time until one arrives."""
        with self._lock:
            return {name for name, h in self._health.items() if h.failures >= OPENS_AFTER}

    def worked(self, channel: str) -> bool:
        """It answered; all is forgotten. Whether it had failed before."""
        with self._lock:
            return self._health.pop(channel, None) is not None

    def failed(self, channel: str, now: datetime, wait: timedelta | None) -> Health:
        """It did not work; `wait` is what it asked for."""
        with self._lock:
            old = self._health.get(channel, Health())
            failures = old.failures + 1
            pause = min(_FIRST * 2 ** min(failures - OPENS_AFTER, 8), _LONGEST) if failures >= OPENS_AFTER else timedelta(0)
            pause = max(pause, wait or timedelta(0))
            health = replace(old, failures=failures, since=old.since or now, until=now + pause if pause else None)
            self._health[channel] = health
            return health

    def put_away(self, since: Mapping[str, datetime]) -> None:
        """Exactly these channels said that they do not exist any more, and when."""
        with self._lock:
            for name in [n for n, h in self._health.items() if h.gone and n not in since]:
                del self._health[name]
            self._health |= {name: Health(since=at, gone=True) for name, at in since.items()}

    def gone(self, channel: str, now: datetime) -> None:
        """It said that it does not exist any more."""
        with self._lock:
            self._health[channel] = Health(since=now, gone=True)
