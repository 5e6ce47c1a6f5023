"""`make fuzz`: every target for SECONDS_EACH seconds; findings are printed, and kept in var/fuzz to be tried first next time."""

from __future__ import annotations

import os
import sys
import time
import traceback

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from .targets import TARGETS

_ROUND = 500


def search(name: str, seconds: float) -> tuple[int, str]:
    """How many examples were tried, and the first finding, "" for none."""
    strategy, holds = TARGETS[name]
    tried = 0

    @given(strategy)
    @settings(
        max_examples=_ROUND, deadline=None, database=DirectoryBasedExampleDatabase("var/fuzz"), suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink), print_blob=True,
    )  # fmt: skip
    def attempt(value: object) -> None:
        nonlocal tried
        tried += 1
        holds(value)

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            attempt()
        except Exception:
            return tried, traceback.format_exc()[-3_000:]
    return tried, ""


def main(seconds: float, chosen: list[str]) -> int:
    """Search all targets, or those whose names contain one of the words; how many had findings."""
    found = 0
    for name in TARGETS:
        if chosen and not any(word in name for word in chosen):
            continue
        tried, finding = search(name, seconds)
        print(f"{name}: {tried} tried, {'FOUND' if finding else 'nothing found'}", finding, flush=True)
        found += bool(finding)
    return found


if __name__ == "__main__":
    sys.exit(min(main(float(os.environ.get("SECONDS_EACH", "600")), sys.argv[1:]), 1))
