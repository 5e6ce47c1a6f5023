"""What machines subscribe to can be read by machines: CAP by its schema, feeds by a feed reader, the calendar and the table by theirs."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from xml.etree.ElementTree import fromstring

import feedparser
import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar
from xmlschema import XMLSchema

from monitor.model import ChangeKind, Source
from monitor.sources import feed as adapter
from monitor.store import SqlStore
from monitor.web import alerts, build, cap, feeds
from monitor.web.calendars import Event, document

from .desk import site
from .world import DATA, NOW, STORY, Scribe, as_change, ledger

CAP = XMLSchema(str(DATA / "CAP-v1.2.xsd"))


def wrong(message: bytes) -> list[str]:
    """What the schema of OASIS finds wrong with a CAP message."""
    return [f"{e.path}: {e.reason}" for e in CAP.iter_errors(fromstring(message))]


def all_alerts(client: TestClient) -> list[dict]:
    items, cursor = [], None
    while True:
        page = client.get("/api/v1/alerts", params={"limit": 7} | ({"cursor": cursor} if cursor else {})).json()
        items += page["items"]
        if (cursor := page["next"]) is None:
            return items


def test_every_alert_is_valid_cap(client: TestClient) -> None:
    told = all_alerts(client)
    assert {c["kind"] for a in told for c in a["data"]["changes"]} >= {
        "level_raised",
        "departure_ordered",
        "leave_now",
        "reported",
        "town_hall",
    }
    for alert in told:
        message = client.get(f"/api/v1/alerts/{alert['data']['id']}/cap")
        assert message.headers["content-type"] == cap.MEDIA_TYPE
        assert wrong(message.content) == []


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (lambda x: x.replace("<status>Actual", "<status>Real"), "status"),
        (lambda x: re.sub(r"<sent>.*?</sent>", "<sent>2022-02-12T18:00:00Z</sent>", x), "sent"),
        (lambda x: re.sub(r"<urgency>.*?</urgency>", "", x), "urgency"),
        (lambda x: x.replace("</info>", "<colour>red</colour></info>"), "colour"),
    ],
)
def test_the_validator_finds_what_is_wrong(client: TestClient, broken, what: str) -> None:
    good = client.get(f"/api/v1/alerts/{all_alerts(client)[0]['data']['id']}/cap").text
    assert any(what in error for error in wrong(broken(good).encode()))


def test_an_update_refers_to_what_it_updates(client: TestClient) -> None:
    """The newest alert about Ukraine follows the others, by identifier, sender and time as they were sent."""
    newest = next(a for a in all_alerts(client) if a["data"]["place"]["code"] == "UA")
    root = fromstring(client.get(f"/api/v1/alerts/{newest['data']['id']}/cap").content)
    assert root.findtext(f"{{{cap.NAMESPACE}}}msgType") == "Update"
    references = (root.findtext(f"{{{cap.NAMESPACE}}}references") or "").split()
    assert [r.split(",")[1] for r in references] == newest["data"]["references"]
    for reference in references:
        sender, id, sent = reference.split(",")
        earlier = fromstring(client.get(f"/api/v1/alerts/{id}/cap").content)
        assert [earlier.findtext(f"{{{cap.NAMESPACE}}}{n}") for n in ("sender", "identifier", "sent")] == [sender, id, sent]


@pytest.mark.parametrize("path", ["/feeds/alerts.atom", "/feeds/cap.atom"])
def test_atom_is_read_back(client: TestClient, path: str) -> None:
    read = feedparser.parse(io.BytesIO(client.get(path).content))
    told = all_alerts(client)
    assert not read.bozo
    assert read.version == "atom10"
    assert [e.title for e in read.entries] == [a["data"]["headline"] for a in told][: len(read.entries)]
    links = [e.links[0].href for e in read.entries]
    assert all(e.id and e.updated_parsed for e in read.entries)
    assert all(link.startswith("http://127.0.0.1/") for link in links)
    assert {client.get(link).status_code for link in links[:4]} == {200}


def test_json_feed_is_read_back_and_carries_the_webhook_body(client: TestClient) -> None:
    feed = client.get("/feeds/alerts.json").json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    told = all_alerts(client)
    assert [i["_advisory"]["data"]["id"] for i in feed["items"]] == [a["data"]["id"] for a in told][: len(feed["items"])]
    assert all(isinstance(i["id"], str) and i["content_text"] and i["date_published"].endswith("Z") for i in feed["items"])


@pytest.mark.parametrize("path", ["/feeds/alerts.atom", "/feeds/alerts.json"])
def test_another_monitor_could_watch_our_feeds(client: TestClient, path: str) -> None:
    """The adapter for feeds reads both formats back; feedparser itself knows no JSON Feed."""
    parsed = adapter.parse(client.get(path).content, Source("ours", "feed", f"http://127.0.0.1{path}"))
    told = all_alerts(client)[: len(parsed.items)]
    assert [(i.title, i.published) for i in parsed.items] == [
        (a["data"]["headline"], datetime.fromisoformat(a["timestamp"]).replace(microsecond=0)) for a in told
    ]
    assert len(parsed.items) > 10 and not parsed.problems


def test_feeds_can_be_asked_for_what_is_severe(client: TestClient) -> None:
    feed = client.get("/feeds/alerts.json", params={"min_severity": "extreme"}).json()
    assert {i["_advisory"]["data"]["severity"] for i in feed["items"]} == {"extreme"}


def test_the_calendar_has_the_briefing_on_its_day(client: TestClient) -> None:
    calendar = Calendar.from_ical(client.get("/feeds/dates.ics").content)
    events = {str(e["SUMMARY"]): e for e in calendar.walk("VEVENT")}
    assert len(events) == len(calendar.walk("VEVENT")) >= 2 and all(e["UID"] and e["DTSTAMP"] for e in events.values())
    briefing = next(e for title, e in events.items() if "briefing" in title)
    assert (briefing["DTSTART"].dt, briefing["DTEND"].dt) == (date(2022, 2, 16), date(2022, 2, 17))
    report = next(e for title, e in events.items() if "runs out" in title)
    assert report["DTSTART"].dt == datetime(2022, 2, 17, 11, 30, tzinfo=UTC)


def test_a_calendar_is_folded_and_escaped() -> None:
    """RFC 5545: no line over 75 octets, CRLF, text escaped; what was put in comes out."""
    title = "Київ; a, b \\ c\nEND:VEVENT " + "漢" * 60
    content = document([Event("x", title, "below", NOW, day=NOW.date(), url="https://advice.example/ua")])
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"]), str(event["URL"])) == (title, "below", "https://advice.example/ua")


def test_csv_and_json_exports_are_the_api_row_by_row(client: TestClient) -> None:
    api = client.get("/api/v1/changes", params={"limit": 200}).json()["items"]
    rows = list(csv.DictReader(io.StringIO(client.get("/export/changes.csv", params={"limit": 200}).content.decode("utf-8-sig"))))
    assert [r["id"] for r in rows] == [c["id"] for c in api]
    assert rows[0]["headline"] == api[0]["headline"]
    assert [json.loads(line) for line in client.get("/export/changes.json", params={"limit": 200}).text.splitlines()] == api


def test_an_export_is_continued(client: TestClient) -> None:
    first = client.get("/export/changes.json", params={"limit": 5})
    second = client.get("/export/changes.json", params={"limit": 5, "cursor": first.headers["x-next"]})
    ids = [json.loads(line)["id"] for line in (first.text + second.text).splitlines()]
    assert ids == [c["id"] for c in client.get("/api/v1/changes", params={"limit": 10}).json()["items"]]


def test_a_cell_that_a_spreadsheet_would_run_is_text() -> None:
    rows = list(csv.DictReader(io.StringIO(feeds.as_csv([dict.fromkeys(feeds.COLUMNS, "=HYPERLINK(1)")]).decode("utf-8-sig"))))
    assert set(rows[0].values()) == {"'=HYPERLINK(1)"}


def test_words_that_xml_forbids_do_not_break_a_feed() -> None:
    store = ledger(places=("UA", "RU"))
    evil = STORY[0] | {"at": NOW, "quote": "\x00\x1b \ufffe \udcff ]]> <b>&amp;</b> \u202eevil", "kind": str(ChangeKind.SECURITY_ALERT)}
    evil |= {"certainty": "observed", "severity": "extreme"}
    try:
        Scribe(store).tell(evil)
        client = TestClient(build(site(store)), base_url="http://127.0.0.1")
        newest = client.get("/api/v1/alerts").json()["items"][0]
        assert newest["data"]["changes"][0]["kind"] == "security_alert"
        assert wrong(client.get(f"/api/v1/alerts/{newest['data']['id']}/cap").content) == []
        assert not feedparser.parse(io.BytesIO(client.get("/feeds/alerts.atom").content)).bozo
        assert "\u202e" not in client.get("/feeds/alerts.atom").text
    finally:
        store.close()


def test_an_alert_is_found_by_its_own_id_only(client: TestClient, store: SqlStore) -> None:
    found = site(store)
    told = alerts.one(found, all_alerts(client)[0]["data"]["id"])
    assert told.changes[0].id == as_change(STORY[-1]).id
    assert client.get("/api/v1/alerts/alr_nothing").status_code == 404
    assert client.get(f"/api/v1/alerts/{told.changes[0].id}").status_code == 404
