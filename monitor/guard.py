"""Which addresses may be connected to, and connecting to those: the guard that every way out of the process passes."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import asyncio
    import ssl

__all__ = ["Address", "Network", "Refused", "check_url", "checked", "connect", "refusal", "share", "tls_context", "without_secrets"]

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


class Refused(ConnectionError):
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


# --- connecting -------------------------------------------------------------------------------------------------------

Resolved = list[tuple[Any, ...]]
P = TypeVar("P", bound="asyncio.BaseProtocol")


@cache
def tls_context() -> ssl.SSLContext:
    """One context for the process, with the certificates that httpx trusts: reading them costs more than a poll."""
    import ssl

    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


def checked(host: str, found: Resolved, allow: Sequence[Network]) -> list[str]:
    """The addresses of a host, families taking turns; raises Refused when any one of them is unfit, OSError when there is none.

    One unfit address condemns the name: a public host has no business with a private one.
    """
    addresses = list(dict.fromkeys(entry[4][0] for entry in found))
    if not addresses:
        raise OSError(f"{host[:100]} has no address")
    for text in addresses:
        if why := refusal(ipaddress.ip_address(text.partition("%")[0]), allow):
            raise Refused(f"{host[:100]} is at a {why}")
    sixes, fours = [a for a in addresses if ":" in a], [a for a in addresses if ":" not in a]
    turns = [a for pair in zip(sixes, fours, strict=False) for a in pair]
    return turns + [a for a in addresses if a not in turns]


def share(left: int, until: float | None) -> float | None:
    """The seconds one of several addresses may take: all get a chance before the time (monotonic) is over."""
    return None if until is None else max((until - time.monotonic()) / left, 0.001)


async def connect(
    host: str, port: int, allow: Sequence[Network], protocol: Callable[[], P], timeout: float, tls: ssl.SSLContext | None = None
) -> P:
    """A connection to an address of this host that was checked just now; with `tls` the certificate must be the host's.

    Raises Refused, OSError (no address, nobody there, TLS) and TimeoutError.
    """
    import asyncio  # slow to import, and who only checks an address connects to nothing

    until = time.monotonic() + timeout
    async with asyncio.timeout(timeout):
        addresses = checked(host, await _resolve(host, port), allow)
    loop = asyncio.get_running_loop()
    for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        try:
            async with asyncio.timeout(share(left, until)):
                _, made = await loop.create_connection(protocol, address, port, ssl=tls, server_hostname=host if tls else None)
                return made
        except OSError:
            if left == 1:
                raise
    raise AssertionError("a host has at least one address")


async def _resolve(host: str, port: int) -> Resolved:
    """getaddrinfo in a thread of its own: a pool's threads would be used up by a few dead name servers and hold up the exit."""
    from asyncio import get_running_loop

    loop = get_running_loop()
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
