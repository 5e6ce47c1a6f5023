"""The guard on the way out, as httpx wants it: a transport that connects to a checked address and to nothing else."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore
import httpx

from .guard import Network, Refused, checked, share, tls_context

__all__ = ["EgressRefused", "guarded_transport"]


class EgressRefused(httpx.ConnectError):
    """`guard.Refused` in the words of httpx."""


def guarded_transport(allow: Sequence[Network] = (), *, tls: ssl.SSLContext | None = None) -> httpx.HTTPTransport:
    """A transport for httpx.Client that connects to nothing it must not; raises EgressRefused instead.

    It knows no proxies: behind one the address that is connected to is the proxy's, and nothing would be checked.
    """
    transport = httpx.HTTPTransport(verify=tls or tls_context(), trust_env=False)
    # httpx has no parameter for httpcore's network backend
    transport._pool = httpcore.ConnectionPool(
        ssl_context=tls or tls_context(), max_connections=None, network_backend=_Guarded(tuple(allow))
    )
    return transport


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
            addresses = checked(host, socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), self._allow)
        except Refused as refused:
            raise EgressRefused(str(refused)) from refused
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host[:100]} cannot be resolved: {error}") from error
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                return self._plain.connect_tcp(address, port, share(left, until), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
        raise AssertionError("a host has at least one address")

    def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> httpcore.NetworkStream:
        raise EgressRefused("a socket file")
