"""Chats that can thread do: updates and the all-clear answer what was said before, as servers that keep to the documented APIs see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import Refused, TryLater
from monitor.ledger import Store
from monitor.model import ChangeKind, DeliveryState, Severity
from monitor.notify.registry import build, check
from monitor.route.routes import Digest, Receiver
from monitor.secret import Secret
from monitor.service.deliver import deliver
from tests.notify.servers import EVIL, message, receiver, status
from tests.notify.servers import Receiver as Server
from tests.service.world import Clock, change, desk, found, ledger

TOKEN = "xoxb-1-canary"


@dataclass
class SlackApi:
    """`chat.postMessage` as its reference describes it: errors are answers with status 200, a thread is named by its parent."""

    server: Server
    error: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        got = self.server.got[-1]
        body = json.loads(got.body)
        error = self.error or self._mistake(got.headers, body)
        if error:
            status(200, json.dumps({"ok": False, "error": error}).encode())(request)
            return
        ts = f"1700000000.{len(self.posts):06}"
        self.posts.append({"ts": ts, **body})
        status(200, json.dumps({"ok": True, "channel": body["channel"], "ts": ts}).encode())(request)

    def _mistake(self, headers: dict[str, str], body: dict[str, Any]) -> str:
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return "invalid_auth"
        if body.get("channel") != "C024BE91L":
            return "channel_not_found"
        if not body.get("text") or len(body["text"]) > 40_000:
            return "no_text"
        long = {"header": 150, "section": 3000}
        if len(body["blocks"]) > 50 or any(len(b["text"]["text"]) > long[b["type"]] for b in body["blocks"] if b["type"] in long):
            return "invalid_blocks"
        parents = {post["ts"] for post in self.posts if "thread_ts" not in post}
        return "invalid_thread_ts" if "thread_ts" in body and body["thread_ts"] not in parents else ""


@dataclass
class TelegramApi:
    """`sendMessage` of a Bot API server: numbers its messages, counts UTF-16 units, knows which message is answered."""

    server: Server
    posts: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        got = self.server.got[-1]
        body = json.loads(got.body)
        reply = body.get("reply_parameters", {"message_id": 1, "allow_sending_without_reply": True})
        known = 0 < reply["message_id"] - 100 <= len(self.posts)
        if got.path != f"/bot{TOKEN}/sendMessage":
            self._refuse(request, 404, "Not Found")
        elif not 0 < len(body["text"].encode("utf-16-le")) // 2 <= 4096:
            self._refuse(request, 400, "Bad Request: message is too long")
        elif not known and not reply["allow_sending_without_reply"]:
            self._refuse(request, 400, "Bad Request: message to be replied not found")
        else:
            self.posts.append(body)
            result = {"message_id": 100 + len(self.posts), "chat": {"id": body["chat_id"]}, "text": body["text"]}
            status(200, json.dumps({"ok": True, "result": result}).encode())(request)

    @staticmethod
    def _refuse(request: BaseHTTPRequestHandler, code: int, why: str) -> None:
        status(code, json.dumps({"ok": False, "error_code": code, "description": why}).encode())(request)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("CHAT_TOKEN", TOKEN)
    with receiver() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = ledger(tmp_path)
    yield opened
    opened.close()


def slack(server: Server) -> Any:
    return build("chat", "slack", {"token": Secret("env:CHAT_TOKEN"), "channel": "C024BE91L", "api": server.url})


def telegram(server: Server) -> Any:
    return build("chat", "telegram", {"token": Secret("env:CHAT_TOKEN"), "chat": "42", "api": server.url})


def story(store: Store, channel: Any, clock: Clock, **fields: Any) -> None:
    """An alarm, worse news, and the all-clear; something else in between."""
    d = desk(store, clock, [channel], **fields)
    for number, what in enumerate(
        (
            change(1, severity=Severity.SEVERE),
            change(2, place="RU"),
            change(3, ChangeKind.LEAVE_NOW, before=None, after="leave_now"),
            change(4, ChangeKind.LEVEL_LOWERED, before="4", after="1", severity=Severity.MODERATE),
        )
    ):
        found(d, [what])
        deliver(d)
        clock.forward(timedelta(hours=number + 1))


def test_slack_answers_in_the_thread_of_the_alarm(store: Store, server: Server) -> None:
    server.answer = api = SlackApi(server)
    story(store, slack(server), Clock())
    alarm, other, worse, clear = api.posts
    assert "thread_ts" not in alarm and "thread_ts" not in other
    assert worse["thread_ts"] == clear["thread_ts"] == alarm["ts"], "one thread, whose parent is the alarm"
    assert worse["reply_broadcast"] is clear["reply_broadcast"] is True, "whoever does not follow the thread sees it too"
    assert {d.state for d in store.deliveries(channel="chat")} == {DeliveryState.SENT}


def test_telegram_answers_the_alarm(store: Store, server: Server) -> None:
    server.answer = api = TelegramApi(server)
    story(store, telegram(server), Clock())
    assert [p.get("reply_parameters", {}).get("message_id") for p in api.posts] == [None, None, 101, 101]
    assert store.delivered_to("sit_UA")[0].receipt == "HTTP 200 message 101"


def test_what_was_told_in_a_digest_is_answered_there(store: Store, server: Server) -> None:
    server.answer = api = TelegramApi(server)
    clock = Clock()
    d = desk(store, clock, [telegram(server)], receivers={"chat": Receiver("chat", digest=Digest.DAILY)})
    found(d, [change(n, place=p, severity=Severity.MODERATE) for n, p in enumerate(("UA", "RU"))])
    clock.forward(timedelta(days=1))
    deliver(d)
    found(d, [change(7, ChangeKind.LEAVE_NOW)])
    deliver(d)
    assert [p.get("reply_parameters", {}).get("message_id") for p in api.posts] == [None, 101]


def test_a_repeat_is_the_same_request_in_the_same_thread(store: Store, server: Server) -> None:
    server.answer = api = SlackApi(server)
    clock, chat = Clock(), slack(server)
    d = desk(store, clock, [chat])
    found(d, [change(1)])
    deliver(d)
    found(d, [change(2, ChangeKind.LEAVE_NOW)])
    api.error = "internal_error"
    deliver(d)
    api.error = ""
    clock.forward(timedelta(hours=1))
    deliver(d)
    first, second = server.got[1:]
    assert first.body == second.body and json.loads(second.body)["thread_ts"] == api.posts[0]["ts"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [("ratelimited", TryLater), ("internal_error", TryLater), ("service_unavailable", TryLater), ("channel_not_found", Refused),
     ("invalid_auth", Refused), ("is_archived", Refused), ("something_new", Refused)],
)  # fmt: skip
def test_what_slack_says_decides(server: Server, error: str, kind: type[Exception]) -> None:
    api = SlackApi(server, error)
    server.answer = api
    with pytest.raises(kind, match=error):
        slack(server).send(message())


def test_any_words_are_taken(server: Server) -> None:
    server.answer = SlackApi(server)
    assert "thread" in slack(server).send(message(headline=EVIL, summary=EVIL * 300))
    server.answer = TelegramApi(server)
    assert "message" in telegram(server).send(message(headline=EVIL, summary="𐍈" * 9000))


@pytest.mark.parametrize(
    "options",
    [{}, {"token": "env:CHAT_TOKEN"}, {"channel": "C1"}, {"url": "https://a.example", "token": "env:CHAT_TOKEN", "channel": "C1"}],
)
def test_a_webhook_or_a_bot(server: Server, options: dict[str, str]) -> None:
    assert [key for key, _ in check("slack", options)[1]] == ["kind"]
