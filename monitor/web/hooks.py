"""What others call: WebSub hubs that say "there is something new", and a receiver to try one's own webhook against."""

from __future__ import annotations

import hmac
import json
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import PlainTextResponse, Response
from pydantic import ValidationError
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from starlette.concurrency import run_in_threadpool

from ..errors import UnknownName
from ..model import MessageType
from . import shapes
from .api import Id
from .guard import Denied, body_of, same
from .problems import RESPONSES
from .site import Site

log = structlog.get_logger()

_ALGORITHMS = ("sha256", "sha384", "sha512")
_ALERTS = (MessageType.ALERT, MessageType.UPDATE, MessageType.CANCEL)


def routes(site: Site) -> APIRouter:
    """Everything under /hooks."""
    hooks = APIRouter(prefix="/hooks", tags=["hooks"], responses=RESPONSES)
    _websub(hooks, site)
    _receiver(hooks, site)
    return hooks


def _websub(hooks: APIRouter, site: Site) -> None:
    """The callback of W3C WebSub: what a hub sends is a hint to ask the source itself, never taken as its words."""

    @hooks.get("/websub/{source}", summary="A hub asks whether we want this topic", response_class=PlainTextResponse)
    def intent(
        source: Id,
        mode: Annotated[Literal["subscribe", "unsubscribe", "denied"], Query(alias="hub.mode")],
        topic: Annotated[str, Query(alias="hub.topic", max_length=2000)],
        challenge: Annotated[str, Query(alias="hub.challenge", max_length=500)] = "",
    ) -> Response:
        """A subscription is confirmed for what the configuration wants pushed, its end for what it does not."""
        known = site.sources.get(source)
        wanted = known is not None and topic in (known.url, *known.alternates) and bool(site.push_secret(source))
        if mode == "denied":
            if known is not None:  # a stranger's names fill no log
                log.warning("websub.denied", source=source, topic=topic, wanted=wanted)
        elif wanted != (mode == "subscribe"):
            raise UnknownName(f"{source}: that is not what is wanted here")
        return PlainTextResponse(challenge)

    @hooks.post("/websub/{source}", status_code=202, summary="A hub says that a topic is new: the source is polled at once")
    async def pushed(request: Request, source: Id) -> Response:
        secret = site.push_secret(source)
        if source not in site.sources or not secret:
            raise UnknownName(f"{source}: nothing is pushed for a source of that name")
        body = await body_of(request)
        if not signed(secret, body, request.headers.get("x-hub-signature", "")):
            raise Denied(403, "the hub's signature is not right")
        await run_in_threadpool(site.actions.poll, source)
        return Response(status_code=202)


def _receiver(hooks: APIRouter, site: Site) -> None:
    @hooks.post("/test/{channel}", response_model=shapes.Done, summary="Receives a webhook of ours: is it signed, whole and as described?")
    async def received(request: Request, channel: Id) -> shapes.Done:
        """Let a channel point here, or send on what its receiver got, and try it with `monitor test`."""
        secret = site.hook_secret(channel)
        if not secret:
            raise UnknownName(f"{channel}: no webhook with a secret is called so")
        body = await body_of(request)
        try:
            Webhook(secret).verify(body, dict(request.headers))
        except (WebhookVerificationError, ValueError) as error:
            raise Denied(403, f"this is not signed as {channel} signs: {error}") from None
        return shapes.Done(id=request.headers.get("webhook-id", ""), done=_kind(body))


def _kind(body: bytes) -> str:
    """The type of a webhook's body; Denied when it is not what the API describes."""
    try:
        said = shapes.Hook.model_validate_json(body)
        if said.type in _ALERTS:
            shapes.Alert.model_validate(json.loads(body))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3])
        raise Denied(422, f"signed, but not as described: {wrong}") from None
    return said.type.value


def signed(secret: str, body: bytes, header: str) -> bool:
    """Whether a hub that knows the secret sent the body, in the same time whatever it gave; SHA-1 is no longer taken."""
    method, _, given = header.partition("=")
    if not secret or method not in _ALGORITHMS:
        return False
    return same(hmac.new(secret.encode(), body, method).hexdigest(), given.casefold())
