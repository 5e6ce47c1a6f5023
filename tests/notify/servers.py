"""Real servers on the loopback that answer as receivers do: well, badly, slowly, never."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from monitor.model import Certainty, MessageType, Severity
from monitor.route.message import Message

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
