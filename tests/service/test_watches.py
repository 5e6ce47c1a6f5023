"""Persons, sites and trips from tables and calendars: what is read, what is doubted, and what counts when it can be read no longer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import FetchError
from monitor.model import Watch, WatchKind
from monitor.service.watchbook import WatchBook
from monitor.service.watchlists import Form, WatchList, entries
from monitor.store import open_store

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLE = WatchList("people", Form.CSV, Path("people.csv"))
TRIPS = WatchList("trips", Form.CALENDAR, "https://calendar.example/trips.ics", timedelta(minutes=15))


def calendar(*events: str) -> bytes:
    inner = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\n{event.strip()}\r\nEND:VEVENT\r\n" for n, event in enumerate(events))
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//\r\n{inner}END:VCALENDAR\r\n".replace("\n", "\r\n")
        .replace("\r\r", "\r")
        .encode()
    )


KYIV = "SUMMARY:Anna visits the office\nLOCATION:Kyiv\\, Ukraine\nDTSTART;VALUE=DATE:20260303\nDTEND;VALUE=DATE:20260306"


def test_a_table_says_who_is_where_and_when() -> None:
    text = (
        "Who;Country;City;From;To;Headcount;Contact\nAnna;Ukraine;Lviv;2026-03-03;2026-03-05;2;+1 555\nBen;pl;;;;;\nDepot;Libanon;;;;12;\n"
    )
    found = entries(text.encode("utf-8-sig"), TABLE, NOW)
    anna, ben, depot = found.watches
    assert found.wrong == ()
    assert (anna.place, anna.area, anna.people, anna.contact, anna.kind) == ("UA", "Lviv", 2, "+1 555", WatchKind.TRIP)
    assert (anna.start, anna.end) == (date(2026, 3, 3), date(2026, 3, 5))
    assert (ben.place, ben.kind, ben.private, ben.group) == ("PL", WatchKind.PERSON, True, "people")
    assert (depot.place, depot.people) == ("LB", 12)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("Anna,Atlantis,,", "no country"),
        ("Anna,UA,3rd of May,", "no day"),
        ("Anna,UA,2026-05-03,2026-05-01", "ends before"),
        (",UA,,", "name is missing"),
    ],
)
def test_a_row_that_is_wrong_is_said_with_its_line_and_the_others_count(row: str, what: str) -> None:
    found = entries(f"name,place,start,end\nBen,PL,,\n{row}\n".encode(), TABLE, NOW)
    assert [w.name for w in found.watches] == ["Ben"]
    ((line, said),) = found.wrong
    assert line == 3 and what in said


def test_a_calendar_says_who_is_where_and_when() -> None:
    two = "ATTENDEE:mailto:a@x.example\nATTENDEE:mailto:b@x.example"
    many = f"SUMMARY:Team in Beirut\nLOCATION:Beirut\nDTSTART:20260310T080000Z\nDTEND:20260312T180000Z\n{two}"
    over = KYIV.replace("202603", "202511")
    off = f"{KYIV}\nSTATUS:CANCELLED"
    weekly = "SUMMARY:Warsaw\nLOCATION:Poland\nDTSTART;VALUE=DATE:20260302\nRRULE:FREQ=WEEKLY;COUNT=3"
    found = entries(calendar(KYIV, many, over, off, weekly), TRIPS, NOW)
    assert found.wrong == ()
    anna, team, *warsaw = found.watches
    assert (anna.place, anna.start, anna.end, anna.private) == ("UA", date(2026, 3, 3), date(2026, 3, 5), True)
    assert (team.place, team.start, team.end, team.people) == ("LB", date(2026, 3, 10), date(2026, 3, 12), 2)
    assert [w.start for w in warsaw] == [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]


@pytest.mark.parametrize(
    "raw", [b"", b"<html>please log in</html>", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"\xff\xfe\x00", b"name,place\nx,UA\n"]
)
def test_what_is_no_calendar_is_none(raw: bytes) -> None:
    with pytest.raises(ValueError, match="calendar"):
        entries(raw, TRIPS, NOW)


def test_a_trip_counts_from_its_lead_to_its_last_day_anywhere_on_earth() -> None:
    trip = Watch("t", "UA", start=date(2026, 3, 10), end=date(2026, 3, 12), lead=timedelta(days=7))
    at = datetime(2026, 3, 1, tzinfo=UTC)
    counts = [day for day in range(1, 20) if trip.covers("UA", at + timedelta(days=day - 1, hours=9))]
    assert counts == list(range(3, 14))  # on the 13th at 09:00 UTC it is still the 12th in the far west
    assert not trip.covers("PL", datetime(2026, 3, 11, tzinfo=UTC))
    assert Watch("t", "UA").counts(at)


class Address:
    """What stands at the calendar's address; None: nobody answers."""

    def __init__(self, body: bytes | None) -> None:
        self.body = body
        self.asked = 0

    def __call__(self, url: str) -> bytes:
        self.asked += 1
        if self.body is None:
            raise FetchError("no_connection")
        return self.body


def test_a_calendar_that_cannot_be_read_counts_as_it_was_and_is_told_once_each_way() -> None:
    store, there = open_store("sqlite://"), Address(calendar(KYIV))
    book = WatchBook([Watch("office", "PL")], [TRIPS])
    book.begin((), store, NOW)
    assert book.refresh(store, there, NOW) == ()
    assert [w.name for w in book] == ["office", "Anna visits the office"]
    there.body = b"<html>"
    (trouble,) = book.refresh(store, there, NOW + timedelta(hours=1))
    assert (trouble.list, trouble.since) == ("trips", NOW + timedelta(hours=1)) and trouble.why.startswith("this is no calendar")
    assert book.refresh(store, there, NOW + timedelta(hours=2)) == ()
    assert len(book) == 2
    there.body = None
    (other,) = book.refresh(store, there, NOW + timedelta(hours=3))
    assert other.why == "no_connection" and "calendar.example" not in other.why
    there.body = calendar(KYIV, KYIV.replace("Anna", "Ben"))
    (well,) = book.refresh(store, there, NOW + timedelta(hours=4))
    assert well.why == "" and len(book) == 3


def test_an_address_is_asked_at_its_cadence_and_its_last_good_reading_outlives_the_program() -> None:
    store, there = open_store("sqlite://"), Address(calendar(KYIV))
    book = WatchBook([], [TRIPS])
    for minutes in (0, 5, 10, 16):
        book.refresh(store, there, NOW + timedelta(minutes=minutes))
    assert there.asked == 2
    again = WatchBook([], [TRIPS])
    again.begin((), store, NOW + timedelta(hours=1))
    assert [w.name for w in again] == ["Anna visits the office"]


def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,place\nAnna,UA\n")
    one = WatchList("people", Form.CSV, path)
    store, book = open_store("sqlite://"), WatchBook([], [one])
    book.refresh(store, Address(None), NOW)
    path.write_text("name,place\nAnna,UA\nBen,PL\n")
    assert book.refresh(store, Address(None), NOW + timedelta(minutes=1)) == ()
    assert [w.place for w in book] == ["UA", "PL"]
    path.unlink()
    (trouble,) = book.refresh(store, Address(None), NOW + timedelta(minutes=2))
    assert "No such file" in trouble.why and len(book) == 2
