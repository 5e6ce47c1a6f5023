"""Which government a source speaks for, by its printed name and address."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from monitor.data import seed
from monitor.knowledge.places import PlaceKind, find
from monitor.model import Authority, plain

_TONGUES = ("en", "de", "fr", "es", "nl")
"""Languages in which missions write their own names."""

_OFFICIAL = frozenset({"official", "embassy"})


@dataclass(frozen=True, slots=True)
class Voice:
    """What is known of a source: whose government it is, its level scheme, and whether its items are standing pages."""

    issuer: str | None
    scheme: str = ""
    page: bool = False
    names: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


def issuer_of(source: str, source_kind: str, url: str) -> tuple[str | None, Authority]:
    """The government that speaks in a source and whether the source is official.

    Any `source_kind` that is not press, other or alike counts as official; the press speaks for nobody.
    """
    if source_kind not in _OFFICIAL and not _adapter(source_kind):
        return None, Authority.PRESS
    return voice_of(source, url).issuer, Authority.OFFICIAL


def voice_of(source: str, url: str) -> Voice:
    """What the seeds, or else the source's own name, say about a source."""
    name, address = plain(source).casefold(), _address(url)
    known = next((v for v in _voices() if any(n == "=" + name or n in name for n in v.names) and not _of_another(source, v)), None)
    there = next((v for v in _voices() if any(_hosted(address, h) for h in v.hosts)), None)
    if known and there and there.page and there.issuer == known.issuer:
        return there  # "GOV.UK" says whose words they are, the address that they are the pages of advice
    return known or there or Voice(_named(source))


def register_of(issuer: str | None) -> Voice | None:
    """The register of travel advice that a government keeps, whoever hands on a page of it."""
    return next((v for v in _voices() if issuer and v.issuer == issuer and v.page and v.scheme not in ("", "cdc")), None)


def _of_another(source: str, voice: Voice) -> bool:
    """Whether a name opens with another nation's adjective than that of the voice it resembles ("German Federal Foreign Office")."""
    first = next(iter(find(source)), None)
    return first is not None and first.kind is PlaceKind.DEMONYM and first.start == 0 and voice.issuer not in first.codes


def host_place(source: str, issuer: str | None = None) -> tuple[str, ...]:
    """The country a mission's name puts it in ("U.S. Embassy Juba"): the city or country it mentions beside its government."""
    if _RELAYED.search(source):
        return ()  # the ministry's own words, which a mission only passes on
    mentions = [m for m in find(source) if m.codes and m.kind is not PlaceKind.OTHER]
    hosts = [m for m in mentions if m.kind not in _NATIONS and m.codes != (issuer,)]
    return hosts[-1].codes if hosts and len(mentions) > 1 else ()


_RELAYED = re.compile(r"(?i)[(,] ?(?:via|relayed by|through) ")
_NATIONS = frozenset({PlaceKind.GOVERNMENT, PlaceKind.DEMONYM})


def _adapter(source_kind: str) -> bool:
    return source_kind not in {"press", "news", "media", "other", "blog", "social", "wire", "newspaper", "google-news", ""}


def _named(source: str) -> str | None:
    mentions = [m for lang in _TONGUES for m in find(source, lang) if len(m.codes) == 1]
    bracketed = [m for m in mentions if m.kind is PlaceKind.COUNTRY and source[m.start - 1 : m.start] == "("]  # "Ministry (X)"
    return min(bracketed or mentions, key=lambda m: m.start).codes[0] if mentions else None


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return (parts.hostname or "") + parts.path


def _hosted(address: str, host: str) -> bool:
    name, _, path = host.partition("/")
    there, _, rest = address.partition("/")
    return (there == name or there.endswith("." + name)) and rest.startswith(path)


@cache
def _voices() -> tuple[Voice, ...]:
    rows = tomllib.loads(seed("issuers.toml").decode())["source"]
    return tuple(
        Voice(r["issuer"], r.get("scheme", ""), r.get("page", False), tuple(n.casefold() for n in r["names"]), tuple(r["hosts"]))
        for r in rows
    )
