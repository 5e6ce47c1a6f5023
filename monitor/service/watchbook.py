"""All watches as they are now: those of the configuration, and those of lists that are read again when they change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import overload

from ..errors import MonitorError
from ..ledger import FAR, Store, Timer
from ..model import Watch
from ..secret import Secret
from .watchlists import Entries, WatchList, entries

KEPT = "watchlist"
"""The kind of the rows that keep the last good reading of a list at an address; they are never due."""

_MANY = 100_000
Fetch = Callable[[str], bytes]
"""The body at an address, through the guard; raises MonitorError."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an operator must hear about a list: what is wrong with it, or, with an empty `why`, that it is well again."""

    list: str
    why: str
    since: datetime


@dataclass(slots=True)
class _State:
    """What is known of one list."""

    watches: tuple[Watch, ...] = ()
    digest: str = ""
    asked: datetime | None = None
    why: str = ""
    since: datetime | None = None


@dataclass
class WatchBook(Sequence[Watch]):
    """A sequence of watches that changes when its lists do. What can no longer be read counts as it was read last."""

    fixed: Sequence[Watch] = ()
    lists: Sequence[WatchList] = ()
    _states: dict[str, _State] = field(default_factory=dict)
    _now: tuple[Watch, ...] = ()

    def __post_init__(self) -> None:
        self._states = {one.name: _State() for one in self.lists}
        self._now = tuple(self.fixed)

    @overload
    def __getitem__(self, at: int) -> Watch: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Watch]: ...
    def __getitem__(self, at: int | slice) -> Watch | Sequence[Watch]:
        return self._now[at]

    def __len__(self) -> int:
        return len(self._now)

    def __iter__(self) -> Iterator[Watch]:
        return iter(self._now)

    def begin(self, read: Sequence[Watch], store: Store, now: datetime) -> None:
        """Begin with what the files say (`read` with the configuration), and with what addresses said before this program started."""
        if not self.lists:
            return
        kept = {t.subject: t.payload for t in store.timers(FAR, _MANY) if t.kind == KEPT}
        for one in self.lists:
            state = self._states[one.name]
            state.watches = tuple(w for w in read if w.group == one.name)
            if not state.watches and one.name in kept:
                state.watches = _quietly(kept[one.name].encode(), one, now)
        self._gather()

    def refresh(self, store: Store, fetch: Fetch, now: datetime) -> tuple[Trouble, ...]:
        """Read again what may have changed; what an operator must hear of it. Raises nothing for a list that fails."""
        troubles = [self._look(one, store, fetch, now) for one in self.lists if self._due(one, now)]
        self._gather()
        return tuple(t for t in troubles if t)

    def _due(self, one: WatchList, now: datetime) -> bool:
        asked = self._states[one.name].asked
        return isinstance(one.at, Path) or asked is None or now - asked >= one.every

    def _look(self, one: WatchList, store: Store, fetch: Fetch, now: datetime) -> Trouble | None:
        state = self._states[one.name]
        state.asked = now
        try:
            raw = one.at.read_bytes() if isinstance(one.at, Path) else fetch(one.at.reveal() if isinstance(one.at, Secret) else one.at)
            digest = f"{hashlib.sha256(raw).hexdigest()} {now:%Y-%m-%d}"  # repeating events move on with the days
            if digest != state.digest:
                found = entries(raw, one, now)
                state.watches, state.digest, why = found.watches, digest, _doubt(found)
                if not isinstance(one.at, Path):
                    store.enqueue((), [Timer(f"{KEPT}/{one.name}", KEPT, FAR, one.name, raw.decode("utf-8", "replace"))])
            else:
                why = state.why
        except (MonitorError, OSError, ValueError) as error:
            why, state.digest = _harmless(error), ""
        return _told(state, one.name, why, now)

    def _gather(self) -> None:
        self._now = (*self.fixed, *(w for state in self._states.values() for w in state.watches))


def _told(state: _State, name: str, why: str, now: datetime) -> Trouble | None:
    """What became different about the trouble with a list; the same trouble is told once."""
    if why == state.why:
        return None
    before, state.why = state.why, why
    state.since = now if not before else state.since
    return Trouble(name, why, state.since or now)


def _doubt(found: Entries) -> str:
    """What is wrong with some entries of a list that can be read; names are not repeated."""
    if not found.wrong:
        return ""
    number, what = found.wrong[0]
    entries_ = len(found.wrong) + len(found.watches)
    said = what.partition('"')[0].strip()
    return f"{len(found.wrong)} of {entries_} entries are not understood, the first at {number}: {said}"


def _harmless(error: Exception) -> str:
    """Why a list cannot be read, without its address, which may be a secret."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return getattr(error, "why", "") or str(error)[:200]


def _quietly(raw: bytes, one: WatchList, now: datetime) -> tuple[Watch, ...]:
    try:
        return entries(raw, one, now).watches
    except ValueError:
        return ()
