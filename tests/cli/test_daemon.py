"""The daemon's own manners, in a real process: it reloads, keeps the last good configuration, shows its page, and ends when told."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.conftest import ORDER, QUIET, register
from tests.world import PATIENCE, World


class Running:
    """A `monitor run`, and the events it logs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def until(self, event: str) -> dict[str, object]:
        """The next log line of an event."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.startswith("{") and (found := json.loads(line))["event"] == event:
                return dict(found)
        raise AssertionError(f"it ended without {event}")

    def end(self) -> int:
        """SIGTERM, and the code it leaves with."""
        self.process.send_signal(signal.SIGTERM)
        self.until("daemon.stopped")
        return self.process.wait(PATIENCE)


@contextmanager
def daemon(config: Path, **environment: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "monitor", "run", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | environment) as process:
        try:
            running = Running(process)
            running.until("daemon.started")
            yield running
        finally:
            process.kill()


def test_a_reload_takes_what_is_right_and_keeps_the_last_good_one(config: Path, world: World) -> None:
    good = config.read_text()
    with daemon(config) as running:
        world.next_polls("/us")
        config.write_text(good + '\n[[source]]\nid = "us"\n')
        running.process.send_signal(signal.SIGHUP)
        assert "two sources" in str(running.until("reload.refused")["why"])
        world.next_polls("/us")

        world.feeds["/more"] = register(**QUIET)
        config.write_text(good + f'\n[[source]]\nid = "more"\nkind = "us-state"\nurl = "{world.url}/more"\nevery = "1s"\n')
        running.process.send_signal(signal.SIGHUP)
        done = running.until("reload.done")
        assert (done["added"], done["removed"], done["changed"]) == (["more"], [], [])
        world.next_polls("/more")

        world.feeds["/us"] = register(Ukraine=(4, ORDER), **QUIET)
        world.wait(lambda w: len(w.alerts) == 1)
        assert running.end() == 0


def test_it_tells_systemd_that_it_is_ready_alive_and_ending(config: Path, world: World, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(PATIENCE)
        with daemon(config, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="200000") as running:
            first = {listener.recv(1000).partition(b"\n")[0] for _ in range(2)}
            assert first == {b"READY=1", b"WATCHDOG=1"}, "the first beat may come before the word that all is ready"
            running.process.send_signal(signal.SIGTERM)
            said = b""
            while said == b"" or said == b"WATCHDOG=1":
                said = listener.recv(1000)
            assert said == b"STOPPING=1"
            assert running.process.wait(PATIENCE) == 0


def test_the_page_is_served_while_it_runs(config: Path, world: World) -> None:
    config.write_text(config.read_text().replace('listen = ""', 'listen = "127.0.0.1:0"'))
    command = [sys.executable, "-m", "monitor", "run", "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        running = Running(process)
        page = str(running.until("daemon.started")["page"])
        world.next_polls("/us", 2)
        with urllib.request.urlopen(page, timeout=PATIENCE) as answer:
            assert answer.status == 200
        assert running.end() == 0


def test_mistakes_end_the_start_with_code_two(config: Path) -> None:
    config.write_text(config.read_text() + "frob = 1\n")
    ran = subprocess.run(
        [sys.executable, "-m", "monitor", "run", "-c", str(config)], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert ran.returncode == 2
    assert "frob: unknown key" in ran.stderr
