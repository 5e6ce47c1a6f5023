"""What a command line may do that no command hears of: readers that go away, interruptions, groups, mistyped options."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from monitor import cli
from monitor.cli.arguments import argument, between, flag, parse, takes
from tests.cli.conftest import Ran

MONITOR = [sys.executable, "-m", "monitor"]


def test_a_reader_who_goes_away_ends_a_command_quietly() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with open(theirs, "w") as gone:
        ran = subprocess.run([*MONITOR, "schema"], stdout=gone, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (1, "")


@pytest.mark.parametrize("error", [KeyboardInterrupt, EOFError])
def test_an_interrupted_command_leaves_without_a_traceback(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken_off() -> None:
        raise error

    monkeypatch.setitem(cli.COMMANDS, "schema", broken_off)
    with pytest.raises(SystemExit) as left:
        cli.main(["schema"])
    assert left.value.code == 130
    assert capsys.readouterr().err.strip() == ""


def test_a_word_that_has_commands_of_its_own_says_which(run: object) -> None:
    ran = run("silence")  # type: ignore[operator]
    assert isinstance(ran, Ran) and ran.code == 2
    assert "add" in ran.out and "end" in ran.out


def test_options_are_not_guessed_and_numbers_have_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[int, bool]] = []

    @takes(argument("--rows", type=between(1, 5), default=2), flag("--json-lines", help="x"))
    def show(rows: int, json_lines: bool) -> None:
        """Shows."""
        told.append((rows, json_lines))

    def call(*words: str) -> None:
        parse("p", "", "", "1", {"show": show}, ["show", *words])()

    call()
    call("--rows", "5", "--json-lines")
    assert told == [(2, False), (5, True)]
    for wrong in (("--row", "3"), ("--rows", "6"), ("--rows", "x"), ("--json",), ("more",)):
        with pytest.raises(SystemExit) as left:
            call(*wrong)
        assert left.value.code == 2
    assert "6 is not between 1 and 5" in capsys.readouterr().err
