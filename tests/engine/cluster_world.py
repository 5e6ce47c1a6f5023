"""Feeds of one country each and a receiver, for workers in processes of their own that are killed."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.farm import Farm

PLACES = (
    "Chad", "Mali", "Haiti", "Sudan", "Lebanon", "Niger", "Ukraine", "Yemen", "Libya", "Iraq", "Myanmar", "Somalia", "Nepal", "Peru",
    "Ecuador", "Bolivia",
)  # fmt: skip


class Missions(Farm):
    """Feed n speaks of country n: in its first edition of something else, in its next of the closing of an embassy there."""

    def body(self, number: int) -> bytes:
        shut = self._editions[number] > 0
        news = (
            f"<item><title>Embassy of Germany in {PLACES[number]} suspends operations</title><guid>{number}</guid></item>" if shut else ""
        )
        old = f"<item><title>The orchestra of {PLACES[number]} plays</title><guid>old{number}</guid></item>"
        return f'<rss version="2.0"><channel><title>f</title>{news}{old}</channel></rss>'.encode()

    def close(self, number: int) -> None:
        """Let the embassy in a country close."""
        self._editions[number] += 1


class Inbox:
    """A receiver of webhooks that counts every message by its id."""

    def __init__(self) -> None:
        self.got: Counter[str] = Counter()
        self.places: set[str] = set()
        self._lock = threading.Lock()
        inbox = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with inbox._lock:
                    if body["type"] in ("alert", "update"):
                        inbox.got[self.headers["webhook-id"]] += 1
                        inbox.places.add(body["data"]["place"]["name"])
                        inbox.take(body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, body: dict[str, Any]) -> None:
        """For those who look closer."""

    def close(self) -> None:
        self._server.shutdown()


def configuration(folder: Path, farm: Farm, store: str, hook: str) -> Path:
    """What every worker is started with."""
    sources = "".join(
        f'[[source]]\nid = "f{n}"\nkind = "feed"\nurl = "{farm.url(n)}"\nevery = "1s"\nauthority = "press"\n' for n in range(farm.size)
    )
    path = folder / "monitor.toml"
    path.write_text(
        f'[store]\nurl = "{store}"\n[web]\nlisten = ""\n[egress]\nallow = ["127.0.0.0/8"]\n[engine]\nlease = "30s"\n'
        f'[channel.hook]\nkind = "webhook"\nurl = "{hook}"\n[[route]]\nchannels = ["hook"]\n{sources}'
    )
    return path


@contextmanager
def workers(config: Path, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many `monitor worker` processes; what still runs at the end is ended."""
    running = [start(config) for _ in range(count)]
    try:
        yield running
    finally:
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(30)


def start(config: Path) -> subprocess.Popen[bytes]:
    """One worker."""
    log = (config.parent / f"worker-{os.urandom(3).hex()}.log").open("wb")
    return subprocess.Popen([sys.executable, "-m", "monitor", "worker", "--config", str(config)], stdout=log, stderr=log)
