"""Holds other libraries to the guard: within a block, whatever opens a socket connects to nothing it must not."""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

from .guard import Network, Refused, refusal

__all__ = ["held"]


@dataclass
class _Hold:
    """What a block may connect to, and the address that it may not and tried."""

    allow: Sequence[Network]
    refused: Refused | None = None


_hold: ContextVar[_Hold | None] = ContextVar("hold", default=None)


@contextmanager
def held(allow: Sequence[Network] | None) -> Iterator[None]:
    """Check every address that is connected to in this context; None checks nothing. Raises Refused when one was unfit.

    The library sees a refused connection and may say that in its own words, so it is said again at the end. A name with one
    unfit address is no name to try the others of. Threads that are started without this context, programs, and libraries
    that make connections outside of Python are beyond this.
    """
    if allow is None:
        yield
        return
    _watching()
    hold = _Hold(allow)
    before = _hold.set(hold)
    try:
        yield
    finally:
        _hold.reset(before)
    if hold.refused:
        raise hold.refused


@cache
def _watching() -> None:
    """Python tells of every connection before it is made; such a hook stays for good, so there is one."""
    sys.addaudithook(_told)


def _told(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in ("socket.connect", "socket.sendto") or (hold := _hold.get()) is None:
        return
    address = arguments[1]
    if not isinstance(address, tuple):
        return  # a socket file or the kernel, not the network
    for one in _addresses(str(address[0])):
        if hold.refused is None and (why := refusal(ipaddress.ip_address(one.partition("%")[0]), hold.allow)):
            hold.refused = Refused(f"the address is a {why}")
    if hold.refused:
        raise hold.refused


def _addresses(host: str) -> list[str]:
    """What a library connects to: mostly an address that was resolved already, now and then a name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None)]
    return [host]
