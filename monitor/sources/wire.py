"""One HTTP/1.1 exchange on a connection of its own: no pool, because a poll asks a host once; read by h11, as httpx does."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, urlsplit

import h11

from monitor import guard
from monitor.proxy import Proxy, check_unresolved
from monitor.sources.tunnel import through

__all__ = ["Head", "Taker", "Way", "exchange"]

_LARGEST_HEAD = 100_000
_UNRESERVED = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class Head:
    """What comes before a body; names of headers in lower case, the last of several wins."""

    status: int
    headers: dict[str, str]


class Taker(Protocol):
    """What becomes of an answer while it comes; whatever it raises ends the exchange."""

    def head(self, head: Head) -> bool:
        """Look at the head; False when the body is not wanted."""

    def data(self, chunk: bytes) -> None:
        """Take a piece of the body."""


@dataclass(frozen=True, slots=True)
class Way:
    """How the network may be used: networks beside the public ones, certificates (None: the usual), through which proxy if any."""

    allow: Sequence[guard.Network] = ()
    tls: ssl.SSLContext | None = None
    proxy: Proxy | None = None


async def exchange(url: str, headers: Sequence[tuple[str, str]], taker: Taker, way: Way, connect: float, idle: float) -> None:
    """Ask for a URL and hand the answer to `taker`; `connect` and `idle` are the longest waits in seconds.

    Raises guard.Refused, OSError, TimeoutError, h11.ProtocolError, ValueError for what is no URL, WrongUse for a proxy that
    is not said, and what the taker raises.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode() if not (parts.hostname or "").isascii() else parts.hostname or ""
    secure = parts.scheme == "https"
    target = quote(parts.path or "/", safe=_UNRESERVED) + (f"?{quote(parts.query, safe=_UNRESERVED)}" if parts.query else "")
    name = parts.netloc if parts.netloc.isascii() else f"{host}:{parts.port}" if parts.port else host
    hop = way.proxy.towards(host) if way.proxy else None
    if hop is not None and not secure:
        target = f"http://{name}{target}"
        headers = [*headers, ("Proxy-Authorization", hop.login)] if hop.login else headers
    request = h11.Request(method="GET", target=target, headers=[("Host", name), *headers, ("Connection", "close")])
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    tls, port = ((way.tls or guard.tls_context()), parts.port or 443) if secure else (None, parts.port or 80)

    def protocol() -> _Exchange:
        return _Exchange(request, taker, done, idle)

    if hop is None:
        made = await guard.connect(host, port, way.allow, protocol, connect, tls)
    else:
        check_unresolved(host, way.allow)
        made = await through(hop, host, port, way.allow, protocol, connect, tls)
    try:
        await done
    finally:
        made.close()


class _Exchange(asyncio.Protocol):
    """Writes the request when connected, and settles `done` when the answer is complete, wanted no more, or broken."""

    def __init__(self, request: h11.Request, taker: Taker, done: asyncio.Future[None], idle: float) -> None:
        self._request = request
        self._taker = taker
        self._done = done
        self._idle = idle
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self._transport: asyncio.Transport | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._heard = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._heard = asyncio.get_running_loop().time()
        self._look(0.0)
        transport.write((self._http.send(self._request) or b"") + (self._http.send(h11.EndOfMessage()) or b""))

    def data_received(self, data: bytes) -> None:
        self._heard = asyncio.get_running_loop().time()
        self._pump(data)

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            self._settle(error)
        elif not self._done.done():
            self._pump(b"")
            self._settle(ConnectionResetError("closed before the answer was complete"))

    def close(self) -> None:
        """Let go of the connection, whatever was still to come."""
        if self._watch is not None:
            self._watch.cancel()
        if self._transport is not None:
            self._transport.abort()

    def _pump(self, data: bytes) -> None:
        """Give what came to h11 and what h11 makes of it to the taker."""
        try:
            self._http.receive_data(data)
            while not self._done.done():
                event = self._http.next_event()
                match event:
                    case h11.Data():
                        self._taker.data(bytes(event.data))
                    case h11.Response():
                        if not self._taker.head(_head(event)):
                            self._settle(None)
                    case h11.EndOfMessage():
                        self._settle(None)
                    case h11.InformationalResponse():
                        pass
                    case _:
                        return
        except Exception as error:
            self._settle(error)

    def _settle(self, error: Exception | None) -> None:
        if self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)

    def _look(self, spare: float) -> None:
        """Give up when nothing came for too long; one timer that looks again, not one per piece."""
        loop = asyncio.get_running_loop()
        quiet = loop.time() - self._heard
        if quiet >= self._idle:
            self._settle(TimeoutError(f"nothing came for {self._idle:g} s"))
        else:
            self._watch = loop.call_later(self._idle - quiet + spare, self._look, 0.01)


def _head(event: h11.Response) -> Head:
    return Head(event.status_code, {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers})
