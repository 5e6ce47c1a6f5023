"""How many requests are under way in this process, whichever batch they belong to: altogether, and at one host."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class _Places:
    """A number of places. Whoever finds none waits in line; batches live on event loops in threads of their own."""

    def __init__(self, count: int) -> None:
        self.users = 0
        self._free = count
        self._line: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()
        self._lock = threading.Lock()

    async def take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            loop = asyncio.get_running_loop()
            turn = loop.create_future()
            self._line.append((loop, turn))
        try:
            await turn
        except asyncio.CancelledError:
            with self._lock:
                waiting = (loop, turn) in self._line
                if waiting:
                    self._line.remove((loop, turn))
            if not waiting and not turn.cancelled():
                self.give_back()  # it had just been given to us
            raise

    def give_back(self) -> None:
        with self._lock:
            while self._line:
                loop, turn = self._line.popleft()
                try:
                    loop.call_soon_threadsafe(self._given, turn)
                except RuntimeError:
                    continue  # its batch is over
                return
            self._free += 1

    def _given(self, turn: asyncio.Future[None]) -> None:
        if turn.done():
            self.give_back()
        else:
            turn.set_result(None)


class Crowd:
    """Room for `in_flight` requests at a time, `per_host` of them at one host."""

    def __init__(self, in_flight: int, per_host: int) -> None:
        self._everywhere = _Places(in_flight)
        self._per_host = per_host
        self._hosts: dict[str, _Places] = {}
        self._lock = threading.Lock()

    @asynccontextmanager
    async def at(self, host: str) -> AsyncIterator[None]:
        """A place at a host: a crowded one queues for itself before it takes room from all."""
        with self._lock:
            places = self._hosts.setdefault(host, _Places(self._per_host))
            places.users += 1
        try:
            await places.take()
            try:
                yield
            finally:
                places.give_back()
        finally:
            with self._lock:
                places.users -= 1
                if not places.users:
                    del self._hosts[host]

    @asynccontextmanager
    async def among_all(self) -> AsyncIterator[None]:
        """A place among all requests of the process."""
        await self._everywhere.take()
        try:
            yield
        finally:
            self._everywhere.give_back()
