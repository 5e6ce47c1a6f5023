"""What others call: WebSub hubs that say "there is something new", and a hook to try one's own webhook against."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from ..errors import UnknownName
from ..model import Source
from .api import Id
from .guard import Denied, body_of
from .problems import RESPONSES
from .site import Site

_ALGORITHMS = ("sha256", "sha384", "sha512")


def routes(site: Site) -> APIRouter:
    """The WebSub callback (W3C WebSub): what a hub sends is a hint to ask the source itself, never taken as its words."""
    hooks = APIRouter(prefix="/hooks", tags=["hooks"], responses=RESPONSES)

    @hooks.get("/websub/{source}", summary="A hub asks whether we want this topic", response_class=PlainTextResponse)
    def intent(
        source: Id,
        mode: Annotated[str, Query(alias="hub.mode")],
        topic: Annotated[str, Query(alias="hub.topic", max_length=2000)],
        challenge: Annotated[str, Query(alias="hub.challenge", max_length=500)] = "",
    ) -> Response:
        known = _pushing(site, source)
        if mode not in ("subscribe", "unsubscribe") or topic not in (known.url, *known.alternates):
            raise UnknownName(f"{source} is not subscribed to that topic")
        return PlainTextResponse(challenge)

    @hooks.post("/websub/{source}", status_code=202, summary="A hub says that a topic is new: the source is polled at once")
    async def pushed(request: Request, source: Id) -> Response:
        _pushing(site, source)
        secret = site.push_secret(source) or ""
        body = await body_of(request)
        if not signed(secret, body, request.headers.get("x-hub-signature", "")):
            raise Denied(403, "the hub's signature is not right")
        await run_in_threadpool(site.actions.poll, source)
        return Response(status_code=202)

    return hooks


def signed(secret: str, body: bytes, header: str) -> bool:
    """Whether a hub that knows the secret sent the body; SHA-1 is no longer taken."""
    method, _, given = header.partition("=")
    if not secret or method not in _ALGORITHMS:
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, method).hexdigest(), given)


def _pushing(site: Site, source: str) -> Source:
    known = site.sources.get(source)
    if known is None or not site.push_secret(source):
        raise UnknownName(f"{source}: nothing is pushed for a source of that name")
    return known
