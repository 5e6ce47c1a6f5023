"""What the page is handed: a ledger to read, functions that act, and how it may be reached."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ..ledger import Edition, Reader, Remembered
from ..model import Change, Item, Reading, Source, Watch
from ..route.matching import Verdict
from ..route.routes import Receiver, Silence
from ..route.words import Names, code
from ..service.breaker import Health
from ..service.reconcile import Reconciled


class Ledger(Reader, Protocol):
    """What the page reads of a store; it writes nothing there."""

    def remember(self, keys: Collection[str]) -> dict[str, Remembered]:
        """Pieces of memory by key; those that do not exist are absent."""

    def editions(self, place: str, limit: int = 50) -> tuple[Edition, ...]:
        """The newest editions about a place, with their raw bodies, newest first."""


class Actions(Protocol):
    """What people may change from the page. Each is safe to repeat, and raises UnknownName for an id that does not exist.

    `by` is who asked, for the record; a WrongUse says in its words why something cannot be done.
    """

    def acknowledge(self, delivery: str, by: str) -> None:
        """Somebody has seen it: reminders and escalations of its situation end."""

    def silence(self, silence: Silence) -> None:
        """Tell nobody of what the silence covers, until its time is over."""

    def unsilence(self, id: str, by: str) -> None:
        """End a silence early."""

    def confirm(self, change: str, by: str) -> None:
        """Tell a held change now."""

    def reject(self, change: str, by: str) -> None:
        """Drop a held change for good."""

    def redeliver(self, delivery: str, by: str) -> None:
        """Send a settled line once more."""

    def test(self, channel: str, by: str) -> str:
        """Send a marked test through the whole path; returns the id of its line."""

    def poll(self, source: str) -> None:
        """Make a source due now."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who has seen a situation, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignedLink:
    """What a signed link is good for: one act on one ledger line, by the receiver it was sent to."""

    delivery: str
    by: str


@dataclass(frozen=True, slots=True)
class Step:
    """How far a rehearsal of another configuration has come, and the lines it would have made so far."""

    done: int
    total: int
    lines: tuple[tuple[datetime, str, str], ...] = ()
    """Time, channel and headline of each line."""


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a page or an answer is made from.

    `token` reveals the secret that lets people change things; None refuses every change. `verify` reads the token of a
    one-tap link and gives None for a forged or spent one. `alive` gives "" while the daemon's heart beats, otherwise what
    is wrong. `health` is how a channel does. `reconciled` is the newest comparison of the ledger with what was due to whom,
    None before the first. `metrics` are the daemon's own figures in Prometheus' text format, shown behind those of the ledger.
    `push_secret` gives what the hub of a source signs with, `hook_secret` what we sign the webhooks of a channel with.
    `open_reading` lets everybody who reaches the page read it. `hosts` are the names under which it may be asked for, empty
    for any. `prefix` is the path under which a proxy shows it ("/monitor").
    """

    store: Ledger
    sources: Mapping[str, Source]
    actions: Actions
    read: Callable[[Item], Reading]
    now: Callable[[], datetime]
    names: Names = code
    watches: Sequence[Watch] = ()
    channels: Mapping[str, Receiver] = field(default_factory=dict)
    routes: Callable[[Change], Sequence[tuple[str, Verdict]]] = lambda change: ()
    silences: Callable[[], Sequence[Silence]] = tuple
    acknowledged: Callable[[str], Acknowledgement | None] = lambda situation: None
    health: Callable[[str], Health] = lambda channel: Health()
    reconciled: Callable[[], tuple[datetime, Reconciled] | None] = lambda: None
    metrics: Callable[[], bytes] = bytes
    alive: Callable[[], str] = str
    token: Callable[[], str] | None = None
    verify: Callable[[str], SignedLink | None] = lambda link: None
    lookup: Callable[[str], Item] | None = None
    rehearse: Callable[[str], Iterator[Step]] | None = None
    push_secret: Callable[[str], str | None] = lambda source: None
    hook_secret: Callable[[str], str | None] = lambda channel: None
    open_reading: bool = True
    hosts: tuple[str, ...] = ()
    prefix: str = ""
    lang: str = "en"
    sender: str = "advisory-monitor"
    stopping: threading.Event = field(default_factory=threading.Event)

    def name(self, place: str | None) -> str:
        """What people call a place or a government."""
        return self.names(place, self.lang) if place else ""


class Nothing:
    """Actions for a page that only shows: every one is refused in words."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        from ..errors import WrongUse

        def refuse(*_: object, **__: object) -> None:
            raise WrongUse("nothing can be changed here")

        return refuse
