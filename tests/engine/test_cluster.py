"""Workers on one PostgreSQL, killed at random: nothing is lost, no poll is counted twice, repeats carry the same id."""

from __future__ import annotations

import random
import signal
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.errors import WrongUse
from monitor.model import DeliveryState
from monitor.store import open_store
from tests.engine.cluster_world import PLACES, Inbox, Missions, configuration, start, workers
from tests.store.databases import postgres_url

pytest.importorskip("procrastinate", reason="the extra `cluster` is not installed")

import psycopg

from monitor.engine.cluster import HANDS


def until(reached: Callable[[], bool], patience: float, what: str) -> None:
    deadline = time.monotonic() + patience
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(240)
def test_workers_that_are_killed_lose_nothing(tmp_path: Path) -> None:
    url = postgres_url()
    inbox, dice = Inbox(), random.Random(7)
    with Missions(len(PLACES)) as farm:
        config = configuration(tmp_path, farm, url, inbox.url)
        with workers(config, 2) as running:
            store = open_store(url)
            until(lambda: len(store.records()) == len(PLACES) and all(r.baseline for r in store.records()), 90, logs(tmp_path))
            for number in range(len(PLACES)):
                farm.close(number)
                time.sleep(dice.random())
                if number % 3 == 1:
                    victim = dice.randrange(2)
                    running[victim].send_signal(signal.SIGKILL)
                    running[victim].wait(10)
                    running.append(start(config))
                    running[victim] = running.pop()
            until(lambda: len(inbox.places) == len(PLACES), 90, f"{sorted(inbox.places)}\n{logs(tmp_path)}")
            until(lambda: not store.deliveries((DeliveryState.WAITING, DeliveryState.SENDING)), 60, "a line is still open")
            told = {line.id for line in store.deliveries((DeliveryState.SENT,), limit=1000)}
            polls = sum(r.poll for r in store.records())
            store.close()
    inbox.close()
    assert set(inbox.got) <= told, "every message is a line of the ledger, and a repeat has its id"
    assert len(told) == len(PLACES), "each closing was told in one line, whoever polled it"
    assert polls <= sum(farm.served.values()), "no poll was counted that was not made"


def test_a_worker_needs_a_database_that_many_can_share(tmp_path: Path) -> None:
    from monitor.life import run

    config = tmp_path / "monitor.toml"
    config.write_text('[store]\nurl = "sqlite:///x.db"\n[channel.out]\nkind = "console"\n[[route]]\nchannels = ["out"]\n')
    with pytest.raises(WrongUse, match="PostgreSQL"):
        run(config, lambda _: pytest.fail("nothing may start"), cluster=True)


def logs(folder: Path) -> str:
    return "\n".join(path.read_text(errors="replace")[-1500:] for path in folder.glob("worker-*.log"))


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(240)
def test_a_job_that_only_the_database_believes_to_be_at_work_holds_up_nobody(tmp_path: Path) -> None:
    """As when the database goes away while a job is handed out or given back: its worker lives on and knows nothing of it."""
    url, inbox = postgres_url(), Inbox()
    with Missions(1) as farm, workers(configuration(tmp_path, farm, url, inbox.url), 1):
        store = open_store(url)
        until(lambda: any(r.baseline for r in store.records()), 90, logs(tmp_path))
        with psycopg.connect(url, autocommit=True) as connection:
            at_work = "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'"
            until(lambda: not connection.execute(at_work).fetchone(), 30, "always at work")
            connection.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, status, worker_id) "
                "SELECT 'default', 'monitor.work', %s, '{\"ids\": []}', 'doing', max(id) FROM procrastinate_workers",
                (f"hand/{zlib.crc32(b'f0') % HANDS}",),
            )
        polls = store.record("f0").poll
        until(lambda: store.record("f0").poll > polls + 3, 90, logs(tmp_path))
        store.close()
    inbox.close()
