"""The situations as people follow them: what is going on in a place, put together from what was told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..detect.memory import decode_situation, situation_key
from ..model import WORLD, Certainty, Change, ChangeKind, Severity, Watch
from ..route.watching import unnamed
from .site import Site

ACTIVE = timedelta(days=14)
"""A situation in which nothing was told for so long is no longer shown as going on."""
LINGERS = timedelta(days=60)
"""…unless people are leaving the place: then it is shown for so long after the last grave act."""


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
    signs: tuple[Change, ...] = ()
    """What we conclude from several facts about it, newest first."""


def threads(site: Site, told: Sequence[Change], gravity: Mapping[str, int]) -> tuple[Thread, ...]:
    """The situations that these changes, newest first, belong to; the one that moved last comes first."""
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
    facts = [c for c in changes if c.kind is not ChangeKind.EARLY_SIGN] or list(changes)
    loud = [c for c in facts if c.direction == "worse"] or facts
    speaks = max(loud, key=lambda c: (c.severity.rank, c.certainty.rank, c.at))
    moves = [c for c in facts if c.kind is not ChangeKind.REWORDED] or facts
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
        signs=tuple(c for c in changes if c.kind is ChangeKind.EARLY_SIGN and changes[0].at - c.at <= ACTIVE),
    )


def together(changes: Iterable[Change]) -> tuple[tuple[Change, ...], ...]:
    """Changes that were told in one message, the gravest first."""
    same: dict[tuple[datetime, str, str | None], list[Change]] = {}
    for c in changes:
        same.setdefault((c.at, c.place or c.source, c.issuer), []).append(c)
    return tuple(tuple(sorted(of, key=lambda c: (-c.severity.rank, c.id))) for of in same.values())
