"""The pages that people read, and the forms by which they answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from ..errors import UnknownName, WrongUse
from ..knowledge import places as gazetteer
from ..ledger import ChangeQuery, Delivery
from ..model import Change, DeliveryState, MessageType, Posture, Severity
from . import alerts, diffs, grave, shapes, timeline, worldmap
from .api import Id, PlaceCode, words_of
from .explaining import explain, marked
from .guard import COOKIE, SESSION, Denied, Guard, address_of, body_of, fields
from .looks import LONG, engine
from .overview import Overview, Picture, held, line, sight, situation
from .rehearsal import Rehearsals
from .site import Site
from .writes import silence_of

_PER_PAGE = 50
_EDITIONS = 16
_SILENCES = {"1h": timedelta(hours=1), "8h": timedelta(hours=8), "1d": timedelta(days=1), "7d": timedelta(days=7)}
View = Callable[..., Response]
Channel = Annotated[str | None, Query(max_length=64)]


def routes(site: Site, overview: Overview, guard: Guard, rehearsals: Rehearsals) -> APIRouter:
    """Every page; hidden from the API's description, because they are for people."""
    pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    view = _view(site, overview, guard)
    _reading(pages, site, overview, view)
    _place(pages, site, overview, view)
    _ledger(pages, site, view, rehearsals)
    _answering(pages, site, overview, guard, view, rehearsals)
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


# --- what is going on -------------------------------------------------------------------------------------------------


def _reading(pages: APIRouter, site: Site, overview: Overview, view: View) -> None:
    @pages.get("/")
    def now(request: Request) -> Response:
        picture = overview.picture()
        drawn = overview.once("map", lambda: {"map": _map(site, picture), "places": _by_grade(site, picture)})
        acks = _acks(site, picture)
        return view(request, "now.html", picture=picture, line=_line(site), acks=acks, clock=site.now().strftime(LONG), **drawn)

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
        return view(request, "alert.html", told=told, line=_line(site), lines=lines)

    @pages.get("/change/{id}")
    def change(request: Request, id: Id) -> Response:
        found = site.store.change(id)
        if not found.held and not found.kind.about_sight:
            poll = [t for t in alerts.newest(site, ChangeQuery(place=found.place, since=found.at), 200)[0] if found in t.changes]
            if poll:
                return RedirectResponse(f"{site.prefix}/alert/{poll[0].id}", 303)
        return view(request, "change.html", c=found, line=line(site, found))


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
        if all(abs(shape.x - x) > 190 or abs(shape.y - y) > 44 for x, y, _ in placed):
            placed.append((shape.x, shape.y, site.name(thread.place)))
    return placed


def _acks(site: Site, picture: Picture) -> dict[str, Any]:
    return {t.place: site.acknowledged(t.newest.situation) for t in picture.threads}


def _by_grade(site: Site, picture: Picture) -> list[tuple[int, list[tuple[str, str]]]]:
    rows: dict[int, list[tuple[str, str]]] = {}
    for code, grade in picture.gravity.items():
        rows.setdefault(grade, []).append((site.name(code), code))
    return [(grade, sorted(rows[grade])) for grade in sorted(rows, reverse=True)]


# --- one place --------------------------------------------------------------------------------------------------------


