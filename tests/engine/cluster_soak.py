"""Two machines with three workers on one PostgreSQL, killed and restarted at random while embassies close: what is lost, what is slow.

`python -m tests.engine.cluster_soak [MINUTES]`. A machine that dies takes all of its workers with it; PostgreSQL is restarted twice.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from monitor.errors import MonitorError
from monitor.ledger import ChangeQuery
from monitor.model import DeliveryState
from monitor.store import open_store
from tests.bench.farm import Farm
from tests.engine.cluster_world import PLACES, Inbox, configuration, start
from tests.store.databases import postgres_url, server

GOVERNMENTS = ("Germany", "Norway", "Japan", "Canada", "Australia", "Brazil", "India", "Italy", "Spain", "Poland")

T = TypeVar("T")

WITNESS = """
CREATE TABLE witness (source text, poll bigint, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION witnessed() RETURNS trigger AS $$ BEGIN
  IF NEW.poll <> OLD.poll THEN INSERT INTO witness (source, poll) VALUES (NEW.id, NEW.poll); END IF; RETURN NEW; END $$ LANGUAGE plpgsql;
CREATE TRIGGER witness AFTER UPDATE ON sources FOR EACH ROW EXECUTE FUNCTION witnessed();
"""
"""The database itself writes down every poll number that was committed."""


class Closings(Farm):
    """Feed n speaks of one government's embassy in one country, which closes in its next edition."""

    def body(self, number: int) -> bytes:
        who, where = GOVERNMENTS[number // len(PLACES)], PLACES[number % len(PLACES)]
        shut = self._editions[number] > 0
        news = f"<item><title>Embassy of {who} in {where} suspends operations</title><guid>{number}</guid></item>" if shut else ""
        old = f"<item><title>The orchestra of {where} plays</title><guid>old{number}</guid></item>"
        return f'<rss version="2.0"><channel><title>f</title>{news}{old}</channel></rss>'.encode()


@dataclass
class World:
    """The machines with their workers, and what happened to them."""

    config: Path
    machines: list[list[subprocess.Popen[bytes]]] = field(default_factory=list)
    killed: int = 0
    felled: int = 0
    restarts: int = 0
    away: list[tuple[float, float]] = field(default_factory=list)

    def boot(self) -> None:
        """Two workers on the first machine, one on the second."""
        self.machines = [[start(self.config), start(self.config)], [start(self.config)]]

    def kill_one(self, dice: random.Random) -> None:
        """A worker dies and is started again, as systemd would."""
        machine = dice.choice(self.machines)
        place = dice.randrange(len(machine))
        _end(machine[place])
        machine[place] = start(self.config)
        self.killed += 1

    def fell(self, dice: random.Random, down: float) -> None:
        """A machine dies with all its workers and comes back after a while."""
        machine = dice.choice(self.machines)
        for process in machine:
            _end(process)
        time.sleep(down)
        machine[:] = [start(self.config) for _ in machine]
        self.felled += 1

    def restart_database(self) -> None:
        """PostgreSQL goes and comes again."""
        began = time.monotonic()
        running = server()
        running.stop()  # type: ignore[attr-defined]
        time.sleep(3)
        running.ensure_postgres_running()  # type: ignore[attr-defined]
        self.away.append((began, time.monotonic()))
        self.restarts += 1


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(30)


def soak(minutes: float, seed: int = 1) -> bool:
    """Run it; whether nothing was lost and no poll number was given twice."""
    url, inbox, dice = postgres_url(), Arrivals(), random.Random(seed)
    with Closings(len(GOVERNMENTS) * len(PLACES)) as farm, tempfile.TemporaryDirectory(prefix="monitor-cluster-") as name:
        config = configuration(Path(name), farm, url, inbox.url)
        wanted = config.read_text().replace('kind = "webhook"', 'kind = "webhook"\nstorm = 100000')
        config.write_text(wanted.replace('every = "1s"', 'every = "5s"'))
        world = World(config)
        world.boot()
        try:
            return _lived(minutes, url, inbox, dice, farm, world)
        finally:
            for process in (p for machine in world.machines for p in machine):
                _end(process)
            inbox.close()


def _lived(minutes: float, url: str, inbox: Arrivals, dice: random.Random, farm: Farm, world: World) -> bool:
    store = _patiently(lambda: open_store(url))
    if not _until(lambda: len(store.records()) == farm.size and all(r.baseline for r in store.records()), 600):
        return False
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(WITNESS)
    published = _strike(minutes * 60, dice, farm, world)
    pairs = set(published)
    _until(lambda: pairs <= inbox.at.keys(), 180)
    _until(lambda: not store.deliveries((DeliveryState.WAITING, DeliveryState.SENDING)), 60)
    told = {line.id for line in store.deliveries((DeliveryState.SENT,), limit=100_000)}
    with psycopg.connect(url) as connection:
        twice = _figure(connection, "SELECT count(*) FROM (SELECT FROM witness GROUP BY source, poll HAVING count(*) > 1) AS t")
        polls = _figure(connection, "SELECT count(*) FROM witness")
    lost = pairs - inbox.at.keys()
    known = store.changes(ChangeQuery(limit=100_000))
    for who, where in sorted(lost):
        title = f"Embassy of {who} in {where} suspends operations"
        found = [c for c in known if any(e.quote == title for e in c.evidence)]
        number = GOVERNMENTS.index(who) * len(PLACES) + PLACES.index(where)
        print(f"lost: {title}; {store.record(f'f{number}')}; {found}")
        for change in found:
            print([(d.id, d.state, d.why, d.attempts) for d in store.delivered_to(change.situation) if change.id in d.changes])
    store.close()
    strange = set(inbox.got) - told
    waits = sorted(inbox.at[p] - published[p] for p in pairs & inbox.at.keys())
    calm = sorted(inbox.at[p] - t for p, t in published.items() if p in inbox.at and not any(a - 30 < t < b + 5 for a, b in world.away))
    print(f"{minutes:g} minutes: {world.killed} workers and {world.felled} machines killed, PostgreSQL restarted {world.restarts} times")
    print(f"{len(pairs)} closings published, {len(lost)} lost, {len(strange)} messages that are no line of the ledger")
    print(
        f"{polls} polls committed, {twice} numbers given twice; {sum(inbox.got.values()) - len(inbox.got)} messages repeated under their id"
    )
    print(f"published to accepted: median {_at(waits, 0.5):.1f} s, 99th {_at(waits, 0.99):.1f} s, longest {waits[-1]:.1f} s")
    print(f"with PostgreSQL there: 99th {_at(calm, 0.99):.1f} s, longest {calm[-1]:.1f} s (what a take-over takes at most)")
    return not (lost or strange or twice)


def _strike(seconds: float, dice: random.Random, farm: Farm, world: World) -> dict[tuple[str, str], float]:
    """Publish at an even pace for so long, and let things die; when each closing was published."""
    published: dict[tuple[str, str], float] = {}
    order = dice.sample(range(farm.size), farm.size)
    began = time.monotonic()
    blows = sorted((dice.uniform(0.05, 0.95) * seconds, "worker") for _ in range(int(seconds / 25)))
    blows = sorted([*blows, (seconds * 0.3, "database"), (seconds * 0.5, "machine"), (seconds * 0.7, "database")])
    for n, number in enumerate(order):
        until = (n + 1) * seconds / farm.size
        while blows and blows[0][0] <= time.monotonic() - began:
            match blows.pop(0)[1]:
                case "worker":
                    world.kill_one(dice)
                case "machine":
                    world.fell(dice, 20)
                case _:
                    world.restart_database()
        time.sleep(max(0.0, until - (time.monotonic() - began)))
        farm.grow_one(number)
        published[GOVERNMENTS[number // len(PLACES)], PLACES[number % len(PLACES)]] = time.monotonic()
    return published


class Arrivals(Inbox):
    """An inbox that knows when it first heard of each closing."""

    def __init__(self) -> None:
        self.at: dict[tuple[str, str], float] = {}
        super().__init__()

    def take(self, body: dict[str, Any]) -> None:
        """Note which embassy a message tells of, by the words it quotes."""
        quotes = [e["quote"] for c in body["data"]["changes"] for e in c["evidence"]]
        for quote in quotes:
            who, _, where = quote.removeprefix("Embassy of ").removesuffix(" suspends operations").partition(" in ")
            self.at.setdefault((who, where), time.monotonic())


def _figure(connection: psycopg.Connection[tuple[int, ...]], query: str) -> int:
    found = connection.execute(query).fetchone()
    return found[0] if found else 0


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _patiently(ask: Callable[[], T]) -> T:
    for _ in range(60):
        try:
            return ask()
        except MonitorError:
            time.sleep(1)
    return ask()


def _until(reached: Callable[[], bool], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(MonitorError):
            if reached():
                return True
        time.sleep(0.5)
    print("waited in vain", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(0 if soak(float(sys.argv[1]) if sys.argv[1:] else 10) else 1)
