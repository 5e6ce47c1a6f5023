"""Who may do what: every writing route refuses strangers, a cookie counts only from our own page, guessing is slow, nothing leaks."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx import Response
from starlette.requests import Request

from monitor.errors import WrongUse
from monitor.notify.webhook import sign
from monitor.route.message import compose
from monitor.route.routes import Receiver
from monitor.store import SqlStore
from monitor.web import build, entry, local, serve
from monitor.web.guard import Denied, Guard, Tries, _signed
from monitor.web.shell import HEADERS, OWN_PROOF, SAFE

from .desk import HOOK_SECRET, TOKEN, Recorder, site
from .world import WATCHES, name

OWN = "http://127.0.0.1"
SAME = {"sec-fetch-site": "same-origin"}


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path of an app, with something in place of each parameter."""
    spec = app.openapi()
    for path, of in spec["paths"].items():
        yield from ((method.upper(), re.sub(r"{\w+}", "US", path)) for method in of)
    found = 0
    for route in walk(app.routes):
        found += 1
        for method in route.methods or ():
            yield method, re.sub(r"{[\w:]+}", "US", route.path)
    assert found > 30


def walk(of: list) -> Iterator[APIRoute]:
    for route in of:
        if isinstance(route, APIRoute):
            yield route
        yield from walk(getattr(getattr(route, "original_router", None), "routes", []))


def test_every_writing_route_refuses_a_stranger(client: TestClient, recorder: Recorder, store: SqlStore) -> None:
    writing = sorted({(m, p) for m, p in routes(build(site(store))) if m not in SAFE})
    assert len(writing) >= 14
    for method, path in writing:
        answer = client.request(method, path, json={}, headers=SAME)
        own_proof = any(path.startswith(root) for root in OWN_PROOF)
        assert answer.status_code in ((401, 403, 404) if own_proof else (401,)), (method, path)
        wrong = client.request(method, path, json={}, headers=SAME | {"authorization": "Bearer no"})
        assert wrong.status_code in ((401, 403, 404) if own_proof else (401,)), (method, path)
    assert recorder.done == []


def test_without_a_token_nothing_can_be_changed(store: SqlStore, recorder: Recorder) -> None:
    client = TestClient(build(site(store, recorder, token=None)), base_url=OWN)
    for bearer in ("", "None", TOKEN):
        assert client.post("/api/v1/sources/japan/poll", headers={"authorization": f"Bearer {bearer}"}).status_code == 401
    assert client.post("/login", data={"token": "", "name": "x"}).status_code == 403
    assert "Log in" not in client.get("/").text
    assert recorder.done == []


def test_a_secret_that_cannot_be_read_lets_nobody_in(store: SqlStore) -> None:
    def gone() -> str:
        raise WrongUse("the file is not there")

    client = TestClient(build(site(store, token=gone)), base_url=OWN)
    assert client.post("/api/v1/sources/japan/poll", headers={"authorization": "Bearer "}).status_code == 401


def logged_in(client: TestClient) -> str:
    """Log in and give the key that forms carry."""
    answer = client.post("/login", data={"token": TOKEN, "name": "Ana", "next": "/sources"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sources")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    found = re.search(r'name="key" value="(\w{64})"', client.get("/deliveries").text)
    assert found
    return found[1]


def test_a_form_of_ours_acts_and_says_who(client: TestClient, recorder: Recorder, store: SqlStore) -> None:
    key, line = logged_in(client), store.deliveries(limit=1)[0].id
    form = {"key": key, "id": line, "next": "/deliveries"}
    answer = client.post("/do/acknowledge", data=form, headers=SAME, follow_redirects=False)
    assert answer.headers["location"] == "/deliveries?said=Acknowledged."
    assert recorder.done == [("acknowledge", line, "Ana")]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
    ],
)
def test_another_page_cannot_act_with_our_cookie(client: TestClient, recorder: Recorder, store: SqlStore, headers: dict[str, str]) -> None:
    key, line = logged_in(client), store.deliveries(limit=1)[0].id
    assert client.post("/do/acknowledge", data={"key": key, "id": line}, headers=headers).status_code == 403
    assert client.post(f"/api/v1/deliveries/{line}/acknowledge", headers=headers).status_code == 403
    assert recorder.done == []


