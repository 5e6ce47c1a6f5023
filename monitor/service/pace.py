"""Keeps each receiver's pace: no more messages a minute than it asked for."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from ..route.routes import Receiver

_MINUTE = timedelta(minutes=1)


class Pace:
    """The sendings of the last minute, per channel that has a bound; memory only, so a restart may begin a new minute."""

    def __init__(self, receivers: Mapping[str, Receiver]) -> None:
        self._bounds = {name: r.per_minute for name, r in receivers.items() if r.per_minute}
        self._sent: dict[str, deque[datetime]] = {name: deque() for name in self._bounds}
        self._lock = threading.Lock()

    @property
    def paced(self) -> set[str]:
        """The channels that have a bound: they get one message at a time."""
        return set(self._bounds)

    def took(self, channel: str, now: datetime) -> None:
        """A message is being sent."""
        with self._lock:
            if channel in self._sent:
                self._sent[channel].append(now)

    def exhausted(self, now: datetime) -> set[str]:
        """The channels that have had their share of this minute."""
        with self._lock:
            for times in self._sent.values():
                while times and now - times[0] >= _MINUTE:
                    times.popleft()
            return {name for name, times in self._sent.items() if len(times) >= self._bounds[name]}
