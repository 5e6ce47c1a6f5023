"""For those who watch the watcher: is the process alive, is it fit to work, what does it count."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from ..errors import MonitorError
from . import metrics
from .overview import Overview
from .site import Site


def routes(site: Site, overview: Overview) -> APIRouter:
    """/healthz, /readyz and /metrics."""
    health = APIRouter(tags=["health"])

    @health.get("/healthz", summary="200 while the daemon's heart beats, 503 with the reason when it does not")
    def healthz() -> Response:
        return _verdict(site.alive())

    @health.get("/readyz", summary="200 when the ledger answers and sources were polled, 503 with the reason otherwise")
    def readyz() -> Response:
        try:
            records = site.store.records()
        except MonitorError as error:
            return _verdict(f"ledger: {error}")
        waiting = [r.id for r in records if r.polled is None]
        return _verdict("no source has been polled yet" if records and len(waiting) == len(records) else "")

    @health.get("/metrics", summary="Prometheus metrics", response_class=Response)
    def scraped() -> Response:
        return Response(metrics.text(site, overview), media_type="text/plain; version=0.0.4; charset=utf-8")

    return health


def _verdict(wrong: str) -> Response:
    return JSONResponse({"ok": not wrong, "why": wrong}, 503 if wrong else 200, {"cache-control": "no-store"})
