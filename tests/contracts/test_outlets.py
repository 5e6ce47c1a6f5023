"""Hostile inputs times outlets: whatever a stranger writes or sends, nothing steers, hides, forges or breaks out where it is shown."""

from __future__ import annotations

import csv
import email
import email.policy
import gzip
import io
import json
import logging
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
import structlog
from aiosmtpd.controller import Controller
from fastapi.testclient import TestClient
from icalendar import Calendar

from monitor import log
from monitor.app import opened
from monitor.cli import main
from monitor.knowledge.places import name
from monitor.ledger import ChangeQuery, Delivery, PollSave
from monitor.model import Change, MessageType, SourceState
from monitor.notify.base import BaseChannel, Net
from monitor.notify.registry import build, check, kinds
from monitor.route.message import Message, compose
from monitor.route.routes import Receiver as Routed
from monitor.settings.load import load
from monitor.store import open_store
from monitor.web import build as build_page
from tests.notify.servers import Receiver, receiver, status
from tests.notify.test_mail import free_port
from tests.service.world import Clock
from tests.sources.server import Hostile, response
from tests.web.desk import site
from tests.web.world import NOW, SOURCES, START, Scribe

from .hostile import BODIES, WORDS, changes, markup, texts, unseen
from .test_channels import CANARY, HTTP_KINDS, options

MOST = 400_000
"""Bytes: what any outlet makes of the longest of them for one message or page."""
_HOME = (ip_network("127.0.0.0/8"),)
INPUTS = (*WORDS, *BODIES)


class Bombs(Hostile):
    """Serves the hostile bodies by their names."""

    def _misbehave(self, connection: Any, path: str) -> None:
        wanted = path.strip("/").replace("-", " ")
        body = gzip.compress(bytes(30_000_000)) if wanted == "zip bomb" else BODIES[wanted][0]
        connection.sendall(response("200 OK", body, Content_Encoding="gzip" if wanted == "zip bomb" else ""))


@cache
def found(case: str) -> tuple[Change, ...]:
    """What an outlet is to show: changes made of the words, or what the monitor itself says of a source that sends the body."""
    return changes(WORDS[case]) if case in WORDS else _blinded(case)


def _blinded(case: str) -> tuple[Change, ...]:
    with Bombs() as server, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "monitor.toml"
        path.write_text(f"""
[egress]
allow = ["127.0.0.1/32"]
[http]
max_bytes = 2_000_000
[web]
listen = ""
[[source]]
id = "us-state"
kind = "feed"
url = "{server.url("/" + case.replace(" ", "-"))}"
""")
        clock = Clock(NOW)
        with opened(load(path), clock) as app:
            for _ in range(3):
                (polled,) = app.poll(["us-state"])
                clock.forward(timedelta(hours=1))
            assert polled.state is SourceState.BROKEN and polled.why.startswith(BODIES[case][1]), polled
            return app.store.changes(ChangeQuery())


def message(case: str) -> Message:
    """The message about all of it."""
    told = found(case)
    kind = MessageType.OPERATOR if told[0].kind.about_sight else MessageType.ALERT
    line = Delivery("dlv_1", "c", kind, tuple(c.id for c in told), NOW, NOW, situation="sit_UA", group="UA/US")
    return compose(line, told, Routed("c"), names=name, sources={s.id: s.url for s in SOURCES.values()})


@pytest.fixture(scope="module")
def server() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch, server: Receiver) -> None:
    monkeypatch.setenv("CANARY", CANARY)
    monkeypatch.setenv("CANARY_URL", f"{server.url}/services/{CANARY}")
    server.got.clear()
    server.answer = status(200)


# --- channels --------------------------------------------------------------------------------------------------------


def test_every_channel_is_in_the_table() -> None:
    assert set(kinds()) == {k.partition(" ")[0] for k in HTTP_KINDS} | {"email", "apprise", "command", "console"}