def _place(pages: APIRouter, site: Site, overview: Overview, view: View) -> None:
    @pages.get("/place/{code}")
    def place(request: Request, code: PlaceCode, days: Annotated[int | None, Query(ge=1, le=366)] = None) -> Response:
        _known(code)
        chosen = days if days in timeline.SPANS else None
        about = overview.once(("place", code, chosen), lambda: _about(site, code, chosen))
        waiting = [h for h in overview.picture().held if h.place == code]
        ack = site.acknowledged(about["changes"][0].situation) if about["changes"] else None
        return view(request, "place.html", code=code, line=_line(site), held=waiting, ack=ack, **about)

    @pages.get("/place/{code}/texts")
    def texts(request: Request, code: PlaceCode) -> Response:
        _known(code)
        editions = site.store.editions(code, _EDITIONS * 2)
        return view(request, "texts.html", code=code, texts=tuple(diffs.compared(editions, _EDITIONS)), editions=editions)

    @pages.get("/place/{code}/raw/{source}/{digest}")
    def raw(code: PlaceCode, source: Id, digest: Id) -> Response:
        """The body as it was fetched, as plain text that no browser runs."""
        found = next((e for e in site.store.editions(code, 200) if e.source == source and e.digest == digest), None)
        if found is None:
            raise UnknownName("that evidence is not kept any more")
        headers = {"content-security-policy": "default-src 'none'; sandbox", "content-disposition": "inline; filename=evidence.txt"}
        return Response(found.raw, media_type="text/plain; charset=utf-8", headers=headers)


def _about(site: Site, code: str, days: int | None) -> dict[str, Any]:
    """What a page about a place shows, apart from what depends on the clock and on who looks."""
    now = site.now()
    changes = site.store.changes(ChangeQuery(place=code, held=False, limit=120))
    history = site.store.history(code)
    postures = sorted(site.store.postures(code), key=lambda p: (-grave.gravity(p), p.issuer))
    step = grave.worst(postures)
    said = {c.id: line(site, c) for c in changes}
    chart = timeline.build(history, changes, said, _names(site, history, changes), now, days or timeline.span(changes, now))
    thread = situation(site, code)
    return {
        "postures": postures,
        "step": step,
        "changes": changes[:40],
        "chart": chart,
        "spans": timeline.SPANS,
        "legend": timeline.LEGEND,
        "marks": timeline.SHAPES,
        "moves": timeline.moves(history, step) if step >= 3 else (),
        "leads": _leads(changes),
        "reports": [r for r in thread.reports if r.state == "open"] if thread else [],
        "lines": _grouped(site, _told_about(site, changes), changes)[:30],
        "watches": [w for w in site.watches if w.place == code],
    }


def _line(site: Site) -> Callable[[Change], str]:
    return lambda change: line(site, change)


def _known(code: str) -> None:
    if code not in gazetteer.codes():
        raise UnknownName(f"{code}: no country has that code")


def _names(site: Site, history: tuple[tuple[Any, Posture], ...], changes: tuple[Change, ...]) -> dict[str, str]:
    return {i: site.name(i) for i in {p.issuer for _, p in history} | {c.issuer for c in changes if c.issuer}}


def _leads(changes: tuple[Change, ...]) -> list[tuple[Change, timedelta]]:
    """Official acts that the press had told of before, each with how much earlier."""
    return [
        (c, c.at - c.first_reported) for c in changes if c.certainty.value == "observed" and c.first_reported and c.first_reported < c.at
    ]


def _told_about(site: Site, changes: tuple[Change, ...]) -> list[Delivery]:
    situations = list(dict.fromkeys(c.situation for c in changes if c.situation))[:2]
    lines = [d for s in situations for d in site.store.delivered_to(s) if d.channel]
    return sorted(lines, key=lambda d: (d.created, d.channel), reverse=True)[:90]


# --- sources and the ledger -------------------------------------------------------------------------------------------


