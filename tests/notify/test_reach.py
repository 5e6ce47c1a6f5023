"""Whether a receiver can be reached is asked without telling it anything; a secret that is not taken shows."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.errors import Refused, SendError
from monitor.notify.base import Net
from monitor.notify.registry import build, check, kinds
from tests.notify.servers import Receiver, message, receiver, status


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("RIGHT", "123:right")
    monkeypatch.setenv("WRONG", "123:wrong")
    with receiver() as running:
        monkeypatch.setenv("APPRISE", running.url.replace("http://", "json://"))
        yield running


def made(kind: str, **options: Any) -> Any:
    checked, mistakes = check(kind, options)
    assert not mistakes
    hasty = timedelta(seconds=0.3 if kind == "email" else 15)
    return build("c", kind, checked, Net(httpx.HTTPTransport, hasty))


def options(kind: str, server: Receiver) -> dict[str, Any]:
    return {
        "console": {},
        "webhook": {"url": server.url},
        "email": {"host": "127.0.0.1", "port": server.url.rpartition(":")[2], "security": "none", "sender": "a@b", "to": "c@d"},
        "ntfy": {"url": server.url, "topic": "desk"},
        "slack": {"url": server.url},
        "telegram": {"token": "env:RIGHT", "chat": "1", "api": server.url},
        "pagerduty": {"routing_key": "env:RIGHT", "url": server.url},
        "alertmanager": {"url": server.url},
        "command": {"argv": ["true"]},
        "apprise": {"url": "env:APPRISE"},
    }[kind]


@pytest.mark.parametrize("kind", kinds())
def test_asking_tells_nobody_anything(server: Receiver, kind: str) -> None:
    channel = made(kind, **options(kind, server))
    try:
        assert channel.reach()
    except SendError:
        assert kind in ("email", "telegram"), "a web server is no mail server, and knows no bot"
    assert not server.got


@pytest.mark.parametrize("kind", ["webhook", "ntfy", "slack", "pagerduty", "alertmanager", "email", "telegram"])
def test_nobody_there(server: Receiver, kind: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        away = {k: v.replace(server.url, f"http://127.0.0.1:{port}") if isinstance(v, str) else v for k, v in options(kind, server).items()}
        with pytest.raises(SendError):
            made(kind, **away | ({"port": port} if kind == "email" else {})).reach()


def test_a_bot_whose_token_is_wrong_is_found_out(server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    def slack(request: BaseHTTPRequestHandler) -> None:
        well = request.headers["Authorization"] == "Bearer 123:right" and request.path == "/auth.test"
        status(200, json.dumps({"ok": True} if well else {"ok": False, "error": "invalid_auth"}).encode())(request)

    server.answer = slack
    assert "answers" in made("slack", token="env:RIGHT", channel="C1", api=server.url).reach()
    with pytest.raises(Refused, match="invalid_auth"):
        made("slack", token="env:WRONG", channel="C1", api=server.url).reach()


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        made("command", argv=["/no/such/program"]).reach()
    plain = tmp_path / "not-executable"
    plain.write_text("#!/bin/sh\n")
    with pytest.raises(Refused):
        made("command", argv=[str(plain)]).reach()
    assert made("command", argv=["true"]).send(message()) == "exit 0"
