"""The pages that people read: the frame of all of them, and the first one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from ..knowledge import places as gazetteer
from ..ledger import ChangeQuery
from ..model import Severity
from . import alerts, answers, grave, ledger_pages, place_pages, worldmap
from .api import Id
from .guard import Guard
from .looks import LONG, View, engine
from .overview import Overview, Picture, sight, teller
from .rehearsal import Rehearsals
from .site import Site


def routes(site: Site, overview: Overview, guard: Guard, rehearsals: Rehearsals) -> APIRouter:
    """Every page; hidden from the API's description, because they are for people."""
    pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    view = _view(site, overview, guard)
    _reading(pages, site, overview, view)
    place_pages.routes(pages, site, overview, view)
    ledger_pages.routes(pages, site, overview, view, rehearsals)
    answers.routes(pages, site, overview, guard, view, rehearsals)
    return pages


def wrong(site: Site) -> Callable[[Request, JSONResponse], Response]:
    """Shows a problem as a page to a person, and as it is to a program."""
    template = engine(site).get_template("problem.html")

    def page(request: Request, problem: JSONResponse) -> Response:
        if "text/html" not in request.headers.get("accept", "") or request.scope["path"].startswith(("/api/", "/feeds/", "/hooks/")):
            return problem
        said = json.loads(bytes(problem.body))
        return HTMLResponse(template.render(problem=said), problem.status_code)

    return page


def _view(site: Site, overview: Overview, guard: Guard) -> View:
    env = engine(site)

    def view(request: Request, name: str, status: int = 200, **values: Any) -> Response:
        picture = overview.picture()
        common = {
            "here": request.scope["path"],
            "now": site.now().isoformat(timespec="seconds"),
            "version": picture.version,
            "sight": sight(picture, site, site.now()),
            "waiting": len(picture.held),
            "who": guard.who(request),
            "key": guard.form_key(request),
            "can": site.token is not None,
            "said": request.query_params.get("said", "")[:200],
        }
        return HTMLResponse(env.get_template(name).render(common | values), status)

    return view


def _reading(pages: APIRouter, site: Site, overview: Overview, view: View) -> None:
    @pages.get("/")
    def now(request: Request) -> Response:
        picture = overview.picture()
        drawn = overview.once("map", lambda: {"map": _map(site, picture), "places": _by_grade(site, picture)})
        acks = _acks(site, picture)
        return view(request, "now.html", picture=picture, line=teller(site), acks=acks, clock=site.now().strftime(LONG), **drawn)

    @pages.get("/find")
    def find(request: Request, q: Annotated[str, Query(max_length=100)] = "") -> Response:
        codes = (q.upper(),) if q.upper() in gazetteer.codes() else gazetteer.by_name(q)
        if len(codes) == 1:
            return RedirectResponse(f"{site.prefix}/place/{codes[0]}", 303)
        return view(request, "find.html", q=q, codes=codes, status=200 if codes else 404)

    @pages.get("/alert/{id}")
    def alert(request: Request, id: Id) -> Response:
        told = alerts.one(site, id)
        lines = [d for d in site.store.delivered_to(told.worst.situation) if set(d.changes) & {c.id for c in told.changes}]
        return view(request, "alert.html", told=told, line=teller(site), lines=lines)

    @pages.get("/change/{id}")
    def change(request: Request, id: Id) -> Response:
        found = site.store.change(id)
        if not found.held and not found.kind.about_sight:
            poll = [t for t in alerts.newest(site, ChangeQuery(place=found.place, since=found.at), 200)[0] if found in t.changes]
            if poll:
                return RedirectResponse(f"{site.prefix}/alert/{poll[0].id}", 303)
        return view(request, "change.html", c=found, line=teller(site)(found))


def _map(site: Site, picture: Picture) -> Mapping[str, Any]:
    (width, height), shapes_ = worldmap.world()
    grades = {code: grade for code, grade in picture.gravity.items() if code in shapes_}
    labels = {code: f"{site.name(code)}: {grave.NAMES[g]}" for code, g in grades.items()}
    pulse = {t.place: str(t.severity) for t in reversed(picture.threads) if t.severity.rank >= Severity.SEVERE.rank}
    return {
        "width": width,
        "height": height,
        "shapes": worldmap.draw(grades, labels, site.prefix),
        "rings": worldmap.rings(pulse),
        "names": _labels(site, picture),
    }


def _labels(site: Site, picture: Picture) -> list[tuple[int, int, str]]:
    """The names that fit on the map: the gravest situations, none over another."""
    _, shapes_ = worldmap.world()
    placed: list[tuple[int, int, str]] = []
    for thread in sorted(picture.threads, key=lambda t: (t.severity.rank, t.last), reverse=True):
        shape = shapes_.get(thread.place)
        if shape is None or thread.severity.rank < Severity.SEVERE.rank or len(placed) == 8:
            continue
        free = (y for y in (shape.y - 36, shape.y + 56) if all(abs(shape.x - x) > 190 or abs(y - other) > 40 for x, other, _ in placed))
        if (y := next(free, None)) is not None:
            placed.append((shape.x, y, site.name(thread.place)))
    return placed


def _acks(site: Site, picture: Picture) -> dict[str, Any]:
    return {t.place: site.acknowledged(t.newest.situation) for t in picture.threads}


def _by_grade(site: Site, picture: Picture) -> list[tuple[int, list[tuple[str, str]]]]:
    rows: dict[int, list[tuple[str, str]]] = {}
    for code, grade in picture.gravity.items():
        rows.setdefault(grade, []).append((site.name(code), code))
    return [(grade, sorted(rows[grade])) for grade in sorted(rows, reverse=True)]
