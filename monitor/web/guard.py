"""Who may do what: tokens, sessions, one-tap links, forms that only our own page can send, and a limit on guessing."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from ..errors import MonitorError
from ..model import plain
from .site import Site

COOKIE = "monitor_session"
SESSION = 12 * 3600
"""Seconds for which a login holds."""
ENTRY = 15 * 60
"""Seconds for which a link lets in that was not followed yet."""
BODY_CAP = 2_000_000
"""Bytes of a request's body; more is refused."""


class Denied(MonitorError):
    """Somebody asked for what they may not have; `status` is the HTTP answer."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


class Tries:
    """At most ten logins a minute from one address and sixty from all together, right or wrong."""

    def __init__(self, each: int = 10, everybody: int = 60, window: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._each, self._everybody, self._window, self._clock = each, everybody, window, clock
        self._seen: list[tuple[float, str]] = []
        self._lock = threading.Lock()

    def allowed(self, address: str) -> bool:
        """Count one try and say whether it may be looked at."""
        with self._lock:
            now = self._clock()
            self._seen = [(at, who) for at, who in self._seen if now - at < self._window]
            if len(self._seen) >= self._everybody or sum(who == address for _, who in self._seen) >= self._each:
                return False
            self._seen.append((now, address))
            return True


def entry(token: str, name: str, lasts: float = ENTRY, clock: Callable[[], float] = time.time) -> str:
    """The path of a link that lets whoever follows it first in as `name`, within `lasts` seconds; made for one who holds the token."""
    return f"/enter/{_signed('entry', name, int(clock() + lasts), token)}"


@dataclass(frozen=True, slots=True)
class Guard:
    """The checks of one site. The session key is derived from the token, so a new token ends every session."""

    site: Site
    clock: Callable[[], float] = time.time
    tries: Tries = field(default_factory=Tries)
    spent: set[str] = field(default_factory=set)

    def who(self, request: Request) -> str | None:
        """The name of whoever may change things, from a bearer token or a session; None for a reader."""
        token = self._token()
        if token is None:
            return None
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.casefold() == "bearer":
            return "token" if same(given.strip(), token) else None
        return self._session(request.cookies.get(COOKIE, ""), token)

    def by_cookie(self, request: Request) -> bool:
        """Whether the right to act came with a cookie, which a browser sends along for others too."""
        return "authorization" not in request.headers

    def login(self, given: str, name: str, address: str) -> str:
        """The session for a token; Denied when it is wrong, when there is none, or after too many tries."""
        token = self._token()
        if token is None:
            raise Denied(403, "this page has no token, so nobody can log in; set [web] token in the configuration")
        if not self.tries.allowed(address):
            raise Denied(429, "too many tries; wait a minute")
        if not same(given.strip(), token):
            raise Denied(401, "that is not the token")
        return self._session_of(name, token)

    def enter(self, link: str, address: str) -> str:
        """The session for a link that lets in once; Denied when it is forged, too old or spent."""
        token = self._token()
        if not self.tries.allowed(address):
            raise Denied(429, "too many tries; wait a minute")
        name = self._read("entry", link, token) if token and link not in self.spent else None
        if token is None or name is None:
            raise Denied(403, "this link is forged, spent or too old; log in with the token")
        self.spent.add(link)
        return self._session_of(name, token)

    def form_key(self, request: Request) -> str:
        """What a form of ours carries to prove that it is ours; "" for readers."""
        token = self._token()
        cookie = request.cookies.get(COOKIE, "")
        return _mac(token, "form", cookie) if token and self._session(cookie, token) else ""

    def own_form(self, request: Request, given: str) -> bool:
        """Whether a form was sent by a page of ours."""
        return same_origin(request) and bool(given) and same(given, self.form_key(request))

    def _token(self) -> str | None:
        if self.site.token is None:
            return None
        try:
            return self.site.token() or None
        except MonitorError:
            return None

    def _session_of(self, name: str, token: str) -> str:
        return _signed("session", plain(name)[:60].replace("|", " ") or "somebody", int(self.clock()) + SESSION, token)

    def _session(self, cookie: str, token: str) -> str | None:
        return self._read("session", cookie, token)

    def _read(self, use: str, given: str, token: str) -> str | None:
        """The name that was signed for a use, None when it was not, or not for now."""
        name, _, rest = given.partition(".")
        until, _, mac = rest.partition(".")
        if not same(mac, _mac(token, use, f"{name}.{until}")) or not until.isdigit() or int(until) < self.clock():
            return None
        return bytes.fromhex(name).decode("utf-8", "replace")


def _signed(use: str, name: str, until: int, token: str) -> str:
    said = f"{name.encode().hex()}.{until}"
    return f"{said}.{_mac(token, use, said)}"


def same(one: str, other: str) -> bool:
    """Whether two secrets are equal, in the same time whatever they are."""
    return hmac.compare_digest(hashlib.sha256(one.encode()).digest(), hashlib.sha256(other.encode()).digest())


def same_origin(request: Request) -> bool:
    """Whether the browser says that our own page sent this, by fetch metadata or by the origin; a browser always says one."""
    if (fetched := request.headers.get("sec-fetch-site")) is not None:
        return fetched in ("same-origin", "none")
    origin = request.headers.get("origin") or request.headers.get("referer")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


async def body_of(request: Request, cap: int = BODY_CAP) -> bytes:
    """The body, refused as soon as it is too long."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > cap:
            raise Denied(413, f"a body of at most {cap} bytes")
        parts.append(part)
    return b"".join(parts)


def fields(body: bytes) -> Mapping[str, str]:
    """The fields of a form, the last value of each."""
    return {k: v[-1] for k, v in parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True).items()}


def address_of(request: Request) -> str:
    """Where a request comes from, as the server saw it."""
    return request.client.host if request.client else ""


def _mac(token: str, use: str, said: str) -> str:
    return hmac.new(hashlib.sha256(f"monitor/{use}/{token}".encode()).digest(), said.encode(), hashlib.sha256).hexdigest()
