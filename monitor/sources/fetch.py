"""Bytes from the network: a batch of sources goes in, answers come out as they arrive; async lives only in here."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from urllib.parse import urlsplit

import httpx

from monitor.egress import Network, guarded_async_transport
from monitor.ledger import Cursor
from monitor.model import Source
from monitor.sources.answer import Fetched, Limits, Status, Why
from monitor.sources.request import Request
from monitor.sources.sniff import is_challenge, is_page

__all__ = ["Fetched", "Limits", "Status", "Why", "fetch"]


def fetch(
    batch: Sequence[tuple[Source, Cursor]],
    *,
    limits: Limits = Limits(),
    allow: Sequence[Network] = (),
    user_agent: str,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Fetched]:
    """Ask every source once and yield the answers as they arrive, one for each; nothing is raised for a failing source.

    `allow` are the networks beside the public ones that may be connected to. Leaving the iterator early ends the requests.
    """
    answers: SimpleQueue[Fetched | BaseException] = SimpleQueue()
    work = _Batch(limits, allow, user_agent, tls, answers)
    thread = threading.Thread(target=work.run, args=(batch,), name="fetch", daemon=True)
    thread.start()
    try:
        for _ in batch:
            answer = answers.get()
            if isinstance(answer, BaseException):
                raise answer
            yield answer
    finally:
        work.stop()


@dataclass(slots=True)
class _Batch:
    """One batch on an event loop of its own."""

    limits: Limits
    allow: Sequence[Network]
    user_agent: str
    tls: ssl.SSLContext | None
    answers: SimpleQueue[Fetched | BaseException]
    _loop: asyncio.AbstractEventLoop | None = None
    _main: asyncio.Task[None] | None = None
    _stopped: bool = False
    _hosts: dict[str, asyncio.Semaphore] = field(default_factory=dict)

    def run(self, batch: Sequence[tuple[Source, Cursor]]) -> None:
        try:
            asyncio.run(self._all(batch))
        except asyncio.CancelledError:
            return
        except BaseException as error:
            self.answers.put(error)

    def stop(self) -> None:
        """End what is under way; the loop's thread ends by itself."""
        self._stopped = True
        loop, main = self._loop, self._main
        if loop is not None and main is not None and not main.done():
            try:
                loop.call_soon_threadsafe(main.cancel)
            except RuntimeError:
                # it ended just now
                return

    async def _all(self, batch: Sequence[tuple[Source, Cursor]]) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        if self._stopped:
            return
        self._hosts = defaultdict(lambda: asyncio.Semaphore(self.limits.per_host))
        everywhere = asyncio.Semaphore(self.limits.in_flight)
        async with guarded_async_transport(self.allow, tls=self.tls) as transport, asyncio.TaskGroup() as tasks:
            for source, cursor in batch:
                tasks.create_task(self._one(source, cursor, transport, everywhere))

    async def _one(self, source: Source, cursor: Cursor, transport: httpx.AsyncHTTPTransport, everywhere: asyncio.Semaphore) -> None:
        """Ask the source's address, then its alternates; when none is of use, the first answer tells why."""
        answers: list[Fetched] = []
        for url in (source.url, *source.alternates):
            # a cursor belongs to the address it came from: another one's 304 would be about another copy
            asked = replace(source, url=url), cursor if url == source.url else Cursor()
            # a crowded host queues for itself before it takes a place among all
            async with self._hosts[_host(url)], everywhere:
                answer = await Request(*asked, self.limits, self.user_agent, transport).answer(time.monotonic())
            if url != source.url:
                answer = replace(answer, cursor=Cursor(body_hash=answer.cursor.body_hash))
            if _of_use(answer):
                self.answers.put(answer)
                return
            answers.append(answer)
        self.answers.put(answers[0])


def _of_use(answer: Fetched) -> bool:
    return answer.status is not Status.FAILED and not (is_page(answer.body) and is_challenge(answer.body))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
