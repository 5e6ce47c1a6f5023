"""From an empty folder to a first test message: asked at a terminal, by flags, interrupted, and twice."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import CALM, QUIET, Ran, register
from tests.paths import ROOT
from tests.world import World

Run = Callable[..., Ran]


@pytest.fixture
def catalogue(tmp_path: Path, world: World) -> Path:
    """A catalogue with one register in our world."""
    folder = tmp_path / "catalogue"
    folder.mkdir()
    source = f'id = "us"\nname = "US"\nkind = "us-state"\nurl = "{world.url}/us"\nissuer = "US"'
    (folder / "us.toml").write_text(f'[[source]]\n{source}\noptions = {{ records = 3, silent_after = "9000d" }}\n', "utf-8")
    world.feeds["/us"] = register(Ukraine=(2, CALM), **QUIET)
    return folder


def near(catalogue: Path) -> tuple[object, ...]:
    return ("--sources", catalogue, "--allow", "127.0.0.0/8")


def test_flags_alone_lead_to_a_first_test_message(run: Run, tmp_path: Path, catalogue: Path, world: World) -> None:
    made = run(
        "init",
        tmp_path / "desk",
        "--places",
        "UA, Pologne,モルドバ",
        "--channel",
        f"webhook:url={world.url}/told",
        "--yes",
        *near(catalogue),
    )
    assert made.code == 0, made.err
    assert [t["type"] for t in world.told] == ["test"]
    assert "webhook\tarrived" in made.out
    assert "sources: 1 of 1 could be read" in made.out
    assert re.search(r"Ukraine\tUnited States\t2\t", made.out)
    raw = tomllib.loads((tmp_path / "desk/monitor.toml").read_text("utf-8"))
    assert raw["route"][0]["places"] == ["UA", "PL", "MD"]
    assert run("check", "-c", tmp_path / "desk/monitor.toml").code == 0


def test_nothing_that_stood_already_is_told(run: Run, tmp_path: Path, catalogue: Path, world: World) -> None:
    run("init", tmp_path / "desk", "--channel", f"webhook:url={world.url}/told", *near(catalogue))
    assert run("poll", "-c", tmp_path / "desk/monitor.toml").code == 0
    assert [t["type"] for t in world.told] == ["test"]


def test_secrets_are_files_for_us_alone_and_stand_nowhere_else(run: Run, tmp_path: Path, catalogue: Path, world: World) -> None:
    channel = f"telegram:token=12345:very-secret,chat=77,api={world.url}"
    made = run("init", tmp_path / "desk", "--channel", channel, "--channel", "console", "--no-try", *near(catalogue))
    assert made.code == 0, made.err
    text = (tmp_path / "desk/monitor.toml").read_text("utf-8")
    assert "very-secret" not in text + made.out + made.err
    assert 'token = "file:secrets/telegram-token"' in text
    files = list((tmp_path / "desk/secrets").iterdir())
    assert {f.name for f in files} == {"telegram-token", "web.token"}
    assert {f.stat().st_mode & 0o777 for f in files} == {0o600}
    assert "token = " in text.partition("[web]")[2].partition("[egress]")[0]
    checked = run("check", "-c", tmp_path / "desk/monitor.toml")
    assert checked.code == 0, checked.err
    assert "may be read by others" not in checked.out


def test_without_a_network_it_says_so_and_goes_on(run: Run, tmp_path: Path, catalogue: Path, world: World) -> None:
    world.feeds["/us"] = None
    made = run("init", tmp_path / "desk", "--places", "UA", "--channel", "console", "--yes", *near(catalogue))
    assert made.code == 0
    assert "seems to be offline" in made.out
    assert run("check", "-c", tmp_path / "desk/monitor.toml").code == 0


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--places", "Ukrane"), "did you mean Ukraine"),
        (("--channel", "pigeon"), "there are console, webhook"),
        (("--channel", "slack"), "channel.slack.kind: either the url"),
        (("--channel", "ntfy:topc=x"), "ntfy has no topc"),
        (("--channel", "ntfy:topic"), "no key and value"),
        (("--places", "UA", "--lang", "xx"), "channel.console.lang"),
        (("--places", "UA", "--zone", "Mars/Base"), "not a time zone"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(run: Run, tmp_path: Path, flags: tuple[str, ...], said: str) -> None:
    made = run("init", tmp_path / "desk", *flags, "--yes")
    assert made.code == 2
    assert said in made.err
    assert not (tmp_path / "desk").exists()


def test_nothing_is_overwritten_without_force_and_the_old_is_kept_with_it(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "desk", "--places", "UA", "--no-try")
    token = (tmp_path / "desk/secrets/web.token").read_text()
    again = run("init", tmp_path / "desk", "--places", "PL", "--no-try")
    assert (again.code, "nothing was written" in again.err) == (2, True)
    assert run("init", tmp_path / "desk", "--places", "PL", "--no-try", "--force").code == 0
    assert '"PL"' in (tmp_path / "desk/monitor.toml").read_text("utf-8")
    assert '"UA"' in (tmp_path / "desk/monitor.toml.bak").read_text("utf-8")
    assert (tmp_path / "desk/secrets/web.token").read_text() == token


def test_the_commented_keys_of_the_reference_are_all_there(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "desk", "--places", "UA", "--no-try")

    def keys(text: str) -> set[str]:
        return set(re.findall(r"^#? ?([a-z_]+) = ", text, re.MULTILINE))

    assert keys((ROOT / "config/monitor.toml").read_text("utf-8")) - keys((tmp_path / "desk/monitor.toml").read_text("utf-8")) <= {
        "url", "secret", "host", "user", "password", "sender", "to",
    }  # fmt: skip


class Person:
    """Somebody at a terminal who answers questions as they come."""

    def __init__(self, folder: Path, *flags: object) -> None:
        self.seen = ""
        command = [sys.executable, "-m", "monitor", "init", str(folder), *map(str, flags)]
        env = {**os.environ, "TERM": "dumb", "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
        self._pid, self._terminal = pty.fork()
        if not self._pid:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # as a terminal's shell would; a suite in the background ignores it
            os.execve(command[0], command, env)

    def reads(self, words: str) -> None:
        """Wait until these words stand on the screen, newer than what was answered."""
        while words not in self.seen:
            ready, _, _ = select.select([self._terminal], [], [], 60)
            assert ready, f"{words!r} never came after {self.seen!r}"
            self.seen += os.read(self._terminal, 65536).decode("utf-8", "replace")

    def answers(self, question: str, answer: str) -> None:
        self.reads(question)
        self.seen = ""
        os.write(self._terminal, answer.encode())

    def leaves(self, *, interrupting: bool = False) -> int:
        """Wait for the end; `interrupting` presses Ctrl-C while nothing comes: the first may fall between two looks at the terminal."""
        while True:
            if interrupting and not select.select([self._terminal], [], [], 3)[0]:
                os.write(self._terminal, b"\x03")
                continue
            try:
                self.seen += os.read(self._terminal, 65536).decode("utf-8", "replace")
            except OSError:
                break
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


@pytest.fixture
def person(tmp_path: Path, catalogue: Path) -> Person:
    return Person(tmp_path / "desk", *near(catalogue))


def test_somebody_at_a_terminal_gets_a_first_test_message(person: Person, run: Run, tmp_path: Path, world: World) -> None:
    person.answers("Which places", "Atlantis\r")
    person.answers("no place or region is called Atlantis", "Ucrania, gulf\r")
    person.answers("language", "de\r")
    person.answers("How should we tell you?", "webhook\r")
    person.answers("webhook: url", f"{world.url}/told\r")
    person.answers("webhook: secret", "\r")
    person.answers("Another receiver?", "y\r")
    person.answers("How should we tell you?", "console\r")
    person.answers("Another receiver?", "\r")
    assert person.leaves() == 0, person.seen
    assert "Probenachricht" in person.seen
    assert "sources: 1 of 1 could be read" in person.seen
    assert "Ukraine" in person.seen
    assert [t["type"] for t in world.told] == ["test"]
    raw = tomllib.loads((tmp_path / "desk/monitor.toml").read_text("utf-8"))
    assert (raw["route"][0]["places"], raw["route"][0]["regions"]) == (["UA"], ["gulf"])
    assert raw["channel"]["webhook"]["url"] == "file:secrets/webhook-url"
    assert run("check", "-c", tmp_path / "desk/monitor.toml").code == 0


def test_an_interruption_leaves_nothing_behind(person: Person, tmp_path: Path) -> None:
    person.answers("Which places", "UA\r")
    person.answers("language", "\x03")
    assert person.leaves(interrupting=True) != 0
    assert "Traceback" not in person.seen
    assert not (tmp_path / "desk").exists()