def test_a_form_needs_the_key_of_its_own_session(client: TestClient, recorder: Recorder, store: SqlStore) -> None:
    logged_in(client)
    for key in ("", "0" * 64):
        assert client.post("/do/poll", data={"key": key, "id": "japan"}, headers=SAME).status_code == 403
    assert recorder.done == []


def asking(cookie: str) -> Request:
    """A request with a session; header values are bytes of Latin-1 on the wire."""
    return Request({"type": "http", "headers": [(b"cookie", f"monitor_session={cookie}".encode("latin-1"))]})


def test_a_session_ends_with_its_time_or_its_token(store: SqlStore) -> None:
    now, token = [1000.0], ["first"]
    guard = Guard(site(store, token=lambda: token[0]), clock=lambda: now[0])
    cookie = guard.login("first", "Ana|1|2", "a")

    assert guard.who(asking(cookie)) == "Ana 1 2"
    token[0] = "second"
    assert guard.who(asking(cookie)) is None
    token[0], now[0] = "first", 1000.0 + 12 * 3600 + 1
    assert guard.who(asking(cookie)) is None


def test_a_link_lets_in_once_and_not_for_long(store: SqlStore, recorder: Recorder) -> None:
    closed = TestClient(build(site(store, recorder, open_reading=False)), base_url=OWN)
    link = entry(TOKEN, "Ana")
    assert closed.get(entry("another", "Ana")).status_code == 403
    assert closed.get(link + "0").status_code == 403
    assert closed.get(link, follow_redirects=False).status_code == 303
    assert "Ana" in closed.get("/").text
    closed.cookies.clear()
    assert closed.get(link).status_code == 403, "it is spent"
    assert closed.get("/", follow_redirects=False).status_code == 303
    guard = Guard(site(store), clock=lambda: 1000.0)
    assert guard.who(asking(guard.enter(entry(TOKEN, "Ana", 60, lambda: 1000.0)[7:], "a"))) == "Ana"
    with pytest.raises(Denied):
        guard.enter(entry(TOKEN, "Ana", 60, lambda: 900.0)[7:], "a")
    with pytest.raises(Denied):
        guard.enter(_signed("session", "Ana", 2000, TOKEN), "a")


@pytest.mark.parametrize("cookie", ["", "a.b.c", "..", "416e61.99999999999.00", "zz.1.x", "é.9.9"])
def test_a_forged_session_is_none(store: SqlStore, cookie: str) -> None:
    guard = Guard(site(store))

    assert guard.who(asking(cookie)) is None


def test_guessing_is_slow(client: TestClient) -> None:
    answers = [client.post("/login", data={"token": f"guess {n}", "name": "x"}).status_code for n in range(12)]
    assert answers == [401] * 10 + [429] * 2
    assert client.post("/login", data={"token": TOKEN, "name": "x"}).status_code == 429


def test_tries_are_counted_by_address_and_in_all() -> None:
    now = [0.0]
    tries = Tries(each=2, everybody=3, window=60, clock=lambda: now[0])
    assert [tries.allowed(a) for a in ("a", "a", "a", "b", "c")] == [True, True, False, True, False]
    now[0] = 61
    assert tries.allowed("c")


def test_every_answer_has_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/place/UA", "/api/v1/now", "/static/page.js", "/nothing", "/feeds/alerts.atom", "/healthz", "/login"):
        headers = client.get(path).headers
        assert {k: headers.get(k) for k in HEADERS} == HEADERS, path
    raw = client.get(client.get("/api/v1/places/UA/editions").json()["items"][0]["raw"])
    assert "sandbox" in raw.headers["content-security-policy"] and raw.headers["content-type"].startswith("text/plain")


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    policy = HEADERS["content-security-policy"]
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert policy.startswith("default-src 'none'")


