"""Bytes from the network: a batch of sources goes in, answers come out as they arrive; async lives only in here."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from urllib.parse import urlsplit

from monitor.guard import Network
from monitor.ledger import Cursor
from monitor.model import Source
from monitor.proxy import Proxy
from monitor.sources.answer import Fetched, Limits, Status, Why
from monitor.sources.crowd import Crowd
from monitor.sources.request import Request
from monitor.sources.sniff import is_challenge, is_page
from monitor.sources.wire import Way

_MOMENT = 0.01
"""Seconds for which an answer may wait for company."""

_AHEAD = 16
"""Bodies of one batch that may wait for whoever reads them: many large ones would fill the memory of a slow machine."""

__all__ = ["Fetched", "Limits", "Status", "Why", "fetch"]


def fetch(
    batch: Sequence[tuple[Source, Cursor]],
    *,
    limits: Limits = Limits(),
    allow: Sequence[Network] = (),
    user_agent: str,
    tls: ssl.SSLContext | None = None,
    proxy: Proxy | None = None,
    crowd: Crowd | None = None,
) -> Iterator[Fetched]:
    """Ask every source once and yield the answers as they arrive, one for each; nothing is raised for a failing source.

    `allow` are the networks beside the public ones that may be connected to; with a `proxy` those hold for the proxy itself, and
    hosts are judged by what can be told of their names. The batches that share a `crowd` keep its bounds together, one without any
    keeps those of its `limits`. Leaving the iterator early ends the requests.
    """
    answers: SimpleQueue[list[Fetched] | BaseException] = SimpleQueue()
    work = _Batch(limits, Way(tuple(allow), tls, proxy), user_agent, answers, crowd or Crowd(limits.in_flight, limits.per_host))
    thread = threading.Thread(target=work.run, args=(batch,), name="fetch", daemon=True)
    thread.start()
    waiting = len(batch)
    try:
        while waiting:
            some = answers.get()
            if isinstance(some, BaseException):
                raise some
            waiting -= len(some)
            for n, answer in enumerate(some, 1):
                yield replace(answer, more=True) if n < len(some) else answer
                if answer.body:
                    work.taken()
    finally:
        work.stop()


@dataclass(slots=True)
class _Batch:
    """One batch on an event loop of its own."""

    limits: Limits
    way: Way
    user_agent: str
    answers: SimpleQueue[list[Fetched] | BaseException]
    crowd: Crowd
    _loop: asyncio.AbstractEventLoop | None = None
    _main: asyncio.Task[None] | None = None
    _stopped: bool = False
    _ahead: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AHEAD))
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

    def taken(self) -> None:
        """Somebody is done with a body."""
        with suppress(RuntimeError):  # the last answers come after the loop has ended
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._ahead.release)

    async def _all(self, batch: Sequence[tuple[Source, Cursor]]) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        if self._stopped:
            return
        async with asyncio.TaskGroup() as tasks:
            for source, cursor in batch:
                tasks.create_task(self._one(source, cursor))
        self._flush()

    async def _one(self, source: Source, cursor: Cursor) -> None:
        """Ask the source's address, then its alternates; when none is of use, the first answer tells why."""
        answers: list[Fetched] = []
        for url in (source.url, *source.alternates):
            # a cursor belongs to the address it came from: another one's 304 would be about another copy
            answer = await self._ask(replace(source, url=url), cursor if url == source.url else Cursor())
            if url != source.url:
                answer = replace(answer, cursor=Cursor(body_hash=answer.cursor.body_hash))
            if _of_use(answer):
                self._hand_over(answer)
                return
            answers.append(answer)
            if answer.body:
                self._ahead.release()
        if answers[0].body:
            await self._ahead.acquire()
        self._hand_over(answers[0])

    async def _ask(self, source: Source, cursor: Cursor) -> Fetched:
        """Ask one address in its turn; whoever takes the answer's body, or nobody, gives back its place among those ahead."""
        async with self.crowd.at(_host(source.url)):
            await self._ahead.acquire()
            answer: Fetched | None = None
            try:
                async with self.crowd.among_all():
                    answer = await Request(source, cursor, self.limits, self.user_agent, self.way).answer(time.monotonic())
            finally:
                if answer is None or not answer.body:
                    self._ahead.release()
        return answer

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
