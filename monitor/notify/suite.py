"""The promises of a channel as a pytest plugin: a real receiver that answers in every way there is, and a class of tests.

A package with a channel of its own writes

    pytest_plugins = ["monitor.notify.suite"]

    class TestMine(ChannelContract):
        def channel(self, url):
            return build("mine", "my_package.Mine", {"url": url}, NET)

and has every test of the contract run against it.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ..errors import Refused, TryLater
from ..model import Certainty, MessageType, Severity
from ..route.message import Message
from .base import Channel, Net

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """An HTTP server whose next answers can be chosen."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answer: Answer = field(default_factory=lambda: status(200))


def status(code: int, body: bytes = b"{}", **headers: str) -> Answer:
    def send(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if code not in (204, 304):
            request.wfile.write(body)

    return send


def reset(request: BaseHTTPRequestHandler) -> None:
    """Hang up in the rudest way."""
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.connection.close()
    request.close_connection = True


def silence(request: BaseHTTPRequestHandler) -> None:
    """Hang up without a word, later than anybody waits."""
    time.sleep(1)


def dripping_head(request: BaseHTTPRequestHandler) -> None:
    """One byte of the head now and then: no time-out of a single read ever passes."""
    _drip(request, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 60 + b"\r\nContent-Length: 0\r\n\r\n")


def dripping_body(request: BaseHTTPRequestHandler) -> None:
    """A status at once, then one byte of the body now and then."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    _drip(request, b"b" * 200)


def _drip(request: BaseHTTPRequestHandler, text: bytes) -> None:
    for n in range(len(text)):
        try:
            request.wfile.write(text[n : n + 1])
            request.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def oversized(request: BaseHTTPRequestHandler) -> None:
    """A hundred megabytes of answer."""
    request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    for _ in range(100):
        try:
            request.wfile.write(b"x" * 1_000_000)
        except OSError:
            return


def garbage(request: BaseHTTPRequestHandler) -> None:
    """No HTTP at all."""
    request.wfile.write(b"\x00\xff\x00 SSH-2.0-nonsense\r\n\r\n")


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver on a free port."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            state.got.append(Got(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            state.answer(self)

        def log_message(self, format: str, *args: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


EVIL = "Ukraine <!channel> @everyone [click](http://evil.example) \x1b[31m\u202etxt.exe\r\nBcc: all@example.com\x07 <b>bold</b> *_~`"


def message(**fields: Any) -> Message:
    """A message with everything in it, changed as asked."""
    base: dict[str, Any] = {
        "id": "dlv_0123456789",
        "type": MessageType.ALERT,
        "channel": "c",
        "headline": "Ukraine: United States raises advice to Level 4, Do not travel (was Level 3)",
        "summary": "“Do not travel to Ukraine.”\nUnited States; official; seen 2022-01-23 21:40 UTC",
        "at": datetime(2022, 1, 23, 21, 40, tzinfo=UTC),
        "severity": Severity.EXTREME,
        "certainty": Certainty.OBSERVED,
        "url": "https://advisories.example/ua",
        "situation": "sit_UA",
        "data": {
            "id": "dlv_0123456789",
            "headline": "Ukraine: Level 4",
            "place": {"code": "UA", "name": "Ukraine"},
            "issuer": "US",
            "source": {"id": "us", "url": ""},
        },
    }
    return Message(**base | fields)


NET = Net(deadline=timedelta(seconds=1.5))
"""A network for tests: patience is short."""


@pytest.fixture
def http_receiver() -> Iterator[Receiver]:
    """A receiver whose answers can be chosen, on a free port of the loopback."""
    with receiver() as running:
        yield running


class ChannelContract:
    """What every channel over HTTP promises; `channel` is what a package must give."""

    def channel(self, url: str) -> Channel:
        """A channel of yours that sends to this address."""
        raise NotImplementedError

    def test_a_message_arrives_in_one_request(self, http_receiver: Receiver) -> None:
        assert self.channel(http_receiver.url).send(message())
        assert len(http_receiver.got) == 1

    def test_the_same_message_again_is_the_same_request(self, http_receiver: Receiver) -> None:
        for _ in range(2):
            self.channel(http_receiver.url).send(message())
        first, second = http_receiver.got
        assert (first.path, first.body) == (second.path, second.body)

    @pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504, 302, 307])
    def test_what_may_work_later_is_tried_later(self, http_receiver: Receiver, code: int) -> None:
        http_receiver.answer = status(code, Location=f"{http_receiver.url}/elsewhere")
        with pytest.raises(TryLater):
            self.channel(http_receiver.url).send(message())
        assert len(http_receiver.got) == 1, "a redirect must not be followed"

    @pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 422])
    def test_what_will_never_work_is_refused(self, http_receiver: Receiver, code: int) -> None:
        http_receiver.answer = status(code)
        with pytest.raises(Refused) as caught:
            self.channel(http_receiver.url).send(message())
        assert caught.value.gone is (code == 410)

    def test_retry_after_is_heard(self, http_receiver: Receiver) -> None:
        http_receiver.answer = status(429, Retry_After="7")
        with pytest.raises(TryLater) as caught:
            self.channel(http_receiver.url).send(message())
        assert caught.value.wait == timedelta(seconds=7)

    @pytest.mark.parametrize("bad", [reset, silence, dripping_head, garbage])
    def test_a_receiver_that_does_not_answer_is_tried_later(self, http_receiver: Receiver, bad: Answer) -> None:
        http_receiver.answer = bad
        with pytest.raises(TryLater):
            self.channel(http_receiver.url).send(message())

    @pytest.mark.parametrize("long", [oversized, dripping_body])
    def test_a_success_is_one_whatever_the_body_does(self, http_receiver: Receiver, long: Answer) -> None:
        http_receiver.answer = long
        assert self.channel(http_receiver.url).send(message())

    def test_words_of_others_steer_nothing(self, http_receiver: Receiver) -> None:
        self.channel(http_receiver.url).send(message(headline=EVIL, summary=EVIL))
        assert not set(http_receiver.got[0].body) & {0x1B, 0x07}
        assert not any("bcc" in name for name in http_receiver.got[0].headers)
