"""A farm of feeds on loopback: every feed at an address of its own, a new connection per request, like the real web."""

from __future__ import annotations

import asyncio
import random
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import TracebackType

SHAPES = ((0.70, "rss", 20, 440), (0.97, "atom", 50, 800), (1.0, "rss", 216, 2300))
"""Share up to which, format, entries, bytes of text each: 15, 60 and 560 KB, 43 KB on average."""

_TEXT = (
    "market budget school river season coach minister harvest museum player railway price concert village engine council lawyer election "
    "orchestra hospital garden winter company bridge science tourist weather record painter stadium ferry and the of to a in for with "
    "after before under about which their new long small green early late final first second said plans opens shows wins loses builds "
    "repairs moves keeps begins ends expects remains publishes discusses considers"
)
_PLAIN = _TEXT.split()
_OURS = (
    "Embassy of Germany in Chad suspends operations",
    "Canada raises its travel advisory for Mali to level 4",
    "Australia urges its citizens to leave Lebanon now",
    "United States orders departure of embassy families from Haiti",
    "Norway considers evacuating its diplomats from Sudan",
)
"""One entry in fifty speaks of what the monitor is for."""

_NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
"""The newest entry of every feed is of this hour: a feed that stands still would be told to operators."""


def text_of(seed: int, size: int) -> str:
    """Words of nobody's interest, in paragraphs with a link here and there, the same for the same seed."""
    rng = random.Random(seed)
    parts = []
    length = 0
    while length < size:
        words = " ".join(rng.choices(_PLAIN, k=14)).capitalize()
        parts.append(f'<p>{words}, <a href="https://news.example/{seed}">{words[:9]}</a> &amp; more.</p>')
        length += len(parts[-1])
    return "".join(parts)


def render(number: int, edition: int) -> bytes:
    """Feed `number` in its `edition`: each edition has one entry more at the top and one less at the end."""
    _, form, count, size = next(shape for shape in SHAPES if (number % 100) / 100 < shape[0])
    entries = [_entry(form, number, n, size, _NOW + timedelta(hours=n - count)) for n in range(edition + count, edition, -1)]
    if form == "atom":
        head = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed {number}</title><id>urn:feed:{number}</id>'
        return ('<?xml version="1.0" encoding="utf-8"?>' + head + "".join(entries) + "</feed>").encode()
    head = f'<rss version="2.0"><channel><title>Feed {number}</title><link>http://feed.example/{number}</link><description>f</description>'
    return ('<?xml version="1.0" encoding="utf-8"?>' + head + "".join(entries) + "</channel></rss>").encode()


def _entry(form: str, number: int, n: int, size: int, at: datetime) -> str:
    seed = number * 100_003 + n
    title = _OURS[seed % len(_OURS)] if seed % 50 == 0 else " ".join(random.Random(seed).choices(_PLAIN, k=8)).capitalize()
    link, body = f"https://news.example/{number}/{n}", text_of(seed, size)
    if form == "atom":
        escaped = body.replace("&", "&amp;").replace("<", "&lt;")
        return (
            f'<entry><title>{title}</title><id>urn:f:{number}:{n}</id><link href="{link}"/><updated>{at.isoformat()}</updated>'
            f'<content type="html">{escaped}</content></entry>'
        )
    return (
        f'<item><title>{title}</title><guid isPermaLink="false">urn:f:{number}:{n}</guid><link>{link}</link>'
        f"<pubDate>{format_datetime(at)}</pubDate><description><![CDATA[{body}]]></description></item>"
    )


@dataclass
class Farm:
    """Serves `size` feeds from a thread of this process. Knobs may be turned between polls."""

    size: int
    validators: bool = True
    latency: float = 0.0
    hanging: frozenset[int] = frozenset()
    served: dict[int, int] = field(default_factory=dict)
    port: int = 0

    def __post_init__(self) -> None:
        self._editions = [0] * self.size
        self._bodies: dict[int, tuple[int, bytes]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    def __enter__(self) -> Farm:
        for number in range(self.size):
            self.body(number)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def url(self, number: int) -> str:
        """Where a feed is; every feed is a host of its own."""
        return f"http://127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}:{self.port}/feed/{number}"

    def grow(self, share: float) -> int:
        """Let a share of all feeds get one more entry; how many did."""
        step = round(1 / share)
        for number in range(0, self.size, step):
            self._editions[number] += 1
            self.body(number)
        return len(range(0, self.size, step))

    def grow_one(self, number: int) -> None:
        """Let one feed get one more entry."""
        self._editions[number] += 1

    def body(self, number: int) -> bytes:
        """What a feed shows now."""
        edition = self._editions[number]
        known = self._bodies.get(number)
        if known is None or known[0] != edition:
            known = self._bodies[number] = (edition, render(number, edition))
        return known[1]

    def tag(self, number: int) -> bytes:
        """The ETag of what a feed shows now."""
        return f'"{number}-{self._editions[number]}"'.encode()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(lambda: _Connection(self), "0.0.0.0", 0, backlog=4096))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()


class _Connection(asyncio.Protocol):
    """Answers one request and closes."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        if b"\r\n\r\n" not in self._got:
            return
        number = int(self._got.split(b" ", 2)[1].rpartition(b"/")[2])
        if number in self._farm.hanging:
            return
        if self._farm.latency:
            asyncio.get_running_loop().call_later(self._farm.latency, self._answer, number)
        else:
            self._answer(number)

    def _answer(self, number: int) -> None:
        farm = self._farm
        tag = farm.tag(number)
        if farm.validators and b"if-none-match: " + tag in self._got.replace(b"If-None-Match", b"if-none-match"):
            status, head, body = 304, b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\n", b""
        else:
            status, body = 200, farm.body(number)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n" % len(body)
            head += b"ETag: " + tag + b"\r\n" if farm.validators else b""
        farm.served[status] = farm.served.get(status, 0) + 1
        self._transport.write(head + b"Connection: close\r\n\r\n" + body)
        self._transport.close()
