"""What a configuration allows but hardly means: routes that leave somebody out, a page that nobody may read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..settings.values import Settings


def remarks(read: Settings) -> Iterator[str]:
    """Sentences for people, the gravest first."""
    if read.routes and all(route.operator and not route.kinds for route in read.routes):
        yield "every route is for the operator, so nobody is told what becomes different in the world"
    elif read.routes:
        yield from _holes(read)
    yield from _disabled(read)
    yield from _page(read)


def _disabled(read: Settings) -> Iterator[str]:
    """Which receivers said that they do not exist any more; nothing where nothing was watched yet, or the ledger does not answer."""
    from ..errors import StoreError
    from ..service.disabled import disabled
    from ..store import open_reader

    if read.store_url.startswith("sqlite:///") and not Path(read.store_url.removeprefix("sqlite:///")).exists():
        return
    try:
        store = open_reader(read.store_url)
    except StoreError:
        return
    try:
        yield from (str(one) for name, one in disabled(store).items() if name in {c.name for c in read.channels})
    finally:
        store.close()


def _holes(read: Settings) -> Iterator[str]:
    """Which watched place at which severity would reach nobody."""
    from ..knowledge.places import name
    from ..route.trace import holes

    issuers = sorted({source.issuer for source in read.sources if source.issuer})
    gaps: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    today = datetime.now(UTC).date()
    watches = [w for w in read.watches if w.end is None or w.end >= today]
    for hole in holes(read.routes, {c.name: c.receiver for c in read.channels}, watches, issuers):
        gaps.setdefault((hole.watch.name, hole.watch.place, tuple(map(str, hole.kinds))), []).append(hole.severity)
    for (watch, place, kinds), severities in gaps.items():
        yield f'"{watch}" ({name(place)}): nobody would hear of what is {" or ".join(severities)} ({", ".join(kinds)})'


def _page(read: Settings) -> Iterator[str]:
    """Who may read the page, where it is reached from other machines."""
    from ..web.server import local

    web = read.web
    if web.url and not web.listen:
        yield "[web] url is set but there is no page, so the links in messages lead nowhere"
    if not web.listen or local(web.listen):
        return
    if web.public:
        yield f"the page on {web.listen} may be read by everybody who reaches it ([web] public)"
    elif web.token is None:
        yield f"the page on {web.listen} is reached from other machines and has no token, so nobody there may read it: set [web] token"
