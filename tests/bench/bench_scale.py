"""Many sources and quick news: memory and idling of a daemon with the page, hours to minutes to seconds; how soon news is told; workers.

`python -m tests.bench.bench_scale [memory|idle|prompt|due|workers …] [--feeds N]`; PostgreSQL comes with the test dependencies.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from monitor.app import opened
from monitor.settings.load import load
from tests.bench.farm import Farm
from tests.bench.meter import MONITOR, machine
from tests.engine.cluster_world import Inbox, workers

TICKS = os.sysconf("SC_CLK_TCK")

GOVERNMENTS = ("Germany", "Norway", "Japan", "Canada", "Australia", "Brazil", "India", "Italy", "Spain", "Poland")


class Small(Farm):
    """Feeds of one entry, so that a first look at many thousands is soon over."""

    def body(self, number: int) -> bytes:
        more = self._editions[number]
        item = f"<item><title>The orchestra plays {more} evenings</title><guid>{number}-{more}</guid></item>"
        return f'<rss version="2.0"><channel><title>f</title>{item}</channel></rss>'.encode()


class Closings(Farm):
    """One feed for each government: its embassies close, one after the other, and the newest forty stand there."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.shut: list[list[str]] = [[] for _ in range(self.size)]

    def body(self, number: int) -> bytes:
        who = GOVERNMENTS[number]
        items = "".join(
            f"<item><title>Embassy of {who} in {where} suspends operations</title><guid>{where}</guid></item>"
            for where in reversed(self.shut[number][-40:])
        )
        old = "<item><title>The orchestra plays</title><guid>old</guid></item>"
        return f'<rss version="2.0"><channel><title>f</title>{items}{old}</channel></rss>'.encode()

    def close(self, number: int, where: str) -> None:
        """Let a government close its embassy in a place."""
        self.shut[number].append(where)
        self.grow_one(number)


class Arrivals(Inbox):
    """An inbox that knows when it first heard of each closing."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        super().__init__()

    def take(self, body: dict[str, Any]) -> None:
        """Note which embassy a message tells of, by the words it quotes."""
        for change in body["data"]["changes"]:
            for evidence in change["evidence"]:
                self.at.setdefault(evidence["quote"], time.monotonic())


def configuration(folder: Path, farm: Farm, every: str, *, store: str = "sqlite:///monitor.db", hook: str = "", listen: str = "") -> Path:
    """A configuration of one source for each feed, with a page where `listen` says one."""
    sources = "".join(
        f'[[source]]\nid = "f{n}"\nkind = "feed"\nurl = "{farm.url(n)}"\nevery = "{every}"\nauthority = "press"\n' for n in range(farm.size)
    )
    channel = f'kind = "webhook"\nurl = "{hook}"\nstorm = 100000' if hook else 'kind = "console"'
    path = folder / "monitor.toml"
    path.write_text(
        f'[store]\nurl = "{store}"\n[web]\nlisten = "{listen}"\n[egress]\nallow = ["127.0.0.0/8"]\n[log]\nlevel = "warning"\n'
        f'[channel.desk]\n{channel}\n[[route]]\nchannels = ["desk"]\n{sources}'
    )
    return path


@contextmanager
def daemon(config: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A running `monitor run`."""
    log = (config.parent / "log").open("ab")
    process = subprocess.Popen([*map(str, MONITOR), "run", "--config", str(config)], stdout=log, stderr=log, cwd=config.parent)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def tree(pid: int) -> list[int]:
    """A process and all of its children that live."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += tree(int(child))
    return found


def cpu(pid: int) -> float:
    """Processor seconds of a process and its children."""
    return sum(sum(map(int, Path(f"/proc/{p}/stat").read_text().rpartition(")")[2].split()[11:15])) for p in tree(pid)) / TICKS


def memory(pid: int) -> list[float]:
    """Resident MB of a process and of each of its children."""
    return [int(Path(f"/proc/{p}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20 for p in tree(pid)]


def until(reached: Callable[[], object], patience: float) -> None:
    """Wait; ends the program when it takes too long."""
    end = time.monotonic() + patience
    while not reached():
        if time.monotonic() > end:
            sys.exit("waited in vain")
        time.sleep(0.2)


def measure_memory(feeds: int) -> None:
    """Feeds of the usual sizes, polled every two minutes: memory after the first look and after three rounds of 304; cost of a poll."""
    with Farm(feeds) as farm, tempfile.TemporaryDirectory(prefix="monitor-scale-") as name:
        config = configuration(Path(name), farm, "2m", listen="127.0.0.1:0")
        with daemon(config) as running:
            until(lambda: farm.served.get(200, 0) >= feeds, 3600)
            first, began, asked = memory(running.pid), cpu(running.pid), farm.served.get(304, 0)
            until(lambda: farm.served.get(304, 0) >= asked + 3 * feeds, 1200)
            taken = (cpu(running.pid) - began) / (farm.served.get(304, 0) - asked)
            last = memory(running.pid)
    print(f"{feeds} feeds with the page: after the first look {_mb(first)}, after three quiet rounds {_mb(last)}")
    print(f"a quiet poll: {1000 * taken:.2f} ms of processor")


def _mb(processes: list[float]) -> str:
    return f"{sum(processes):.0f} MB ({' + '.join(f'{p:.0f}' for p in processes)})"


def measure_idle(feeds: int) -> None:
    """What sources cost while none is due: processor time of a minute."""
    for count in (10, feeds):
        with Small(count) as farm, tempfile.TemporaryDirectory(prefix="monitor-scale-") as name:
            config = configuration(Path(name), farm, "1d", listen="127.0.0.1:0")
            with daemon(config) as running:
                until(lambda farm=farm, count=count: sum(farm.served.values()) >= count, 3600)
                time.sleep(10)
                began = cpu(running.pid)
                time.sleep(60)
                taken, resident = cpu(running.pid) - began, memory(running.pid)
        print(f"{count} sources of which none is due: {1000 * taken / 60:.1f} ms of processor a second; {_mb(resident)}")


def measure_prompt(minutes: float) -> None:
    """Five hundred changes a minute, sources polled every second: from publication to the receiver's yes."""
    places = _places()
    inbox = Arrivals()
    with Closings(len(GOVERNMENTS)) as farm, tempfile.TemporaryDirectory(prefix="monitor-scale-") as name:
        config = configuration(Path(name), farm, "1s", hook=inbox.url)
        with daemon(config) as running:
            until(lambda: sum(farm.served.values()) >= 3 * farm.size, 120)
            began, spent, published = time.monotonic(), cpu(running.pid), {}
            pairs = [(n, where) for where in places for n in range(farm.size)][: int(500 * minutes)]
            for count, (number, where) in enumerate(pairs):
                time.sleep(max(0.0, began + count * 0.12 - time.monotonic()))
                farm.close(number, where)
                published[f"Embassy of {GOVERNMENTS[number]} in {where} suspends operations"] = time.monotonic()
            with suppress(SystemExit):
                until(lambda: published.keys() <= inbox.at.keys(), 60)
            spent = (cpu(running.pid) - spent) / (time.monotonic() - began)
    inbox.close()
    if missing := published.keys() - inbox.at.keys():
        print(f"{len(missing)} never told, such as {sorted(missing)[:5]}")
    waits = sorted(inbox.at[quote] - at for quote, at in published.items() if quote in inbox.at)
    middle, most = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
    print(f"{len(waits)} changes, 500 a minute: published to accepted median {middle:.2f} s, 99th {most:.2f} s, longest {waits[-1]:.2f} s")
    print(f"processor: {spent:.2f} of one core")


