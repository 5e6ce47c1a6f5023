"""Australia's Smartraveller: the JSON export of all destinations, or its RSS with the `ta:` elements."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from monitor.knowledge.areas import areas_of
from monitor.knowledge.levels import level_of
from monitor.model import Item, Nature, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.jsontree import a_dict, a_list, read_json, records_under, text_at
from monitor.sources.text import MAX_TEXT, html_to_text, one_line, titled, web_address
from monitor.sources.where import place_of
from monitor.sources.xmltree import Node, read_xml

__all__ = ["parse"]

SCHEME = "au"
TA = "http://www.smartraveller.gov.au/schema/rss/travel_advisories/"
SITE = "https://www.smartraveller.gov.au"


class _Row(NamedTuple):
    """One destination as printed, whichever way it came."""

    name: str
    words: str
    text: str
    graded: str
    link: str
    date: str
    region: str = ""


def parse(body: bytes, source: Source) -> Parsed:
    """Every destination of the export or of the RSS."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        channel = read_xml(body, frozenset({"rss"})).first("channel")
        if channel is None:
            raise bad(BodyFault.WRONG_FORMAT, "no channel")
        generated = next(filter(None, (dates.parse_date(channel.get(tag)) for tag in ("pubDate", "lastBuildDate"))), None)
        return collect(channel.all("item"), lambda node, problems: _item(_from_rss(node), source, generated, problems), generated=generated)
    rows = a_list(records_under(read_json(body)), "the export")
    return collect(rows, lambda row, problems: _item(_from_export(row), source, None, problems))


def _from_export(value: Any) -> _Row:
    row = a_dict(value, "a row")
    name, words = (text_at(row, field, required=True) for field in ("title", "field_overall_advice_level"))
    text = "\n\n".join(filter(None, (html_to_text(text_at(row, field)) for field in ("field_last_update", "field_advice_levels"))))
    graded = html_to_text(text_at(row, "field_advice_levels"))
    return _Row(name, words, text, graded, text_at(row, "field_url"), text_at(row, "changed"), text_at(row, "field_region"))


def _from_rss(node: Node) -> _Row:
    warnings = node.first("warnings", TA) or node
    words = warnings.get("level", TA) or warnings.get("level")
    if not words:
        raise Damaged(BodyFault.RENAMED_KEY, "no ta:level")
    return _Row(node.get("title"), words, html_to_text(node.get("description")), "", node.get("link"), node.get("pubDate"))


def _item(row: _Row, source: Source, generated: datetime | None, problems: list[str]) -> Item:
    # the export prints apostrophes as "&**" or as an entity
    name, words = one_line(row.name.replace("&**", "'")), one_line(row.words)
    if not name:
        raise Damaged(BodyFault.WRONG_TYPES, "a row without a name")
    level = level_of(SCHEME, words)
    published, absurd = dates.believable(dates.parse_date(row.date), generated, row.date)
    link = web_address(SITE + row.link if row.link.startswith("/") else row.link)
    region = one_line(row.region)
    places = place_of(name, (), problems)
    return Item(
        source=source.id,
        key=link or name,
        title=titled(name, words),
        text=(row.text or words)[:MAX_TEXT],
        url=link,
        published=published,
        nature=Nature.PAGE,
        issuer=source.issuer,
        authority=source.authority,
        places=places,
        place_name=name,
        level=level,
        level_text=words,
        level_scheme=SCHEME if level else "",
        regional_level=_regional(row.graded, level),
        labels=((("region", region),) if region else ()) + absurd,
        areas=tuple(a for a in areas_of(SCHEME, row.graded, places) if a.level != level),
    )


def _regional(graded: str, level: int | None) -> int | None:
    """The highest level that a line of the advice names beside the overall one."""
    found = [line_level for line in graded.splitlines() if (line_level := level_of(SCHEME, line))]
    highest = max(found, default=0)
    return highest if level and highest > level else None
