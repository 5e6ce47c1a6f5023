"""The changing half of `/api/v1`: every route here needs the token, which the layer outside has checked already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Security
from fastapi.security import HTTPBearer

from ..errors import WrongUse
from ..model import stable_id
from ..route.routes import Silence
from . import rehearsal, shapes
from .api import Id
from .explaining import explain
from .guard import Denied, Guard, same_origin
from .overview import Overview
from .problems import RESPONSES
from .site import Site

_TOKEN = Security(HTTPBearer(auto_error=False, scheme_name="token", description="What `[web] token` says"))


def _leads_to(status: int, operation: str) -> dict[int | str, dict[str, Any]]:
    """For the description: the answer's id is what another operation asks for."""
    return {status: {"links": {operation: {"operationId": operation, "parameters": {"id": "$response.body#/id"}}}}}


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the routes below act with."""

    site: Site
    overview: Overview
    guard: Guard

    def who(self, request: Request) -> str:
        """Who asks; a cookie counts only from our own page."""
        name = self.guard.who(request)
        if name is None:
            raise Denied(401, "changing something needs the token")
        if self.guard.by_cookie(request) and not same_origin(request):
            raise Denied(403, "this came from another page")
        self.overview.touched()
        return name


def routes(site: Site, overview: Overview, guard: Guard, rehearsals: rehearsal.Rehearsals) -> APIRouter:
    """Acknowledge, silence, confirm, reject, redeliver, test, poll, explain, rehearse."""
    api, desk = APIRouter(prefix="/api/v1", responses=RESPONSES), _Desk(site, overview, guard)
    writing = APIRouter(dependencies=[_TOKEN], tags=["write"])
    for part in (_lines, _held, _silences, _tries):
        part(writing, desk)
    _rehearsals(writing, desk, rehearsals)
    api.include_router(writing)
    _watching(api, rehearsals)
    return api


def _lines(api: APIRouter, desk: _Desk) -> None:
    site = desk.site

    @api.post("/deliveries/{id}/acknowledge", response_model=shapes.Done, summary="Somebody has seen it")
    def acknowledge(request: Request, id: Id) -> shapes.Done:
        site.actions.acknowledge(site.store.delivery(id).id, desk.who(request))
        return shapes.Done(id=id, done="acknowledged")

    @api.post("/deliveries/{id}/redeliver", response_model=shapes.Done, summary="Send a settled line once more")
    def redeliver(request: Request, id: Id) -> shapes.Done:
        site.actions.redeliver(site.store.delivery(id).id, desk.who(request))
        return shapes.Done(id=id, done="redelivered")


def _held(api: APIRouter, desk: _Desk) -> None:
    site = desk.site

    @api.post("/held/{id}/confirm", response_model=shapes.Done, summary="Tell a held change now")
    def confirm(request: Request, id: Id) -> shapes.Done:
        site.actions.confirm(site.store.change(id).id, desk.who(request))
        return shapes.Done(id=id, done="confirmed")

    @api.post("/held/{id}/reject", response_model=shapes.Done, summary="Drop a held change for good")
    def reject(request: Request, id: Id) -> shapes.Done:
        site.actions.reject(site.store.change(id).id, desk.who(request))
        return shapes.Done(id=id, done="rejected")


def _silences(api: APIRouter, desk: _Desk) -> None:
    site = desk.site

    @api.post(
        "/silences", response_model=shapes.SilenceOut, status_code=201, summary="Tell nobody of some changes until a time",
        responses=_leads_to(201, "unsilence"),
    )  # fmt: skip
    def silence(request: Request, asked: shapes.SilenceIn) -> shapes.SilenceOut:
        new = silence_of(asked, desk.who(request))
        if new.until <= site.now():
            raise WrongUse("that time is over already")
        site.actions.silence(new)
        return shapes.SilenceOut(**asked.model_dump(), id=new.id, author=new.author)

    @api.delete("/silences/{id}", response_model=shapes.Done, summary="End a silence early", operation_id="unsilence")
    def unsilence(request: Request, id: Id) -> shapes.Done:
        site.actions.unsilence(id, desk.who(request))
        return shapes.Done(id=id, done="ended")


def _tries(api: APIRouter, desk: _Desk) -> None:
    site = desk.site

    @api.post("/channels/{id}/test", response_model=shapes.Done, status_code=202, summary="Send a marked test through the whole path")
    def test(request: Request, id: Id) -> shapes.Done:
        return shapes.Done(id=site.actions.test(id, desk.who(request)), done="on its way")

    @api.post("/sources/{id}/poll", response_model=shapes.Done, status_code=202, summary="Make a source due now")
    def poll(request: Request, id: Id) -> shapes.Done:
        desk.who(request)
        site.actions.poll(site.store.record(id).id)
        return shapes.Done(id=id, done="due")

    @api.post("/explain", response_model=shapes.ExplainOut, summary="Read a text and say what is understood, and why")
    def explain_(request: Request, asked: shapes.ExplainIn) -> shapes.ExplainOut:
        desk.who(request)
        return explain(site, asked)[0]


def _rehearsals(api: APIRouter, desk: _Desk, rehearsals: rehearsal.Rehearsals) -> None:
    @api.post(
        "/rehearsals", response_model=shapes.RehearsalOut, status_code=202, summary="See what another configuration would have sent",
        responses=_leads_to(202, "rehearsed"),
    )  # fmt: skip
    def rehearse(request: Request, asked: shapes.RehearsalIn) -> shapes.RehearsalOut:
        desk.who(request)
        return rehearsal.out(rehearsals.start(asked.config))


def _watching(api: APIRouter, rehearsals: rehearsal.Rehearsals) -> None:
    @api.get(
        "/rehearsals/{id}", response_model=shapes.RehearsalOut, summary="How far a rehearsal is", tags=["read"], operation_id="rehearsed"
    )
    def rehearsed(id: Id) -> shapes.RehearsalOut:
        return rehearsal.out(rehearsals.get(id))


def silence_of(asked: shapes.SilenceIn, by: str) -> Silence:
    """A silence as the router knows it; the same request twice is one silence."""
    parts = {k: frozenset(getattr(asked, k)) for k in ("places", "kinds", "issuers", "sources", "channels")}
    id = stable_id("sil", by, asked.model_dump_json())
    return Silence(id, asked.until, by, asked.reason, max_severity=asked.max_severity, **parts)
