"""One source asked once: conditional, redirects re-checked, bounded in time and bytes, every failure named."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import httpx

from monitor.egress import EgressRefused, check_url, without_secrets
from monitor.errors import FetchError
from monitor.ledger import Cursor
from monitor.model import Source
from monitor.sources.answer import Fetched, Limits, Status, Why
from monitor.sources.inflate import Inflater, Undecodable

__all__ = ["Request", "retry_after"]

_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/json;q=0.9, application/xml;q=0.9, */*;q=0.5"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BLOCKED = frozenset({401, 403, 407, 429, 451})


@dataclass(slots=True)
class Request:
    """One source asked once, redirects followed."""

    source: Source
    cursor: Cursor
    limits: Limits
    user_agent: str
    transport: httpx.AsyncHTTPTransport
    _url: str = ""

    async def answer(self, started: float) -> Fetched:
        """The answer; every failure is one too."""
        try:
            async with asyncio.timeout(self.limits.total):
                return await self._follow(started)
        except FetchError as error:
            return self._failed(error, started)
        except TimeoutError:
            return self._failed(FetchError(Why.DEADLINE, f"not done in {self.limits.total:g} s"), started)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
            return self._failed(_named(error), started)
        except Exception as error:
            # h11 and anyio have more words for a broken peer than httpx maps; no other source may suffer for one
            return self._failed(FetchError(Why.PROTOCOL, f"{type(error).__name__}: {error}"[:200]), started)

    async def _follow(self, started: float) -> Fetched:
        self._url = self.source.url
        for _ in range(self.limits.redirects + 1):
            if wrong := check_url(self._url):
                raise FetchError(Why.BAD_URL if self._url == self.source.url else Why.REDIRECTS, wrong)
            response = await self.transport.handle_async_request(self._request())
            try:
                if response.status_code not in _REDIRECTS:
                    return await self._take(response, started)
                self._url = self._next(response)
            finally:
                await response.aclose()
        raise FetchError(Why.REDIRECTS, f"more than {self.limits.redirects}")

    def _request(self) -> httpx.Request:
        agent = dict(self.source.options).get("user_agent", "{agent}").replace("{agent}", self.user_agent)
        headers = {
            "User-Agent": agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip, deflate",
            "Accept-Language": f"{self.source.lang}, *;q=0.5",
        }
        if self.cursor.body_hash and self.cursor.etag:
            headers["If-None-Match"] = self.cursor.etag
        if self.cursor.body_hash and self.cursor.last_modified:
            headers["If-Modified-Since"] = self.cursor.last_modified
        timeout = {"connect": self.limits.connect, "read": self.limits.read, "write": self.limits.read, "pool": self.limits.total}
        return httpx.Request("GET", self._url, headers=headers, extensions={"timeout": timeout})

    def _next(self, response: httpx.Response) -> str:
        location: str = response.headers.get("location", "")
        where = urljoin(self._url, location)
        if not location:
            raise FetchError(Why.REDIRECTS, f"{response.status_code} without Location")
        if self._url.startswith("https:") and where.startswith("http:"):
            raise FetchError(Why.REDIRECTS, "from https to http")
        return where

    async def _take(self, response: httpx.Response, started: float) -> Fetched:
        conditional = bool(self.cursor.body_hash and (self.cursor.etag or self.cursor.last_modified))
        if response.status_code == 304 and conditional:
            return self._fetched(Status.NOT_MODIFIED, response, b"", self.cursor.body_hash, started)
        if response.status_code not in (200, 203):
            raise self._refused(response)
        body = await self._read(response)
        return self._fetched(Status.BODY, response, body, hashlib.sha256(body).hexdigest(), started)

    async def _read(self, response: httpx.Response) -> bytes:
        """The body, unpacked; both what came and what it unpacks to are counted while they come."""
        declared = response.headers.get("content-length", "")
        if declared.isdigit() and int(declared[:20]) > self.limits.wire_bytes:
            raise FetchError(Why.TOO_LARGE, f"{declared[:20]} bytes announced")
        taken = 0
        try:
            inflater = Inflater(response.headers.get("content-encoding", ""), self.limits.body_bytes)
            async for chunk in response.aiter_raw():
                taken += len(chunk)
                if taken > self.limits.wire_bytes:
                    raise FetchError(Why.TOO_LARGE, f"more than {self.limits.wire_bytes} bytes came")
                if not inflater.take(chunk):
                    raise FetchError(Why.TOO_LARGE, f"unpacks to more than {self.limits.body_bytes} bytes")
            return inflater.whole()
        except Undecodable as error:
            raise FetchError(Why.CUT_OFF if error.cut else Why.BAD_ENCODING, str(error)) from error

    def _refused(self, response: httpx.Response) -> FetchError:
        code = response.status_code
        wait = retry_after(response.headers.get("retry-after", ""), datetime.now(UTC), self.limits.retry_after)
        blocked = code in _BLOCKED or "cf-mitigated" in response.headers
        return FetchError(Why.BLOCKED if blocked else Why.HTTP_STATUS, str(code), blocked=blocked, retry_after=wait)

    def _fetched(self, status: Status, response: httpx.Response, body: bytes, digest: str, started: float) -> Fetched:
        headers = response.headers
        kept = self.cursor if status is Status.NOT_MODIFIED else Cursor()
        cursor = Cursor(headers.get("etag", kept.etag)[:500], headers.get("last-modified", kept.last_modified)[:100], digest)
        took, url = time.monotonic() - started, without_secrets(self._url)
        return Fetched(self.source.id, status, body, cursor, headers.get("content-type", "")[:200], url, None, took)

    def _failed(self, error: FetchError, started: float) -> Fetched:
        took, url = time.monotonic() - started, without_secrets(self._url or self.source.url)
        return Fetched(self.source.id, Status.FAILED, b"", self.cursor, "", url, error, took, error.retry_after)


def _named(error: Exception) -> FetchError:
    """The word for what the network or the other side did."""
    detail = f"{type(error).__name__}: {error}"[:200]
    match error:
        case EgressRefused():
            return FetchError(Why.REFUSED_ADDRESS, str(error))
        case httpx.TimeoutException():
            return FetchError(Why.TIMEOUT, detail)
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return FetchError(Why.BAD_URL, detail)
        case httpx.RemoteProtocolError() if "incomplete" in detail or "without sending complete" in detail:
            return FetchError(Why.CUT_OFF, detail)
        case httpx.ConnectError() | httpx.ReadError() | ssl.SSLError() if "SSL" in detail or "certificate" in detail:
            return FetchError(Why.TLS, detail)
        case httpx.ConnectError():
            return FetchError(Why.NO_CONNECTION, detail)
        case httpx.ReadError() | httpx.WriteError() | OSError():
            return FetchError(Why.CUT_OFF, detail)
        case _:
            return FetchError(Why.PROTOCOL, detail)


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
