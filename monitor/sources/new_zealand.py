"""New Zealand's SafeTravel: one destination's page with its advice levels as JSON in an attribute."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from monitor.knowledge.levels import level_of
from monitor.model import Item, Nature, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.embedded import heading, in_attribute
from monitor.sources.jsontree import Json, a_dict, a_list, text_at
from monitor.sources.text import MAX_TEXT, html_to_text, one_line, titled, verbatim, web_address
from monitor.sources.where import place_of

__all__ = ["parse"]

SCHEME = "nz"
_ELEMENT, _ATTRIBUTE = "js-advice-level-accordion", "data-content"
_OF_FOUR = re.compile(r"\blevel ([1-4]) of 4\b", re.IGNORECASE)


def parse(body: bytes, source: Source) -> Parsed:
    """The destination of the page: its country-wide level, and the highest of its regions."""
    entries = a_list(in_attribute(body, _ELEMENT, _ATTRIBUTE), _ATTRIBUTE)
    if not entries:
        raise bad(BodyFault.NO_ITEMS)
    name = one_line(heading(body)) or _from_address(source.url)
    return collect([entries], lambda found, problems: _item(name, found, source, problems))


def _item(name: str, values: list[Any], source: Source, problems: list[str]) -> Item:
    entries = [a_dict(value, "an entry") for value in values]
    whole = [entry for entry in entries if not entry.get("regional")]
    if len(whole) != 1:
        raise Damaged(BodyFault.WRONG_TYPES, f"{len(whole)} country-wide entries")
    words, level = one_line(text_at(whole[0], "title", required=True)), _level(whole[0])
    if level is None:
        raise Damaged(BodyFault.WRONG_TYPES, f"no known level in {words!r}")
    printed = text_at(whole[0], "lastUpdated")
    published, absurd = dates.believable(dates.parse_date(printed), None, printed)
    return Item(
        source=source.id,
        key=verbatim(urlsplit(source.url).path) or name,
        title=titled(name, words),
        text="\n\n".join(filter(None, map(_words, entries)))[:MAX_TEXT],
        url=web_address(source.url),
        published=published,
        nature=Nature.PAGE,
        issuer=source.issuer,
        authority=source.authority,
        places=place_of(name, (), problems),
        place_name=name,
        level=level,
        level_text=words,
        level_scheme=SCHEME,
        regional_level=max((found for entry in entries if entry.get("regional") and (found := _level(entry))), default=None),
        labels=absurd,
    )


def _level(entry: Json) -> int | None:
    """The level by the entry's title; by "level N of 4" in its text where the title has other words."""
    number = _OF_FOUR.search(html_to_text(text_at(entry, "body")))
    return level_of(SCHEME, text_at(entry, "title")) or (level_of(SCHEME, number[1]) if number else None)


def _words(entry: Json) -> str:
    pieces = (one_line(text_at(entry, "title")), one_line(text_at(entry, "subtitle")), html_to_text(text_at(entry, "body")))
    return "\n".join(filter(None, pieces))


def _from_address(url: str) -> str:
    return one_line(urlsplit(url).path.rstrip("/").rpartition("/")[2].replace("-", " ").title())