def test_reading_can_be_closed(store: SqlStore) -> None:
    client = TestClient(build(site(store, open_reading=False)), base_url=OWN, follow_redirects=False)
    for path in ("/", "/place/UA", "/sources", "/api/v1/now", "/feeds/alerts.atom", "/events", "/metrics", "/openapi.json", "/nothing"):
        assert client.get(path).status_code in (303, 401), path
    assert client.get("/").headers["location"] == "/login?next=/"
    assert "Ukraine" not in client.get("/login").text
    for path in ("/healthz", "/readyz", "/static/style.css"):
        assert client.get(path).status_code == 200
    assert client.get("/api/v1/now", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_name_that_is_not_ours_is_refused(store: SqlStore) -> None:
    """Else a page that rebinds its own name to 127.0.0.1 could read us."""
    client = TestClient(build(site(store, hosts=("127.0.0.1", "localhost", "[::1]", "watch.example.org"))))
    for host in ("127.0.0.1:8080", "localhost", "[::1]:8080", "[::1]", "WATCH.example.org"):
        assert client.get("/healthz", headers={"host": host}).status_code == 200, host
    for host in ("evil.example", "127.0.0.1.evil.example", "", "watch.example.org.evil"):
        assert client.get("/healthz", headers={"host": host}).status_code == 421, host


@pytest.mark.parametrize("sent", ["/monitor/place/UA", "/place/UA"])
def test_behind_a_proxy_with_a_prefix(store: SqlStore, sent: str) -> None:
    """Whether the proxy cuts the prefix off or not; every link of the page carries it."""
    client = TestClient(build(site(store, prefix="/monitor")), base_url=OWN)
    page = client.get(sent)
    assert page.status_code == 200
    links = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
    assert len(links) > 20 and all(link.startswith("/monitor/") for link in links)


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/\\evil.example", "/x\r\nset-cookie: a=b", "javascript:alert(1)"]
)
def test_a_login_never_leads_elsewhere(client: TestClient, to: str) -> None:
    answer = client.post("/login", data={"token": TOKEN, "name": "x", "next": to}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_one_tap_link_asks_first_and_then_acts(client: TestClient, recorder: Recorder, store: SqlStore) -> None:
    """Mail scanners follow links, so following one changes nothing."""
    line = store.deliveries(limit=1)[0].id
    assert "leave now" in client.get(f"/ack/{line}.good").text
    assert recorder.done == []
    assert "Acknowledged" in client.post(f"/ack/{line}.good").text
    assert recorder.done == [("acknowledge", line, "duty-mail")]


def test_a_forged_link_does_nothing(client: TestClient, recorder: Recorder, store: SqlStore) -> None:
    line = store.deliveries(limit=1)[0].id
    for method in ("GET", "POST"):
        answer = client.request(method, f"/ack/{line}.bad")
        assert answer.status_code == 403 and "leave now" not in answer.text
    assert recorder.done == []


def test_a_hub_is_believed_only_with_its_signature(client: TestClient, recorder: Recorder) -> None:
    body = b"<rss/>"
    good = "sha256=" + hmac.new(b"hub-secret", body, hashlib.sha256).hexdigest()
    old = "sha1=" + hmac.new(b"hub-secret", body, hashlib.sha1).hexdigest()
    for header in ("", "=", "sha256=00", "sha256=é".encode("latin-1"), good.replace("sha256", "md5"), old, good[:-1]):
        assert client.post("/hooks/websub/wire", content=body, headers={"x-hub-signature": header}).status_code == 403
    assert client.post("/hooks/websub/courier", content=body, headers={"x-hub-signature": good}).status_code == 404
    assert recorder.done == []
    assert client.post("/hooks/websub/wire", content=body, headers={"x-hub-signature": good}).status_code == 202
    assert recorder.done == [("poll", "wire", "")]


def test_a_hub_asks_whether_we_mean_it(client: TestClient) -> None:
    asked = {"hub.mode": "subscribe", "hub.topic": "https://wire.example/feed", "hub.challenge": "<b>c"}
    answer = client.get("/hooks/websub/wire", params=asked)
    assert answer.text == "<b>c" and answer.headers["content-type"].startswith("text/plain")
    assert client.get("/hooks/websub/wire", params=asked | {"hub.topic": "https://other.example"}).status_code == 404
    assert client.get("/hooks/websub/courier", params=asked | {"hub.topic": "https://courier.example/feed"}).status_code == 404
    assert client.get("/hooks/websub/wire", params=asked | {"hub.mode": "unsubscribe"}).status_code == 404, "it is still wanted"
    ended = asked | {"hub.mode": "unsubscribe", "hub.topic": "https://courier.example/feed"}
    assert client.get("/hooks/websub/courier", params=ended).text == "<b>c", "nothing is wanted there"
    assert client.get("/hooks/websub/wire", params={"hub.mode": "denied", "hub.topic": "https://wire.example/feed"}).status_code == 200


def test_our_own_webhook_is_tried_at_the_hook_for_it(client: TestClient, store: SqlStore) -> None:
    """What a channel sends is signed, whole and as described; a broken signature or shape is told."""
    line = store.deliveries(channel="desk", limit=1)[0]
    body = compose(line, [store.change(id) for id in line.changes], Receiver("desk"), names=name, watches=WATCHES).body

    def sent(said: dict, key: str = HOOK_SECRET, path: str = "desk") -> Response:
        raw, at = json.dumps(said).encode(), int(time.time())
        headers = {"webhook-id": "dlv_1", "webhook-timestamp": str(at), "webhook-signature": sign(key, "dlv_1", at, raw)}
        return client.post(f"/hooks/test/{path}", content=raw, headers=headers)

    assert sent(body).json() == {"id": "dlv_1", "done": body["type"]}
    assert sent(body, key="whsec_" + "B" * 32).status_code == 403
    assert sent(body, path="duty-mail").status_code == 404
    assert client.post("/hooks/test/desk", content=b"{}").status_code == 403
    wrong = sent(body | {"data": body["data"] | {"severity": "awful"}})
    assert wrong.status_code == 422 and "data.severity" in wrong.json()["detail"]


def test_a_body_without_end_is_refused(client: TestClient) -> None:
    assert client.post("/login", content=b"token=" + b"x" * 20_000).status_code == 413


def test_a_taken_address_is_told_at_once(store: SqlStore) -> None:
    shown = site(store)
    app = build(shown)
    server = serve(app, "127.0.0.1:0", shown.stopping)
    try:
        with pytest.raises(WrongUse, match="listen"):
            serve(app, server.url.removeprefix("http://"), shown.stopping)
        with pytest.raises(WrongUse, match="listen"):
            serve(app, "127.0.0.1:eighty", shown.stopping)
    finally:
        server.stop()
    assert not server.alive


def test_another_configuration_is_shown_without_a_new_address(store: SqlStore) -> None:
    first = site(store)
    server = serve(build(first), "127.0.0.1:0", first.stopping)
    try:
        assert httpx.get(f"{server.url}/api/v1/sources/japan").json()["name"] == "MOFA Japan"
        server.show(build(site(store, sources={})))
        assert httpx.get(f"{server.url}/api/v1/sources/japan").json()["name"] == "japan"
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("listen", "is_local"),
    [
        ("127.0.0.1:80", True),
        ("[::1]:80", True),
        ("localhost:1", True),
        ("0.0.0.0:80", False),
        ("[::]:80", False),
        ("example.org:80", False),
    ],
)
def test_what_only_this_machine_reaches(listen: str, is_local: bool) -> None:
    assert local(listen) is is_local
