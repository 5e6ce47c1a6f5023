"""iCalendar (RFC 5545) of what has a date: briefings, acts that take effect on a day, reports that run out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ..detect.memory import decode_situation
from ..ledger import ChangeQuery
from ..model import Change, ChangeKind, Item, stable_id
from ..route.words import headline
from .site import Site
from .xml import clean

_LOOK_BACK = timedelta(days=120)
_FOLD = 73
_DATELESS = (ChangeKind.LEVEL_RAISED, ChangeKind.LEVEL_LOWERED, ChangeKind.REWORDED, ChangeKind.WITHDRAWN, ChangeKind.DENIED)
_DATED = tuple(k.value for k in ChangeKind if not k.about_sight and k not in _DATELESS)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the calendar; `day` for whole days, `at` for moments."""

    id: str
    title: str
    text: str
    stamp: datetime
    day: date | None = None
    at: datetime | None = None
    url: str = ""


def document(events: Iterable[Event]) -> bytes:
    """The calendar as a file: CRLF, lines folded at 75 octets."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//advisory-monitor//EN", "CALSCALE:GREGORIAN", "X-WR-CALNAME:Advisories"]
    for event in events:
        lines += ["BEGIN:VEVENT", f"UID:{event.id}@advisory-monitor", f"DTSTAMP:{_utc(event.stamp)}", *_when(event)]
        lines += [f"SUMMARY:{_text(event.title)}", f"DESCRIPTION:{_text(event.text)}"]
        lines += [f"URL:{_uri(event.url)}"] if event.url else []
        lines += ["TRANSP:TRANSPARENT", "END:VEVENT"]
    return ("\r\n".join(part for line in [*lines, "END:VCALENDAR"] for part in _folded(line)) + "\r\n").encode()


def dated(site: Site) -> Iterator[Event]:
    """Every date that the changes of the last months name, and every report that is still open."""
    for change in site.store.changes(ChangeQuery(kinds=_DATED, held=False, since=site.now() - _LOOK_BACK, limit=200)):
        yield from _dates(site, change)
    for key, piece in site.store.remembered("situation/", due=site.now() + timedelta(days=3650)).items():
        if piece.due is None:
            continue
        name = site.name(key.removeprefix("situation/"))
        opened = decode_situation(piece.payload).opened
        title = f"{name}: a report runs out unless it is confirmed"
        yield Event(stable_id("exp", key, piece.due), title, "", opened, at=piece.due)


def _dates(site: Site, change: Change) -> Iterator[Event]:
    """The days that a change's own words name as theirs, read anew from the evidence."""
    item = Item(change.source, change.id, "", " ".join(e.quote for e in change.evidence), published=change.published or change.at)
    days = {s.effective for s in site.read(item).signals if s.effective}
    for day in sorted(d for d in days if d >= change.at.date() - timedelta(days=1)):
        line = headline(change, site.lang, site.names)
        yield Event(
            stable_id("evt", change.id, day), line, " ".join(e.quote for e in change.evidence[:2]), change.at, day=day, url=change.url
        )


def _when(event: Event) -> list[str]:
    if event.day:
        return [f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}", f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"]
    return [f"DTSTART:{_utc(event.at or event.stamp)}"]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    escaped = clean(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _uri(url: str) -> str:
    return "".join(clean(url).split())


def _folded(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 octets, the following ones indented; no character is torn."""
    piece, size = "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > _FOLD:
            yield piece
            piece, size = " ", 1
        piece, size = piece + char, size + octets
    yield piece
