"""Processes that work on one ledger are killed at random moments, many times; afterwards every promise still holds.

`CRASHES=1000 pytest tests/crash/test_store_crash.py -s` makes it a long one.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from monitor.ledger import ChangeQuery, Settlement
from monitor.model import Aspect, DeliveryState
from monitor.store import SqlStore, open_store
from monitor.store.housekeeping import check
from tests.crash.ledger_worker import lines_of, work
from tests.store import databases
from tests.store.values import source

CRASHES = int(os.environ.get("CRASHES", "20"))


def crash(url: str, log: Path, seed: int) -> None:
    """Two workers on one ledger; both are killed within a fraction of a second, often not at the same moment."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.crash.ledger_worker"])
    dice = random.Random(seed)
    workers = [context.Process(target=work, args=(url, log, 2 * seed + n), daemon=True) for n in range(2)]
    for worker in workers:
        worker.start()
    wait_for_growth(log, workers)
    time.sleep(dice.uniform(0, 0.12))
    for worker in dice.sample(workers, 2):
        worker.kill()
        time.sleep(dice.choice((0, 0, 0.03)))
    for worker in workers:
        worker.join()
        assert worker.exitcode == -9, "the worker ended by itself; its error is above"


def wait_for_growth(log: Path, workers: list[BaseProcess]) -> None:
    """Until the workers are really at it."""
    before = log.stat().st_size
    while log.stat().st_size == before and all(worker.is_alive() for worker in workers):
        time.sleep(0.002)


def promised(log: Path) -> dict[str, list[tuple[str, ...]]]:
    said = defaultdict(list)
    for words in map(str.split, log.read_text().splitlines()):
        said[words[0]].append(tuple(words[1:]))
    return said


def every_poll_is_whole_or_absent(store: SqlStore) -> int:
    last = store.record("us").poll
    numbers = range(1, last + 1)
    changes = store.changes(ChangeQuery(limit=10**6))
    assert {change.id for change in changes} == {f"c{n}" for n in numbers}
    assert {line.id for line in store.deliveries(limit=10**6)} == {id for n in numbers for id in lines_of(n)}
    assert [held.get(Aspect.LEVEL).value for _, held in store.history("UA")] == [str(n) for n in numbers]  # type: ignore[union-attr]
    assert {edition.raw for edition in store.editions("UA", limit=10**6)} == {b"%d" % n * 500 for n in numbers}
    assert sum(store.tallies("us", datetime(2020, 1, 1, tzinfo=UTC)).values()) == last
    if last:
        piece = store.remember(["situation/UA"])["situation/UA"]
        assert (piece.payload, piece.version) == (str(last), last)
        assert store.seen("us") == {f"k{n % 7}": str(n) for n in numbers}
    return last


def drain(store: SqlStore) -> None:
    """Send all that is left, long after every lease ran out."""
    now = datetime.now(UTC) + timedelta(hours=1)
    while claims := store.claim(now, "last", 50, timedelta(minutes=1)):
        for claim in claims:
            assert store.settle(claim, Settlement(DeliveryState.SENT, now))


@pytest.mark.parametrize("kind", [pytest.param("file"), pytest.param("postgres", marks=pytest.mark.postgres)])
def test_no_kill_loses_a_line_halves_a_poll_or_breaks_the_order(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url, log = databases.url(kind, tmp_path), tmp_path / "log"
    log.touch()
    store = open_store(url)
    store.register([source()], datetime.now(UTC))
    for seed in range(CRASHES):
        crash(url, log, seed)
        last = every_poll_is_whole_or_absent(store)
        assert last >= max((int(number) for (number,) in promised(log)["saved"]), default=0), "a poll that was promised is gone"
    said = promised(log)
    assert said["disorder"] == []
    assert len(set(said["claimed"])) == len(said["claimed"]), "one line was handed out twice under one token"
    for id, _token in said["settled"]:
        assert store.delivery(id).state is DeliveryState.SENT, "a line that was settled came back"
    drain(store)
    claims = {id: max(int(token) for found, token in said["claimed"] if found == id) for id in {id for id, _ in said["claimed"]}}
    for line in store.deliveries(limit=10**6):
        tries = [attempt.number for attempt in store.attempts(line.id)]
        assert line.state is DeliveryState.SENT, "a line was lost"
        assert tries == list(range(1, len(tries) + 1)), "tokens are not one after the other"
        assert len(tries) >= claims.get(line.id, 0)
        assert store.attempts(line.id)[-1].outcome == "sent"
    store.close()
    if kind == "file":
        check(tmp_path / "ledger.db")
    repeated = sum(times - 1 for times in Counter(id for id, _ in said["sent"]).values())
    assert last > CRASHES / 4, "the workers hardly worked, so nothing was shown"
    with capsys.disabled():
        print(f"\n{kind}: {2 * CRASHES} kills, {last} polls, {len(said['claimed'])} claims, 0 lost, 0 out of order, {repeated} repeated")
