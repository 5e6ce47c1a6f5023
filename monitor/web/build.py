"""Puts the page and the API together from what the composition root hands over."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from .. import __version__
from . import api, feeds, health, hooks, live, pages, problems, writes
from .guard import Guard
from .overview import Overview
from .rehearsal import Rehearsals
from .shell import Shell
from .site import Site

_STATIC = Path(__file__).parent / "static"


def build(site: Site) -> FastAPI:
    """The application for a site. It starts nothing and owns nothing: closing the store is the caller's."""
    app = FastAPI(
        title="Advisory monitor",
        version=__version__,
        description="What governments say about places, what became different, and who was told.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        servers=[{"url": site.prefix or "/"}],
    )
    guard, overview, rehearsals = Guard(site), Overview(site), Rehearsals(site)
    for part in (
        api.routes(site, overview),
        writes.routes(site, overview, guard, rehearsals),
        feeds.routes(site, overview),
        hooks.routes(site),
        health.routes(site, overview),
        live.routes(site, overview),
        pages.routes(site, overview, guard, rehearsals),
    ):
        app.include_router(part)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    problems.install(app, pages.wrong(site))
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    app.add_middleware(Shell, guard=guard)
    return app
