"""The running daemon among servers that mean harm: bounded, nobody else delayed, each one named, and all well again afterwards.

`make hostile` runs it at full size (HOSTILE_FULL=1); the suite sends less of the same.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from monitor.ledger import ChangeQuery, SourceRecord
from monitor.model import ChangeKind, SourceState
from monitor.store import open_reader
from tests.sources.server import GOOD, Hostile, response

from .world import until

FULL = bool(os.environ.get("HOSTILE_FULL"))
ITEM = b"<item><title>One of very many headlines of this day</title><guid>%d</guid></item>"
MEMORY = 420
"""Megabytes that the daemon itself may take at most; a parsing process has an address space of one gigabyte."""

PROGRAM = """
import socket, sys
connected = open(sys.argv.pop(1), "a", buffering=1)
def witness(event, args):
    if event == "socket.connect":
        connected.write(f"{args[1]}\\n")
        if args[1][0] == "8.8.8.8":
            raise ConnectionRefusedError("nothing of this test leaves the machine")
sys.addaudithook(witness)
resolve, turns = socket.getaddrinfo, iter(range(10**9))
def rebinding(host, port, *args, **kwargs):
    if host != "rebind.example":
        return resolve(host, port, *args, **kwargs)
    address = "169.254.169.254" if next(turns) % 2 else "8.8.8.8"
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
socket.getaddrinfo = rebinding
from monitor.cli import main
main(sys.argv[1:])
"""
"""The daemon with a name server that lies, and a witness of every connection that is really made."""

BOMB = b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FEED = b'<?xml version="1.0"?>%b<rss version="2.0"><channel><title>x</title>%b</channel></rss>'

BODIES: dict[str, bytes] = {
    "entities": FEED % (BOMB, b"<item><title>&b;&b;</title></item>"),
    "nested": FEED % (b"", b"<item>" * 100_000),
    "truncated": (FEED % (b"", ITEM % 1 + ITEM % 2))[:-60],
    "charset": GOOD.decode().encode("cp500"),
    "empty-object": b"{}",
    "empty-list": b"[]",
    "page": b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Nothing of what you want.</body></html>",
    "zip": b"PK\x03\x04" + bytes(range(256)) * 40,
}

EXPECTED: dict[str, tuple[SourceState, tuple[str, ...]]] = {
    "drip": (SourceState.BROKEN, ("deadline", "timeout")),
    "drip-body": (SourceState.BROKEN, ("deadline", "timeout")),
    "silent": (SourceState.BROKEN, ("deadline", "timeout")),
    "endless": (SourceState.BROKEN, ("too_large",)),
    "bomb": (SourceState.BROKEN, ("too_large",)),
    "items": (SourceState.BROKEN, ("too_large",)),
    "announced": (SourceState.BROKEN, ("too_large",)),
    "loop": (SourceState.BROKEN, ("redirects",)),
    "to-metadata": (SourceState.BROKEN, ("refused_address",)),
    "to-mapped": (SourceState.BROKEN, ("refused_address",)),
    "to-file": (SourceState.BROKEN, ("redirects",)),
    "to-secret": (SourceState.BROKEN, ("redirects",)),
    "rebind": (SourceState.BROKEN, ("refused_address", "no_connection")),
    "cut": (SourceState.BROKEN, ("cut_off",)),
    "noise": (SourceState.BROKEN, ("protocol",)),
    "brotli": (SourceState.BROKEN, ("bad_encoding",)),
    "403": (SourceState.BLOCKED, ("blocked",)),
    "challenge": (SourceState.BLOCKED, ("challenge",)),
    "mitigated": (SourceState.BLOCKED, ("blocked",)),
    "entities": (SourceState.BROKEN, ("entity_declared", "wrong_format")),
    "nested": (SourceState.BROKEN, ("too_deep", "wrong_format")),
    "truncated": (SourceState.DEGRADED, ("the end of the body",)),
    "charset": (SourceState.BROKEN, ("bad_charset", "wrong_format")),
    "empty-object": (SourceState.BROKEN, ("no_items", "wrong_format")),
    "empty-list": (SourceState.BROKEN, ("no_items", "wrong_format")),
    "page": (SourceState.BROKEN, ("html",)),
    "zip": (SourceState.BROKEN, ("bad_charset", "wrong_format")),
}


class Web(Hostile):
    """Misbehaves until `well` is set; then every path is a good feed."""

    def __init__(self) -> None:
        super().__init__()
        self.well = False
        self.times: defaultdict[str, list[float]] = defaultdict(list)

    def _misbehave(self, connection: socket.socket, path: str) -> None:
        name = path.strip("/")
        self.times[name].append(time.monotonic())
        if self.well or name == "calm":
            connection.sendall(response("200 OK", GOOD))
        elif name in BODIES:
            connection.sendall(response("200 OK", BODIES[name]))
        else:
            super()._misbehave(connection, path)

    def _items(self, connection: socket.socket) -> None:
        """Megabytes of well-formed items, one after the other."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + (FEED % (b"", b"")).partition(b"</channel>")[0])
        for start in range(0, 5_000_000 if FULL else 500_000, 5_000):
            connection.sendall(b"".join(ITEM % n for n in range(start, start + 5_000)))


