"""The composition root: from settings to a working service, the only place that knows every part."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import UnknownName
from .knowledge.places import name
from .ledger import Cursor, Store
from .model import DeliveryState, Source
from .notify.base import HttpChannel, Net
from .notify.registry import build as build_channel
from .route.routes import Receiver
from .service import poll as polling
from .service.acklink import AckLinks, kept_key
from .service.context import Service
from .service.deliver import Courier
from .service.desk import Desk
from .service.heartbeat import Pulse, beat
from .service.metrics import Figures
from .service.notices import notices
from .service.planner import planner
from .service.policies import policy_of
from .service.polite import Polite
from .service.signs import finder, none_of
from .service.watchbook import WatchBook
from .settings.values import Http, Settings
from .sources.crowd import Crowd
from .sources.fetch import Limits, fetch
from .sources.parser import Parse, Workers, inline
from .store import open_store

if TYPE_CHECKING:
    import httpx

    from .model import Item, Reading

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time, as every part of the program means it."""
    return datetime.now(UTC)


def read(item: Item) -> Reading:
    """What an item says; the words of its language are loaded when the first one is read."""
    from .knowledge import reading

    return reading.read(item)


@dataclass(frozen=True, slots=True)
class App:
    """One configuration at work."""

    settings: Settings
    store: Store
    service: Service
    desk: Desk
    courier: Courier
    figures: Figures = field(default_factory=Figures)
    links: AckLinks | None = None
    book: WatchBook = field(default_factory=WatchBook)

    def known(self, ids: Sequence[str]) -> tuple[str, ...]:
        """These source ids. Raises UnknownName for one that is not configured."""
        for one in ids:
            if one not in self.service.sources:
                raise UnknownName(f"there is no source {one!r}; there are: {', '.join(sorted(self.service.sources))}")
        return tuple(ids)

    def poll(self, ids: Sequence[str]) -> Iterator[polling.Polled]:
        """Poll these sources now; results come as they arrive, each one saved."""
        return polling.poll(ids, self.service)

    def deliver(self, patience: timedelta = timedelta(minutes=2)) -> int:
        """Send what is due and wait for it; how many messages arrived."""
        return self.courier.drain(patience)[DeliveryState.SENT]

    def read_watches(self) -> None:
        """Read lists of watches that may have changed; operators hear of one that cannot be read, and when it can be again."""
        for trouble in self.book.refresh(self.store, partial(body_of, settings=self.settings), self.desk.now()):
            note = "watchlist" if trouble.why else "watchlist_well"
            fields = {"list": trouble.list, "why": trouble.why, "since": f"{trouble.since:%Y-%m-%d %H:%M} UTC"}
            key = (trouble.list, trouble.why, trouble.since.isoformat())
            self.store.enqueue(notices(self.desk, note, key, dict(fields), self.desk.now()))

    def beat(self, since: datetime) -> Pulse:
        """Call the address of the heartbeat if all is well; what happened before `since` is not asked about."""
        caller = HttpChannel(name="heartbeat").using(net_of(self.settings))
        assert isinstance(caller, HttpChannel)
        return beat(self.desk, since, self.courier.breakers, lambda: caller.post(self.settings.heartbeat.url, method="GET"))


def build(settings: Settings, store: Store, now: Clock = utc_now, parse: Parse = inline) -> App:
    """Everything for one configuration on an open store; makes its sources known to the store."""
    receivers = {channel.name: channel.receiver for channel in settings.channels}
    book = WatchBook([w for w in settings.watches if not w.group], settings.watchlists)
    book.begin(settings.watches, store, now())
    asking = partial(
        fetch,
        limits=limits_of(settings.http),
        allow=settings.egress,
        user_agent=settings.http.user_agent,
        proxy=settings.proxy,
        crowd=Crowd(settings.http.in_flight, settings.http.per_host),
    )
    service = Service(
        store=store,
        sources={source.id: source for source in settings.sources},
        fetch=Polite(asking, settings.http.user_agent, now),
        parse=parse,
        read=read,
        policy=policy_of,
        plan=planner(settings.routes, receivers, book),
        now=now,
        signs=finder(settings.signs) if settings.signs else none_of,
    )
    links = _links(settings)
    desk = _desk(settings, store, receivers, now, links, book)
    store.register(settings.sources, now())
    return App(settings, store, service, desk, Courier(desk), links=links, book=book)


