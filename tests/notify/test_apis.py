"""ntfy and PagerDuty as servers that keep to the documented APIs see us: nothing is refused, one incident tells a whole story."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import Refused, TryLater
from monitor.ledger import Store
from monitor.model import ChangeKind, DeliveryState, MessageType, Severity
from monitor.notify.registry import build
from monitor.secret import Secret
from monitor.service.deliver import deliver
from monitor.service.drill import drill
from monitor.service.timers import acknowledge, wanting
from tests.notify.servers import EVIL, message, receiver, status
from tests.notify.servers import Receiver as Server
from tests.service.world import Clock, change, desk, found, ledger

KEY = "canary" + "0" * 26


def refuse(request: BaseHTTPRequestHandler, code: int, why: str) -> None:
    status(code, json.dumps({"http": code, "error": why}).encode())(request)


@dataclass
class Ntfy:
    """Publishing as JSON: what is too long becomes an attachment, which a lock screen does not show."""

    server: Server
    shown: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        got = self.server.got[-1]
        body = json.loads(got.body)
        known = {
            "topic",
            "message",
            "title",
            "tags",
            "priority",
            "actions",
            "click",
            "attach",
            "markdown",
            "icon",
            "filename",
            "delay",
            "email",
            "call",
        }
        actions = body.get("actions", [])
        if got.headers.get("authorization") != f"Bearer {KEY}":
            refuse(request, 401, "unauthorized")
        elif not body.get("topic") or set(body) - known or body.get("priority", 3) not in range(1, 6) or len(actions) > 3:
            refuse(request, 400, "invalid request")
        elif any(a["action"] not in ("view", "http", "broadcast") or not a.get("label") or not a.get("url") for a in actions):
            refuse(request, 400, "invalid action")
        elif len(body["message"].encode()) > 4096:
            refuse(request, 413, "would be an attachment")
        else:
            self.shown.append(body)
            status(200, json.dumps({"id": "x", "event": "message", "topic": body["topic"]}).encode())(request)


@dataclass
class PagerDuty:
    """Events API v2: an incident for each dedup_key that is not resolved."""

    server: Server
    incidents: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(self.server.got[-1].body)
        payload, action, key = body.get("payload", {}), body.get("event_action"), body.get("dedup_key", "")
        open_one = next((i for i in self.incidents if i["key"] == key and i["status"] != "resolved"), None)
        if len(body.get("routing_key", "")) != 32 or len(key) > 255 or action not in ("trigger", "acknowledge", "resolve"):
            refuse(request, 400, "invalid event")
        elif action == "trigger" and not self._complete(payload):
            refuse(request, 400, "invalid payload")
        else:
            if action == "trigger" and open_one is None:
                self.incidents.append({"key": key, "status": "triggered", "events": [payload["summary"]]})
            elif action == "trigger" and open_one is not None:
                open_one["events"].append(payload["summary"])
            elif open_one is not None:
                open_one["status"] = f"{action}d"
            status(202, json.dumps({"status": "success", "dedup_key": key}).encode())(request)

    @staticmethod
    def _complete(payload: dict[str, Any]) -> bool:
        datetime.fromisoformat(payload["timestamp"])
        severe = payload.get("severity") in ("critical", "error", "warning", "info")
        return bool(payload.get("summary")) and len(payload["summary"]) <= 1024 and bool(payload.get("source")) and severe


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("API_KEY", KEY)
    with receiver() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = ledger(tmp_path)
    yield opened
    opened.close()


def phone(server: Server) -> Any:
    return build("phone", "ntfy", {"url": server.url, "topic": "desk", "token": Secret("env:API_KEY")})


def pager(server: Server) -> Any:
    return build("pager", "pagerduty", {"url": server.url, "routing_key": Secret("env:API_KEY")})


def test_ntfy_shows_every_message_whole(server: Server) -> None:
    server.answer = api = Ntfy(server)
    for words in (message(), message(headline=EVIL, summary=EVIL * 300), message(summary="𐍈" * 5000), message(summary="")):
        phone(server).send(words)
    phone(server).send(message(ack_url="https://desk.example/ack/x", url="https://a.example"))
    assert len(api.shown) == 5 and api.shown[0]["priority"] == 5
    assert api.shown[-1]["click"] == "https://a.example" and api.shown[-1]["actions"][0]["url"] == "https://desk.example/ack/x"


def test_ntfy_says_who_may_not(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answer = Ntfy(server)
    monkeypatch.setenv("API_KEY", "wrong")
    with pytest.raises(Refused, match="401"):
        phone(server).send(message())


def test_pagerduty_has_one_incident_for_a_whole_story(store: Store, server: Server) -> None:
    server.answer = api = PagerDuty(server)
    clock, channel = Clock(), pager(server)
    d = desk(store, clock, [channel])
    for what in (change(1), change(2, ChangeKind.LEAVE_NOW, before=None, after="leave_now"), change(3, place="RU")):
        found(d, [what])
        deliver(d)
        clock.forward(timedelta(minutes=5))
    acknowledge(store, store.delivered_to("sit_UA")[0], "anna", clock(), wanting(d.channels))
    deliver(d)
    assert [(i["status"], len(i["events"])) for i in api.incidents] == [("acknowledged", 2), ("triggered", 1)]
    clock.forward(timedelta(hours=1))
    found(d, [change(4, ChangeKind.LEVEL_LOWERED, before="4", after="1", severity=Severity.MODERATE)])
    deliver(d)
    assert [i["status"] for i in api.incidents] == ["resolved", "triggered"]
    assert {line.state for line in store.deliveries(channel="pager")} == {DeliveryState.SENT}


def test_a_drill_leaves_no_incident_behind(store: Store, server: Server) -> None:
    server.answer = api = PagerDuty(server)
    d = desk(store, Clock(), [pager(server)])
    drill(store, ["pager"], d.now())
    deliver(d)
    assert [i["status"] for i in api.incidents] == ["resolved"]


def test_pagerduty_takes_any_words_and_asks_for_patience(server: Server) -> None:
    server.answer = api = PagerDuty(server)
    pager(server).send(message(headline=EVIL * 50, summary=EVIL * 500, situation="s" * 400))
    pager(server).send(message(type=MessageType.OPERATOR, situation="", data={}))
    assert len(api.incidents) == 2
    server.answer = status(429)
    with pytest.raises(TryLater):
        pager(server).send(message())
