"""CDC travel health notices: RSS of the notices in force; a health scale, not to be mixed with advice on safety."""

from __future__ import annotations

import re
from dataclasses import replace

from monitor.knowledge.levels import level_of
from monitor.model import Item, Source
from monitor.sources.base import Parsed
from monitor.sources.feed import items
from monitor.sources.feed_formats import Entry, read_feed
from monitor.sources.text import verbatim
from monitor.sources.where import named

__all__ = ["parse"]

SCHEME = "cdc"
_TITLE = re.compile(r"^(level [1-4])\s*[-–—:]\s*(.*)$", re.IGNORECASE)
_PLACE = re.compile(r"\bin (?:parts of )?([^()]+?)\s*(?:\(.*)?$")
_LEVEL_IN_LINK = re.compile(r"/level\d/")


def parse(body: bytes, source: Source) -> Parsed:
    """Every notice in force; one that is gone was removed."""
    return items(read_feed(body), source, _refine)


def _refine(item: Item, entry: Entry) -> Item:
    """The level moves the notice to another address, so the key leaves it out."""
    found = _TITLE.match(item.title)
    if not found:
        return item
    level, place = level_of(SCHEME, found[1]), _PLACE.search(found[2])
    return replace(
        item,
        key=verbatim(_LEVEL_IN_LINK.sub("/", entry.key or entry.link)) or item.key,
        places=named(place[1]) if place else (),
        place_name=place[1] if place else "",
        level=level,
        level_text=found[1],
        level_scheme=SCHEME if level else "",
        axis="health",
    )
