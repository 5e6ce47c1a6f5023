"""A government, a newspaper and a receiver on the loopback interface, and a real daemon process between them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
START = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Advisory:
    """One entry of the invented US register."""

    name: str
    tag: str
    level: int
    words: str
    text: str
    day: int = -10
    link: str = ""

    def xml(self) -> str:
        link = self.link or f"https://register.example/{self.tag.lower()}.html"
        return (
            f"<item><title>{escape(self.name)} - Level {self.level}: {self.words}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{(START + timedelta(days=self.day)):%a, %d %b %Y}</pubDate>"
            f'<category domain="Threat-Level">Level {self.level}: {self.words}</category>'
            f'<category domain="Country-Tag">{self.tag}</category>'
            f"<description><![CDATA[{self.text}]]></description></item>"
        )


def register(*advisories: Advisory) -> bytes:
    """The register's RSS."""
    return _channel("Advisories", "".join(a.xml() for a in advisories))


def _channel(title: str, items: str) -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'.encode()


def newspaper(*articles: tuple[str, str]) -> bytes:
    """A newspaper's RSS of (title, text)."""
    items = "".join(
        f"<item><title>{escape(t)}</title><description>{escape(d)}</description><link>https://daily.example/{n}</link>"
        f"<guid>https://daily.example/{n}</guid><pubDate>{format_datetime(START)}</pubDate></item>"
        for n, (t, d) in enumerate(articles)
    )
    return _channel("Daily", items)


@dataclass
class Net:
    """What the loopback server serves and what it received; `status` is what the receiver answers."""

    pages: dict[str, bytes] = field(default_factory=dict)
    polls: dict[str, int] = field(default_factory=dict)
    received: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    status: int = 204
    url: str = ""
    slow: dict[str, float] = field(default_factory=dict)

    def changes(self) -> list[str]:
        """The kinds and places of every change of every message that was accepted, repeats left out, in order."""
        seen: dict[str, str] = {}
        for _, body in self.received:
            for alert in body["data"].get("alerts", [body["data"]]) if body["type"] in ("alert", "update", "cancel", "digest") else []:
                for change in alert["changes"]:
                    seen.setdefault(change["id"], f"{change['kind']} {alert['place']['code']}")
        return list(seen.values())


@contextmanager
def loopback(host: str = "127.0.0.1") -> Iterator[Net]:
    """A server for pages (GET) and webhooks (POST) on a free port of an address of this machine."""
    net = Net()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.strip("/")
            net.polls[name] = net.polls.get(name, 0) + 1
            time.sleep(net.slow.get(name, 0))
            self.answer(200 if name in net.pages else 404, net.pages.get(name, b"none"))

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            if net.status < 300:
                net.received.append((dict(self.headers), json.loads(raw)))
                net.raw.append(raw)
            else:
                net.refused.append(self.headers["webhook-id"])
            self.answer(net.status, b"")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    kind = type("Server", (ThreadingHTTPServer,), {"address_family": socket.AF_INET6 if ":" in host else socket.AF_INET})
    server = kind((host, 0), Handler)
    net.url = f"http://{f'[{host}]' if ':' in host else host}:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield net
    finally:
        server.shutdown()
        server.server_close()


def config(folder: Path, net: Net, every: str = "1s") -> Path:
    """A configuration with the two sources and one webhook."""
    path = folder / "monitor.toml"
    path.write_text(f"""
[store]
url = "sqlite:///monitor.db"
[web]
listen = ""
[egress]
allow = ["127.0.0.0/8"]
[http]
contact = "https://desk.example"
timeout = "10s"
[log]
format = "json"
[engine]
tick = "1s"
lease = "5s"
[[source]]
id = "us-state"
kind = "us-state"
url = "{net.url}/us.xml"
issuer = "US"
every = "{every}"
[[source]]
id = "daily"
kind = "feed"
url = "{net.url}/daily.xml"
authority = "press"
every = "{every}"
[channel.desk]
kind = "webhook"
url = "{net.url}/hook"
secret = "env:DESK_SECRET"
[[route]]
name = "all"
channels = ["desk"]
[[route]]
name = "operator"
channels = ["desk"]
operator = true
""")
    return path


@contextmanager
def daemon(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real `monitor run`; killed at the end if it is still there."""
    log = (path.parent / "log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor", "run", "--config", str(path)],
        env=os.environ | {"DESK_SECRET": SECRET}, stdout=log, stderr=log, cwd=path.parent,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(10)
        log.close()


def until(holds: Callable[[], object], patience: float = 30.0, what: str = "") -> None:
    """Wait for something to become true; fails with the words when it does not."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"still not so after {patience} s: {what}")
        time.sleep(0.05)


def two_polls(net: Net, *names: str) -> None:
    """Wait until these pages were asked for twice more, so that what they show now has been taken in."""
    before = {n: net.polls.get(n, 0) for n in names or ("us.xml", "daily.xml")}
    until(lambda: all(net.polls.get(n, 0) >= c + 2 for n, c in before.items()), what=f"two polls of {list(before)}")
