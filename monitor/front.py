"""Puts the page in front of a daemon: hands the web what it shows and what people may do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from . import web
from .app import App
from .knowledge.places import name
from .knowledge.reading import read
from .operate import Operator
from .route.matching import judge
from .service.health import ailing
from .service.planner import silences
from .service.timers import acknowledgements


def site_of(app: App) -> web.Site:
    """What the page is made from."""
    settings, store = app.settings, app.store
    token = settings.web.token
    return web.Site(
        store=store,
        sources=app.service.sources,
        actions=Operator(app),
        read=read,
        now=app.service.now,
        names=name,
        watches=settings.watches,
        channels=app.desk.receivers,
        routes=lambda change: [(route.name, judge(change, route, settings.watches)) for route in settings.routes],
        silences=lambda: silences(store),
        acknowledged=lambda situation: _last(app, situation),
        metrics=lambda: app.figures.text(store, app.service.now()),
        alive=lambda: ailing(store, app.service.sources, app.desk.channels, app.courier.breakers.failing(), app.service.now()),
        token=token.reveal if token else None,
        open_reading=web.local(settings.web.listen),
        hosts=settings.web.hosts or (web.LOCAL_NAMES if web.local(settings.web.listen) else ()),
        prefix=settings.web.prefix,
    )


@contextmanager
def served(app: App) -> Iterator[str]:
    """The page of an app for as long as a block runs; gives its address, "" when the settings want none."""
    if not app.settings.web.listen:
        yield ""
        return
    site = site_of(app)
    server = web.serve(web.build(site), app.settings.web.listen, site.stopping)
    try:
        yield server.url
    finally:
        server.stop()


def _last(app: App, situation: str) -> web.Acknowledgement | None:
    """Who acknowledged a situation last."""
    kept = acknowledgements(app.store, situation)
    return web.Acknowledgement(by=kept[-1][1], at=kept[-1][0]) if kept else None
