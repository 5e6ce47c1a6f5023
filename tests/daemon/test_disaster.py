"""Disasters done for real: a page of the ledger overwritten, a disk turned read-only, a route taken away, IPv6 alone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.paths import ROOT

from .test_trouble import FIJI, RAISED, UNREADABLE, operator, quiet
from .world import SECRET, config, daemon, loopback, register, two_polls, until

ALONE = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"), reason="only root may make a network to take away"
)


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command of the monitor, to its end."""
    command = [sys.executable, "-m", "monitor", *arguments]
    return subprocess.run(
        command, env=os.environ | {"DESK_SECRET": SECRET}, capture_output=True, text=True, timeout=90, check=False, cwd=cwd
    )


# --- the ledger ------------------------------------------------------------------------------------------------------


def overwrite(ledger: Path) -> None:
    """Other bytes in every page but the first, below a running daemon's feet."""
    with closing(sqlite3.connect(ledger, isolation_level=None, timeout=20)) as other:
        other.execute("INSERT INTO meta VALUES ('touched', 'x')")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with ledger.open("r+b") as file:
        for page in range(1, ledger.stat().st_size // 4096):
            file.seek(4096 * page)
            file.write(b"\xa5" * 4096)
        file.flush()
        os.fsync(file.fileno())


def test_a_page_that_goes_bad_under_the_daemon_is_told_past_the_ledger(tmp_path: Path) -> None:
    """And with the copy of yesterday in its place it goes on: what happened meanwhile is seen then."""
    with loopback() as net:
        quiet(net)
        path = config(tmp_path, net)
        with daemon(path):
            two_polls(net)
            assert run("backup", str(tmp_path / "copy.db"), "--config", str(path), cwd=tmp_path).returncode == 0
            overwrite(tmp_path / "monitor.db")
            net.pages["us.xml"] = register(RAISED, FIJI)
            until(lambda: any(UNREADABLE in words for words in operator(net)), 60, "the operator hears of the damage")
        (told, *_) = (words for words in operator(net) if UNREADABLE in words)
        assert "malformed" in told and "nothing was overwritten" in told and "put the newest backup in its place" in told
        print(told)
        again = run("run", "--config", str(path), cwd=tmp_path)
        assert again.returncode == 1 and "put the newest backup in its place" in again.stderr and "Traceback" not in again.stderr
        for left in tmp_path.glob("monitor.db*"):
            left.unlink()
        assert run("restore", str(tmp_path / "copy.db"), "--config", str(path), cwd=tmp_path).returncode == 0
        with daemon(path):
            until(lambda: "level_raised OM" in net.changes(), 60, "what happened meanwhile is told")


def test_a_disk_that_cannot_be_written_to_is_said(tmp_path: Path, disk: Path) -> None:
    with loopback() as net:
        quiet(net)
        path = config(tmp_path, net)
        path.write_text(path.read_text().replace("sqlite:///monitor.db", f"sqlite:///{disk}/monitor.db"))
        assert run("poll", "--config", str(path), cwd=tmp_path).returncode == 0
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        for command in (["run"], ["poll"], ["sources"]):
            ran = run(*command, "--config", str(path), cwd=tmp_path)
            assert ran.returncode == 1 and "Traceback" not in ran.stderr, ran.stderr
            assert "that the disk is not read-only" in ran.stderr, ran.stderr
        print(ran.stderr)
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        net.pages["us.xml"] = register(RAISED, FIJI)
        assert run("poll", "--config", str(path), cwd=tmp_path).returncode == 0
        assert net.changes() == ["level_raised OM"]


# --- the network -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Island:
    """A network of its own with one way out; `address` is ours at the other end of it."""

    name: str
    address: str

    def do(self, *command: str) -> None:
        subprocess.run(["ip", "-n", self.name, *command], check=True, capture_output=True)

    @property
    def command(self) -> list[str]:
        return ["ip", "netns", "exec", self.name]


@pytest.fixture
def island() -> Iterator[Island]:
    tag = uuid.uuid4().hex[:6]
    made = Island(f"monitor-{tag}", "10.213.77.1")

    def ip(*command: str) -> bool:
        return subprocess.run(["ip", *command], check=False, capture_output=True).returncode == 0

    if not ip("netns", "add", made.name) or not ip("link", "add", f"mo{tag}", "type", "veth", "peer", "name", "out", "netns", made.name):
        ip("netns", "del", made.name)
        pytest.skip("this machine lets nobody make a network")
    ip("addr", "add", f"{made.address}/30", "dev", f"mo{tag}")
    ip("link", "set", f"mo{tag}", "up")
    made.do("addr", "add", "10.213.77.2/30", "dev", "out")
    for link in ("lo", "out"):
        made.do("link", "set", link, "up")
    yield made
    ip("link", "del", f"mo{tag}")
    ip("netns", "del", made.name)


@ALONE
def test_a_route_that_is_taken_away_and_given_back(tmp_path: Path, island: Island) -> None:
    """The operator reads it on the console, and afterwards everything that happened arrives once."""
    with loopback(island.address) as net:
        quiet(net)
        path = config(tmp_path, net)
        text = path.read_text().replace('allow = ["127.0.0.0/8"]', 'allow = ["10.213.77.0/30"]')
        path.write_text(
            text.replace('channels = ["desk"]\noperator', 'channels = ["here"]\noperator') + '[channel.here]\nkind = "console"\n'
        )
        log = tmp_path / "log"
        with log.open("wb") as out:
            command = [*island.command, sys.executable, "-m", "monitor", "run", "--config", str(path)]
            env = os.environ | {"DESK_SECRET": SECRET, "PYTHONPATH": str(ROOT)}
            running = subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.DEVNULL, cwd=tmp_path)
            try:
                two_polls(net)
                island.do("link", "set", "out", "down")
                until(lambda: log.read_bytes().count(b"we can no longer read it") >= 2, 60, "the operator hears that we are blind")
                net.pages["us.xml"] = register(RAISED, FIJI)
                island.do("link", "set", "out", "up")
                until(lambda: "level_raised OM" in net.changes(), 120, "what happened meanwhile is told")
                until(lambda: log.read_bytes().count(b"we can read it again") >= 2, 60, "and that we see again")
                running.send_signal(signal.SIGTERM)
                assert running.wait(20) == 0
            finally:
                running.kill()
                running.wait(10)
        said = log.read_text()
        assert "Network is unreachable" in said and "no_connection" in said
        assert said.count("daily: we can no longer read it") == 1
        assert len(net.received) == len({h["webhook-id"] for h, _ in net.received})
    print(said)


