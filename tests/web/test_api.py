"""The API: one schema with the webhook, pages that neither lose nor repeat, answers that cost nothing twice, errors that explain."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from monitor.cli.lines import change as exported
from monitor.ledger import ChangeQuery, Delivery
from monitor.model import ChangeKind, DeliveryState, MessageType
from monitor.route.message import compose
from monitor.route.routes import Receiver
from monitor.store import SqlStore, open_store
from monitor.web import build, shapes
from monitor.web.problems import Problem

from .desk import Recorder, site
from .world import CHANNELS, NOW, SOURCES, WATCHES, held_change, name

LISTS = ["/api/v1/changes", "/api/v1/alerts", "/api/v1/deliveries"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_neither_lose_nor_repeat(client: TestClient, path: str, limit: int) -> None:
    whole = ids(client.get(path, params={"limit": 200}).json()["items"])
    seen, cursor = [], None
    for _ in range(200):
        page = client.get(path, params={"limit": limit} | ({"cursor": cursor} if cursor else {})).json()
        seen += ids(page["items"])
        if (cursor := page["next"]) is None:
            break
    assert seen == whole
    assert len(seen) == len(set(seen)) > 10


def test_the_ledger_is_paged_to_its_first_line() -> None:
    """Thousands of lines, a new one coming in with every page."""
    store = open_store("sqlite://")
    sent = {"type": MessageType.TEST, "changes": (), "created": NOW, "due": NOW, "state": DeliveryState.SENT, "settled": NOW}
    store.enqueue([Delivery(f"dlv_{n}", ("desk", "chat")[n % 2], **sent) for n in range(2_500)])
    client, seen, cursor = TestClient(build(site(store)), base_url="http://127.0.0.1"), [], ""
    while cursor is not None:
        page = client.get("/api/v1/deliveries", params={"channel": "desk", "limit": 200} | ({"cursor": cursor} if cursor else {})).json()
        seen += ids(page["items"])
        store.enqueue([Delivery(f"new_{len(seen)}", "desk", **sent)])
        cursor = page["next"]
    store.close()
    assert seen == [f"dlv_{n}" for n in range(2_498, -1, -2)]


def ids(items: list[dict]) -> list[str]:
    return [i["data"]["id"] if "data" in i else i["id"] for i in items]


@pytest.mark.parametrize("cursor", ["x", "!!!", "MjAyMg", "bm90IGEgdGltZXx4"])
@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_of_somebody_else_is_refused(client: TestClient, path: str, cursor: str) -> None:
    refused = client.get(path, params={"cursor": cursor})
    assert refused.status_code == 404
    assert refused.headers["content-type"] == "application/problem+json"
    assert "cursor" in refused.json()["detail"]


def test_an_alert_says_what_the_webhook_says(client: TestClient, store: SqlStore) -> None:
    """For a line that carries the same changes, `data` differs in nothing but the line's own id and what it follows."""
    lines = {d.changes: d for d in store.deliveries(channel="desk", limit=500)}
    compared = 0
    for alert in client.get("/api/v1/alerts", params={"limit": 200}).json()["items"]:
        line = lines[tuple(c["id"] for c in alert["data"]["changes"])]
        changes = [store.change(id) for id in line.changes]
        urls = {s.id: s.url for s in SOURCES.values()}
        webhook = compose(line, changes, Receiver("desk"), names=name, watches=WATCHES, sources=urls).body
        ours, theirs = alert["data"], json.loads(json.dumps(webhook["data"]))
        assert {k: v for k, v in ours.items() if k not in ("id", "references")} == {
            k: v for k, v in theirs.items() if k not in ("id", "references")
        }
        assert ours.keys() == theirs.keys()
        compared += 1
    assert compared == len([c for c in store.changes(ChangeQuery(held=False, limit=500)) if not c.kind.about_sight])


def test_webhook_api_feed_and_exports_keep_to_one_schema(client: TestClient, store: SqlStore) -> None:
    """The models of the API describe the webhook's body, the JSON Feed's extension and both exports: no field more, none less."""
    told = {a["data"]["id"]: a for a in client.get("/api/v1/alerts", params={"limit": 200}).json()["items"]}
    items = client.get("/feeds/alerts.json").json()["items"]
    assert items and [shapes.Alert.model_validate(i["_advisory"]).model_dump(mode="json") for i in items] == [i["_advisory"] for i in items]
    assert all(i["_advisory"] == told[i["id"]] for i in items)
    for line in store.deliveries(channel="desk", limit=500):
        webhook = compose(line, [store.change(id) for id in line.changes], Receiver("desk"), names=name, watches=WATCHES).body
        sent = json.loads(json.dumps(webhook))
        assert shapes.Alert.model_validate(sent).model_dump(mode="json") == sent
    for row in client.get("/api/v1/changes", params={"limit": 200, "held": False}).json()["items"]:
        command = json.loads(json.dumps(exported(store.change(row["id"]))))
        row["evidence"] = [{"quote": e["quote"], "url": e["url"]} for e in row["evidence"]]
        assert command == {key: row[key] for key in command}


