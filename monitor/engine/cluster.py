"""Works on batches of ids on many machines: Procrastinate's jobs in one PostgreSQL, taken over when a worker dies.

Ids are dealt into hands by their hash. A hand has at most one job waiting and one job at work, wherever that is, so no id is
worked on twice at a time. A job holds no knowledge: what it was about is still due when it is lost, and is offered again.
"""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta

import psycopg
import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job, Status
from procrastinate.schema import SchemaManager

log = structlog.get_logger()

HANDS = 64
"""Into so many hands the ids are dealt: enough for as many processes, few enough that a job is a batch."""

BEAT, SILENT = 3.0, 12.0
"""Seconds between signs of life of a worker, and without one after which its jobs are taken from it."""

_SCHEMA_LOCK = 0x6D6F6E69746F72  # any number that nobody else locks

Work = Callable[[Sequence[str]], Iterator[str]]


class Cluster:
    """Has the face of `engine.workers.Workers`. `size` is how many batches this process takes at a time."""

    def __init__(self, url: str, size: int, work: Work) -> None:
        self._url = url.replace("+psycopg", "", 1)
        self._size = size
        self._work = work
        self._app = App(connector=PsycopgConnector(conninfo=self._url, max_size=size + 4))
        self._app.task(name="monitor.work", pass_context=True)(self._do)
        self._at_work: set[int | None] = set()
        self._ours: set[int | None] = set()
        self._loop = asyncio.new_event_loop()
        self._main: asyncio.Task[None] | None = None
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cluster", daemon=True)

    def offer(self, ids: Iterable[str]) -> int:
        """Let somebody work on these ids, once each; those whose hand is waiting already are offered again later. How many."""
        if self._stopping.is_set():
            return 0
        if not self._thread.is_alive():
            self._thread.start()
        if not self._ready.wait(timeout=30):
            return 0
        hands: dict[int, list[str]] = {}
        for one in ids:
            hands.setdefault(zlib.crc32(one.encode()) % HANDS, []).append(one)
        return asyncio.run_coroutine_threadsafe(self._defer(hands), self._loop).result(timeout=60)

    def stop(self, patience: timedelta) -> bool:
        """Take nothing more and wait for what runs here; False when something still ran in the end."""
        self._stopping.set()
        if not self._thread.is_alive():
            return True
        if self._main is not None:
            self._loop.call_soon_threadsafe(self._main.cancel)
        self._thread.join(patience.total_seconds())
        return not self._thread.is_alive()

    def _do(self, context: JobContext, ids: list[str]) -> None:
        job = context.job
        self._at_work.add(job.id)
        self._ours.add(job.worker_id)
        try:
            for _ in self._work(ids):
                if self._stopping.is_set():
                    return
        finally:
            self._at_work.discard(job.id)

    def _run(self) -> None:
        """The thread of the engine: tries again when the database was away."""
        asyncio.set_event_loop(self._loop)
        while not self._stopping.is_set():
            try:
                _prepare(self._url)
                self._main = self._loop.create_task(self._serve())
                self._loop.run_until_complete(self._main)
            except asyncio.CancelledError:
                continue
            except Exception as error:
                log.error("cluster.interrupted", error=type(error).__name__, why=str(error)[:200])
                self._stopping.wait(2)

    async def _serve(self) -> None:
        async with self._app.open_async():
            self._ready.set()
            relief = asyncio.create_task(self._relieve())
            try:
                await self._app.run_worker_async(
                    concurrency=self._size,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=1.0,
                    update_heartbeat_interval=BEAT,
                    stalled_worker_timeout=SILENT,
                    delete_jobs="always",
                )
            finally:
                self._ready.clear()
                relief.cancel()

    async def _defer(self, hands: dict[int, list[str]]) -> int:
        taken = 0
        for hand, ids in hands.items():
            lock = f"hand/{hand}"
            try:
                await self._app.configure_task("monitor.work", lock=lock, queueing_lock=lock).defer_async(ids=[*ids])
                taken += len(ids)
            except AlreadyEnqueued:
                continue
        return taken

    async def _relieve(self) -> None:
        """Drop the jobs of workers that gave no sign of life: their locks go free, and what they were about is still due."""
        forgotten: Counter[int | None] = Counter()
        while True:
            await asyncio.sleep(BEAT)
            try:
                lost = list(await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT))
                lost += await self._forgotten(forgotten)
                for job in lost:
                    log.warning("cluster.taken_over", job=job.id, lock=job.lock)
                    await self._app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
            except Exception as error:
                log.warning("cluster.relief_failed", error=type(error).__name__, why=str(error)[:200])

    async def _forgotten(self, times: Counter[int | None]) -> list[Job]:
        """Jobs that the database says are at work here, and are not: it went away while one was handed out or given back."""
        doing = [job for job in await self._app.job_manager.list_jobs_async(status="doing") if job.worker_id in self._ours]
        idle = {job.id for job in doing if job.id not in self._at_work}
        for id in list(times):
            if id not in idle:
                del times[id]
        times.update(idle)
        return [job for job in doing if times[job.id] * BEAT >= SILENT]


def _prepare(url: str) -> None:
    """Make Procrastinate's tables when they are not there; of several that start together only one does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_SCHEMA_LOCK,))
        found = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
        if found is None or found[0] is None:
            connection.execute(SchemaManager.get_schema().encode())
