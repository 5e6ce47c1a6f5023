"""New Zealand's SafeTravel: one destination's page with its advice levels as JSON in an attribute, or the site map of them all."""

from __future__ import annotations

import re
from typing import Any

from monitor.knowledge.levels import level_of
from monitor.model import Area, Item, Nature, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.embedded import heading, in_attribute
from monitor.sources.jsontree import Json, a_dict, a_list, text_at
from monitor.sources.text import MAX_TEXT, html_to_text, one_line, path_of, titled, verbatim, web_address
from monitor.sources.where import place_of
from monitor.sources.xmltree import Node, read_xml

__all__ = ["parse"]

SCHEME = "nz"
_ELEMENT, _ATTRIBUTE = "js-advice-level-accordion", "data-content"
_DESTINATION = re.compile(r"/destinations/[a-z0-9-]{2,80}/?")
_OF_FOUR = re.compile(r"\blevel ([1-4]) of 4\b", re.IGNORECASE)


def parse(body: bytes, source: Source) -> Parsed:
    """The destination of the page: its country-wide level, and the highest of its regions. Of the site map, every destination."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower().startswith((b"<?xml", b"<urlset")):
        nodes = read_xml(body, frozenset({"urlset"})).all("url")
        return collect(nodes, lambda node, problems: _entry(node, source, problems))
    entries = a_list(in_attribute(body, _ELEMENT, _ATTRIBUTE), _ATTRIBUTE)
    if not entries:
        raise bad(BodyFault.NO_ITEMS)
    name = one_line(heading(body)) or _from_address(source.url)
    return collect([entries], lambda found, problems: _item(name, found, source, problems))


def _entry(node: Node, source: Source, problems: list[str]) -> Item | None:
    """An entry of the site map, to be followed; pages that are no destination are none."""
    link = web_address(one_line(node.get("loc")))
    found = _DESTINATION.fullmatch(path_of(link))
    if found is None:
        return None
    name = _from_address(link)
    published, absurd = dates.believable(dates.parse_date(node.get("lastmod")), None, node.get("lastmod"))
    return Item(
        source=source.id,
        key=verbatim(path_of(link)),
        title=name,
        url=link,
        published=published,
        nature=Nature.PAGE,
        issuer=source.issuer,
        authority=source.authority,
        places=place_of(name, (), problems),
        place_name=name,
        follow=link,
        labels=absurd,
    )


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
        key=verbatim(path_of(source.url)) or name,
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
        areas=tuple(_area(entry) for entry in entries if entry.get("regional") and text_at(entry, "subtitle") and _level(entry)),
    )


def _area(entry: Json) -> Area:
    return Area(one_line(text_at(entry, "subtitle"))[:160], _level(entry) or 0)


def _level(entry: Json) -> int | None:
    """The level by the entry's title; by "level N of 4" in its text where the title has other words."""
    number = _OF_FOUR.search(html_to_text(text_at(entry, "body")))
    return level_of(SCHEME, text_at(entry, "title")) or (level_of(SCHEME, number[1]) if number else None)


def _words(entry: Json) -> str:
    pieces = (one_line(text_at(entry, "title")), one_line(text_at(entry, "subtitle")), html_to_text(text_at(entry, "body")))
    return "\n".join(filter(None, pieces))


def _from_address(url: str) -> str:
    return one_line(path_of(url).rstrip("/").rpartition("/")[2].replace("-", " ").title())