@pytest.mark.parametrize("case", INPUTS)
@pytest.mark.parametrize("kind", [*HTTP_KINDS, "apprise"])
def test_over_http(kind: str, case: str, server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPRISE", server.url.replace("http://", "json://"))
    wanted = {"url": "env:APPRISE"} if kind == "apprise" else options(kind, server)
    made, mistakes = check(kind.partition(" ")[0], wanted)
    assert not mistakes
    channel = build("c", kind.partition(" ")[0], made, Net(deadline=timedelta(seconds=10), allow=_HOME))
    channel.send(message(case))
    if isinstance(channel, BaseChannel):
        channel.close()
    (got,) = server.got
    assert len(got.body) < MOST
    assert not [n for n in got.headers if "bcc" in n.lower() or n.lower() in ("x", "subject")]
    shown = json.loads(got.body)
    for text in texts(shown):
        assert not unseen(text), text[:200]
    if kind in ("slack", "slack with a bot", "telegram", "apprise"):
        said = " ".join(texts(shown))
        assert not any(sign in said for sign in ("@everyone", "@here", "@channel", "@all"))
    if kind.startswith("slack"):
        blocks = [b["text"]["type"] for b in shown["blocks"] if "text" in b]
        assert set(blocks) == {"plain_text"} and not any(sign in shown["text"] for sign in "<>")
    if kind == "telegram":
        assert "parse_mode" not in shown
    if kind == "ntfy":
        assert not shown.get("markdown") and not unseen(shown["title"]) and "\n" not in shown["title"]
    for button in (a for a in _addresses(shown) if not a.startswith(server.url)):
        assert button.startswith(("https://", "http://")), button


def _addresses(shown: Any) -> Iterator[str]:
    """What a receiver makes a link of."""
    if isinstance(shown, dict):
        for key, value in shown.items():
            if key in ("url", "click", "href", "generatorURL", "client_url") and isinstance(value, str) and value:
                yield value
            else:
                yield from _addresses(value)
    elif isinstance(shown, list):
        for value in shown:
            yield from _addresses(value)


@pytest.fixture(scope="module")
def inbox() -> Iterator[tuple[int, list[bytes]]]:
    mails: list[bytes] = []

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
            assert envelope.rcpt_tos == ["desk@example.org"]
            mails.append(envelope.content)
            return "250 OK"

    controller = Controller(Handler(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port, mails
    controller.stop()


@pytest.mark.parametrize("case", INPUTS)
def test_by_mail(case: str, inbox: tuple[int, list[bytes]]) -> None:
    port, mails = inbox
    mails.clear()
    written = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "m@example.org", "to": ["desk@example.org"]}
    made, mistakes = check("email", written)
    assert not mistakes
    build("c", "email", made, Net(deadline=timedelta(seconds=10), allow=_HOME)).send(message(case))
    (raw,) = mails
    assert len(raw) < MOST
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert not {"Bcc", "Cc"} & set(mail.keys())
    assert len(mail.get_all("Subject", [])) == len(mail.get_all("To", [])) == 1
    for value in mail.values():
        assert not unseen(str(value)) and "\n" not in str(value)
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            assert not unseen(part.get_content().replace("\r\n", "\n"))
        if part.get_content_type() == "text/html":
            page = markup(part.get_content())
            assert not {"script", "img", "svg", "iframe"} & set(page.tags) and not page.handlers and not page.led_astray


@pytest.mark.parametrize("case", INPUTS)
def test_to_a_program(case: str, tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(f"import sys; open({str(tmp_path / 'got')!r}, 'wb').write(sys.stdin.buffer.read())")
    made, _ = check("command", {"argv": [sys.executable, "-I", str(script)]})
    build("c", "command", made, Net(deadline=timedelta(seconds=20))).send(message(case))
    got = (tmp_path / "got").read_bytes()
    assert len(got) < MOST
    for text in texts(json.loads(got)):
        assert not unseen(text), text[:200]


@pytest.mark.parametrize("case", INPUTS)
def test_on_the_console(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    build("c", "console", {}, Net()).send(message(case))
    out = capsys.readouterr().out
    first, *below = out.splitlines()
    assert len(out) < MOST and not unseen(out)
    assert first.startswith(f"{NOW:%Y-%m-%d %H:%M} ") and all(line.startswith("    ") for line in below), "no line of its own"


# --- logs, commands, page, feeds ---------------------------------------------------------------------------------------


@pytest.fixture
def logs() -> Iterator[Callable[[str, str], str]]:
    def written(format: str, words: str) -> str:
        out = io.StringIO()
        log.configure(format, "info", out)
        structlog.get_logger().warning("poll.failed", source="us", why=words, url=words)
        return out.getvalue()

    yield written
    structlog.reset_defaults()
    logging.basicConfig(force=True)


@pytest.mark.parametrize("case", INPUTS)
@pytest.mark.parametrize("format", ["json", "human"])
def test_in_logs(format: str, case: str, logs: Callable[[str, str], str]) -> None:
    words = WORDS.get(case) or found(case)[0].detail
    out = logs(format, words)
    assert out.count("\n") == 1 and out.isprintable() is False and out[:-1].isprintable()
    assert len(out) < 30_000
    if format == "json":
        assert json.loads(out)["event"] == "poll.failed"


@cache
def shelf(case: str, folder: str) -> str:
    """A ledger that holds it all, with a line for each change."""
    url = f"sqlite:///{folder}/{INPUTS.index(case)}.db"
    store = open_store(url)
    store.register(tuple(SOURCES.values()), START)
    scribe = Scribe(store)
    told = found(case)
    lines = tuple(line for change in told for line in scribe.lines(change))
    scribe.poll("us-state", NOW, changes=told, deliveries=lines)
    record = store.record("us-state")
    why = WORDS.get(case, "")[:2_000] or told[0].detail
    store.save(PollSave(record=replace(record, poll=record.poll + 1, state=SourceState.BROKEN, why=why), at=NOW))
    store.close()
    return url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("shelf"))


@pytest.mark.parametrize("case", INPUTS)
def test_by_commands(case: str, folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "monitor.toml"
    source = '[[source]]\nid = "us-state"\nkind = "us-state"\nurl = "https://x.example/"\nissuer = "US"\n'
    path.write_text(f'[store]\nurl = "{shelf(case, folder)}"\n{source}')
    for command in (["status"], ["alerts"], ["history", "UA"], ["sources"], ["deliveries"], ["export"], ["export", "--format", "csv"]):
        for more in ([], ["--json"]) if command[0] != "export" else ([],):
            capsys.readouterr()
            try:
                main([*command, "--config", str(path), *more])
            except SystemExit as end:
                assert end.code in (0, 1)
            out = capsys.readouterr().out
            assert len(out) < 12 * MOST
            rows = list(csv.reader(io.StringIO(out, newline=""))) if "csv" in command else []
            assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "\t", "\r"))], "no formula"
            if not rows:
                assert not unseen(out), (command, more)
            if more or command == ["export"]:
                for line in out.splitlines():
                    assert not [t for t in texts(json.loads(line)) if "\x1b" in t and "\x1b" in line]


PAGES = ("/", "/place/UA", "/sources", "/deliveries", "/change/chg_0", "/change/chg_1", "/change/chg_4", "/place/UA/texts")


@pytest.mark.parametrize("case", INPUTS)
def test_on_the_page(case: str, folder: str) -> None:
    store = open_store(shelf(case, folder))
    client = TestClient(build_page(site(store)), base_url="http://127.0.0.1")
    lines = store.deliveries() if case in WORDS else ()
    alerts = [f"/alert/{a['data']['id']}" for a in client.get("/api/v1/alerts").json()["items"]]
    assert bool(alerts) is (case in WORDS)
    ours = tuple(f"/change/{c.id}" for c in found(case)[:1]) if case in BODIES else PAGES
    for path in (*ours, "/", "/sources", *alerts, *(f"/delivery/{d.id}" for d in lines[:3])):
        answer = client.get(path)
        assert answer.status_code == 200, path
        page = markup(answer.text)
        assert len(answer.content) < 4 * MOST
        assert not {"img", "iframe", "object", "embed", "base", "meta http-equiv"} & set(page.tags), path
        assert page.tags.count("script") <= 2 and not page.handlers and not page.led_astray, path
        assert not unseen("".join(page.words)), (path, unseen("".join(page.words)))
        assert "script-src" in answer.headers["content-security-policy"]
    store.close()


@pytest.mark.parametrize("case", INPUTS)
def test_in_feeds_and_the_api(case: str, folder: str) -> None:
    store = open_store(shelf(case, folder))
    client = TestClient(build_page(site(store)), base_url="http://127.0.0.1")
    for path in ("/feeds/alerts.atom", "/feeds/cap.atom"):
        tree = fromstring(client.get(path).content)
        for element in tree.iter():
            assert element.tag.startswith("{http://www.w3.org/2005/Atom}"), "no element of theirs"
            assert not unseen(element.text or "") and not [v for v in element.attrib.values() if unseen(v)]
            assert element.get("type", "text") in (
                "text",
                "application/atom+xml",
                "application/cap+xml",
                "application/xhtml+xml",
                "text/html",
            )
            assert not element.get("href", "").startswith(("javascript:", "data:", "file:")), element.attrib
    for path in ("/feeds/alerts.json", "/api/v1/alerts", "/api/v1/changes", "/api/v1/sources", "/api/v1/now", "/api/v1/deliveries"):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.headers["x-content-type-options"] == "nosniff"
        if "/feeds/" in path or path.endswith("/alerts"):
            for text in texts(answer.json()):
                assert not unseen(text), (path, unseen(text))
    for alert in client.get("/api/v1/alerts").json()["items"]:
        message = client.get(f"/api/v1/alerts/{alert['data']['id']}/cap")
        assert message.status_code == 200
        for element in fromstring(message.content).iter():
            assert element.tag.startswith("{urn:oasis:names:tc:emergency:cap:1.2}") and not unseen(element.text or "")
    events = Calendar.from_ical(client.get("/feeds/dates.ics").content).walk("VEVENT")
    assert not [e for e in events if str(e.get("SUMMARY", "")).strip() == "forged"]
    rows = list(csv.reader(io.StringIO(client.get("/export/changes.csv").text, newline="")))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "\t", "\r"))]
    store.close()