def _ledger(pages: APIRouter, site: Site, view: View, rehearsals: Rehearsals) -> None:
    @pages.get("/sources")
    def sources(request: Request) -> Response:
        since = site.now() - timedelta(days=7)
        records = site.store.records()
        tallies = {r.id: site.store.tallies(r.id, since) for r in records}
        sights = site.store.changes(ChangeQuery(kinds=("source_silent", "source_broken", "source_blocked", "source_recovered"), limit=20))
        return view(
            request,
            "sources.html",
            records=records,
            tallies=tallies,
            sources=site.sources,
            held=held(site),
            sights=sights,
            line=_line(site),
        )

    @pages.get("/deliveries")
    def deliveries(
        request: Request, state: DeliveryState | None = None, channel: Annotated[str | None, Query(max_length=64)] = None
    ) -> Response:
        lines = [d for d in site.store.deliveries((state,) if state else (), channel, _PER_PAGE * 2) if d.channel][:_PER_PAGE]
        newest = site.store.deliveries(limit=300)
        return view(
            request,
            "deliveries.html",
            lines=_grouped(site, lines)[:_PER_PAGE],
            state=state,
            channel=channel,
            states=list(DeliveryState),
            channels=site.channels,
            counts=_counts(newest),
            acked=site.acknowledged,
            silences=site.silences(),
            rehearsal=rehearsals.newest() if site.rehearse else None,
            can_rehearse=site.rehearse is not None,
        )

    @pages.get("/delivery/{id}")
    def delivery(request: Request, id: Id) -> Response:
        found = site.store.delivery(id)
        changes = [site.store.change(c) for c in found.changes]
        ack = site.acknowledged(found.situation)
        return view(request, "delivery.html", d=found, changes=changes, attempts=site.store.attempts(id), line=_line(site), ack=ack)


@dataclass(frozen=True, slots=True)
class Group:
    """The lines that tell several receivers the same."""

    words: str
    type: MessageType
    situation: str
    created: datetime
    lines: tuple[Delivery, ...]


def _grouped(site: Site, lines: Sequence[Delivery], read: Sequence[Change] = ()) -> list[Group]:
    """Lines about the same changes as one, in the order of the first of them; `read` are changes that are at hand."""
    known = {c.id: c for c in read}
    same: dict[tuple[tuple[str, ...], str], list[Delivery]] = {}
    for d in lines:
        same.setdefault((d.changes or (d.id,), d.created.isoformat()), []).append(d)
    return [Group(words_of(site, of[0].changes, known), of[0].type, of[0].situation, of[0].created, tuple(of)) for of in same.values()]


def _counts(lines: tuple[Delivery, ...]) -> dict[str, dict[str, int]]:
    """Channel → state → how many of the newest lines."""
    counts: dict[str, dict[str, int]] = {}
    for d in lines:
        if d.channel:
            states = counts.setdefault(d.channel, {})
            states[d.state.value] = states.get(d.state.value, 0) + 1
    return counts


# --- what people answer -----------------------------------------------------------------------------------------------


def _answering(pages: APIRouter, site: Site, overview: Overview, guard: Guard, view: View, rehearsals: Rehearsals) -> None:
    @pages.get("/explain")
    def explain_form(request: Request) -> Response:
        return view(request, "explain.html", out=None, asked=shapes.ExplainIn(), text="", lookup=site.lookup is not None)

    @pages.post("/explain")
    async def explain_text(request: Request) -> Response:
        given = await _form(request, guard)
        asked = shapes.ExplainIn(text=given.get("text", "")[:200_000], title=given.get("title", "")[:1000], url=given.get("url", "")[:2000])
        out, item = await run_in_threadpool(explain, site, asked)
        text = marked(f"{item.title}\n{item.text}".strip(), out)
        return await run_in_threadpool(view, request, "explain.html", out=out, asked=asked, text=text, lookup=site.lookup is not None)

    @pages.post("/do/{what}")
    async def act(request: Request, what: Id) -> Response:
        given = await _form(request, guard)
        said = await run_in_threadpool(_act, site, rehearsals, what, given, guard.who(request) or "somebody")
        overview.touched()
        return _back(site, given.get("next", "/"), said)

    @pages.get("/login")
    def login_form(request: Request, next: Annotated[str, Query(max_length=300)] = "/") -> Response:
        return view(request, "login.html", next=next, wrong="") if site.open_reading or guard.who(request) else _bare_login(site, next)

    @pages.post("/login")
    async def login(request: Request) -> Response:
        given = fields(await body_of(request, 10_000))
        try:
            cookie = guard.login(given.get("token", ""), given.get("name", ""), address_of(request))
        except Denied as error:
            return _bare_login(site, given.get("next", "/"), str(error), error.status)
        answer = _back(site, given.get("next", "/"), "")
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, cookie, max_age=SESSION, path=site.prefix or "/", httponly=True, samesite="strict", secure=secure)
        return answer

    @pages.post("/logout")
    async def logout(request: Request) -> Response:
        await _form(request, guard)
        answer = _back(site, "/", "")
        answer.delete_cookie(COOKIE, path=site.prefix or "/")
        return answer

    @pages.get("/ack/{link}")
    def ack_form(link: str) -> Response:
        return _ack_page(site, link, done=False)

    @pages.post("/ack/{link}")
    def ack(link: str) -> Response:
        signed = site.verify(link)
        if signed is not None:
            site.actions.acknowledge(signed.delivery, signed.by)
            overview.touched()
        return _ack_page(site, link, done=True)


