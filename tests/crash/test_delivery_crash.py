"""Whatever dies whenever: nothing is lost, nothing overtakes within a situation, and what comes twice comes with the same id.

`SEEDS=10000 pytest tests/crash/test_delivery_crash.py -s` makes the simulated part a long one, `KILLS=500` the real one.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from monitor.model import ChangeKind, DeliveryState
from monitor.route.message import Message
from monitor.route.routes import Receiver, Route
from monitor.service.planner import planner
from tests.crash import simulation
from tests.notify.servers import receiver, status
from tests.paths import ROOT
from tests.service.world import change, ledger, save

SEEDS = int(os.environ.get("SEEDS", "6"))
KILLS = int(os.environ.get("KILLS", "5"))


def test_simulated_lives_keep_every_promise(capsys: pytest.CaptureFixture[str]) -> None:
    total: Counter[str] = Counter()
    for seed in range(SEEDS):
        outcome = simulation.play(seed)
        total += outcome.counts
        assert not outcome.wrong, (seed, outcome.wrong[:3])
    assert total["killed"] > SEEDS and total["changes"] > SEEDS
    with capsys.disabled():
        print(f" simulated: {dict(total)}", end="")


def lost(world: simulation.World, got: list[Message]) -> None:
    first = simulation.changes_in(got[0])[0]["id"]
    got[:] = [m for m in got if first not in {c["id"] for c in simulation.changes_in(m)}]  # reminders carry it too


def turned_round(world: simulation.World, got: list[Message]) -> None:
    got.reverse()


def in_other_words(world: simulation.World, got: list[Message]) -> None:
    got.append(replace(got[0], data={**got[0].data, "headline": "something else"}))


def told_twice(world: simulation.World, got: list[Message]) -> None:
    got.append(replace(got[0], id="dlv_another"))


def unread(world: simulation.World, got: list[Message]) -> None:
    world.press.items.append({"url": "https://advisories.example/never-polled", "kind": "evacuation"})


@pytest.mark.parametrize(
    ("tamper", "found"),
    [(lost, "lost"), (turned_round, "after"), (in_other_words, "other words"), (told_twice, "in dlv_"), (unread, "unread")],
)
def test_the_judge_is_awake(tamper: Callable[[simulation.World, list[Message]], None], found: str) -> None:
    for seed in range(100):
        world = simulation.World(seed)
        world.live()
        world.settle()
        got = world.targets["steady"].got
        if len({c["id"] for m in got for c in simulation.changes_in(m)}) > 4:
            break
    tamper(world, got)
    assert any(found in wrong for wrong in world.judge().wrong)


def test_real_processes_killed_at_random_moments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dice, store = random.Random(7), ledger(tmp_path)
    plan = planner([Route("all", ("hook",))], {"hook": Receiver("hook", storm=10_000)})
    due = 0
    with receiver() as server:
        server.answer = slow
        for life in range(KILLS):
            now = datetime.now(UTC)
            found = [
                change(life * 10 + n, ChangeKind.SECURITY_ALERT, place=f"P{n}", situation=f"s{n}", at=now, before=None, after=None)
                for n in range(10)
            ]
            save(store, found, *plan(found, store, now), now)
            due += len(found)
            workers = [_worker(tmp_path, server.url, f"{life}.{n}") for n in range(2)]
            time.sleep(dice.uniform(0.05, 0.3))
            for worker in workers:
                worker.send_signal(signal.SIGKILL)
                worker.wait()
        server.answer = status(200)
        last = _worker(tmp_path, server.url, "last")
        patience = time.monotonic() + 60
        while time.monotonic() < patience and store.deliveries({DeliveryState.WAITING, DeliveryState.SENDING}, limit=1):
            time.sleep(0.1)
        last.send_signal(signal.SIGTERM)
        last.wait()
        bodies = [(g.headers["webhook-id"], json.loads(g.body)["data"]) for g in server.got]
    ids = Counter(id for id, _ in bodies)
    assert {c["id"] for _, data in bodies for c in data["changes"]} == {f"chg_{n}" for n in range(due)}, "nothing is lost"
    assert all(len({json.dumps(data, sort_keys=True) for i, data in bodies if i == id}) == 1 for id in ids), (
        "the same id is the same message"
    )
    assert {d.id for d in store.deliveries({DeliveryState.SENT}, limit=10_000)} == set(ids)
    store.close()
    with capsys.disabled():
        print(f" real: {due} changes, {KILLS * 2} kills, {sum(ids.values()) - len(ids)} repeats with the same id", end="")


def slow(request: BaseHTTPRequestHandler) -> None:
    """Take the message, and answer a little later: the moment in which a kill hurts."""
    time.sleep(0.05)
    status(200)(request)


def _worker(folder: Path, url: str, name: str) -> subprocess.Popen[str]:
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.deliver_worker", f"sqlite:///{folder / 'monitor.db'}", url, name],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    return worker
