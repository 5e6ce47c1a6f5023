"""How well we see, and what became of every message."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ..ledger import ChangeQuery, Delivery
from ..model import ChangeKind, DeliveryState
from . import present
from .api import Id
from .grouping import grouped
from .looks import View
from .overview import Overview, held, teller
from .rehearsal import Rehearsals
from .site import Site

_PER_PAGE = 75
Channel = Annotated[str | None, Query(max_length=64)]
Before = Annotated[str | None, Query(max_length=200)]


def routes(pages: APIRouter, site: Site, overview: Overview, view: View, rehearsals: Rehearsals) -> None:
    _sight(pages, site, view)
    _ledger(pages, site, overview, view, rehearsals)


def _sight(pages: APIRouter, site: Site, view: View) -> None:
    @pages.get("/sources")
    def sources(request: Request) -> Response:
        since = site.now() - timedelta(days=7)
        records = site.store.records()
        tallies = {r.id: site.store.tallies(r.id, since) for r in records}
        sights = site.store.changes(ChangeQuery(kinds=tuple(k for k in ChangeKind if k.about_sight), limit=20))
        return view(
            request,
            "sources.html",
            records=records,
            tallies=tallies,
            sources=site.sources,
            held=held(site),
            sights=sights,
            line=teller(site),
        )

    @pages.get("/source/{id}")
    def source(request: Request, id: Id) -> Response:
        found = site.store.record(id)
        tallies = site.store.tallies(id, site.now() - timedelta(days=7))
        changes = site.store.changes(ChangeQuery(source=id, limit=25))
        return view(
            request, "source.html", r=found, s=site.sources.get(id), changes=changes, line=teller(site),
            tallies=dict(sorted(tallies.items(), key=lambda kv: -kv[1])),
        )  # fmt: skip


def _ledger(pages: APIRouter, site: Site, overview: Overview, view: View, rehearsals: Rehearsals) -> None:
    @pages.get("/deliveries")
    def deliveries(
        request: Request,
        state: DeliveryState | None = None,
        channel: Channel = None,
        before: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        lines = site.store.deliveries((state,) if state else (), channel, _PER_PAGE + 1, before)
        shown = lines[:_PER_PAGE]
        newest = site.store.deliveries(limit=300)
        return view(
            request,
            "deliveries.html",
            lines=grouped(site, overview, [d for d in shown if d.channel]),
            older=shown[-1].id if len(lines) > len(shown) else None,
            reconciled=site.reconciled(),
            state=state,
            channel=channel,
            states=list(DeliveryState),
            channels=site.channels,
            health={name: present.channel(site, receiver) for name, receiver in site.channels.items()},
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
        return view(request, "delivery.html", d=found, changes=changes, attempts=site.store.attempts(id), line=teller(site), ack=ack)


def _counts(lines: tuple[Delivery, ...]) -> dict[str, dict[str, int]]:
    """Channel → state → how many of the newest lines."""
    counts: dict[str, dict[str, int]] = {}
    for d in lines:
        if d.channel:
            states = counts.setdefault(d.channel, {})
            states[d.state.value] = states.get(d.state.value, 0) + 1
    return counts
