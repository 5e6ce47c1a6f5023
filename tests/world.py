"""A world of one's own for tests: a web server whose feeds the test writes, and a receiver of webhooks that it can break."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 60.0
"""Seconds after which something that should happen counts as not happening; nothing waits so long when all is well."""


@dataclass
class World:
    """`feeds` maps paths to bodies (None: the connection is cut). `status` is what the receiver answers."""

    feeds: dict[str, bytes | None] = field(default_factory=dict)
    status: int = 204
    told: list[dict[str, Any]] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, for_what: Callable[[World], bool]) -> None:
        """Wait until something holds about this world; AssertionError when it never does."""
        with self._changed:
            assert self._changed.wait_for(lambda: for_what(self), PATIENCE), f"asked {self.asked[-5:]}, told {self.told}"

    def polls(self, path: str) -> int:
        """How often a feed was asked for."""
        return self.asked.count(path)

    def next_polls(self, path: str, times: int = 1) -> None:
        """Wait until a feed was asked for so many times more."""
        goal = self.polls(path) + times
        self.wait(lambda world: world.polls(path) >= goal)

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """What was received about the world."""
        return [t for t in self.told if t["type"] in ("alert", "update", "cancel")]


@contextmanager
def world() -> Iterator[World]:
    """A world on the loopback interface while the block lasts."""
    made = World()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"world": made}))
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    world: World

    def do_GET(self) -> None:
        body = self.world.feeds.get(self.path, b"")
        self._noted(lambda: self.world.asked.append(self.path))  # before the answer, on which a test may act at once
        if body is not None:
            self._answer(200 if body else 404, body)

    def do_HEAD(self) -> None:
        self._answer(200)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        id, status = self.headers["webhook-id"], self.world.status
        self._noted(lambda: self._keep(id, body, status))
        self._answer(status)

    def _keep(self, id: str, body: dict[str, Any], status: int) -> None:
        self.world.tried.append(id)
        if status < 300:
            self.world.told.append({"webhook-id": id, **body})

    def _noted(self, note: Callable[[], object]) -> None:
        with self.world._changed:
            note()
            self.world._changed.notify_all()

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass
