"""The layer round every answer: the proxy's prefix, the names we answer to, security headers, who may read and who may write."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .guard import Guard
from .problems import problem

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
SAFE = {"GET", "HEAD", "OPTIONS"}
OWN_PROOF = ("/login", "/ack/", "/hooks/websub/", "/hooks/test/")
"""Where a POST carries its own proof: the token itself, a signed link, a signature of the hub or of ourselves."""
EVERYBODY = ("/healthz", "/readyz", "/static/", "/enter/", *OWN_PROOF)
"""What is answered even where reading needs a login."""


class Shell:
    """Pure ASGI, so that streams stay streams."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        self.app, self.guard, self.site = app, guard, guard.site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = self._without_prefix(scope)
        refused = self._refused(Request(scope))
        await (refused or self.app)(scope, receive, self._dressed(scope, send))

    def _without_prefix(self, scope: Scope) -> Scope:
        """Proxies differ in whether they cut the prefix off; both are fine."""
        prefix, path = self.site.prefix, str(scope["path"])
        return {**scope, "path": path[len(prefix) :] or "/"} if prefix and (path == prefix or path.startswith(f"{prefix}/")) else scope

    def _dressed(self, scope: Scope, send: Send) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not str(scope["path"]).startswith("/static/"):
                    headers.setdefault("cache-control", "private, no-cache")
                headers.add_vary_header("Cookie, Authorization")
            await send(message)

        return dressed

    def _refused(self, request: Request) -> Response | None:
        """The refusal of a request that may not come in, None for one that may."""
        path = request.scope["path"]
        if not known_host(request.headers, self.site.hosts):
            return problem(421, "Misdirected request", "this page is not known under that name; add it to [web] hosts")
        if request.method in SAFE:
            return None if self.site.open_reading or _under(path, EVERYBODY) else self._login_first(request)
        if _under(path, OWN_PROOF):
            return None
        if self.guard.who(request) is None:
            return problem(401, "A token is needed", "changing something needs the token: log in, or send Authorization: Bearer")
        return None

    def _login_first(self, request: Request) -> Response | None:
        if self.guard.who(request) is not None:
            return None
        if request.scope["path"].startswith(("/api/", "/feeds/", "/events", "/metrics", "/openapi")):
            return problem(401, "A token is needed", "reading needs the token here: send Authorization: Bearer")
        return RedirectResponse(f"{self.site.prefix}/login?next={quote(request.scope['path'])}", 303)


def known_host(headers: Headers, hosts: Iterable[str]) -> bool:
    """Whether a request names us as we are called, which a page that rebinds its own name cannot."""
    names = {h.casefold() for h in hosts}
    host = headers.get("host", "").casefold()
    bare = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return not names or host in names or bare in names


def _under(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or (root.endswith("/") and path.startswith(root)) for root in roots)