def _places() -> list[str]:
    """Names of countries that stand for nothing else, so that each closing is about one place."""
    from monitor.knowledge.gazetteer import codes, name

    odd = {"Georgia", "Jersey", "Jordan", "Chad", "Ireland", "Guinea", "Congo - Brazzaville", "Congo - Kinshasa"}
    own = set(GOVERNMENTS)
    return [n for c in sorted(codes()) if (n := name(c)) not in odd | own and n.isascii() and n.isalpha()]


def measure_due(feeds: int) -> None:
    """How many due sources a second are handed out and taken in again as polled and unchanged, many in one commit."""
    with tempfile.TemporaryDirectory(prefix="monitor-scale-") as name:
        config = configuration(Path(name), Small(feeds), "1m")
        settings = load(config)
        now = [datetime.now(UTC)]
        with opened(settings, lambda: now[0]) as app:
            store = app.store
            taken = 0.0
            for _ in range(3):
                now[0] += timedelta(minutes=2)
                began = time.perf_counter()
                due = store.due(now[0], 1_000_000)
                taken += time.perf_counter() - began
                assert len(due) == feeds
        print(f"{feeds} due sources are found in {taken / 3:.3f} s: {3 * feeds / taken:,.0f} a second")


def measure_workers(feeds: int) -> None:
    """One worker and two on one PostgreSQL: quiet polls a second."""
    from tests.store.databases import postgres_url

    rates = []
    for count in (1, 2):
        with Small(feeds) as farm, tempfile.TemporaryDirectory(prefix="monitor-scale-") as name:
            config = configuration(Path(name), farm, "1s", store=postgres_url())
            with workers(config, count):
                until(lambda farm=farm: farm.served.get(200, 0) >= feeds, 600)
                asked = farm.served.get(304, 0)
                time.sleep(30)
                rates.append((farm.served.get(304, 0) - asked) / 30)
    print(
        f"quiet polls a second: one worker {rates[0]:.0f}, two {rates[1]:.0f} (×{rates[1] / rates[0]:.2f}), the farm on the same two cores"
    )


MEASURES = {
    "memory": lambda n: measure_memory(n or 5000),
    "idle": lambda n: measure_idle(n or 20_000),
    "prompt": lambda n: measure_prompt(2),
    "due": lambda n: measure_due(n or 20_000),
    "workers": lambda n: measure_workers(n or 2000),
}


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("what", nargs="*", choices=[[], *MEASURES], help="all without")
    asked.add_argument("--feeds", type=int, default=0)
    given = asked.parse_args()
    print(machine(), flush=True)
    for what in given.what or MEASURES:
        MEASURES[what](given.feeds)


if __name__ == "__main__":
    main()