@contextmanager
def opened(settings: Settings, now: Clock = utc_now) -> Iterator[App]:
    """A working app whose store is opened, made or upgraded when needed, and closed at the end."""
    if settings.store_url.startswith("sqlite:///"):
        Path(settings.store_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    store = open_store(settings.store_url)
    try:
        with Workers() as parse:
            yield build(settings, store, now, parse)
    finally:
        store.close()


def limits_of(http: Http) -> Limits:
    """The bounds of one batch of requests."""
    return Limits(
        in_flight=http.in_flight,
        per_host=http.per_host,
        total=http.timeout.total_seconds(),
        wire_bytes=http.max_bytes,
        body_bytes=http.max_bytes,
    )


def _desk(settings: Settings, store: Store, receivers: dict[str, Receiver], now: Clock, links: AckLinks | None, book: WatchBook) -> Desk:
    net = net_of(settings)
    channels = {c.name: build_channel(c.name, c.receiver.kind, c.options, net) for c in settings.channels}
    return Desk(
        store=store,
        channels=channels,
        receivers=receivers,
        routes=settings.routes,
        now=now,
        worker=f"{socket.gethostname()}/{os.getpid()}",
        watches=book,
        names=name,
        sources={source.id: source.url for source in settings.sources},
        senders=settings.engine.senders,
        lease=settings.engine.lease,
        **_speech(settings, links),
    )


def _speech(settings: Settings, links: AckLinks | None) -> dict[str, Any]:
    """What makes messages differ from the plain ones: links to acknowledge, and words of one's own."""
    spoken: dict[str, Any] = {"ack_url": links.url} if links else {}
    written = {c.name: c.template for c in settings.channels if c.template}
    if written:
        from .notify.templates import Wording, Words, worded  # loads Jinja2

        spoken["compose"] = worded({name: Words(Wording(t.headline, t.summary)) for name, t in written.items()})
    return spoken


def _links(settings: Settings) -> AckLinks | None:
    """Signed links, where the page has an address for receivers."""
    web = settings.web
    if not web.url:
        return None
    if web.ack_key:
        return AckLinks(web.url, web.ack_key.reveal().encode())
    path = settings.store_url.removeprefix("sqlite:///")
    return AckLinks(web.url, kept_key(Path(f"{path}.ack-key")) if path != settings.store_url else secrets.token_bytes(32))


def net_of(settings: Settings) -> Net:
    def transport() -> httpx.BaseTransport:
        from .egress import guarded_transport

        return guarded_transport(settings.egress, proxy=settings.proxy)

    return Net(transport=transport, allow=settings.egress)


def page_text(url: str, settings: Settings | None) -> str:
    """The text of a page of the web, fetched as a source would be. Raises FetchError."""
    from .sources.text import html_to_text

    return html_to_text(body_of(url, settings).decode("utf-8", "replace"))


def body_of(url: str, settings: Settings | None) -> bytes:
    """What stands at an address, asked for as a source would be. Raises FetchError."""
    limits = limits_of(settings.http) if settings else Limits()
    agent = settings.http.user_agent if settings else "Mozilla/5.0 (compatible; advisory-monitor)"
    page = Source("page", "feed", url)
    allow, proxy = (settings.egress, settings.proxy) if settings else ((), None)
    (fetched,) = fetch([(page, Cursor())], limits=limits, allow=allow, user_agent=agent, proxy=proxy)
    if fetched.error:
        raise fetched.error
    return fetched.body
