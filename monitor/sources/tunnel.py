"""The way to a host through a proxy: a tunnel by CONNECT for what is encrypted, the plain connection to the proxy for the rest."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import TypeVar

import h11

from monitor import guard
from monitor.proxy import Hop

__all__ = ["ProxyRefused", "through"]

_LARGEST_HEAD = 20_000
P = TypeVar("P", bound=asyncio.Protocol)


class ProxyRefused(ConnectionError):
    """The proxy opened no tunnel; `status` is what it answered."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the proxy answers {status}")
        self.status = status


async def through(
    hop: Hop,
    host: str,
    port: int,
    allow: Sequence[guard.Network],
    protocol: Callable[[], P],
    timeout: float,
    tls: ssl.SSLContext | None,
) -> P:
    """A connection to the proxy, whose address is checked as every other; with `tls` a tunnel whose far end must be the host.

    Raises guard.Refused, ProxyRefused, OSError, TimeoutError and h11.RemoteProtocolError.
    """
    if tls is None:
        return await _reach(hop, allow, protocol, timeout)
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[asyncio.Transport] = loop.create_future()
    asking = await _reach(hop, allow, lambda: _Asking(_connect(hop, host, port), opened), timeout)
    try:
        async with asyncio.timeout(timeout):
            plain = await opened
            made = protocol()
            secured = await loop.start_tls(plain, made, tls, server_hostname=host)
    except BaseException:
        asking.close()
        raise
    if secured is None:
        raise ConnectionResetError("closed while the tunnel was made")
    made.connection_made(secured)
    return made


async def _reach(hop: Hop, allow: Sequence[guard.Network], protocol: Callable[[], P], timeout: float) -> P:
    """A connection to the proxy; what goes wrong says that it was the proxy."""
    try:
        return await guard.connect(hop.host, hop.port, allow, protocol, timeout)
    except guard.Refused as error:
        raise guard.Refused(f"the proxy {error}") from None
    except TimeoutError:
        raise TimeoutError("the proxy does not answer") from None
    except OSError as error:
        raise ConnectionError(f"the proxy cannot be reached: {error}") from error


def _connect(hop: Hop, host: str, port: int) -> h11.Request:
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    login = [("Proxy-Authorization", hop.login)] if hop.login else []
    return h11.Request(method="CONNECT", target=target, headers=[("Host", target), *login])


class _Asking(asyncio.Protocol):
    """Asks a proxy for a tunnel and settles `opened`: with the bare connection, or with why there is none."""

    def __init__(self, request: h11.Request, opened: asyncio.Future[asyncio.Transport]) -> None:
        self._request = request
        self._opened = opened
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write((self._http.send(self._request) or b"") + (self._http.send(h11.EndOfMessage()) or b""))

    def data_received(self, data: bytes) -> None:
        try:
            self._http.receive_data(data)
            event = self._http.next_event()
            while isinstance(event, h11.InformationalResponse):
                event = self._http.next_event()
            if isinstance(event, h11.Response):
                self._answered(event.status_code)
        except h11.RemoteProtocolError as error:
            self._settle(error)

    def connection_lost(self, error: Exception | None) -> None:
        self._settle(error or ConnectionResetError("the proxy closed before it answered"))

    def close(self) -> None:
        """Let go of the connection."""
        self._settle(ConnectionAbortedError("given up"))
        if self._transport is not None:
            self._transport.abort()

    def _answered(self, status: int) -> None:
        assert self._transport is not None
        if not 200 <= status < 300:
            self._settle(ProxyRefused(status))
        elif self._http.trailing_data[0]:
            # whatever comes before our side of the handshake was not said by the host
            self._settle(h11.RemoteProtocolError("the proxy says more than it was asked"))
        elif not self._opened.done():
            self._transport.pause_reading()
            self._opened.set_result(self._transport)

    def _settle(self, error: Exception) -> None:
        if not self._opened.done():
            self._opened.set_exception(error)
            # nobody may be waiting any more
            self._opened.exception()
