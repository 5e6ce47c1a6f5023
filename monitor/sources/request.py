"""One source asked once: conditional, redirects re-checked, bounded in time and bytes, every failure named."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin

import h11

from monitor.errors import FetchError, WrongUse
from monitor.guard import Refused, check_url, without_secrets
from monitor.ledger import Cursor
from monitor.model import Source
from monitor.secret import Secret
from monitor.sources.answer import Fetched, Limits, Status, Why
from monitor.sources.inflate import Inflater, Undecodable
from monitor.sources.tunnel import ProxyRefused
from monitor.sources.wire import Head, Way, exchange

__all__ = ["Request", "retry_after", "valid_for"]

_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/json;q=0.9, application/xml;q=0.9, */*;q=0.5"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WITH_BODY = frozenset({200, 203})
_BLOCKED = frozenset({401, 403, 407, 429, 451})


@dataclass(slots=True)
class Request:
    """One source asked once, redirects followed."""

    source: Source
    cursor: Cursor
    limits: Limits
    user_agent: str
    way: Way
    _url: str = ""

    async def answer(self, started: float) -> Fetched:
        """The answer; every failure is one too."""
        try:
            async with asyncio.timeout(self.limits.total):
                return await self._follow(started)
        except FetchError as error:
            return self._failed(error, started)
        except Exception as error:
            if type(error) is TimeoutError and time.monotonic() - started >= self.limits.total - 0.05:
                return self._failed(FetchError(Why.DEADLINE, f"not done in {self.limits.total:g} s"), started)
            # no other source may suffer for a peer that breaks in a way nobody thought of
            return self._failed(_named(error), started)

    async def _follow(self, started: float) -> Fetched:
        self._url = first = _keyed(self.source)
        for _ in range(self.limits.redirects + 1):
            if wrong := check_url(self._url):
                raise FetchError(Why.BAD_URL if self._url == first else Why.REDIRECTS, wrong)
            answer = _Answer(self.limits)
            await exchange(self._url, self._headers(), answer, self.way, self.limits.connect, self.limits.read)
            if answer.status not in _REDIRECTS:
                return self._take(answer, started)
            self._url = self._next(answer)
        raise FetchError(Why.REDIRECTS, f"more than {self.limits.redirects}")

    def _headers(self) -> list[tuple[str, str]]:
        agent = dict(self.source.options).get("user_agent", "{agent}").replace("{agent}", self.user_agent)
        headers = [
            ("User-Agent", agent),
            ("Accept", _ACCEPT),
            ("Accept-Encoding", "gzip, deflate"),
            ("Accept-Language", f"{self.source.lang}, *;q=0.5"),
        ]
        if self.cursor.body_hash and self.cursor.etag:
            headers.append(("If-None-Match", self.cursor.etag))
        if self.cursor.body_hash and self.cursor.last_modified:
            headers.append(("If-Modified-Since", self.cursor.last_modified))
        return headers

    def _next(self, answer: _Answer) -> str:
        location = answer.headers.get("location", "")
        where = urljoin(self._url, location)
        if not location:
            raise FetchError(Why.REDIRECTS, f"{answer.status} without Location")
        if self._url.startswith("https:") and where.startswith("http:"):
            raise FetchError(Why.REDIRECTS, "from https to http")
        return where

    def _take(self, answer: _Answer, started: float) -> Fetched:
        conditional = bool(self.cursor.body_hash and (self.cursor.etag or self.cursor.last_modified))
        if answer.status == 304 and conditional:
            return self._fetched(Status.NOT_MODIFIED, answer, b"", self.cursor.body_hash, started)
        if answer.status not in _WITH_BODY:
            raise self._refused(answer)
        body = answer.whole()
        return self._fetched(Status.BODY, answer, body, hashlib.sha256(body).hexdigest(), started)

    def _refused(self, answer: _Answer) -> FetchError:
        wait = retry_after(answer.headers.get("retry-after", ""), datetime.now(UTC), self.limits.retry_after)
        if answer.status == 407 and self.way.proxy:
            return _refused_by_proxy(407)
        blocked = answer.status in _BLOCKED or "cf-mitigated" in answer.headers
        return FetchError(Why.BLOCKED if blocked else Why.HTTP_STATUS, str(answer.status), blocked=blocked, retry_after=wait)

    def _fetched(self, status: Status, answer: _Answer, body: bytes, digest: str, started: float) -> Fetched:
        headers = answer.headers
        kept = self.cursor if status is Status.NOT_MODIFIED else Cursor()
        cursor = Cursor(headers.get("etag", kept.etag)[:500], headers.get("last-modified", kept.last_modified)[:100], digest)
        took, url = time.monotonic() - started, without_secrets(self._url)
        fresh = valid_for(headers.get("cache-control", ""), headers.get("age", ""))
        return Fetched(self.source.id, status, body, cursor, headers.get("content-type", "")[:200], url, None, took, fresh=fresh)

    def _failed(self, error: FetchError, started: float) -> Fetched:
        took, url = time.monotonic() - started, without_secrets(self._url or self.source.url)
        return Fetched(self.source.id, Status.FAILED, b"", self.cursor, "", url, error, took, error.retry_after)


def _keyed(source: Source) -> str:
    """The address to ask, with the secret that option `key` refers to in the place of `{key}`; it stands nowhere else."""
    reference = dict(source.options).get("key", "")
    if not reference or "{key}" not in source.url:
        return source.url
    try:
        return source.url.replace("{key}", quote(Secret(reference).reveal(), safe="%"))
    except (WrongUse, ValueError) as error:
        raise FetchError(Why.BAD_URL, f"option key: {error}") from None


class _Answer:
    """An answer while it comes: unpacked, and both what came and what it unpacks to are counted."""

    def __init__(self, limits: Limits) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._limits = limits
        self._taken = 0
        self._inflater: Inflater | None = None

    def head(self, head: Head) -> bool:
        """Whether there is a body that we want; raises FetchError for one that is too large or packed as nobody asked."""
        self.status, self.headers = head.status, head.headers
        if head.status not in _WITH_BODY:
            return False
        declared = head.headers.get("content-length", "")
        if declared.isdigit() and int(declared[:20]) > self._limits.wire_bytes:
            raise FetchError(Why.TOO_LARGE, f"{declared[:20]} bytes announced")
        with _decoding():
            self._inflater = Inflater(head.headers.get("content-encoding", ""), self._limits.body_bytes)
        return True

    def data(self, chunk: bytes) -> None:
        """Take a piece of the body; raises FetchError when it grows too large."""
        assert self._inflater is not None
        self._taken += len(chunk)
        if self._taken > self._limits.wire_bytes:
            raise FetchError(Why.TOO_LARGE, f"more than {self._limits.wire_bytes} bytes came")
        with _decoding():
            if not self._inflater.take(chunk):
                raise FetchError(Why.TOO_LARGE, f"unpacks to more than {self._limits.body_bytes} bytes")

    def whole(self) -> bytes:
        """The body."""
        assert self._inflater is not None
        with _decoding():
            return self._inflater.whole()


@contextmanager
def _decoding() -> Iterator[None]:
    try:
        yield
    except Undecodable as error:
        raise FetchError(Why.CUT_OFF if error.cut else Why.BAD_ENCODING, str(error)) from error


def _named(error: Exception) -> FetchError:
    """The word for what the network or the other side did."""
    detail = f"{type(error).__name__}: {error}"[:200]
    match error:
        case WrongUse():
            return FetchError(Why.PROXY, str(error))
        case ProxyRefused():
            return _refused_by_proxy(error.status)
        case Refused():
            return FetchError(Why.REFUSED_ADDRESS, str(error))
        case ssl.SSLError():
            return FetchError(Why.TLS, detail)
        case TimeoutError():
            return FetchError(Why.TIMEOUT, detail)
        case h11.RemoteProtocolError() if "incomplete" in detail or "without sending complete" in detail:
            return FetchError(Why.CUT_OFF, detail)
        case ConnectionResetError() | BrokenPipeError():
            return FetchError(Why.CUT_OFF, detail)
        case OSError() | UnicodeError():
            return FetchError(Why.NO_CONNECTION, detail)
        case ValueError():
            return FetchError(Why.BAD_URL, detail)
        case _:
            return FetchError(Why.PROTOCOL, detail)


def _refused_by_proxy(status: int) -> FetchError:
    """What a proxy's answer means: one that cannot reach the host says so with a 5xx, else it does not want us."""
    if status >= 500:
        return FetchError(Why.NO_CONNECTION, f"the proxy cannot reach it ({status})")
    wants = "wants another login" if status == 407 else "refuses"
    return FetchError(Why.PROXY, f"the proxy {wants} ({status})", blocked=True)


def valid_for(printed: str, age: str) -> timedelta | None:
    """For how long a Cache-Control header calls an answer valid, less the time it has been in caches; None when it does not say."""
    said = dict(part.strip().lower().partition("=")[::2] for part in printed[:500].split(","))
    if "no-store" in said or "no-cache" in said:
        return None
    seconds = said.get("max-age", "").strip('"')
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 10):
        return None
    spent = int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0
    return timedelta(seconds=max(int(seconds) - spent, 0))


def retry_after(printed: str, now: datetime, longest: timedelta) -> timedelta | None:
    """What a Retry-After header asks for, at most `longest`; None when it says nothing sensible."""
    printed = printed.strip()
    if printed.isascii() and printed.isdigit() and len(printed) < 10:
        return min(timedelta(seconds=int(printed)), longest)
    try:
        until = parsedate_to_datetime(printed)
    except (ValueError, TypeError, IndexError):
        return None
    wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(wait, longest) if wait > timedelta(0) else None
