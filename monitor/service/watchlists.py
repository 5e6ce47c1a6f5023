"""Reads persons, sites and trips from tables and calendars: bytes in, watches out, and what could not be understood."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..knowledge import places
from ..model import Watch, WatchKind, plain
from ..secret import Secret

if TYPE_CHECKING:
    from icalendar import Event

MOST = 10_000
"""Entries of one list; what stands behind them is a mistake."""

_PAST, _AHEAD, _REPEATS = timedelta(days=3), timedelta(days=400), 200
"""Occurrences of an event that repeats are read from so long ago to so far ahead, and so many at most."""

_HEADS = {
    "name": "name", "who": "name", "place": "place", "country": "place", "area": "area", "city": "area", "start": "start", "from": "start",
    "end": "end", "to": "end", "until": "end", "people": "people", "headcount": "people", "contact": "contact", "kind": "kind",
}  # fmt: skip
"""What the columns of a table may be called."""


class Form(StrEnum):
    """How a list is written."""

    CSV = "csv"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class WatchList:
    """A list as the configuration names it. It stands in a file, or at an address, which may be a secret."""

    name: str
    form: Form
    at: Path | str | Secret
    every: timedelta = timedelta(minutes=15)
    place: str = ""
    lead: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Entries:
    """What a list says: its watches, and what is wrong with the rest as (line or number of the entry, what)."""

    watches: tuple[Watch, ...] = ()
    wrong: tuple[tuple[int, str], ...] = ()


def entries(raw: bytes, of: WatchList, now: datetime) -> Entries:
    """The watches of a list. Raises ValueError for what is no such list at all."""
    found = _rows(raw, of) if of.form is Form.CSV else _events(raw, of, now)
    watches: list[Watch] = []
    wrong: list[tuple[int, str]] = []
    for number, make in found:
        if len(watches) >= MOST:
            wrong.append((number, f"more than {MOST} entries"))
            break
        try:
            watches += make()
        except ValueError as error:
            wrong.append((number, str(error)))
    return Entries(tuple(watches), tuple(wrong))


# --- tables ----------------------------------------------------------------------------------------------------------


def _rows(raw: bytes, of: WatchList) -> Iterator[tuple[int, Callable[[], list[Watch]]]]:
    text = raw.decode("utf-8-sig")
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    columns = [_HEADS.get(name.strip().casefold(), "") for name in next(reader, [])]
    if "name" not in columns:
        raise ValueError(f"the first line must name the columns: {', '.join(dict.fromkeys(_HEADS.values()))}")
    for cells in reader:
        if any(cell.strip() for cell in cells):
            row = {column: plain(cell) for column, cell in zip(columns, cells, strict=False) if column}
            yield reader.line_num, lambda row=row: [_row(row, of)]  # type: ignore[misc]


def _row(row: Mapping[str, str], of: WatchList) -> Watch:
    start, end = _day(row.get("start", "")), _day(row.get("end", ""))
    said, people = row.get("kind", "").casefold(), row.get("people", "") or "0"
    if said and said not in set(WatchKind):
        raise ValueError(f'there is no kind "{said}"; there are {", ".join(WatchKind)}')
    if not row.get("name"):
        raise ValueError("the name is missing")
    if not (people.isascii() and people.isdigit()):
        raise ValueError(f'"{people}" is no number of people')
    kind = WatchKind(said) if said else WatchKind.TRIP if start or end else WatchKind.PERSON
    place, area, contact = _place(of, row.get("place", "")), row.get("area", ""), row.get("contact", "")
    return _watch(of, row["name"], place, start, end, kind, int(people), area, contact)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise ValueError(f'"{text}" is no day as in 2026-03-01') from None


# --- calendars -------------------------------------------------------------------------------------------------------


def _events(raw: bytes, of: WatchList, now: datetime) -> Iterator[tuple[int, Callable[[], list[Watch]]]]:
    from icalendar import Calendar

    try:
        calendar = Calendar.from_ical(raw)
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"this is no calendar: {plain(str(error))[:120]}") from None
    if calendar.name != "VCALENDAR":
        raise ValueError("this is no calendar")
    for number, event in enumerate(calendar.walk("VEVENT"), 1):
        if str(event.get("STATUS", "")).upper() != "CANCELLED":
            yield number, lambda event=event: _event(event, of, now)  # type: ignore[misc]


def _event(event: Event, of: WatchList, now: datetime) -> list[Watch]:
    """One trip, or each occurrence of one that repeats; none when all of it is over."""
    name, where = plain(str(event.get("SUMMARY", ""))) or "event", plain(str(event.get("LOCATION", "")))
    attendees = event.get("ATTENDEE", [])
    people = len(attendees) if isinstance(attendees, list) else 1
    days = [(start, end) for start, end in _days(event, now) if end >= (now - _PAST).date()]
    if not days:
        return []
    place = _place(of, where, name)
    contact = plain(str(event.get("CONTACT", "")))
    return [_watch(of, name, place, start, end, WatchKind.TRIP, max(people, 1), where, contact) for start, end in days]


def _days(event: Event, now: datetime) -> Iterator[tuple[date, date]]:
    """First and last day of every occurrence. Raises ValueError for an event without a beginning."""
    began = event.get("DTSTART")
    if began is None:
        raise ValueError("an event does not say when it begins")
    first = began.dt
    ends, long = event.get("DTEND"), event.get("DURATION")
    lasts = long.dt if long else ends.dt - first if ends else timedelta(days=1)
    if lasts < timedelta(0):
        raise ValueError("an event ends before it begins")
    for start in _starts(event, first, now):
        last = start + lasts
        end = last - timedelta(days=1) if not isinstance(start, datetime) else (last - timedelta(microseconds=1)).date()
        day = start.date() if isinstance(start, datetime) else start
        yield day, max(day, end)


def _starts(event: Event, first: Any, now: datetime) -> Iterator[Any]:
    rule = event.get("RRULE")
    if rule is None:
        yield first
        return
    from dateutil.rrule import rrulestr

    whole = not isinstance(first, datetime)
    begin = datetime(first.year, first.month, first.day) if whole else first.replace(tzinfo=None)  # noqa: DTZ001 a calendar's own wall clock
    here = now.astimezone(UTC).replace(tzinfo=None)
    text = rule.to_ical().decode().replace("Z", "")
    for n, at in enumerate(rrulestr(text, dtstart=begin).xafter(here - _AHEAD, inc=True)):
        if n >= _REPEATS or at > here + _AHEAD:
            return
        yield at.date() if whole else at


# --- both ------------------------------------------------------------------------------------------------------------


def _watch(
    of: WatchList, name: str, place: str, start: date | None, end: date | None, kind: WatchKind, people: int, area: str, contact: str
) -> Watch:
    if start and end and end < start:
        raise ValueError("it ends before it begins")
    private = kind is not WatchKind.SITE
    return Watch(name[:200], place, people, kind, area[:200], start, end, of.lead, contact[:200], of.name, private)


def _place(of: WatchList, *texts: str) -> str:
    """The country that the first of these texts names. Raises ValueError when none does and the list has none of its own."""
    for text in texts:
        if text.upper() in places.codes():
            return text.upper()
        for part in (text, *reversed(text.split(","))):
            if len(found := places.by_name(part.strip())) == 1:
                return found[0]
        named = {code for mention in places.find(text) for code in mention.codes}
        if len(named) == 1:
            return named.pop()
    if of.place:
        return of.place
    raise ValueError(f'no country is named by "{next(filter(None, texts), "")[:80]}"')
