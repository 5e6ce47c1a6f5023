"""A configuration on a world of one's own, and the command line called as a person calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import main
from monitor.demo.bodies import body
from monitor.demo.story import Entry
from tests.world import World

START = datetime.fromisoformat("2026-03-01T00:00:00+00:00")
CALM = ("Exercise increased caution in Ukraine because of crime.",)
ORDER = (
    "Do not travel to Ukraine because of armed conflict.",
    "On March 2, 2026, the Department ordered the departure of eligible family members of staff at the U.S. Embassy in Kyiv.",
)


def register(**places: tuple[int, tuple[str, ...]]) -> bytes:
    """A register of the US kind: place → (level, paragraphs)."""
    tags = {"Ukraine": "UP", "Poland": "PL", "Moldova": "MD"}
    entries = [
        Entry(START, "us", name, text=text, details=(("level", level), ("tag", tags[name]))) for name, (level, text) in places.items()
    ]
    return body("us-state", entries)[0]


QUIET = {"Poland": (1, ("Exercise normal precautions in Poland.",)), "Moldova": (2, ("Exercise increased caution in Moldova.",))}


@dataclass
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Its JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Calls the command line in this process."""

    def call(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as left:
            main([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Ran(int(left.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture
def config(tmp_path: Path, world: World) -> Path:
    """A configuration with one register and one webhook, both in the world."""
    path = tmp_path / "monitor.toml"
    path.write_text(
        f"""
[store]
url = "sqlite:///data/monitor.db"
[web]
listen = ""
[egress]
allow = ["127.0.0.0/8"]
[engine]
tick = "1s"
[log]
format = "json"
[channel.desk]
kind = "webhook"
url = "{world.url}/told"
[[route]]
channels = ["desk"]
[[source]]
id = "us"
kind = "us-state"
url = "{world.url}/us"
issuer = "US"
every = "1s"
options = {{ records = 3, silent_after = "9000d" }}
""",
        "utf-8",
    )
    world.feeds["/us"] = register(Ukraine=(2, CALM), **QUIET)
    return path
