"""The world outside during the demo, on this machine's loopback: a web server with the feeds, a receiver of webhooks, a clock."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .bodies import body
from .story import Story


class StoryClock:
    """The time of the story; it stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        return self._now

    def move(self, to: datetime) -> None:
        """Make it later."""
        self._now = to


@dataclass
class World:
    """What the outside shows and what it was told."""

    story: Story
    clock: StoryClock
    secret: str
    told: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    unsigned: int = 0
    url: str = ""

    def count(self, status: int) -> None:
        """One more answer with this status."""
        self.answers[status] = self.answers.get(status, 0) + 1


@contextmanager
def staged(world: World) -> Iterator[World]:
    """The outside world, reachable at `world.url` while the block lasts."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"world": world}))
    world.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), name="demo-world", daemon=True).start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is its own affair."""


class _Handler(BaseHTTPRequestHandler):
    world: World
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A feed, or 304 for those who have it."""
        source = next((s for s in self.world.story.sources if s["id"] == self.path.strip("/")), None)
        if source is None:
            self._answer(404)
            return
        content, media_type = body(source["kind"], self.world.story.shown(source["id"], self.world.clock()))
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            self._answer(304, ETag=etag)
        else:
            self._answer(200, content, ETag=etag, **{"Content-Type": media_type})

    def do_POST(self) -> None:
        """Somebody who is told, and who checks that it was us."""
        from standardwebhooks.webhooks import Webhook, WebhookVerificationError

        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            Webhook(self.world.secret).verify(raw, dict(self.headers))
        except WebhookVerificationError:
            self.world.unsigned += 1
        self.world.told.append({"webhook-id": self.headers.get("webhook-id"), **json.loads(raw)})
        self._answer(204)

    def _answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.world.count(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: what the daemon says is the show."""
