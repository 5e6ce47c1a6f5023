"""What goes wrong under a running daemon, the words the operator gets, and that it goes on by itself afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.app import App, opened
from monitor.daemon import Daemon
from monitor.model import SourceState
from monitor.settings.load import load
from tests.service.world import Clock

from .world import SECRET, Advisory, Net, config, daemon, loopback, newspaper, register, two_polls, until

OMAN = Advisory("Oman", "MU", 2, "Exercise Increased Caution", "Exercise increased caution because of crime in the larger towns.")
FIJI = Advisory("Fiji", "FJ", 1, "Exercise Normal Precautions", "Nothing out of the ordinary is known about these islands.")
RAISED = Advisory("Oman", "MU", 4, "Do Not Travel", "Do not travel to Oman because of armed conflict.", day=0)
UNREADABLE, WELL = "The monitor cannot write its ledger", "The monitor writes its ledger again"


def quiet(net: Net) -> None:
    net.pages |= {"us.xml": register(OMAN, FIJI), "daily.xml": newspaper(("Rain over the hills", "It will rain."))}


def operator(net: Net) -> list[str]:
    """What the operators were told: headline and the words below."""
    bodies = [body["data"] for _, body in net.received if body["type"] == "operator"]
    return [f"{data['headline']}. {data['summary']}" for data in bodies]


# --- the ledger ------------------------------------------------------------------------------------------------------


def test_a_full_disk_is_told_past_the_ledger_and_nothing_is_lost(tmp_path: Path, disk: Path) -> None:
    with loopback() as net:
        quiet(net)
        path = config(tmp_path, net)
        path.write_text(path.read_text().replace("sqlite:///monitor.db", f"sqlite:///{disk}/monitor.db"))
        with daemon(path):
            two_polls(net)
            with (disk / "ballast").open("wb", buffering=0) as ballast:
                for size in (65_536, 4096, 512):
                    while _written(ballast, size):
                        pass
            net.pages["us.xml"] = register(RAISED, FIJI)
            until(lambda: any(UNREADABLE in words for words in operator(net)), 60, "the operator hears of the full disk")
            assert any("the disk is full; make room" in words or "has room" in words for words in operator(net))
            (disk / "ballast").unlink()
            until(lambda: "level_raised OM" in net.changes(), 60, "what happened meanwhile is told")
            until(lambda: any(WELL in words for words in operator(net)), 30, "and that all is well")
    print(*operator(net), sep="\n")


def _written(file: Any, size: int) -> bool:
    try:
        return bool(file.write(b"x" * size))
    except OSError:
        return False


@pytest.mark.slow
def test_a_lock_that_somebody_holds_is_told_and_waited_out(tmp_path: Path) -> None:
    with loopback() as net:
        quiet(net)
        with daemon(config(tmp_path, net)):
            two_polls(net)
            with closing(sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                net.pages["us.xml"] = register(RAISED, FIJI)
                until(lambda: any(UNREADABLE in words for words in operator(net)), 60, "the operator hears of the lock")
                assert any("another process is writing to it" in words for words in operator(net))
                other.execute("ROLLBACK")
            until(lambda: "level_raised OM" in net.changes(), 60, "what happened meanwhile is told")


def test_a_damaged_ledger_ends_the_start_with_what_to_do(tmp_path: Path) -> None:
    with loopback() as net:
        quiet(net)
        path = config(tmp_path, net)
        with daemon(path) as process:
            two_polls(net)
            process.terminate()
            assert process.wait(20) == 0
        ledger = tmp_path / "monitor.db"
        with ledger.open("r+b") as file:
            for page in range(2, ledger.stat().st_size // 4096):
                file.seek(4096 * page)
                file.write(b"\xa5" * 4096)
        before = ledger.read_bytes()
        ran = subprocess.run(
            [sys.executable, "-m", "monitor", "run", "--config", str(path)],
            env=os.environ | {"DESK_SECRET": SECRET}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ran.returncode == 1 and "Traceback" not in ran.stderr
        assert "nothing was overwritten" in ran.stderr and "put the newest backup in its place" in ran.stderr
        assert ledger.read_bytes() == before


# --- the network -----------------------------------------------------------------------------------------------------


class Names:
    """A name server that knows one name, while there is a network."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.up = True
        self._resolve = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host: str, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "world.example":
            return self._resolve(host, port, *args, **kwargs)
        if not self.up:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return self._resolve("127.0.0.1", port, *args, **kwargs)


