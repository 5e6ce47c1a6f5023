"""Every error the monitor raises on purpose, as one tree.

MonitorError
├── WrongUse                 the person must change something (exit 2)
│   ├── SettingsError        mistakes in the configuration, all at once, with file, line and key
│   └── UnknownName          a source, channel, place or id that does not exist
├── StoreError               the database (exit 1)
│   ├── StoreCorrupt         it cannot be read; nothing was overwritten
│   ├── StoreTooNew          a newer version of the monitor wrote it
│   ├── StoreUnavailable     locked, full or out of reach just now; try again
│   └── StalePoll            somebody else saved this source's poll first; nothing was written
├── FetchError               one poll of one source failed; carries a FetchFailure
├── BadBody                  a body that is not what its source promises; carries what was wrong
└── SendError                a channel could not deliver
    ├── TryLater             not now: the network, a 5xx, a 429; may carry a wait
    └── Refused              never like this: a 4xx, a bad address; ends the delivery
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple


class MonitorError(Exception):
    """The root: whatever the monitor raises on purpose."""


class WrongUse(MonitorError):
    """The person at the keyboard must change something."""


class Mistake(NamedTuple):
    """One mistake in a configuration file: where it is and what would be right."""

    file: str
    line: int
    key: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.what}"


class SettingsError(WrongUse):
    """The configuration has mistakes; all of them are told at once."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


class UnknownName(WrongUse):
    """Something was named that does not exist."""


class StoreError(MonitorError):
    """The database could not do what was asked."""


class StoreCorrupt(StoreError):
    """The database cannot be read; nothing was overwritten."""


class StoreTooNew(StoreError):
    """A newer version of the monitor wrote this database."""


class StoreUnavailable(StoreError):
    """The database is locked, full or out of reach just now."""


class StalePoll(StoreError):
    """Somebody else saved this source's poll first; nothing of ours was written."""


class FetchError(MonitorError):
    """One poll of one source failed before there was a body.

    `why` is one of the words of `sources.fetch.Why`; `blocked` says that the other side refused us on purpose;
    `retry_after` is what it asked us to wait.
    """

    def __init__(self, why: str, detail: str = "", *, blocked: bool = False, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why = why
        self.detail = detail
        self.blocked = blocked
        self.retry_after = retry_after


class BadBody(MonitorError):
    """A body that is not what its source promises (HTML for XML, `{}`, cut in the middle); `blocked` for bot challenges."""

    def __init__(self, why: str, detail: str = "", *, blocked: bool = False) -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why = why
        self.detail = detail
        self.blocked = blocked


class SendError(MonitorError):
    """A channel could not deliver a message."""


class TryLater(SendError):
    """Not now; `wait` is what the other side asked for."""

    def __init__(self, why: str, wait: timedelta | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class Refused(SendError):
    """Never like this; `gone` says that the receiver does not exist any more and should get nothing again."""

    def __init__(self, why: str, *, gone: bool = False) -> None:
        super().__init__(why)
        self.gone = gone
