"""What every channel over HTTP promises, over every implementation, against a real server that answers in every way there is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from monitor.errors import Refused, SendError, TryLater
from monitor.notify.answers import ANSWER_CAP
from monitor.notify.base import BaseChannel, HttpChannel, Net
from monitor.notify.registry import build, channel_class, check, kinds
from monitor.secret import Secret
from tests.notify import servers
from tests.notify.servers import EVIL, Receiver, message, receiver, status

CANARY = "canary-5f1d0c"
NET, HASTY = Net(httpx.HTTPTransport), Net(httpx.HTTPTransport, timedelta(seconds=0.4))


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


def options(kind: str, server: Receiver) -> dict[str, Any]:
    """How a person would configure each kind, with a secret wherever it takes one."""
    return {
        "webhook": {"url": "env:CANARY_URL"},
        "ntfy": {"url": server.url, "topic": "env:CANARY", "token": "env:CANARY"},
        "slack": {"url": "env:CANARY_URL"},
        "slack with a bot": {"token": "env:CANARY", "channel": "C1", "api": server.url},
        "telegram": {"token": "env:CANARY", "chat": "42", "api": server.url},
        "pagerduty": {"routing_key": "env:CANARY", "url": server.url},
        "alertmanager": {"url": server.url},
    }[kind]


HTTP_KINDS = ("webhook", "ntfy", "slack", "slack with a bot", "telegram", "pagerduty", "alertmanager")


@pytest.fixture(params=HTTP_KINDS)
def channel(request: pytest.FixtureRequest, server: Receiver) -> Iterator[BaseChannel]:
    kind = request.param.partition(" ")[0]
    checked, mistakes = check(kind, options(request.param, server))
    assert not mistakes
    made = build("c", kind, checked, NET)
    assert isinstance(made, HttpChannel)
    yield made
    made.close()


def test_every_http_kind_is_here() -> None:
    assert {k for k in kinds() if issubclass(channel_class(k), HttpChannel)} == {name.partition(" ")[0] for name in HTTP_KINDS}


def test_a_message_arrives(channel: BaseChannel, server: Receiver) -> None:
    assert channel.send(message()).startswith("HTTP 200")
    assert b"Level 4" in server.got[0].body and len(server.got) == 1


def test_the_same_message_again_is_the_same_request(channel: BaseChannel, server: Receiver) -> None:
    channel.send(message())
    channel.send(message())
    assert server.got[0].body == server.got[1].body
    assert server.got[0].headers.get("webhook-id") == server.got[1].headers.get("webhook-id")


@pytest.mark.parametrize("code", [200, 201, 202, 204, 206, 226, 299])
def test_every_success_is_one(channel: BaseChannel, server: Receiver, code: int) -> None:
    server.answer = status(code)
    assert str(code) in channel.send(message())


@pytest.mark.parametrize("code", [*range(500, 512), 520, 522, 530, 599, 408, 409, 423, 425, 429, 300, 301, 302, 303, 304, 307, 308])
def test_what_may_work_later_is_tried_later(channel: BaseChannel, server: Receiver, code: int) -> None:
    server.answer = status(code, Location=f"{server.url}/elsewhere")
    with pytest.raises(TryLater, match=str(code)):
        channel.send(message())
    assert len(server.got) == 1, "a redirect is not followed"


@pytest.mark.parametrize(
    "code", [400, 401, 402, 403, 404, 405, 406, 407, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 424, 426, 428, 431, 451, 499]
)
def test_what_will_never_work_is_refused(channel: BaseChannel, server: Receiver, code: int) -> None:
    server.answer = status(code)
    with pytest.raises(Refused, match=str(code)) as caught:
        channel.send(message())
    assert not caught.value.gone


def test_gone_says_so(channel: BaseChannel, server: Receiver) -> None:
    server.answer = status(410)
    with pytest.raises(Refused) as caught:
        channel.send(message())
    assert caught.value.gone


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("99999999999", timedelta(days=1)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta(0)),
        ("soon", None),
        ("-3", None),
        ("٣", None),
    ],
)
def test_retry_after_is_heard(channel: BaseChannel, server: Receiver, code: int, asked: str, wait: timedelta | None) -> None:
    server.answer = status(code, Retry_After=asked.encode().decode("latin-1"))
    with pytest.raises(TryLater) as caught:
        channel.send(message())
    assert caught.value.wait == wait


@pytest.mark.parametrize("bad", [servers.reset, servers.silence, servers.dripping_head, servers.garbage], ids=lambda f: f.__name__)
def test_a_receiver_that_does_not_answer_is_tried_later(channel: BaseChannel, server: Receiver, bad: servers.Answer) -> None:
    server.answer = bad
    channel.using(HASTY)
    with pytest.raises(TryLater):  # the drip would end in a success, after seconds in which nobody else is told
        channel.send(message())
    server.answer = status(200)
    channel.using(NET).close()
    channel.send(message())


class Late(httpx.HTTPTransport):
    """A network on which the connection is only made when time is over already."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        time.sleep(0.5)
        return super().handle_request(request)