def live(app: App, clock: Clock, hours: float, step: timedelta = timedelta(minutes=5)) -> int:
    """Let time go by as the daemon's ticks would; how many polls that were."""
    polls, end = 0, clock() + timedelta(hours=hours)
    while clock() < end:
        polls += len(list(app.poll(app.store.due(clock()))))
        app.deliver(timedelta(seconds=5))
        clock.forward(step)
    return polls


def test_two_days_without_a_network_lose_nothing_and_bother_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    names, clock = Names(monkeypatch), Clock(datetime.now(UTC))
    with loopback() as net:
        quiet(net)
        path = config(tmp_path, net, every="15m")
        path.write_text(path.read_text().replace("127.0.0.1:", "world.example:"))
        with opened(load(path), clock) as app:
            live(app, clock, 1)
            names.up = False
            before = dict(net.polls)
            polls = live(app, clock, 48)
            assert net.polls == before and polls <= 2 * 48 * 4 * 1.15, "a poll of nobody every quarter of an hour"
            assert {r.state for r in app.store.records()} == {SourceState.BROKEN}
            net.pages["us.xml"] = register(RAISED, FIJI)
            names.up = True
            live(app, clock, 0.5)
            assert {r.state for r in app.store.records()} == {SourceState.HEALTHY}
            live(app, clock, 12)
        assert net.changes() == ["level_raised OM"]
        told = operator(net)
        assert sum("us-state: we can no longer read it" in words and "name resolution" in words for words in told) == 1
        assert sum("us-state: we can read it again" in words for words in told) == 1
        assert any("last seen well" in words for words in told)
        assert len({h["webhook-id"] for h, _ in net.received}) == len(net.received), "each message arrived once"
    print(*told, sep="\n")


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="only root may take a process's network away")
def test_a_machine_without_a_route_says_so(tmp_path: Path) -> None:
    with loopback() as net:
        quiet(net)
        path = config(tmp_path, net)
        command = ["unshare", "--net", sys.executable, "-m", "monitor", "poll", "--config", str(path)]
        ran = subprocess.run(command, env=os.environ | {"DESK_SECRET": SECRET}, capture_output=True, text=True, timeout=60, check=False)
    if "unshare" in ran.stderr:
        pytest.skip("this machine lets nobody take the network away")
    assert ran.returncode == 1 and "no_connection" in ran.stdout and "Traceback" not in ran.stderr
    assert net.polls == {}


# --- the clock -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [timedelta(days=2), timedelta(days=-2)], ids=["forward", "back"])
def test_a_clock_that_jumps_is_told_and_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: timedelta) -> None:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    clock = Clock(datetime.now(UTC))
    with loopback() as net:
        quiet(net)
        with opened(load(config(tmp_path, net, every="15m")), clock) as app:
            running = Daemon(app)
            running.housekeep()
            live(app, clock, 0.1)
            running = Daemon(app)
            clock.forward(jump)
            net.pages["us.xml"] = register(RAISED, FIJI)
            running.housekeep()
            live(app, clock, 0.5)
            assert running.ailing() == ""
        assert net.changes() == ["level_raised OM"]
        (told,) = operator(net)
        assert f"jumped by {int(jump.total_seconds()):+d} s" in told and "Times around now may be wrong" in told


def test_a_jump_names_itself_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    clock = Clock(datetime.now(UTC))
    with loopback() as net, opened(load(config(tmp_path, net)), clock) as app:
        running = Daemon(app)
        clock.forward(timedelta(hours=1))
        for _ in range(3):
            running._watch_the_clock()
        assert len(app.store.deliveries()) == 1
        assert b"advisory_clock_jumps_total 1.0" in app.figures.text(app.store, clock())
