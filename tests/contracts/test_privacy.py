"""Names of people never leave in a message to a receiver that did not ask for them: every channel there is, every kind of message."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller

from monitor.knowledge.places import name
from monitor.ledger import Delivery
from monitor.model import Aspect, Change, ChangeKind, MessageType, Posture, Reason, Severity, Standing, Watch, WatchKind
from monitor.notify.base import Net
from monitor.notify.registry import build, check, kinds
from monitor.route.message import Message, compose
from monitor.route.routes import Receiver
from monitor.route.watching import Trip
from monitor.route.words import languages
from tests.notify.servers import receiver
from tests.notify.test_mail import Inbox

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = ("Anna Exempel", "Ben Muster", "+49 30 5550", "Lviv, Rynok 1")
WATCHES = (
    Watch("Kyiv office", "UA", 14),
    Watch(
        "Anna Exempel", "UA", 1, WatchKind.TRIP, "Lviv, Rynok 1", date(2026, 3, 1), date(2026, 3, 9), contact="+49 30 5550", private=True
    ),
    Watch("Ben Muster", "UA", kind=WatchKind.PERSON, contact="+49 30 5550", private=True),
)
CHANGE = Change("chg_1", NOW, "us", "UA", "US", ChangeKind.LEVEL_RAISED, Reason.WORSE_AT_ONCE, Severity.SEVERE, before="3", after="4")
OTHER = replace(CHANGE, id="chg_2", place="PL")
POSTURE = Posture("US", "UA", ((Aspect.LEVEL, Standing("4")),))


def messages(lang: str, *, details: bool) -> list[Message]:
    """One message of every type that speaks of watches."""
    told = Receiver("c", lang=lang, watch_details=details)
    types = (MessageType.ALERT, MessageType.UPDATE, MessageType.CANCEL, MessageType.DIGEST)
    lines = [Delivery(f"dlv_{kind}", "c", kind, ("chg_1",), NOW, NOW) for kind in types]
    ahead = [Trip(WATCHES[1], (POSTURE,))]
    return [compose(line, [CHANGE, OTHER], told, names=name, watches=WATCHES, ahead=ahead) for line in lines]


def sends(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Message]], str]:
    """A function that sends messages through a channel of a kind and gives back all that the receiver got, as text."""
    monkeypatch.setenv("TOKEN", "token")
    if kind == "email":
        return _mailed
    if kind == "console":
        return lambda some: (_send(kind, {}, some), capsys.readouterr().out)[1]
    if kind == "command":
        out = tmp_path / "got"
        program = f"import sys, os; open({str(out)!r}, 'a').write(sys.stdin.read() + str(dict(os.environ)))"
        return lambda some: (_send(kind, {"argv": [sys.executable, "-c", program]}, some), out.read_text("utf-8"))[1]

    def over_http(some: list[Message]) -> str:
        with receiver() as server:
            monkeypatch.setenv("APPRISE", server.url.replace("http://", "json://"))
            options: dict[str, Any] = {
                "webhook": {"url": server.url}, "ntfy": {"url": server.url, "topic": "t"}, "slack": {"url": server.url},
                "telegram": {"token": "env:TOKEN", "chat": "1", "api": server.url}, "alertmanager": {"url": server.url},
                "pagerduty": {"routing_key": "env:TOKEN", "url": server.url}, "apprise": {"url": "env:APPRISE"},
            }[kind]  # fmt: skip
            _send(kind, options, some)
            return "".join(f"{g.path} {g.headers} {_plain(g.body)}" for g in server.got)

    return over_http


def _plain(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False) + text
    except ValueError:
        return text


def _send(kind: str, options: dict[str, Any], some: list[Message]) -> None:
    checked, mistakes = check(kind, options)
    assert not mistakes
    channel = build("c", kind, checked, Net(httpx.HTTPTransport, timedelta(seconds=10)))
    for message in some:
        channel.send(message)


def _mailed(some: list[Message]) -> str:
    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        _send("email", {"host": "127.0.0.1", "port": port, "security": "none", "sender": "m@x.example", "to": ["d@x.example"]}, some)
    finally:
        server.stop()
    parts = [part for mail in inbox.mails for part in mail.walk() if part.get_content_maintype() == "text"]
    return "".join(map(str, inbox.raw)) + "".join(part.get_content() for part in parts)


@pytest.mark.parametrize("kind", kinds())
def test_no_channel_carries_a_name_nobody_asked_for(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    got = sends(kind, tmp_path, capsys, monkeypatch)(messages("en", details=False))
    assert [n for n in NAMES if n in got] == []
    assert "Kyiv office" in got, "sites are named, so the message did speak of watches"
    asked = sends(kind, tmp_path, capsys, monkeypatch)(messages("en", details=True))
    assert "Anna Exempel" in asked, "and with watch_details it names them"


@pytest.mark.parametrize("lang", languages())
def test_no_language_lets_a_name_slip(lang: str) -> None:
    for message in messages(lang, details=False):
        said = message.text + json.dumps(message.body, ensure_ascii=False)
        assert [n for n in NAMES if n in said] == []
        assert "{" not in message.text


def test_a_digest_says_what_is_ahead() -> None:
    (digest,) = [m for m in messages("en", details=True) if m.type is MessageType.DIGEST]
    assert "• Anna Exempel (1), Ukraine 2026-03-01 to 2026-03-09: United States: Level 4" in digest.summary
    (others,) = [m for m in messages("en", details=False) if m.type is MessageType.DIGEST]
    assert "• a trip (1), Ukraine 2026-03-01 to 2026-03-09: United States: Level 4" in others.summary
    assert others.data["trips"][0]["levels"] == {"US": "4"} and others.data["trips"][0]["name"] == "a trip"