def test_filters(client: TestClient) -> None:
    found = client.get("/api/v1/changes", params={"place": "UA", "issuer": "GB", "kind": ["leave_now", "level_raised"]}).json()["items"]
    assert {(c["place"], c["issuer"]) for c in found} == {("UA", "GB")}
    assert sorted(c["kind"] for c in found) == ["leave_now", "level_raised"]
    assert {c["held"] for c in client.get("/api/v1/changes", params={"held": True}).json()["items"]} == {True}
    since = client.get("/api/v1/changes", params={"since": "2022-02-12T00:00:00Z", "limit": 200}).json()["items"]
    assert since and all(c["at"] >= "2022-02-12" for c in since)


def test_alerts_are_about_the_world_and_not_held(client: TestClient) -> None:
    told = client.get("/api/v1/alerts", params={"limit": 200}).json()["items"]
    kinds = {c["kind"] for a in told for c in a["data"]["changes"]}
    assert not {k for k in ChangeKind if k.about_sight} & kinds
    assert held_change().id not in {c["id"] for a in told for c in a["data"]["changes"]}


def test_now_tells_what_goes_on_and_how_well_we_see(client: TestClient) -> None:
    now = client.get("/api/v1/now").json()
    first = now["situations"][0]
    assert (first["place"], first["severity"], first["certainty"]) == ("UA", "extreme", "observed")
    assert first["opened"] == "2022-01-21T15:02:00Z"
    assert first["watches"] == [{"name": "Kyiv office", "people": 34}]
    assert (now["sight"]["well"], now["sight"]["total"]) == (7, 9)
    assert set(now["sight"]["blind"]) == {"japan", "courier"}
    assert now["held"] == 1


def test_a_place_with_everybody_who_speaks_about_it(client: TestClient) -> None:
    page = client.get("/api/v1/places/UA").json()
    assert page["place"]["gravity"] == 5
    assert {p["issuer"] for p in page["postures"]} == {"US", "GB", "CA", "AU", "DE", "JP"}
    british = next(p for p in page["postures"] if p["issuer"] == "GB")
    assert british["level"]["value"] == "4" and british["advice"]["value"] == "leave_now" and british["mission"]["value"] == "reduced"
    history = client.get("/api/v1/places/UA/history").json()["items"]
    assert [h["at"] for h in history] == sorted(h["at"] for h in history)
    editions = client.get("/api/v1/places/UA/editions").json()["items"]
    assert "passport" in client.get(editions[0]["raw"]).text


def test_held_and_sources(client: TestClient) -> None:
    (held,) = client.get("/api/v1/held").json()["items"]
    assert (held["place"], held["before"], held["after"], held["reason"], held["id"]) == ("KP", "4", "1", "placeholder", held_change().id)
    source = client.get("/api/v1/sources/us-state").json()
    assert source["well"] and source["reasons"]["touch"] >= 412
    assert not client.get("/api/v1/sources/japan").json()["well"]


def test_a_delivery_with_its_tries(client: TestClient) -> None:
    dead = client.get("/api/v1/deliveries", params={"state": "dead", "channel": "chat"}).json()["items"][0]
    page = client.get(f"/api/v1/deliveries/{dead['id']}").json()
    assert page["attempts"][0]["why"].startswith("Refused")
    assert "leave now" in client.get("/api/v1/deliveries").json()["items"][0]["headline"]


