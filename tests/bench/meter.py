"""What a command costs: wall time, processor time of it and of every process it waited for, and its largest memory."""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PYTHON = sys.executable
MONITOR = [PYTHON, "-m", "monitor"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, seconds and MB; `code` is the exit status."""

    wall: float
    cpu: float
    rss: float
    code: int


@cache
def _compiled() -> None:
    """Our modules as an installation has them; a machine that was told to write no byte code would compile them at every start."""
    compileall.compile_dir(str(Path(__file__).resolve().parents[2] / "monitor"), quiet=1)


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None, cwd: Path | None = None, log: Path | None = None) -> Cost:
    """Run a command to its end and say what it cost."""
    _compiled()
    out = log.open("ab") if log else subprocess.DEVNULL
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(c) for c in command], env={**os.environ, **(env or {})}, cwd=cwd, stdout=out, stderr=out, stdin=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, process.returncode)


def median(costs: Sequence[Cost]) -> Cost:
    """The middle of each figure."""
    values = [statistics.median(getattr(c, name) for c in costs) for name in ("wall", "cpu", "rss")]
    return Cost(*values, max(c.code for c in costs))


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """The median processor time of this process for one call."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def machine() -> str:
    """The machine in a few words."""
    info = Path("/proc/cpuinfo")
    model = next((line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")), "")
    return f"{os.cpu_count()} × {model or 'unknown processor'}, Python {sys.version.split()[0]}"
