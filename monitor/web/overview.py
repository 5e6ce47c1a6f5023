"""The picture of the world as the page shows it, put together once per state of the ledger and shared by all who look."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ..detect.memory import Pending, Situation, decode_place, decode_situation, situation_key
from ..ledger import ChangeQuery, SourceRecord
from ..model import Change, ChangeKind, Posture, SourceState
from ..route.words import headline, place_name, words
from .grave import WORST, worst
from .site import Site
from .threads import ACTIVE, LINGERS, Thread, threads, together

T = TypeVar("T")

STALE = 300.0
"""Seconds after which polls that found nothing new are shown all the same, as a later last look."""
_RECENT = 300
_FIXED = 5_000
_GRAVE = tuple(
    kind.value for kind in (ChangeKind.EVACUATION, ChangeKind.DEPARTURE_ORDERED, ChangeKind.MISSION_SUSPENDED, ChangeKind.LEAVE_NOW)
)
_FRESH = 0.5  # seconds for which the ledger's state is not asked again


@dataclass(frozen=True, slots=True)
class Held:
    """A transition that waits: whose, where, and the held change that people answer, if it was recorded."""

    issuer: str
    place: str
    pending: Pending


@dataclass(frozen=True, slots=True)
class Sight:
    """How well we see: sources that were seen well, all of them, and those that were not, worst first."""

    well: int
    total: int
    blind: tuple[SourceRecord, ...]
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the first page needs, at one state of the ledger."""

    version: str
    postures: Mapping[str, tuple[Posture, ...]]
    gravity: Mapping[str, int]
    threads: tuple[Thread, ...]
    recent: tuple[tuple[Change, ...], ...]
    """The last day's changes, those of one message together."""
    held: tuple[Held, ...]
    records: tuple[SourceRecord, ...]


class Overview:
    """Keeps the newest picture; safe to share between threads."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._lock = threading.Lock()
        self._picture: Picture | None = None
        self._kept: tuple[str, dict[Hashable, Any]] = ("", {})
        self._fixed: dict[Hashable, Any] = {}
        self._version, self._asked = "", 0.0

    def version(self) -> str:
        """Names the state of the ledger; it differs whenever a page would."""
        with self._lock:
            if time.monotonic() - self._asked > _FRESH:
                self._version, self._asked = self._ask(), time.monotonic()
            return self._version

    def touched(self) -> None:
        """Something was changed through us: look again at once."""
        with self._lock:
            self._asked = 0.0

    def picture(self) -> Picture:
        """The picture of the ledger's state now."""
        version = self.version()
        picture = self._picture
        if picture is None or picture.version != version:
            picture = self._picture = _take(self.site, version)
        return picture

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, made once for each state of the ledger."""
        version = self.version()
        with self._lock:
            if self._kept[0] != version:
                self._kept = (version, {})
            kept = self._kept[1]
        if key not in kept:
            kept[key] = make()
        made: T = kept[key]
        return made

    def always(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, made once and kept while it is asked for: for what never changes, such as the words of a change."""
        if len(self._fixed) > _FIXED:
            self._fixed.clear()
        if key not in self._fixed:
            self._fixed[key] = make()
        made: T = self._fixed[key]
        return made

    def _ask(self) -> str:
        store, site, now = self.site.store, self.site, self.site.now()
        records = store.records()
        looked = max((r.seen_well for r in records if r.seen_well), default=None)
        parts = [(r.id, r.state.value, r.why, r.baseline, seen_well(r, site, now)) for r in records]
        lines = [(d.id, d.state.value, d.attempts) for d in store.deliveries(limit=25)]
        newest = [(c.id, c.held) for c in store.changes(ChangeQuery(limit=1))]
        state = repr(
            (parts, lines, newest, [(s.id, s.until) for s in site.silences()], site.alive(), looked and looked.timestamp() // STALE)
        )
        return hashlib.sha256(state.encode()).hexdigest()[:16]


def sight(picture: Picture, site: Site, now: datetime) -> Sight:
    """How well we see at a time: a source is seen well when its state is healthy and its last good poll is not overdue."""
    blind = [r for r in picture.records if not seen_well(r, site, now)]
    order = (SourceState.BLOCKED, SourceState.BROKEN, SourceState.SILENT, SourceState.DEGRADED, SourceState.NEW, SourceState.HEALTHY)
    blind.sort(key=lambda r: (order.index(r.state), r.id))
    newest = max((r.seen_well for r in picture.records if r.seen_well), default=None)
    return Sight(len(picture.records) - len(blind), len(picture.records), tuple(blind), newest)


def seen_well(record: SourceRecord, site: Site, now: datetime) -> bool:
    """Whether a source is healthy and was read within two of its turns (and never less than ten minutes)."""
    source = site.sources.get(record.id)
    patience = max(2 * source.every, timedelta(minutes=10)) if source else timedelta(hours=1)
    return record.state is SourceState.HEALTHY and record.seen_well is not None and now - record.seen_well <= patience


def _take(site: Site, version: str) -> Picture:
    now, store = site.now(), site.store
    postures: dict[str, tuple[Posture, ...]] = {}
    for posture in store.postures():
        postures[posture.place] = (*postures.get(posture.place, ()), posture)
    gravity = {place: worst(of) for place, of in postures.items()}
    told = store.changes(ChangeQuery(held=False, since=now - ACTIVE, limit=_RECENT))
    acts = store.changes(ChangeQuery(kinds=_GRAVE, held=False, since=now - LINGERS, limit=_RECENT))
    shown = {c.id: c for c in (*told, *(c for c in acts if gravity.get(c.place) == WORST))}
    return Picture(
        version=version,
        postures=postures,
        gravity=gravity,
        threads=threads(site, sorted(shown.values(), key=lambda c: (c.at, c.id), reverse=True), gravity),
        recent=together([c for c in told if now - c.at <= timedelta(days=1)]),
        held=held(site),
        records=store.records(),
    )


def held(site: Site) -> tuple[Held, ...]:
    """Everything that waits for a confirmation, newest first."""
    far = site.now() + timedelta(days=36_500)
    memories = [decode_place(piece.payload) for piece in site.store.remembered("posture/", due=far).values()]
    waiting = [Held(m.posture.issuer, m.posture.place, p) for m in memories for p in m.pending]
    return tuple(sorted(waiting, key=lambda h: (h.pending.since, h.place), reverse=True))


def situation(site: Site, place: str) -> Situation | None:
    """The detector's thread about a place."""
    piece = site.store.remember([situation_key(place)]).get(situation_key(place))
    return decode_situation(piece.payload) if piece else None


def line(site: Site, change: Change) -> str:
    """A change in one line, without the place and the doubt that a page shows beside it already."""
    said = headline(change, site.lang, site.names)
    if change.kind is ChangeKind.REPORTED:
        mark = words(site.lang)["fixed"]["unconfirmed"]
        return said.removeprefix(f"{mark}: ").removesuffix(f" ({place_name(change.place, site.lang, site.names)})")
    return said.removeprefix(f"{site.name(change.place)}: ") if change.place else said


def teller(site: Site) -> Callable[[Change], str]:
    """`line` for the changes of a site."""
    return lambda change: line(site, change)


def worst_of(changes: Iterable[Change]) -> Change:
    """The change that speaks for several."""
    return max(changes, key=lambda c: (c.severity.rank, c.certainty.rank, c.id))