@pytest.mark.parametrize("path", ["/api/v1/now", "/api/v1/changes", "/api/v1/places/UA", "/feeds/alerts.atom", "/feeds/dates.ics"])
def test_what_is_unchanged_costs_nothing(client: TestClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/changes/nothing", 404),
        ("/api/v1/places/ZZ", 404),
        ("/api/v1/places/ukraine", 422),
        ("/api/v1/sources/nothing", 404),
        ("/api/v1/deliveries/nothing", 404),
        ("/api/v1/changes?limit=0", 422),
        ("/api/v1/changes?kind=gossip", 422),
        ("/api/v1/postures", 422),
        ("/api/v1/changes?since=0.5", 422),
        ("/api/v1/changes?since=2022-02-12T00:00:00", 422),
        ("/api/v1/postures?issuer=us", 422),
        ("/api/v1/nothing", 404),
    ],
)
def test_errors_are_problems(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert Problem.model_validate(answer.json()).status == status
    assert answer.json()["status"] == status and answer.json()["title"]


def test_every_answer_is_what_the_description_promises(client: TestClient) -> None:
    """Every route of the API that takes no id answers with the model that the OpenAPI description names."""
    spec = client.get("/openapi.json").json()
    assert spec["openapi"].startswith("3.")
    plain = [p for p, of in spec["paths"].items() if "get" in of and "{" not in p and p.startswith("/api/v1") and p != "/api/v1/postures"]
    assert len(plain) >= 8
    for path in plain:
        schema = spec["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        model = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        answer = client.get(path).json()
        assert set(model.get("required", ())) <= set(answer) <= set(model["properties"]), path


def test_what_is_asked_is_done(officer: TestClient, recorder: Recorder, store: SqlStore) -> None:
    line, held = store.deliveries(limit=1)[0].id, held_change().id
    assert officer.post(f"/api/v1/deliveries/{line}/acknowledge").json() == {"id": line, "done": "acknowledged"}
    assert officer.post(f"/api/v1/deliveries/{line}/redeliver").status_code == 200
    assert officer.post(f"/api/v1/held/{held}/confirm").status_code == 200
    assert officer.post(f"/api/v1/held/{held}/reject").status_code == 200
    assert officer.post("/api/v1/channels/desk/test").status_code == 202
    assert officer.post("/api/v1/sources/japan/poll").status_code == 202
    asked = {"until": "2022-02-13T00:00:00Z", "reason": "exercise", "places": ["UA"]}
    silence = officer.post("/api/v1/silences", json=asked)
    assert silence.status_code == 201
    assert officer.get("/api/v1/silences").json()["items"][0]["id"] == silence.json()["id"]
    assert officer.delete(f"/api/v1/silences/{silence.json()['id']}").status_code == 200
    assert [d[0] for d in recorder.done] == ["acknowledge", "redeliver", "confirm", "reject", "test", "poll", "silence", "unsilence"]
    assert officer.get("/api/v1/now").json()["situations"][0]["acknowledged_by"] == "token"


def test_what_does_not_exist_cannot_be_answered(officer: TestClient, recorder: Recorder) -> None:
    for path in (
        "deliveries/x/acknowledge",
        "deliveries/x/redeliver",
        "held/x/confirm",
        "held/x/reject",
        "channels/x/test",
        "sources/x/poll",
    ):
        assert officer.post(f"/api/v1/{path}").status_code == 404
    assert officer.delete("/api/v1/silences/x").status_code == 404
    assert recorder.done == []


def test_a_text_is_explained_with_its_routes(officer: TestClient) -> None:
    text = "On February 12, 2022, the Department of State ordered the departure of most embassy staff from Ukraine."
    out = officer.post("/api/v1/explain", json={"title": "Ukraine", "text": text, "issuer": "US"}).json()
    assert out["relevant"] and out["kind"] == "ordered_departure" and out["countries"] == ["UA"]
    assert [(r["route"], r["takes"]) for r in out["routes"]] == [("everything", True), ("severe", True)]
    assert out["evidence"][0]["quote"] in text


def test_health(client: TestClient, store: SqlStore) -> None:
    assert client.get("/healthz").json() == {"ok": True, "why": ""}
    assert client.get("/readyz").status_code == 200
    assert client.get("/metrics").text.endswith("monitor_up 1\n")
    ill = TestClient(build(site(store, alive=lambda: "no poll for 20 minutes")), base_url="http://127.0.0.1").get("/healthz")
    assert (ill.status_code, ill.json()["why"]) == (503, "no poll for 20 minutes")


def test_times_are_utc_with_a_zone(client: TestClient) -> None:
    assert client.get("/api/v1/now").json()["at"] == NOW.isoformat().replace("+00:00", "Z")
    assert set(CHANNELS) == {d["channel"] for d in client.get("/api/v1/deliveries", params={"limit": 200}).json()["items"]}


def test_metrics_are_read_back(client: TestClient) -> None:
    families = {f.name: f for f in text_string_to_metric_families(client.get("/metrics").text)}
    well = {s.labels["source"]: s.value for s in families["advisory_source_seen_well"].samples}
    assert well["us-state"] == 1 and well["japan"] == 0 and len(well) == 9
    age = {s.labels["source"]: s.value for s in families["advisory_source_age_seconds"].samples}
    assert age["japan"] == 3 * 3600
    assert {s.labels["channel"]: s.value for s in families["advisory_lines_unsettled"].samples} == {"desk": 1, "duty-mail": 1, "chat": 1}
    assert families["advisory_lines_dead"].samples[0].value == 10
    assert families["advisory_lines_late_seconds"].samples[0].value == 8 * 60
    assert families["advisory_held_changes"].samples[0].value == 1


def test_a_silence_that_is_over_is_refused(officer: TestClient, recorder: Recorder) -> None:
    assert officer.post("/api/v1/silences", json={"until": "2022-02-12T17:59:00Z", "reason": "late"}).status_code == 409
    assert officer.post("/api/v1/silences", json={"until": 0, "reason": "number"}).status_code == 422
    assert recorder.done == []
