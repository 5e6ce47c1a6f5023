"""The guard on the way out: which addresses may be connected to, checked on the very connection that is made."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

__all__ = ["Address", "EgressRefused", "Network", "check_url", "guarded_async_transport", "guarded_transport", "refusal", "without_secrets"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IPv6 addresses that carry an IPv4 address inside: the wrapper has to be allowed, and what it carries has to be fit too.
_CARRIERS = {
    "IPv4-mapped": ipaddress.IPv6Network("::ffff:0:0/96"),
    "NAT64": ipaddress.IPv6Network("64:ff9b::/96"),
    "6to4": ipaddress.IPv6Network("2002::/16"),
}
# What `ipaddress` calls global or does not know: special-purpose registries of IANA (RFC 6890 and its updates).
_SPECIAL = {
    "Teredo": "2001::/32",
    "local NAT64": "64:ff9b:1::/48",
    "IPv4-compatible": "::/96",
    "site-local": "fec0::/10",
    "6to4 relay": "192.88.99.0/24",
    "protocol assignments": "192.0.0.0/24",
    "segment routing": "5f00::/16",
    "metadata": "fd00:ec2::254/128",
}
_SPECIAL_NETWORKS = tuple((name, ipaddress.ip_network(text)) for name, text in _SPECIAL.items())


class EgressRefused(httpx.ConnectError):
    """The host's address is none that we connect to; trying again does not help unless `[egress] allow` changes."""


def refusal(address: Address, allow: Sequence[Network] = ()) -> str:
    """Why this address must not be connected to, "" when it may.

    Allowed is what is public or lies in one of `allow`; of an address that carries another, both must be allowed.
    """
    if isinstance(address, ipaddress.IPv6Address):
        for name, network in _CARRIERS.items():
            if address in network:
                inner = refusal(_carried(name, address), allow)
                return inner or ("" if _within(address, allow) else f"{name} address")
    return "" if _within(address, allow) else _special(address)


def _within(address: Address, allow: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in allow)


def _carried(name: str, address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    number = int(address)
    return ipaddress.IPv4Address((number >> 80 if name == "6to4" else number) & 0xFFFFFFFF)


def _special(address: Address) -> str:
    for word in ("loopback", "link_local", "multicast", "unspecified"):
        if getattr(address, f"is_{word}"):
            return f"{word.replace('_', '-')} address"
    for name, network in _SPECIAL_NETWORKS:
        if address.version == network.version and address in network:
            return f"{name} address"
    return "" if address.is_global else "private or reserved address"


def check_url(url: str) -> str:
    """What is wrong with a URL as something to connect to, "" for nothing: the scheme, a missing host, credentials inside."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not a URL"
    if parts.scheme not in ("http", "https"):
        return f"scheme {parts.scheme[:20]!r} (only http and https)"
    if not host:
        return "no host"
    return "credentials in the URL" if "@" in parts.netloc else ""


def without_secrets(url: str) -> str:
    """A URL fit for a log: without credentials, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(not a URL)"
    query = "?…" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{query}"[:300]


# --- the transports ---------------------------------------------------------------------------------------------------


@cache
def _tls() -> ssl.SSLContext:
    """One context for the process: reading the certificates costs more than a poll."""
    return httpx.create_ssl_context(trust_env=False)


def guarded_transport(allow: Sequence[Network] = (), *, tls: ssl.SSLContext | None = None) -> httpx.HTTPTransport:
    """A transport for httpx.Client that connects to nothing it must not; raises EgressRefused instead.

    It knows no proxies: behind one the address that is connected to is the proxy's, and nothing would be checked.
    """
    transport = httpx.HTTPTransport(verify=tls or _tls(), trust_env=False)
    # httpx has no parameter for httpcore's network backend
    transport._pool = httpcore.ConnectionPool(ssl_context=tls or _tls(), max_connections=None, network_backend=_Guarded(tuple(allow)))
    return transport


def guarded_async_transport(allow: Sequence[Network] = (), *, tls: ssl.SSLContext | None = None) -> httpx.AsyncHTTPTransport:
    """The same for httpx.AsyncClient under asyncio; connections are not kept, because a poll asks a host once."""
    transport = httpx.AsyncHTTPTransport(verify=tls or _tls(), trust_env=False)
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=tls or _tls(),
        max_connections=None,
        max_keepalive_connections=0,
        network_backend=_GuardedAsync(tuple(allow)),
    )
    return transport


Resolved = list[tuple[Any, ...]]


def _checked(host: str, found: Resolved, allow: Sequence[Network]) -> list[str]:
    """The addresses of a host, families taking turns; raises EgressRefused when any one of them is unfit.

    One unfit address condemns the name: a public host has no business with a private one.
    """
    addresses = list(dict.fromkeys(entry[4][0] for entry in found))
    if not addresses:
        raise httpx.ConnectError(f"{host[:100]} has no address")
    for text in addresses:
        if why := refusal(ipaddress.ip_address(text.partition("%")[0]), allow):
            raise EgressRefused(f"{host[:100]} is at a {why}")
    sixes, fours = [a for a in addresses if ":" in a], [a for a in addresses if ":" not in a]
    turns = [a for pair in zip(sixes, fours, strict=False) for a in pair]
    return turns + [a for a in addresses if a not in turns]


def _share(left: int, until: float | None) -> float | None:
    """The seconds one of several addresses may take: all get a chance before the time is over."""
    return None if until is None else max((until - time.monotonic()) / left, 0.001)


class _Guarded(httpcore.NetworkBackend):
    """Resolves, checks every address, and connects to a checked one."""

    def __init__(self, allow: tuple[Network, ...]) -> None:
        self._allow = allow
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        until = None if timeout is None else time.monotonic() + timeout
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host[:100]} cannot be resolved: {error}") from error
        addresses = _checked(host, found, self._allow)
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                return self._plain.connect_tcp(address, port, _share(left, until), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
        raise AssertionError("a host has at least one address")

    def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> httpcore.NetworkStream:
        raise EgressRefused("a socket file")


class _GuardedAsync(httpcore.AsyncNetworkBackend):
    """The same under asyncio."""

    def __init__(self, allow: tuple[Network, ...]) -> None:
        self._allow = allow
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        until = None if timeout is None else time.monotonic() + timeout
        try:
            async with asyncio.timeout(timeout):
                found = await _resolve(host, port)
        except TimeoutError as error:
            raise httpx.ConnectTimeout(f"{host[:100]} is not resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host[:100]} cannot be resolved: {error}") from error
        addresses = _checked(host, found, self._allow)
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                return await self._plain.connect_tcp(address, port, _share(left, until), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
        raise AssertionError("a host has at least one address")

    async def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> httpcore.AsyncNetworkStream:
        raise EgressRefused("a socket file")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def _resolve(host: str, port: int) -> Resolved:
    """getaddrinfo in a thread of its own: a pool's threads would be used up by a few dead name servers and hold up the exit."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Resolved] = loop.create_future()

    def settle(value: Resolved | BaseException) -> None:
        if answer.done():
            return
        if isinstance(value, BaseException):
            answer.set_exception(value)
        else:
            answer.set_result(value)

    def ask() -> None:
        value: Resolved | BaseException
        try:
            value = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            value = error
        try:
            loop.call_soon_threadsafe(settle, value)
        except RuntimeError:
            # the loop ended while the name server was silent
            return

    try:
        ipaddress.ip_address(host)
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST))
    except ValueError:
        threading.Thread(target=ask, name="resolve", daemon=True).start()
    return await answer
