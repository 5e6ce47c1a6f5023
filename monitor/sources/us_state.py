"""US Department of State travel advisories: the RSS feed TAsTWs.xml and its JSON sister cadataapi."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from monitor.knowledge.levels import level_of
from monitor.knowledge.places import by_tag
from monitor.model import Item, Nature, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.jsontree import Json, a_dict, a_list, read_json, records_under, strings, text_at
from monitor.sources.text import MAX_TITLE, html_to_text, one_line, verbatim, web_address
from monitor.sources.where import named, place_of
from monitor.sources.xmltree import DC, Node, read_xml

__all__ = ["parse", "parse_api"]

SCHEME = "us"

# "X - Level N: …", also twice, with "Travel Advisory" or "See (Individual) Summaries" between, or the level first.
_LEVEL = re.compile(r"\blevel\s*([0-9])\b(?:\s*[:\-–—]\s*([^:\-–—]*))?", re.IGNORECASE)
_FILLING = re.compile(r"\b(?:travel advisory|see (?:individual )?summar(?:y|ies))\b", re.IGNORECASE)
_EDGE = " -–—:|,."


def parse(body: bytes, source: Source) -> Parsed:
    """Every entry of the feed, duplicates and stale ones included: which of them holds is not for an adapter to say."""
    channel = read_xml(body, frozenset({"rss"})).first("channel")
    if channel is None:
        raise bad(BodyFault.WRONG_FORMAT, "no channel")
    generated = next(filter(None, (dates.parse_date(channel.get(tag)) for tag in ("date", "pubDate", "lastBuildDate"))), None)
    return collect(channel.all("item"), lambda node, problems: _item(_from_rss(node), source, generated, problems), generated=generated)


def parse_api(body: bytes, source: Source) -> Parsed:
    """The same advisories from the JSON API; its midnights are UTC, printed as US Eastern time."""
    records = a_list(records_under(read_json(body)), "the document")
    return collect(records, lambda record, problems: _item(_from_json(a_dict(record, "an advisory")), source, None, problems))


class _Entry(NamedTuple):
    """One advisory as printed, whichever way it came."""

    title: str
    link: str
    key: str
    text: str
    date: str
    tag: str
    threat: str = ""
    keyword: str = ""


def _from_rss(node: Node) -> _Entry:
    categories: dict[str, str] = {}
    for category in node.all("category"):
        categories.setdefault(category.attrs.get("domain", ""), one_line(category.words()))
    tag, threat, keyword = (categories.get(domain, "") for domain in ("Country-Tag", "Threat-Level", "Keyword"))
    date = node.get("pubDate") or node.get("date", DC)
    return _Entry(node.get("title", ""), node.get("link"), node.get("guid"), node.get("description"), date, tag, threat, keyword)


def _from_json(record: Json) -> _Entry:
    title, link, key, text = (text_at(record, field, required=field == "Title") for field in ("Title", "Link", "id", "Summary"))
    date = text_at(record, "Updated") or text_at(record, "Published")
    return _Entry(title, link, key, text, date, one_line(next(iter(strings(record.get("Category"))), "")))


def _item(entry: _Entry, source: Source, generated: datetime | None, problems: list[str]) -> Item:
    if not entry.title or len(entry.title) > MAX_TITLE:
        raise Damaged(BodyFault.WRONG_TYPES, f"a title of {len(entry.title)} characters")
    title = one_line(entry.title)
    name, words = read_title(title)
    level, said = level_of(SCHEME, words), level_of(SCHEME, entry.threat)
    if level and said and level != said:
        problems.append(f"{name}: the title says level {level}, Threat-Level says {said}")
    published, absurd = dates.believable(dates.parse_date(entry.date), generated, entry.date)
    facts = (("threat_level", entry.threat), ("country_tag", entry.tag), ("keyword", entry.keyword), *absurd)
    return Item(
        source=source.id,
        key=verbatim(entry.key or entry.link or title),
        title=title,
        text=html_to_text(entry.text),
        url=web_address(entry.link),
        published=published,
        nature=Nature.PAGE,
        issuer=source.issuer,
        authority=source.authority,
        places=place_of(name, by_tag("fips", entry.tag), problems) if words or entry.tag else named(name),
        place_name=name,
        level=level or said,
        level_text=words or entry.threat,
        level_scheme=SCHEME if level or said else "",
        labels=tuple(fact for fact in facts if fact[1]),
    )


def read_title(title: str) -> tuple[str, str]:
    """A title's place name and its last level as printed ("Level 3: Reconsider Travel"); "" for what it lacks."""
    found = list(_LEVEL.finditer(title))
    if not found:
        return _FILLING.sub("", title).strip(_EDGE), ""
    before, behind = title[: found[0].start()], title[found[-1].end() :]
    name = _FILLING.sub(" ", before).strip(_EDGE) or _FILLING.sub(" ", behind).strip(_EDGE)
    return " ".join(name.split()), found[-1][0].strip(_EDGE)
