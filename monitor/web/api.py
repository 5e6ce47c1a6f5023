"""`/api/v1`: everything that the page shows, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from ..errors import UnknownName
from ..ledger import ChangeQuery
from ..model import Change, ChangeKind, DeliveryState, Severity
from . import alerts, present, shapes
from .overview import Overview, held, line, sight, worst_of
from .paging import Mark, cursor, mark, tagged
from .problems import KEPT, RESPONSES
from .site import Site

S = TypeVar("S", bound=BaseModel)

Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]
PlaceCode = Annotated[str, Path(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2, XK for Kosovo")]
Id = Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9_.:-]+$")]
PlaceFilter = Annotated[str | None, Query(pattern=r"^([A-Z]{2}|\*)$")]
CodeFilter = Annotated[str | None, Query(pattern=r"^[A-Z]{2}$")]


def answer(request: Request, value: BaseModel) -> Response:
    """A value as JSON with an ETag."""
    return tagged(request, value.model_dump_json().encode(), "application/json", private=True)


def query_of(
    place: PlaceFilter = None,
    issuer: CodeFilter = None,
    source: Annotated[str | None, Query(max_length=64)] = None,
    situation: Annotated[str | None, Query(max_length=200)] = None,
    kind: Annotated[list[ChangeKind], Query()] = [],  # noqa: B006 - FastAPI copies it
    since: Annotated[shapes.When | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ChangeQuery:
    """The filters that lists of changes and alerts share."""
    return ChangeQuery(
        place=place, issuer=issuer, source=source, situation=situation, kinds=tuple(map(str, kind)),
        since=since, before=mark(cursor), limit=limit,
    )  # fmt: skip


Filters = Annotated[ChangeQuery, Depends(query_of)]


def routes(site: Site, overview: Overview) -> APIRouter:
    """The reading half of the API."""
    api = APIRouter(prefix="/api/v1", responses=RESPONSES | KEPT, tags=["read"])
    _world(api, site, overview)
    _places(api, site)
    _changes(api, site, overview)
    _sight(api, site)
    _ledger(api, site, overview)
    return api


def _world(api: APIRouter, site: Site, overview: Overview) -> None:
    @api.get("/now", response_model=shapes.NowOut, summary="What is going on, and how well we see")
    def now(request: Request) -> Response:
        picture = overview.picture()
        return answer(request, present.now(site, picture, sight(picture, site, site.now())))

    @api.get("/situations", response_model=shapes.Page[shapes.ThreadOut], summary="Active situations, newest first")
    def situations(request: Request) -> Response:
        threads = [present.thread(site, t) for t in overview.picture().threads]
        return answer(request, shapes.Page[shapes.ThreadOut](items=threads, next=None))

    @api.get("/places", response_model=shapes.Page[shapes.PlaceOut], summary="Every place that a government advises on")
    def places(request: Request) -> Response:
        rows = [present.place(site, code, of) for code, of in overview.picture().postures.items()]
        return answer(request, shapes.Page[shapes.PlaceOut](items=rows, next=None))

    @api.get("/places/{code}", response_model=shapes.PlacePage, summary="What governments hold about a place now")
    def place(request: Request, code: PlaceCode) -> Response:
        picture = overview.picture()
        if code not in picture.postures and all(t.place != code for t in picture.threads):
            raise UnknownName(f"nothing is known about {code}")
        of = picture.postures.get(code, ())
        thread = next((t for t in picture.threads if t.place == code), None)
        page = shapes.PlacePage(
            place=present.place(site, code, of),
            postures=[present.posture(site, p) for p in of],
            situation=present.thread(site, thread) if thread else None,
        )
        return answer(request, page)


def _places(api: APIRouter, site: Site) -> None:
    @api.get(
        "/places/{code}/history", response_model=shapes.Page[shapes.PostureAt], summary="Every posture held about a place, oldest first"
    )
    def history(request: Request, code: PlaceCode) -> Response:
        rows = [shapes.PostureAt(at=at, posture=present.posture(site, p)) for at, p in site.store.history(code)]
        return answer(request, shapes.Page[shapes.PostureAt](items=rows, next=None))

    @api.get("/places/{code}/editions", response_model=shapes.Page[shapes.EditionOut], summary="The newest editions about a place")
    def editions(request: Request, code: PlaceCode, limit: Limit = 25) -> Response:
        rows = [present.edition(site, e, code) for e in site.store.editions(code, limit)]
        return answer(request, shapes.Page[shapes.EditionOut](items=rows, next=None))

    @api.get("/postures", response_model=shapes.Page[shapes.PostureOut], summary="What one government holds about every place, or one")
    def postures(request: Request, issuer: Annotated[str, Query(pattern=r"^[A-Z]{2}$")], place: CodeFilter = None) -> Response:
        rows = [present.posture(site, p) for p in site.store.postures(place, issuer)]
        return answer(request, shapes.Page[shapes.PostureOut](items=rows, next=None))


def _changes(api: APIRouter, site: Site, overview: Overview) -> None:
    @api.get("/changes", response_model=shapes.Page[shapes.ChangeOut], summary="Changes, newest first")
    def changes(request: Request, query: Filters, held: Annotated[bool | None, Query()] = None) -> Response:
        found = site.store.changes(replace(query, held=held, limit=query.limit + 1))
        rows, more = found[: query.limit], len(found) > query.limit
        following = cursor((rows[-1].at, rows[-1].id)) if more else None
        return answer(request, shapes.Page[shapes.ChangeOut](items=[present.change(site, c) for c in rows], next=following))

    @api.get("/changes/{id}", response_model=shapes.ChangeOut, summary="One change")
    def change(request: Request, id: Id) -> Response:
        return answer(request, present.change(site, site.store.change(id)))

    @api.get("/alerts", response_model=shapes.Page[shapes.Alert], summary="Alerts, newest first: the bodies of the webhook")
    def alerts_(request: Request, query: Filters, min_severity: Annotated[Severity, Query()] = Severity.MINOR) -> Response:
        found, following = overview.once(query, lambda: alerts.newest(site, query, query.limit))
        rows = [as_alert(t) for t in found if t.message.severity.rank >= min_severity.rank]
        return answer(request, shapes.Page[shapes.Alert](items=rows, next=cursor(following)))

    @api.get("/alerts/{id}", response_model=shapes.Alert, summary="One alert")
    def alert(request: Request, id: Id) -> Response:
        return answer(request, as_alert(alerts.one(site, id)))


def as_alert(told: alerts.Told) -> shapes.Alert:
    """An alert as the webhook's body; the API's model says the same, field by field."""
    return shapes.Alert.model_validate(told.body)


def _sight(api: APIRouter, site: Site) -> None:
    @api.get("/sources", response_model=shapes.Page[shapes.SourceOut], summary="Sources and how well we see through them")
    def sources(request: Request) -> Response:
        rows = [present.source(site, r) for r in site.store.records()]
        return answer(request, shapes.Page[shapes.SourceOut](items=rows, next=None))

    @api.get("/sources/{id}", response_model=shapes.SourceOut, summary="One source, with what became of its items this week")
    def source(request: Request, id: Id) -> Response:
        reasons = site.store.tallies(id, site.now() - timedelta(days=7))
        return answer(request, present.source(site, site.store.record(id), reasons))

    @api.get("/held", response_model=shapes.Page[shapes.HeldOut], summary="What was seen and is not told yet")
    def held_(request: Request) -> Response:
        return answer(request, shapes.Page[shapes.HeldOut](items=[present.held(site, h) for h in held(site)], next=None))


def _ledger(api: APIRouter, site: Site, overview: Overview) -> None:
    @api.get("/deliveries", response_model=shapes.Page[shapes.DeliveryOut], summary="Ledger lines, newest first")
    def deliveries(
        request: Request,
        state: Annotated[list[DeliveryState], Query()] = [],  # noqa: B006
        channel: Annotated[str | None, Query(max_length=64)] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Response:
        return answer(request, _lines(site, overview, state, channel, mark(cursor), limit))

    @api.get("/deliveries/{id}", response_model=shapes.DeliveryPage, summary="One line with every try")
    def delivery(request: Request, id: Id) -> Response:
        one = site.store.delivery(id)
        tries = [present.attempt(a) for a in site.store.attempts(id)]
        return answer(request, shapes.DeliveryPage(delivery=present.delivery(site, one, words_of(site, one.changes)), attempts=tries))

    @api.get("/channels", response_model=shapes.Page[shapes.ChannelOut], summary="Receivers and how they do")
    def channels(request: Request) -> Response:
        rows = [present.channel(site, receiver) for receiver in site.channels.values()]
        return answer(request, shapes.Page[shapes.ChannelOut](items=rows, next=None))

    @api.get("/reconciled", response_model=shapes.ReconciledOut, summary="Does the ledger hold everything that was due to everybody?")
    def reconciled(request: Request) -> Response:
        return answer(request, present.reconciled(site.reconciled()))

    @api.get("/silences", response_model=shapes.Page[shapes.SilenceOut], summary="Silences in force")
    def silences(request: Request) -> Response:
        return answer(request, shapes.Page[shapes.SilenceOut](items=[present.silence(s) for s in site.silences()], next=None))


def _lines(
    site: Site, overview: Overview, states: list[DeliveryState], channel: str | None, after: Mark | None, limit: int
) -> shapes.Page[shapes.DeliveryOut]:
    found = site.store.deliveries(states, channel, limit + 1, after[1] if after else None)
    page, more = found[:limit], len(found) > limit
    following = cursor((page[-1].created, page[-1].id)) if more else None
    items = [present.delivery(site, d, overview.always(("words", d.changes), partial(words_of, site, d.changes))) for d in page]
    return shapes.Page[shapes.DeliveryOut](items=items, next=following)


def words_of(site: Site, changes: Sequence[str], known: Mapping[str, Change] | None = None) -> str:
    """What a line is about, in one line; "" for tests and notices. `known` are changes that were read already."""
    said = []
    for id in changes[:3]:
        try:
            said.append((known or {}).get(id) or site.store.change(id))
        except UnknownName:
            continue
    if not said:
        return ""
    worst = worst_of(said)
    where = f"{site.name(worst.place)}: " if worst.place not in ("", "*") else ""
    return where + line(site, worst)