SIX = """
import json, sys
from pathlib import Path
from tests.daemon.world import config, loopback, register
from tests.daemon.test_trouble import FIJI, OMAN, RAISED, quiet
from monitor.cli import main
folder = Path(sys.argv[1])
with loopback("::1") as net:
    quiet(net)
    path = config(folder, net)
    path.write_text(path.read_text().replace("127.0.0.0/8", "::1/128"))
    codes = []
    for page in (register(OMAN, FIJI), register(RAISED, FIJI)):
        net.pages["us.xml"] = page
        try:
            main(["poll", "--config", str(path)])
            codes.append(0)
        except SystemExit as end:
            codes.append(end.code)
    Path(sys.argv[1], "result").write_text(json.dumps([codes, net.changes(), net.url]))
"""


@ALONE
def test_where_there_is_only_ipv6(tmp_path: Path) -> None:
    """A machine whose only address is ::1: sources and webhooks are reached, and a change is told."""
    script = tmp_path / "six.py"
    script.write_text(SIX)
    alone = f"ip link set lo up && ip addr del 127.0.0.1/8 dev lo && exec {sys.executable} {script} {tmp_path}"
    ran = subprocess.run(
        ["unshare", "--net", "sh", "-c", alone], env=os.environ | {"DESK_SECRET": SECRET, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=120, check=False, cwd=ROOT,
    )  # fmt: skip
    if "unshare" in ran.stderr or "RTNETLINK" in ran.stderr:
        pytest.skip("this machine lets nobody make a network")
    codes, told, url = json.loads((tmp_path / "result").read_text())
    assert codes == [0, 0] and told == ["level_raised OM"] and url.startswith("http://[::1]:"), ran.stderr
