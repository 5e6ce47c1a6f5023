"""Asking for help or for the status loads nothing that it does not need: counted in a fresh interpreter, not timed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Ran

HEAVY = {
    "apprise", "apscheduler", "asyncio", "fastapi", "feedparser", "httpx", "inspect", "jinja2", "nh3", "prometheus_client", "pydantic",
    "rapidfuzz", "requests", "rich", "sqlalchemy", "sqlmodel", "structlog", "uvicorn",
}  # fmt: skip
READING = {"inspect", "pydantic"}
"""What a command that reads the configuration cannot do without."""


def loaded(*arguments: object) -> set[str]:
    """The heavy modules that a command has loaded when it ends."""
    program = (
        "import sys, atexit\n"
        "atexit.register(lambda: print('\\nLOADED', *sorted({m.split('.')[0] for m in sys.modules}), file=sys.stderr))\n"
        f"from monitor.cli import main; main({[str(a) for a in arguments]!r})"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.rpartition("LOADED")[2].split()) & HEAVY


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)])
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert loaded(*arguments) == set()


@pytest.mark.parametrize("command", ["status", "sources", "alerts"])
def test_looking_loads_only_what_checks_the_settings(run: object, config: Path, command: str) -> None:
    assert isinstance(run("poll", "-c", config), Ran)  # type: ignore[operator]
    assert loaded(command, "-c", config) <= READING


def test_a_poll_loads_no_library_that_it_does_not_use(config: Path) -> None:
    assert loaded("poll", "-c", config).isdisjoint({"apprise", "fastapi", "jinja2", "prometheus_client", "requests", "rich", "uvicorn"})


def test_a_message_goes_out_without_the_http_client_s_own_command(config: Path) -> None:
    assert {"httpx", "rich"} & loaded("test", "desk", "-c", config) == {"httpx"}
