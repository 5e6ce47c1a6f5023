"""What a message says of the people somebody has there, and what it keeps to itself: names are for those who asked for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ..model import Aspect, Change, Posture, Watch
from .words import Names, cut, issuer_name, place_name, words

HORIZON = timedelta(days=30)
"""Trips that begin within this time stand in a digest."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip that is under way or ahead, and what governments hold about its place now."""

    watch: Watch
    postures: tuple[Posture, ...] = ()


def concerned(changes: Iterable[Change], watches: Iterable[Watch]) -> list[Watch]:
    """The watches that these changes are about, in the watches' order."""
    found = [(c.place, c.at) for c in changes]
    return [w for w in watches if any(w.covers(place, at) for place, at in found)]


def trips(watches: Iterable[Watch], now: datetime) -> list[Watch]:
    """Trips that go on or begin soon, the next one first."""
    soon = [w for w in watches if (w.start or w.end) and (w.start is None or w.start <= (now + HORIZON).date())]
    near = [w for w in soon if w.end is None or w.counts(max(now, _noon(w.start or w.end)))]
    return sorted(near, key=lambda w: (w.start or date.min, w.name))


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def data(watches: Sequence[Watch], lang: str, *, details: bool) -> list[dict[str, Any]]:
    """The watches of an alert as JSON; without `details`, private ones are counted and not named."""
    if details:
        return [_all(w) for w in watches]
    return [{"name": w.name, "people": w.people} for w in unnamed(watches, lang)]


def _all(watch: Watch) -> dict[str, Any]:
    more = {"kind": str(watch.kind) if watch.private or watch.start else "", "area": watch.area, "contact": watch.contact}
    days = {"start": watch.start and watch.start.isoformat(), "end": watch.end and watch.end.isoformat()}
    return {"name": watch.name, "people": watch.people, **{key: value for key, value in {**more, **days}.items() if value}}


def unnamed(watches: Iterable[Watch], lang: str) -> tuple[Watch, ...]:
    """These watches as anybody may see them: private ones of a place become one of each kind, "2 trips", without names and contacts."""
    table = words(lang)["watch"]
    shown: list[Watch] = []
    kinds: dict[tuple[str, str], list[Watch]] = {}
    for watch in watches:
        if watch.private:
            kinds.setdefault((watch.kind, watch.place), []).append(watch)
        else:
            shown.append(replace(watch, contact=""))
    for (kind, place), of in kinds.items():
        label = table[kind if len(of) == 1 else f"{kind}/many"].format(n=len(of))
        shown.append(Watch(label, place, sum(max(w.people, 1) for w in of)))
    return tuple(shown)


def told(watches: Sequence[Watch], lang: str, *, details: bool) -> str:
    """The watches of an alert in words."""
    if not details:
        return ", ".join(_people(w.name, w.people) for w in unnamed(watches, lang))
    return ", ".join(_named(w, lang) for w in watches)


def _people(name: str, people: int) -> str:
    return f"{cut(name, 60)} ({people})" if people else cut(name, 60)


def _named(watch: Watch, lang: str) -> str:
    more = [cut(watch.area, 40), _days(watch, lang), cut(watch.contact, 60)]
    extra = "; ".join([*([str(watch.people)] if watch.people else []), *filter(None, more)])
    return f"{cut(watch.name, 60)} ({extra})" if extra else cut(watch.name, 60)


def _days(watch: Watch, lang: str) -> str:
    if not watch.start and not watch.end:
        return ""
    return words(lang)["watch"]["days"].format(start=watch.start or "…", end=watch.end or "…")


def ahead(trip: Trip, lang: str, names: Names, *, details: bool) -> str:
    """One line about one trip: who or how many, where and when, and what governments say of it."""
    watch, table = trip.watch, words(lang)["watch"]
    (shown,) = [watch] if details else unnamed([watch], lang)
    who = _people(shown.name, shown.people)
    level = words(lang)["fixed"]["level"]
    held = [(p.issuer, s.value) for p in trip.postures if (s := p.get(Aspect.LEVEL)) and s.value.isdigit()]
    said = [f"{issuer_name(issuer, lang, names)}: {level.format(n=value)}" for issuer, value in held]
    where = place_name(watch.place, lang, names)
    return f"{who}, {where} {_days(watch, lang)}: {', '.join(said) or table['unknown']}"


def ahead_data(trip: Trip, lang: str, names: Names, *, details: bool) -> dict[str, Any]:
    """The same as JSON."""
    watch = trip.watch
    (shown,) = data([watch], lang, details=details)
    levels = {p.issuer: s.value for p in trip.postures if (s := p.get(Aspect.LEVEL))}
    days = {"start": watch.start and watch.start.isoformat(), "end": watch.end and watch.end.isoformat()}
    return {**shown, **days, "place": {"code": watch.place, "name": place_name(watch.place, lang, names)}, "levels": levels}
