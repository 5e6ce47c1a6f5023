"""Server-sent events: tells every open page that the ledger has moved on, so that it never needs a reload."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from .overview import Overview
from .problems import problem
from .site import Site

TICK = 1.0
"""Seconds between two looks at the ledger; the looks of all pages are shared."""
KEEPALIVE = 15
"""Looks without news after which a comment keeps proxies from hanging up."""
PAGES = 200
"""Open streams at a time; more are asked to come back later."""


def routes(site: Site, overview: Overview) -> APIRouter:
    """The stream of news."""
    live = APIRouter(tags=["live"])
    streams: set[int] = set()

    @live.get("/events", summary="Server-sent events: `moved` with the ledger's new version", response_class=StreamingResponse)
    async def events(request: Request) -> object:
        if len(streams) >= PAGES:
            return problem(503, "Too many open pages", "the page still works; reload it for news")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(_stream(request, site, overview, streams), media_type="text/event-stream", headers=headers)

    return live


async def _stream(request: Request, site: Site, overview: Overview, streams: set[int]) -> AsyncIterator[str]:
    mine = id(request)
    streams.add(mine)
    try:
        known = request.headers.get("last-event-id") or request.query_params.get("version", "")
        quiet = 0
        yield "retry: 3000\n\n"
        while not site.stopping.is_set() and not await request.is_disconnected():
            version = await run_in_threadpool(overview.version)
            quiet += 1
            if version != known:
                known, quiet = version, 0
                yield f"id: {version}\nevent: moved\ndata: {json.dumps({'version': version})}\n\n"
            elif quiet >= KEEPALIVE:
                quiet = 0
                yield ": still here\n\n"
            await asyncio.sleep(TICK)
    finally:
        streams.discard(mine)
