"""What people answer: a login, forms that only our own page can send, one-tap links, a text to be explained."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from ..errors import UnknownName
from ..model import Severity
from . import shapes
from .api import Id, words_of
from .explaining import explain, marked
from .guard import COOKIE, SESSION, Denied, Guard, address_of, body_of, fields
from .looks import View, engine
from .overview import Overview
from .rehearsal import Rehearsals
from .site import Site
from .writes import silence_of

_SILENCES = {"1h": timedelta(hours=1), "8h": timedelta(hours=8), "1d": timedelta(days=1), "7d": timedelta(days=7)}


def routes(pages: APIRouter, site: Site, overview: Overview, guard: Guard, view: View, rehearsals: Rehearsals) -> None:
    _explaining(pages, site, guard, view)
    _acting(pages, site, overview, guard, rehearsals)
    _entering(pages, site, guard, view)
    _acknowledging(pages, site, overview)


def _explaining(pages: APIRouter, site: Site, guard: Guard, view: View) -> None:
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


def _acting(pages: APIRouter, site: Site, overview: Overview, guard: Guard, rehearsals: Rehearsals) -> None:
    @pages.post("/do/{what}")
    async def act(request: Request, what: Id) -> Response:
        given = await _form(request, guard)
        said = await run_in_threadpool(_act, site, rehearsals, what, given, guard.who(request) or "somebody")
        overview.touched()
        return _back(site, given.get("next", "/"), said)


def _entering(pages: APIRouter, site: Site, guard: Guard, view: View) -> None:
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
        return _with(cookie, request, site, given.get("next", "/"))

    @pages.get("/enter/{link}")
    def enter(request: Request, link: Annotated[str, Path(max_length=600)]) -> Response:
        try:
            return _with(guard.enter(link, address_of(request)), request, site, "/")
        except Denied as error:
            return _bare_login(site, "/", str(error), error.status)

    @pages.post("/logout")
    async def logout(request: Request) -> Response:
        await _form(request, guard)
        answer = _back(site, "/", "")
        answer.delete_cookie(COOKIE, path=site.prefix or "/")
        return answer


def _acknowledging(pages: APIRouter, site: Site, overview: Overview) -> None:
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
        raise Denied(422, "a silence needs a length and a reason")
    return shapes.SilenceIn(
        until=site.now() + length,
        reason=given["reason"].strip()[:300],
        places=[p.strip().upper() for p in given.get("places", "").split(",") if p.strip()],
        channels=[c.strip() for c in given.get("channels", "").split(",") if c.strip()],
        max_severity=Severity(given["severity"]) if given.get("severity") in set(Severity) else Severity.SEVERE,
    )


def _with(cookie: str, request: Request, site: Site, to: str) -> Response:
    """On to a page, with a session."""
    answer = _back(site, to, "")
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, cookie, max_age=SESSION, path=site.prefix or "/", httponly=True, samesite="strict", secure=secure)
    return answer


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
