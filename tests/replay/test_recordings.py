"""Every recording beside the checkout, through the real pipe: all that must be told is told, nothing else, nothing twice, nothing early."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.paths import GOLD, RECORDINGS, ROOT, SHARED

NAMES = sorted(p.name.removesuffix(".tar.xz") for p in RECORDINGS.glob("*.tar.xz")) if RECORDINGS and GOLD else []

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.slow,
    pytest.mark.skipif(not NAMES, reason="the recordings are not beside this checkout"),
]


def scorer() -> ModuleType:
    """The measure that stands beside the recordings."""
    assert SHARED is not None
    spec = importlib.util.spec_from_file_location("score_replay", SHARED / "score_replay.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def played(name: str, out: Path) -> list[dict[str, Any]]:
    """What `monitor replay` prints for a recording."""
    assert RECORDINGS is not None
    command = [sys.executable, "-m", "monitor", "replay", str(RECORDINGS / f"{name}.tar.xz"), "--json"]
    with out.open("wb") as file:
        subprocess.run(command, stdout=file, check=True, cwd=ROOT, timeout=250)
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", NAMES or ["none"])
def test_a_recording_is_told_right(name: str, tmp_path: Path) -> None:
    assert GOLD is not None and RECORDINGS is not None
    lines = played(name, tmp_path / "out.jsonl")
    told = scorer().run(name, tmp_path / "out.jsonl", GOLD, RECORDINGS)
    assert told["must_told"] == told["must"]
    assert (told["false_alarms"], told["repeats"], told["early_betterments"]) == (0, 0, 0), told
    assert all(line["headline"] for line in lines)
