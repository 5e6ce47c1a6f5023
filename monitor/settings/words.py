"""The kinds of value a configuration is written in: durations, places, addresses, networks, secrets."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from ..knowledge import places
from ..model import WORLD
from ..secret import Secret

Network = IPv4Network | IPv6Network

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d{1,6})([smhd])")
_LISTEN = re.compile(r"(?P<host>[A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")

_SPARED = re.compile(r"\*|(\*?\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|[0-9A-Fa-f.:]+(/\d{1,3})?")


def duration(text: Any) -> timedelta:
    """`"10s"`, `"5m"`, `"2h"`, `"1d"`; ValueError for anything else."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise ValueError('not a duration; write a number and s, m, h or d, as in "10s", "5m", "2h", "1d"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def in_words(length: timedelta) -> str:
    """The shortest spelling that `duration` reads back; whole seconds."""
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _place(code: str) -> str:
    if code == WORLD or code in places.codes():
        return code
    hint = "; did you mean {}?".format(" or ".join(found)) if (found := places.by_name(code)) else ""
    raise ValueError(f"not a place: use the two-letter code of ISO 3166-1 (or XK){hint}")


def _issuer(code: str) -> str:
    if code in places.codes() or code in ("EU", "UN"):
        return code
    raise ValueError('not a government: use the two-letter code of ISO 3166-1, or "EU", "UN"')


def _url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an address of the web: it must start with http:// or https:// and name a host")
    if parts.username or parts.password:
        raise ValueError("no user name or password inside an address; logs would show them")
    return url


def _listen(text: str) -> str:
    found = _LISTEN.fullmatch(text)
    if text and (not found or int(found["port"]) > 65535):
        raise ValueError('not an address to listen on; write host:port as in "127.0.0.1:8080", or "" for no page')
    return text


def _network(text: Any) -> Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ValueError(f'not an address range as in "127.0.0.0/8" or "::1/128": {error}') from None


def _reference(text: str) -> str:
    if text:
        Secret(text)
    return text


def _reference_or_address(text: str) -> str:
    return text if text.startswith(("https://", "http://")) else _reference(text)


def _spared(text: str) -> str:
    if not _SPARED.fullmatch(text):
        raise ValueError('not a host as in "intranet.example.org", nor an address range as in "10.0.0.0/8"')
    return text


Duration = Annotated[
    timedelta,
    BeforeValidator(duration),
    PlainSerializer(in_words),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,6}[smhd]$", "examples": ["10s", "5m", "2h", "1d"]}),
]
Place = Annotated[str, AfterValidator(_place)]
Issuer = Annotated[str, AfterValidator(_issuer)]
WebAddress = Annotated[str, AfterValidator(_url)]
MaybeWebAddress = Annotated[str, AfterValidator(lambda url: url and _url(url))]
"""An address of the web, or "" for none."""
Listen = Annotated[str, AfterValidator(_listen)]
Reference = Annotated[str, AfterValidator(_reference)]
"""Where a secret is kept, or "" for none."""
ReferenceOrAddress = Annotated[str, AfterValidator(_reference_or_address)]
Spared = Annotated[str, AfterValidator(_spared)]
Range = Annotated[
    Network, BeforeValidator(_network), PlainSerializer(str), WithJsonSchema({"type": "string", "examples": ["127.0.0.0/8", "::1/128"]})
]
