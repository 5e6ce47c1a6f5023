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

from monitor.guard import Network
from monitor.ledger import Cursor
from monitor.model import Source
from monitor.proxy import Proxy
from monitor.sources.answer import Fetched, Limits, Status, Why
from monitor.sources.request import Request
from monitor.sources.sniff import is_challenge, is_page
from monitor.sources.wire import Way

_MOMENT = 0.01
"""Seconds for which an answer may wait for company."""

__all__ = ["Fetched", "Limits", "Status", "Why", "fetch"]


def fetch(
    batch: Sequence[tuple[Source, Cursor]],
    *,
    limits: Limits = Limits(),
    allow: Sequence[Network] = (),
    user_agent: str,
    tls: ssl.SSLContext | None = None,
    proxy: Proxy | None = None,
) -> Iterator[Fetched]:
    """Ask every source once and yield the answers as they arrive, one for each; nothing is raised for a failing source.

    `allow` are the networks beside the public ones that may be connected to; with a `proxy` those hold for the proxy itself, and
    hosts are judged by what can be told of their names. Leaving the iterator early ends the requests.
    """
    answers: SimpleQueue[list[Fetched] | BaseException] = SimpleQueue()
    work = _Batch(limits, Way(tuple(allow), tls, proxy), user_agent, answers)
    thread = threading.Thread(target=work.run, args=(batch,), name="fetch", daemon=True)
    thread.start()
    waiting = len(batch)
    try:
        while waiting:
            some = answers.get()
            if isinstance(some, BaseException):
                raise some
            waiting -= len(some)
            yield from (replace(answer, more=True) for answer in some[:-1])
            yield some[-1]
    finally:
        work.stop()


@dataclass(slots=True)
class _Batch:
    """One batch on an event loop of its own."""

    limits: Limits
    way: Way
    user_agent: str
    answers: SimpleQueue[list[Fetched] | BaseException]
    _loop: asyncio.AbstractEventLoop | None = None
    _main: asyncio.Task[None] | None = None
    _stopped: bool = False
    _hosts: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    _gathered: list[Fetched] = field(default_factory=list)

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
        async with asyncio.TaskGroup() as tasks:
            for source, cursor in batch:
                tasks.create_task(self._one(source, cursor, everywhere))
        self._flush()

    async def _one(self, source: Source, cursor: Cursor, everywhere: asyncio.Semaphore) -> None:
        """Ask the source's address, then its alternates; when none is of use, the first answer tells why."""
        answers: list[Fetched] = []
        for url in (source.url, *source.alternates):
            # a cursor belongs to the address it came from: another one's 304 would be about another copy
            asked = replace(source, url=url), cursor if url == source.url else Cursor()
            # a crowded host queues for itself before it takes a place among all
            async with self._hosts[_host(url)], everywhere:
                answer = await Request(*asked, self.limits, self.user_agent, self.way).answer(time.monotonic())
            if url != source.url:
                answer = replace(answer, cursor=Cursor(body_hash=answer.cursor.body_hash))
            if _of_use(answer):
                self._hand_over(answer)
                return
            answers.append(answer)
        self._hand_over(answers[0])

    def _hand_over(self, answer: Fetched) -> None:
        """Waking the other thread costs as much as a small poll, so what comes within a moment goes together."""
        if not self._gathered:
            asyncio.get_running_loop().call_later(_MOMENT, self._flush)
        self._gathered.append(answer)

    def _flush(self) -> None:
        if self._gathered:
            self.answers.put(self._gathered)
            self._gathered = []


def _of_use(answer: Fetched) -> bool:
    return answer.status is not Status.FAILED and not (is_page(answer.body) and is_challenge(answer.body))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
