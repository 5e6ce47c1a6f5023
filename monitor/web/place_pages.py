"""Everything about one place: who holds what, who moved when, what became different, who was told, and the texts themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ..errors import UnknownName
from ..knowledge import places as gazetteer
from ..ledger import ChangeQuery, Delivery
from ..model import Certainty, Change, ChangeKind, Posture
from ..route.sign_words import record
from ..route.watching import unnamed
from ..route.words import words
from . import diffs, grave, timeline
from .api import Id, PlaceCode
from .grouping import grouped
from .looks import View
from .overview import Overview, situation, teller
from .site import Site

_EDITIONS = 16


def routes(pages: APIRouter, site: Site, overview: Overview, view: View) -> None:
    @pages.get("/place/{code}")
    def place(request: Request, code: PlaceCode, days: Annotated[int | None, Query(ge=1, le=366)] = None) -> Response:
        _known(code)
        chosen = days if days in timeline.SPANS else None
        about = overview.once(("place", code, chosen), lambda: _about(site, overview, code, chosen))
        waiting = [h for h in overview.picture().held if h.place == code]
        ack = site.acknowledged(about["changes"][0].situation) if about["changes"] else None
        return view(request, "place.html", code=code, line=teller(site), held=waiting, ack=ack, **about)

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


def _about(site: Site, overview: Overview, code: str, days: int | None) -> dict[str, Any]:
    """What a page about a place shows, apart from what depends on the clock and on who looks."""
    now = site.now()
    changes = site.store.changes(ChangeQuery(place=code, held=False, limit=120))
    history = site.store.history(code)
    postures = sorted(site.store.postures(code), key=lambda p: (-grave.gravity(p), p.issuer))
    step = grave.worst(postures)
    tell = teller(site)
    said = {c.id: tell(c) for c in changes}
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
        "signs": [(c, record(c, words(site.lang)["fixed"])) for c in changes if c.kind is ChangeKind.EARLY_SIGN],
        "reports": [r for r in thread.reports if r.state == "open"] if thread else [],
        "lines": grouped(site, overview, _told_about(site, changes), changes)[:30],
        "watches": unnamed((w for w in site.watches if w.covers(code, site.now())), site.lang),
    }


def _known(code: str) -> None:
    if code not in gazetteer.codes():
        raise UnknownName(f"{code}: no country has that code")


def _names(site: Site, history: tuple[tuple[Any, Posture], ...], changes: tuple[Change, ...]) -> dict[str, str]:
    return {i: site.name(i) for i in {p.issuer for _, p in history} | {c.issuer for c in changes if c.issuer}}


def _leads(changes: tuple[Change, ...]) -> list[tuple[Change, timedelta]]:
    """Official acts that the press had told of before, each with how much earlier."""
    acts = (c for c in changes if c.certainty is Certainty.OBSERVED and c.kind is not ChangeKind.EARLY_SIGN)
    return [(c, c.at - c.first_reported) for c in acts if c.first_reported and c.first_reported < c.at]


def _told_about(site: Site, changes: tuple[Change, ...]) -> list[Delivery]:
    situations = list(dict.fromkeys(c.situation for c in changes if c.situation))[:2]
    lines = [d for s in situations for d in site.store.delivered_to(s) if d.channel]
    return sorted(lines, key=lambda d: (d.created, d.channel), reverse=True)[:90]