def configured(folder: Path, web: Web) -> Path:
    path = folder / "monitor.toml"
    tables = "".join(
        f"""
[[source]]
id = "{name}"
kind = "feed"
url = "http://{"rebind.example" if name == "rebind" else "127.0.0.1"}:{web.port}/{name}"
authority = "press"
every = "1s"
"""
        for name in ("calm", *EXPECTED)
    )
    path.write_text(f"""
[store]
url = "sqlite:///monitor.db"
[web]
listen = ""
[egress]
allow = ["127.0.0.1/32"]
[http]
timeout = "2s"
per_host = 64
[log]
format = "json"
[engine]
tick = "1s"
[channel.desk]
kind = "console"
[[route]]
name = "operator"
channels = ["desk"]
operator = true
{tables}""")
    return path


@contextmanager
def daemon(path: Path) -> Iterator[psutil.Process]:
    with (path.parent / "log").open("wb") as log:
        command = [sys.executable, "-c", PROGRAM, str(path.parent / "connected"), "run", "--config", str(path)]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=path.parent)
        try:
            yield psutil.Process(process.pid)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(10)


class Scale:
    """The largest resident memory of a process, looked at often."""

    def __init__(self, process: psutil.Process) -> None:
        self.peak = 0
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._weigh, daemon=True)
        self._thread.start()

    def _weigh(self) -> None:
        while not self._over.wait(0.05):
            try:
                self.peak = max(self.peak, self._process.memory_info().rss)
            except psutil.Error:
                return

    def stop(self) -> float:
        """The peak in megabytes."""
        self._over.set()
        self._thread.join(5)
        return self.peak / 1e6


def records(path: Path) -> dict[str, SourceRecord]:
    reader = open_reader(f"sqlite:///{path.parent / 'monitor.db'}")
    try:
        return {r.id: r for r in reader.records()}
    finally:
        reader.close()


def unlike(path: Path, wanted: Callable[[SourceRecord], bool]) -> dict[str, str]:
    return {r.id: f"{r.state} {r.why}" for r in records(path).values() if not wanted(r)}


def as_expected(record: SourceRecord) -> bool:
    state, reasons = EXPECTED.get(record.id, (SourceState.HEALTHY, ("",)))
    return record.state is state and record.why.startswith(reasons)


@pytest.mark.slow
def test_hostile_servers_are_named_bounded_and_alone(tmp_path: Path) -> None:
    with Web() as web:
        path = configured(tmp_path, web)
        with daemon(path) as process:
            scale = Scale(process)
            until(lambda: web.times["calm"], what="it has begun")
            wrong: dict[str, str] = {"": "not asked yet"}

            def all_named() -> bool:
                wrong.clear()
                wrong.update(unlike(path, as_expected))
                return not wrong

            try:
                until(all_named, 90, "every hostile source in its state")
            except AssertionError:
                pytest.fail(f"not as expected: {wrong}")
            calm = web.times["calm"]
            gaps = [b - a for a, b in pairwise(calm)]
            peak = scale.stop()
            print(
                f"\n{len(EXPECTED)} hostile sources: daemon {peak:.0f} MB at most; calm one polled {len(calm)} times, gap {max(gaps):.2f} s"
            )
            assert peak < MEMORY
            assert len(calm) > len(web.times["drip"]), "the calm source goes on while others hang"
            if FULL:
                assert max(gaps) <= 1.1 + 1.0 + 1.0, "its cadence, one tick, and no more than a second"

            web.well = True
            until(lambda: not unlike(path, lambda r: r.state is SourceState.HEALTHY or r.id == "rebind"), 90, "all is well again")
        connected = {line.split("'")[1] for line in (tmp_path / "connected").read_text().splitlines() if line.startswith("('")}
        assert connected == {"127.0.0.1", "8.8.8.8"}, "whom a name server points to another address is never led there"
        log = (tmp_path / "log").read_text("utf-8", "replace")
        assert "user:secret" not in log and "Traceback" not in log

    reader = open_reader(f"sqlite:///{tmp_path / 'monitor.db'}")
    told = {(c.source, c.kind) for c in reader.changes(ChangeQuery(limit=10_000))}
    reader.close()
    for name, (state, _) in EXPECTED.items():
        if state is not SourceState.DEGRADED:
            assert (name, ChangeKind(f"source_{state}")) in told, f"the operator hears of {name}"
        if state is not SourceState.DEGRADED and name != "rebind":
            assert (name, ChangeKind.SOURCE_RECOVERED) in told, f"and that {name} is well again"
