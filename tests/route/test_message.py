"""The body that other programs rely on: these keys, these types, nothing else, byte for byte the same when it comes again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.knowledge.places import name
from monitor.ledger import Delivery
from monitor.model import Change, ChangeKind, MessageType, Severity, Watch
from monitor.route.lines import gather
from monitor.route.message import Message, compose
from monitor.route.plan import plan
from monitor.route.routes import Receiver, Route
from tests.route.test_plan import after, any_change, many, planned
from tests.service.world import START, change

ALERT = {
    "id", "place", "issuer", "severity", "certainty", "headline", "summary", "changes", "source", "published", "detected", "references",
    "watches", "situation",
}  # fmt: skip
FRESH = {"seen_well"}
"""Beside the keys that other programs rely on."""
OFFICE = Watch("Kyiv office", "UA", 12)


def said(changes: list[Change], line: Delivery | None = None, **more: Any) -> Message:
    return compose(
        line or planned(changes).deliveries[0], changes, Receiver("a"), names=name, sources={"us": "https://feed.example"}, **more
    )


def test_the_data_of_an_alert() -> None:
    both = [change(1, published=START - timedelta(hours=1)), change(2, ChangeKind.DEPARTURE_ORDERED, before="none", after="ordered")]
    body = json.loads(json.dumps(said(both, watches=[OFFICE]).body))
    assert body.keys() == {"type", "timestamp", "data"}
    assert (body["type"], body["timestamp"]) == ("alert", "2026-03-01T12:00:00Z")
    data = body["data"]
    assert data.keys() == ALERT | FRESH
    assert data["place"] == {"code": "UA", "name": "Ukraine"}
    assert (data["issuer"], data["severity"], data["certainty"], data["situation"]) == ("US", "extreme", "observed", "sit_UA")
    assert data["source"] == {"id": "us", "url": "https://advisories.example/ua"}
    assert data["seen_well"] == "2026-03-01T12:00:00Z"
    assert (data["published"], data["detected"], data["references"]) == ("2026-03-01T11:00:00Z", "2026-03-01T12:00:00Z", [])
    assert data["watches"] == [{"name": "Kyiv office", "people": 12}]
    assert data["changes"][0] == {
        "id": "chg_1",
        "kind": "level_raised",
        "stage": None,
        "before": "3",
        "after": "4",
        "areas": [],
        "evidence": [{"quote": "Do not travel to Ukraine.", "url": "https://advisories.example/ua"}],
    }
    assert [c["kind"] for c in data["changes"]] == ["level_raised", "departure_ordered"]


def test_update_and_cancel_have_the_same_data_and_refer() -> None:
    first = planned([change(1)])
    end = replace(change(2, ChangeKind.LEVEL_LOWERED), before="4", after="1")
    (line,) = plan([end], routes=[Route("all", ("a",))], receivers={"a": Receiver("a")}, told=after(first), now=START).deliveries
    body = said([end], line).body
    assert body["type"] == "cancel" and body["data"].keys() == ALERT | FRESH and body["data"]["references"] == [first.deliveries[0].id]


def test_the_data_of_a_digest() -> None:
    storm = many(7)
    lines = [d for d in planned(storm).deliveries if d.type is MessageType.DIGEST]
    body = said(storm, lines[0]).body
    assert body["type"] == "digest" and body["data"].keys() == {"id", "headline", "alerts"}
    assert len(body["data"]["alerts"]) == 7 and all(a.keys() == ALERT | FRESH for a in body["data"]["alerts"])
    assert body["data"]["headline"].startswith("7 changes: ")


def test_the_alerts_of_a_digest_keep_the_ids_of_their_lines() -> None:
    lines = [planned([change(n, place=p, situation=f"s{p}")]).deliveries[0] for n, p in enumerate(("UA", "RU"))]
    digest, *behind = gather(lines, START)
    body = said([change(n, place=p, situation=f"s{p}") for n, p in enumerate(("UA", "RU"))], digest).body
    assert {a["id"] for a in body["data"]["alerts"]} == {d.id for d in behind}


def test_a_mass_republication_is_one_line_beside_what_is_new() -> None:
    pages = [
        change(n, ChangeKind.REWORDED, place=f"{n}X", situation=f"s{n}", severity=Severity.MINOR, before=None, after=None)
        for n in range(180)
    ]
    worse = change(999, place="UA", situation="sUA", severity=Severity.SEVERE)
    (digest,) = [d for d in planned([*pages, worse]).deliveries if d.type is MessageType.DIGEST]
    told = said([*pages, worse], digest)
    first, second = told.summary.splitlines()
    assert first.startswith("• Ukraine: United States raises") and second.startswith("• 180 pages were reworded and say nothing new: ")
    assert second.endswith("and 175 more") and len(told.body["data"]["alerts"]) == 181, "for programs nothing is left out"
    (few,) = [d for d in planned([*pages[:3], *many(4)]).deliveries if d.type is MessageType.DIGEST]
    assert len(said([*pages[:3], *many(4)], few).summary.splitlines()) == 7


def test_our_own_sight_and_tests_are_never_alerts() -> None:
    blind = change(1, ChangeKind.SOURCE_BROKEN, place="*", severity=Severity.SEVERE)
    body = said([blind]).body
    assert body["type"] == "operator" and body["data"]["headline"] == "us: we can no longer read it"
    test = Delivery("dlv_t", "a", MessageType.TEST, (), START, START, payload='{"note": "test"}')
    body = said([], test).body
    assert (body["type"], body["data"]["headline"]) == ("test", "Test message, nothing has happened")


def test_a_watch_shows_in_the_severity() -> None:
    severe = change(severity=Severity.SEVERE)
    assert said([severe], watches=[OFFICE]).data["severity"] == "extreme" and said([severe]).data["severity"] == "severe"


def test_a_link_that_is_none_is_left_out() -> None:
    assert said([change(url="javascript:alert(1)")]).url == ""


@given(told=any_change, quote=st.text(max_size=3000))
def test_any_change_makes_a_body_that_is_json_and_bounded(told: Change, quote: str) -> None:
    told = replace(told, held=False, evidence=tuple(replace(e, quote=quote) for e in told.evidence))
    for line in planned([told]).deliveries:
        first, again = said([told], line), said([told], line)
        assert json.dumps(first.body) == json.dumps(again.body) and len(json.dumps(first.body)) < 30_000
        assert not set(json.dumps(first.body, ensure_ascii=False)) & set("\x00\x1b\u202e")
