"""The proxy that requests go through where there is no other way out: who is spared it, and what can still be checked behind one."""

from __future__ import annotations

import base64
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from .errors import WrongUse
from .guard import Network, Refused, refusal
from .secret import Secret

__all__ = ["Hop", "Proxy", "check_unresolved", "hop_of"]

_LOCAL = ("localhost", "local", "internal", "home.arpa", "localdomain", "lan", "intranet", "corp", "home", "private")
"""Ends of names that never are public: RFC 6761, 6762 and 8375, ICANN's .internal, and what networks use without asking."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One proxy to go through; `login` is the value of Proxy-Authorization, "" for none, and shows nowhere."""

    host: str
    port: int
    login: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Proxy:
    """Which proxy, as its address or as a reference to it, and the hosts and networks that are reached without it."""

    address: str | Secret
    spared: tuple[str, ...] = ()

    def towards(self, host: str) -> Hop | None:
        """The proxy for a host, None for one that is reached directly; the reference is read anew each time. Raises WrongUse."""
        if any(_spares(rule, host.lower().rstrip(".")) for rule in self.spared):
            return None
        return hop_of(self.address.reveal() if isinstance(self.address, Secret) else self.address)


def hop_of(address: str) -> Hop:
    """`http://[USER:PASSWORD@]HOST[:PORT]` (without a port 80). Raises WrongUse in words that do not repeat it."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
        parts = urlsplit("")
    if parts.scheme != "http" or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise WrongUse("a proxy is written http://HOST:PORT; proxies that want TLS or SOCKS themselves are not supported")
    login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    packed = f"Basic {base64.b64encode(login.encode()).decode()}" if parts.username is not None else ""
    return Hop(host, port or 80, packed)


def check_unresolved(host: str, allow: Sequence[Network]) -> None:
    """Raise Refused for a host that can be told unfit without asking a name server: the proxy resolves names, and we do not see to what.

    That is an unfit address in any spelling, a name without a dot, and one under an end that is never public.
    """
    name = host.lower().rstrip(".")
    if (address := _address(name)) is not None:
        if why := refusal(address, allow):
            raise Refused(f"{host[:100]} is a {why}")
    elif "." not in name or any(name.endswith(f".{end}") for end in _LOCAL):
        raise Refused(f"{host[:100]} is a local name, which no proxy is asked for ([egress] no_proxy reaches it directly)")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is, also in the spellings that name servers read (`127.1`, `0x7f000001`); None for a name."""
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(name)) if name and not name.isspace() else None
    except (OSError, ValueError):
        return None


def _spares(rule: str, name: str) -> bool:
    """Whether a rule means a host: `*` all, a network its addresses, a name itself and everything under it."""
    if rule == "*":
        return True
    try:
        network = ipaddress.ip_network(rule)
    except ValueError:
        end = rule.lower().removeprefix("*").strip(".")
        return name == end or name.endswith(f".{end}")
    address = _address(name)
    return address is not None and address.version == network.version and address in network
