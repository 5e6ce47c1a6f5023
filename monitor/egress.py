"""The guard on the way out, as httpx wants it: a transport that connects to a checked address and to nothing else."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore
import httpx

from .errors import WrongUse
from .guard import Network, Refused, checked, share, tls_context
from .proxy import Hop, Proxy, check_unresolved

__all__ = ["EgressRefused", "guarded_transport"]


class EgressRefused(httpx.ConnectError):
    """`guard.Refused` in the words of httpx."""


def guarded_transport(
    allow: Sequence[Network] = (), *, tls: ssl.SSLContext | None = None, proxy: Proxy | None = None
) -> httpx.BaseTransport:
    """A transport for httpx.Client that connects to nothing it must not; raises EgressRefused instead.

    With a `proxy` what is checked is the proxy's address and what can be told of a host's name: the proxy resolves it.
    """
    return _Proxied(allow, tls, proxy) if proxy else _direct(allow, tls)


def _direct(allow: Sequence[Network], tls: ssl.SSLContext | None) -> httpx.HTTPTransport:
    return _pooled(httpcore.ConnectionPool(ssl_context=tls or tls_context(), max_connections=None, network_backend=_Guarded(tuple(allow))))


def _pooled(pool: httpcore.ConnectionPool) -> httpx.HTTPTransport:
    transport = httpx.HTTPTransport(verify=pool._ssl_context or True, trust_env=False)
    # httpx has no parameter for httpcore's network backend
    transport._pool = pool
    return transport


class _Proxied(httpx.BaseTransport):
    """Goes through the proxy but for the hosts that are spared it; a changed login is used from the next request on."""

    def __init__(self, allow: Sequence[Network], tls: ssl.SSLContext | None, proxy: Proxy) -> None:
        self._allow, self._tls, self._proxy = tuple(allow), tls, proxy
        self._direct = _direct(allow, tls)
        self._through: tuple[Hop, httpx.HTTPTransport] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            hop = self._proxy.towards(request.url.host)
        except WrongUse as error:
            raise httpx.ProxyError(str(error)) from None
        if hop is None:
            return self._direct.handle_request(request)
        try:
            check_unresolved(request.url.host, self._allow)
        except Refused as refused:
            raise EgressRefused(str(refused)) from refused
        answer = self._tunnels(hop).handle_request(request)
        if answer.status_code == 407:
            answer.close()
            raise httpx.ProxyError("the proxy wants another login (407)")
        return answer

    def close(self) -> None:
        self._direct.close()
        if self._through is not None:
            self._through[1].close()

    def _tunnels(self, hop: Hop) -> httpx.HTTPTransport:
        if self._through is None or self._through[0] != hop:
            if self._through is not None:
                self._through[1].close()
            self._through = hop, _pooled(self._pool(hop))
        return self._through[1]

    def _pool(self, hop: Hop) -> httpcore.HTTPProxy:
        return httpcore.HTTPProxy(
            httpcore.URL(scheme="http", host=hop.host, port=hop.port, target="/"),
            proxy_headers={"Proxy-Authorization": hop.login} if hop.login else None,
            ssl_context=self._tls or tls_context(),
            max_connections=None,
            network_backend=_Guarded(self._allow),
        )


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
