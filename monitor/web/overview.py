"""The picture of the world as the page shows it, put together once per state of the ledger and shared by all who look."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ..detect.memory import Pending, Situation, decode_place, decode_situation, situation_key
from ..ledger import ChangeQuery, SourceRecord
from ..model import WORLD, Certainty, Change, ChangeKind, Posture, Severity, SourceState, Watch
from ..route.watching import unnamed
from ..route.words import headline, place_name, words
from .grave import WORST, worst
from .site import Site

T = TypeVar("T")

ACTIVE = timedelta(days=14)
"""A situation in which nothing was told for so long is no longer shown as going on."""
LINGERS = timedelta(days=60)
"""…unless people are leaving the place: then it is shown for so long after the last grave act."""
STALE = 300.0
"""Seconds after which polls that found nothing new are shown all the same, as a later last look."""
_RECENT = 300
_GRAVE = tuple(
    kind.value for kind in (ChangeKind.EVACUATION, ChangeKind.DEPARTURE_ORDERED, ChangeKind.MISSION_SUSPENDED, ChangeKind.LEAVE_NOW)
)
_FRESH = 0.5  # seconds for which the ledger's state is not asked again


@dataclass(frozen=True, slots=True)
class Thread:
    """One situation as people follow it: what is the worst of it, who says so, since when, whom it touches."""

    place: str
    severity: Severity
    certainty: Certainty
    issuers: tuple[str, ...]
    publishers: tuple[str, ...]
    opened: datetime
    last: datetime
    newest: Change
    changes: tuple[Change, ...]
    watches: tuple[Watch, ...]
    gravity: int


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
        threads=_threads(site, sorted(shown.values(), key=lambda c: (c.at, c.id), reverse=True), gravity),
        recent=_together([c for c in told if now - c.at <= timedelta(days=1)]),
        held=held(site),
        records=store.records(),
    )


def _together(changes: Iterable[Change]) -> tuple[tuple[Change, ...], ...]:
    """Changes that were told in one message, the gravest first."""
    same: dict[tuple[datetime, str, str | None], list[Change]] = {}
    for c in changes:
        same.setdefault((c.at, c.place or c.source, c.issuer), []).append(c)
    return tuple(tuple(sorted(of, key=lambda c: (-c.severity.rank, c.id))) for of in same.values())


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


def _threads(site: Site, told: Sequence[Change], gravity: Mapping[str, int]) -> tuple[Thread, ...]:
    by_place: dict[str, list[Change]] = {}
    for change in told:
        if not change.kind.about_sight and change.place not in ("", WORLD):
            by_place.setdefault(change.place, []).append(change)
    by_place = {place: of for place, of in by_place.items() if any(c.kind is not ChangeKind.REWORDED for c in of)}
    pieces = site.store.remember([situation_key(place) for place in by_place])
    opened = {key: decode_situation(piece.payload).opened for key, piece in pieces.items()}
    threads = [_thread(site, place, of, gravity.get(place, 0), opened.get(situation_key(place))) for place, of in by_place.items()]
    return tuple(sorted(threads, key=lambda t: (t.last, t.place), reverse=True))


def _thread(site: Site, place: str, changes: Sequence[Change], gravity: int, opened: datetime | None) -> Thread:
    """`changes` are newest first; the worst one that still says worse speaks for the situation."""
    loud = [c for c in changes if c.direction == "worse"] or list(changes)
    speaks = max(loud, key=lambda c: (c.severity.rank, c.certainty.rank, c.at))
    moves = [c for c in changes if c.kind is not ChangeKind.REWORDED] or list(changes)
    return Thread(
        place=place,
        severity=speaks.severity,
        certainty=speaks.certainty,
        issuers=tuple(dict.fromkeys(c.issuer for c in changes if c.issuer)),
        publishers=tuple(dict.fromkeys(p for c in changes for p in c.publishers)),
        opened=min(opened or changes[0].at, *(c.first_reported or c.at for c in changes)),
        last=moves[0].at,
        newest=max((c for c in moves if c.at == moves[0].at), key=lambda c: (c.severity.rank, c.certainty.rank)),
        changes=tuple(changes),
        watches=unnamed((w for w in site.watches if w.covers(place, changes[0].at)), site.lang),
        gravity=gravity,
    )


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
