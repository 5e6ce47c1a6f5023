"""`make soak`: a year of daily life in minutes, through the real pipe with real HTTP and a clock of our own.

Levels rise and fall, the press writes every day, a source fails for days, the receiver is down at times, and every ten days
the process's app is closed and opened again. Prints resident memory, the size of the database, and what was told.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import linear_regression

import psutil

from monitor import log
from monitor.app import App, opened
from monitor.service.keeping import tidy
from monitor.service.step import expire_reports
from monitor.service.wake import wake
from monitor.settings.load import load
from tests.daemon.world import SECRET, Advisory, Net, config, loopback, newspaper, register
from tests.service.world import Clock

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
STEP = timedelta(hours=2)
LIFE = 10
"""Days between two restarts."""
BUDGET = 3_000_000
"""Bytes of raw bodies that may be kept."""

WORDS = {1: "Exercise Normal Precautions", 2: "Exercise Increased Caution", 3: "Reconsider Travel", 4: "Do Not Travel"}
PLACES = [("Oman", "MU"), ("Fiji", "FJ"), ("Peru", "PE"), ("Kenya", "KE"), ("Ghana", "GH"), ("Nepal", "NP"), ("Chad", "CD"), ("Togo", "TO")]


@dataclass(frozen=True)
class Day:
    """How it stood in the evening."""

    number: int
    resident: int
    size: int
    told: int


class World:
    """What governments and newspapers do; the same on every run."""

    def __init__(self, net: Net) -> None:
        self.net, self.dice = net, random.Random(2026)
        self.editions = {tag: Advisory(name, tag, 1, WORDS[1], "Nothing is known.", -20) for name, tag in PLACES}
        self.begun: dict[str, int] = {}

    def day(self, number: int) -> None:
        """One place gets another level or another date; the press writes; now and then something is out of order."""
        tag = self.dice.choice(list(self.editions))
        old = self.editions[tag]
        level = self.dice.choice([old.level, old.level, min(old.level + 1, 4), max(old.level - 1, 1)])
        text = f"Edition {number} of this page. What is known about the towns of this place at level {level}."
        self.editions[tag] = replace(old, level=level, words=WORDS[level], text=text if level != old.level else old.text, day=number - 400)
        self.begun = self.begun or {t: e.level for t, e in self.editions.items()}
        self.net.pages["us.xml"] = register(*self.editions.values())
        self.net.pages["daily.xml"] = newspaper(*((f"Rain on day {number}, part {n}", "It will rain. " * 40) for n in range(5)))
        if 10 <= number % 40 < 13:
            del self.net.pages["daily.xml"]
        self.net.status = 500 if number % 25 == 7 else 204


def live(days: int, folder: Path) -> Iterator[Day]:
    """The evenings of so many days."""
    os.environ["DESK_SECRET"] = SECRET
    clock, process = Clock(BEGIN), psutil.Process()
    with loopback() as net:
        world = World(net)
        settings = load(_config(folder, net))
        for first in range(0, days, LIFE):
            with opened(settings, clock) as app:
                for number in range(first, min(first + LIFE, days)):
                    world.day(number)
                    _one_day(app, clock)
                    yield Day(number, process.memory_info().rss, app.store.size(), _told(net))
                net.status = 204
        with opened(settings, clock) as app:
            for _ in range(3):  # what waits for its confirmation, or for the receiver, comes to its end
                _one_day(app, clock)
        _check(world, net)


def _one_day(app: App, clock: Clock) -> None:
    evening = clock() + timedelta(days=1)
    while clock() < evening:
        wake(app.service, clock())
        for _ in app.poll(app.store.due(clock())):
            pass
        expire_reports(app.service, clock())
        app.deliver(timedelta(seconds=5))
        clock.forward(STEP)
    tidy(app.store, clock(), app.settings.keep)


def _config(folder: Path, net: Net) -> Path:
    path = config(folder, net, every="2h")
    kept = f'[keep]\nevidence = "60d"\nevidence_bytes = {BUDGET}\nhistory = "90d"\ndeliveries = "30d"\ntallies = "30d"\nseen = "60d"\n'
    path.write_text(path.read_text() + kept)
    return path


def _told(net: Net) -> int:
    return len({headers["webhook-id"] for headers, _ in net.received})


def _check(world: World, net: Net) -> None:
    """What was told, one after the other, leads from how it began to how it is now, without a gap and without a repeat."""
    levels, seen = dict(world.begun), set[str]()
    tags = dict(zip(("OM", "FJ", "PE", "KE", "GH", "NP", "TD", "TG"), world.editions, strict=True))
    for _, body in net.received:
        alerts = body["data"].get("alerts", [body["data"]]) if body["type"] in ("alert", "update", "cancel", "digest") else []
        for change, place in ((c, a["place"]["code"]) for a in alerts for c in a["changes"]):
            if not change["kind"].startswith("level_") or change["id"] in seen:
                continue
            seen.add(change["id"])
            assert int(change["before"]) == levels[tags[place]], f"a gap in what was told about {place}: {change}"
            levels[tags[place]] = int(change["after"])
    assert levels == {tag: edition.level for tag, edition in world.editions.items()}
    ids = [headers["webhook-id"] for headers, _ in net.received]
    assert len(ids) == len(set(ids)), "each message arrived once"


def main(days: int) -> None:
    """Print a line a month and the slopes."""
    log.configure("json", "error")
    with tempfile.TemporaryDirectory() as folder:
        evenings = []
        for day in live(days, Path(folder)):
            evenings.append(day)
            if day.number % 30 == 29 or day.number == days - 1:
                print(
                    f"day {day.number + 1}: {day.resident / 1e6:.1f} MB resident, ledger {day.size / 1e6:.2f} MB, {day.told} told",
                    flush=True,
                )
        half = evenings[len(evenings) // 2 :]
        memory = linear_regression([d.number for d in half], [d.resident for d in half]).slope * 365 / 1e6
        disk = linear_regression([d.number for d in half], [d.size for d in half]).slope * 365 / 1e6
        print(f"slope over the second half: memory {memory:+.1f} MB a year, ledger {disk:+.2f} MB a year; {-(-days // LIFE)} lives")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 365)
