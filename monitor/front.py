"""Puts the page in front of a daemon: hands the web what it shows and what people may do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from . import web
from .app import App, page_text
from .errors import UnknownName, WrongUse
from .knowledge.places import name
from .knowledge.reading import read
from .model import Item
from .notify.webhook import Webhook
from .operate import Operator
from .route.matching import judge
from .route.message import compose
from .secret import Secret
from .service.health import ailing
from .service.planner import planner, silences
from .service.rehearse import rehearse, told
from .service.timers import acknowledgements
from .settings.load import load, unchecked
from .settings.values import Web
from .store import open_store

YEAR = timedelta(days=365)
"""How far back a rehearsal looks."""


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
        watches=app.book,
        channels=app.desk.receivers,
        routes=lambda change: [(route.name, judge(change, route, app.book)) for route in settings.routes],
        silences=lambda: silences(store),
        acknowledged=lambda situation: _last(app, situation),
        health=app.courier.breakers.of,
        reconciled=lambda: app.figures.compared,
        metrics=lambda: app.figures.text(store, app.service.now()),
        alive=lambda: ailing(store, app.service.sources, app.desk.channels, app.courier.breakers.failing(), app.service.now()),
        token=token.reveal if token else None,
        verify=lambda link: _opened(app, link),
        lookup=lambda url: _looked_up(app, url),
        rehearse=lambda text: _rehearsed(app, text),
        push_secret=lambda source: _revealed(app.settings.push.get(source)),
        hook_secret=lambda channel: _revealed(_secret_of(app, channel)),
        open_reading=settings.web.public or web.local(settings.web.listen),
        hosts=_hosts(settings.web),
        prefix=settings.web.prefix,
    )


def _rehearsed(app: App, text: str) -> Iterator[web.Step]:
    """What a year's changes would have become under the configuration in a text; it may include what the present one includes."""
    main = app.settings.files[0]
    settings = load(main, unchecked, rehearsed=text)
    receivers = {channel.name: channel.receiver for channel in settings.channels}
    history = told(app.store, app.service.now() - YEAR)
    by_id = {change.id: change for change in history}
    spare, lines = open_store("sqlite://"), list[tuple[datetime, str, str]]()
    try:
        for done, made in rehearse(history, planner(settings.routes, receivers, settings.watches), spare):
            for line in made:
                message = compose(line, [by_id[id] for id in line.changes], receivers[line.channel], names=name, watches=settings.watches)
                lines.append((line.due, line.channel, message.headline))
            yield web.Step(done, len(history), tuple(lines))
    finally:
        spare.close()


class Page:
    """The page of whichever app is at work. The address stays when the configuration changes, unless it is what changed."""

    def __init__(self) -> None:
        self._server: web.Server | None = None
        self._listen = ""

    def show(self, app: App) -> str:
        """Show this app from now on; its address, "" when it wants no page. Raises WrongUse when a new address cannot be taken."""
        listen, site = app.settings.web.listen, site_of(app)
        if self._server and listen == self._listen:
            self._server.show(web.build(replace(site, stopping=self._server.stopping)))
            return self._server.url
        new = web.serve(web.build(site), listen, site.stopping) if listen else None
        self.end()
        self._server, self._listen = new, listen
        return new.url if new else ""

    def end(self) -> None:
        """Show nothing any more."""
        if self._server:
            self._server.stop()
        self._server = None


@contextmanager
def served() -> Iterator[Callable[[App], str]]:
    """Puts one app after the other on the page, for as long as a block runs."""
    page = Page()
    try:
        yield page.show
    finally:
        page.end()


def _hosts(settings: Web) -> tuple[str, ...]:
    """The names the page answers to: what is said, else those of this machine and of its address for receivers; none: any."""
    if settings.hosts or not web.local(settings.listen):
        return settings.hosts
    return (*web.LOCAL_NAMES, *([outside] if (outside := urlsplit(settings.url).hostname) else []))


def _opened(app: App, token: str) -> web.SignedLink | None:
    """What a link is good for; None for a forged one, and for a message that is not kept any more."""
    delivery = app.links.opened(token) if app.links else None
    try:
        return web.SignedLink(delivery, app.store.delivery(delivery).channel) if delivery else None
    except UnknownName:
        return None


def _looked_up(app: App, url: str) -> Item:
    """The page at an address as something to read."""
    return Item("explain", "explain", "", page_text(url, app.settings), url=url)


def _secret_of(app: App, channel: str) -> Secret | None:
    """What a webhook signs with; None for any other channel."""
    found = app.desk.channels.get(channel)
    return found.secret if isinstance(found, Webhook) else None


def _revealed(secret: Secret | None) -> str | None:
    """The secret itself; None when there is none, or when it cannot be read just now."""
    try:
        return secret.reveal() if secret else None
    except WrongUse:
        return None


def _last(app: App, situation: str) -> web.Acknowledgement | None:
    """Who acknowledged a situation last."""
    kept = acknowledgements(app.store, situation)
    return web.Acknowledgement(by=kept[-1][1], at=kept[-1][0]) if kept else None
