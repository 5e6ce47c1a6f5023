"""Indexes that only tell that something is new: their pages are fetched before anybody reads them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from ..detect.editions import stamp
from ..errors import BadBody
from ..ledger import Cursor
from ..model import Item, Source
from ..sources.fetch import Status
from .context import Service

log = structlog.get_logger()

MOST = 250
"""Pages of one index asked for in one poll; the rest stay unknown and are asked for next time (GOV.UK has 226)."""

_DAY = 86_400


def mark(item: Item, now: datetime) -> str:
    """What tells whether an entry is exactly what it was.

    An entry with pages behind it becomes new once a day as well, each at an hour of its own: GOV.UK's minor updates keep
    the date that its index shows.
    """
    if not item.follow:
        return stamp(item)
    offset = zlib.crc32(item.key.encode()) % _DAY
    return f"{stamp(item)}#{int(now.timestamp() + offset) // _DAY}"


def completed(service: Service, source: Source, new: Mapping[str, Item]) -> dict[str, Item | None]:
    """These entries, with those that only point somewhere replaced by what stands there; None for what could not be had.

    What could not be had is not remembered as seen, so the next poll asks again.
    """
    found: dict[str, Item | None] = {name: None if item.follow else item for name, item in new.items()}
    pointing = {item.follow: (name, item) for name, item in new.items() if item.follow}
    batch = [(replace(source, id=url, url=url, alternates=()), Cursor()) for url in list(pointing)[:MOST]]
    for fetched in service.fetch(batch) if batch else ():
        name, entry = pointing[fetched.source_id]
        if fetched.status is not Status.BODY:
            log.warning("follow.failed", source=source.id, url=fetched.source_id, why=str(fetched.error))
            continue
        try:
            pages = service.parse(source, fetched.body).items
        except BadBody as error:
            log.warning("follow.unreadable", source=source.id, url=fetched.source_id, why=str(error))
            continue
        page = next((p for p in pages if p.key == entry.key), None)
        if page is not None:
            found[name] = replace(page, source=entry.source, title=entry.title, places=entry.places, place_name=entry.place_name, follow="")
    return found