async def _form(request: Request, guard: Guard) -> Mapping[str, str]:
    """The fields of a form that our own page sent; Denied for any other."""
    given = fields(await body_of(request))
    if not guard.own_form(request, given.get("key", "")):
        raise Denied(403, "this form did not come from our own page; log in and try again")
    return given


def _act(site: Site, rehearsals: Rehearsals, what: str, given: Mapping[str, str], by: str) -> str:
    id = given.get("id", "")
    match what:
        case "acknowledge":
            site.actions.acknowledge(site.store.delivery(id).id, by)
            return "Acknowledged."
        case "redeliver":
            site.actions.redeliver(site.store.delivery(id).id, by)
            return "It will be sent once more."
        case "confirm":
            site.actions.confirm(site.store.change(id).id, by)
            return "Confirmed; it is being told."
        case "reject":
            site.actions.reject(site.store.change(id).id, by)
            return "Rejected; nobody will be told."
        case "silence":
            site.actions.silence(silence_of(_silence(site, given), by))
            return "Silenced."
        case "unsilence":
            site.actions.unsilence(id, by)
            return "The silence has ended."
        case "test":
            site.actions.test(id, by)
            return "A test message is on its way."
        case "poll":
            site.actions.poll(site.store.record(id).id)
            return "It will be read at once."
        case "rehearse":
            rehearsals.start(given.get("config", ""))
            return "The rehearsal has begun."
        case _:
            raise UnknownName(f"there is nothing called {what!r} to do")


def _silence(site: Site, given: Mapping[str, str]) -> shapes.SilenceIn:
    length = _SILENCES.get(given.get("for", ""))
    if length is None or not given.get("reason", "").strip():
        raise WrongUse("a silence needs a length and a reason")
    return shapes.SilenceIn(
        until=site.now() + length,
        reason=given["reason"].strip()[:300],
        places=[p.strip().upper() for p in given.get("places", "").split(",") if p.strip()],
        channels=[c.strip() for c in given.get("channels", "").split(",") if c.strip()],
        max_severity=Severity(given["severity"]) if given.get("severity") in set(Severity) else Severity.SEVERE,
    )


def _back(site: Site, to: str, said: str) -> RedirectResponse:
    """Back to where the form stood; never to another site."""
    path = to if to.startswith("/") and not to.startswith(("//", "/\\")) and "\n" not in to and "\r" not in to else "/"
    joint = "&" if "?" in path else "?"
    return RedirectResponse(f"{site.prefix}{path}" + (f"{joint}said={quote(said)}" if said else ""), 303)


def _bare_login(site: Site, to: str, wrong: str = "", status: int = 200) -> Response:
    return HTMLResponse(engine(site).get_template("login_bare.html").render(next=to, wrong=wrong, can=site.token is not None), status)


def _ack_page(site: Site, link: str, *, done: bool) -> Response:
    signed = site.verify(link)
    about = words_of(site, site.store.delivery(signed.delivery).changes) if signed else ""
    page = engine(site).get_template("ack.html").render(signed=signed, about=about, done=done, link=link)
    return HTMLResponse(page, 200 if signed else 403)
