"""How long a person waits for the program: help, status, one quiet poll, beside a bare interpreter."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.farm import Farm
from tests.bench.meter import MONITOR, PYTHON, machine, median, run
from tests.bench.peers import PEERS


def main(repeats: int = 7) -> None:
    with Farm(1) as farm, tempfile.TemporaryDirectory(prefix="monitor-bench-") as name:
        folder = Path(name)
        PEERS[0].prepare(folder, farm)
        config = folder / "monitor.toml"
        commands: dict[str, list[str | Path]] = {
            "a bare interpreter": [PYTHON, "-c", "pass"],
            "monitor --help": [*MONITOR, "--help"],
            "monitor poll, one feed": [*MONITOR, "poll", "-c", config],
            "monitor status": [*MONITOR, "status", "-c", config],
            "monitor check": [*MONITOR, "check", "-c", config],
        }
        print(f"\nstarting, medians of {repeats}; {machine()}\n")
        for what, command in commands.items():
            cost = median([run(command) for _ in range(repeats)])
            print(f"{what:26} {cost.wall * 1e3:7.0f} ms of wall time {cost.cpu * 1e3:7.0f} ms of processor {cost.rss:6.0f} MB")


if __name__ == "__main__":
    main()