def test_a_drip_that_begins_when_time_is_over_is_cut_too(server: Receiver) -> None:
    made: Any = build("c", "webhook", {"url": server.url}, Net(Late, timedelta(seconds=0.3)))
    server.answer = servers.dripping_head
    with pytest.raises(TryLater):
        made.send(message())


@pytest.mark.parametrize("long", [servers.oversized, servers.dripping_body], ids=lambda f: f.__name__)
def test_a_success_is_one_whatever_the_body_does(channel: BaseChannel, server: Receiver, long: servers.Answer) -> None:
    server.answer = long
    channel.using(Net(httpx.HTTPTransport, timedelta(seconds=2)))
    assert channel.send(message()).startswith("HTTP 200")


def test_nobody_there_is_tried_later(channel: BaseChannel) -> None:
    class Away(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError(f"cannot reach {request.url}")

    away = build("c", channel.kind, {k: getattr(channel, k) for k in channel.model_fields_set - {"name"}}, Net(Away))
    with pytest.raises(TryLater) as caught:
        away.send(message())
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("code", [200, 400, 500])
def test_secrets_show_nowhere(channel: BaseChannel, server: Receiver, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    server.answer = status(code, body=CANARY.encode())
    said = [repr(channel), str(channel), channel.model_dump_json(fallback=str)]
    try:
        said.append(channel.send(message()))
    except SendError as error:
        said += [str(error), repr(error.__cause__), repr(error.__context__)[:0]]
    out = capsys.readouterr()
    assert not [text for text in (*said, out.out, out.err) if CANARY in text]


def test_words_of_others_do_no_harm(channel: BaseChannel, server: Receiver) -> None:
    channel.send(message(headline=EVIL, summary=EVIL * 200))
    sent = server.got[0]
    assert len(sent.body) < 64_000
    shown = json.loads(sent.body)
    for text in _texts(shown):
        assert not set(text) & set("\x1b\x07\r\u202e"), text
        if channel.kind in ("slack", "telegram"):
            assert "@everyone" not in text
    assert not any("bcc" in name for name in sent.headers)


def test_answers_are_bounded(server: Receiver) -> None:
    made: Any = build("c", "webhook", {"url": server.url}, NET)
    server.answer = servers.oversized
    assert len(made.post(server.url)[1]) <= ANSWER_CAP


def test_an_option_nobody_knows_is_named() -> None:
    assert check("webhook", {"url": "https://a.example", "colour": "red"})[1] == [
        ("colour", "unknown key; this kind of channel has url, secret")
    ]
    assert check("webhook", {})[1] == [("url", "is missing")]
    assert check("pigeon", {})[1][0][0] == "kind"
    assert "NOT_THERE" in check("slack", {"url": "env:NOT_THERE"})[1][0][1]
    assert check("pagerduty", {"routing_key": "written in the clear"})[1][0][0] == "routing_key"
    assert "written" not in str(check("pagerduty", {"routing_key": "written in the clear"}))


def test_a_class_of_somebody_else_by_its_dotted_name() -> None:
    assert channel_class("monitor.notify.webhook.Webhook").kind == "webhook"
    assert check("os.path.join", {})[1][0][0] == "kind"
    assert check("nowhere.to.be.found", {})[1][0][0] == "kind"


def test_secrets_are_read_when_they_are_used(server: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    made = build("c", "ntfy", {"url": server.url, "topic": Secret("env:CANARY")}, NET)
    made.send(message())
    monkeypatch.setenv("CANARY", "rotated")
    made.send(message())
    monkeypatch.delenv("CANARY")
    with pytest.raises(TryLater):
        made.send(message())
    assert [json.loads(g.body)["topic"] for g in server.got] == [CANARY, "rotated"]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (t for v in value.values() for t in _texts(v))
    elif isinstance(value, list):
        yield from (t for v in value for t in _texts(v))
