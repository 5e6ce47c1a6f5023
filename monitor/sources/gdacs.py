"""GDACS disaster events, as RSS or as GeoJSON: modelled impact, no government's advice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from monitor.knowledge.levels import level_of
from monitor.model import Item, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.jsontree import Json, a_dict, a_list, read_json, records_under, text_at
from monitor.sources.text import html_to_text, one_line, web_address
from monitor.sources.where import by_code, named
from monitor.sources.xmltree import Node, read_xml

__all__ = ["parse"]

SCHEME = "gdacs"
NS = "http://www.gdacs.org"
REPORT = "https://www.gdacs.org/report.aspx?eventid={}&eventtype={}"

_FACTS = ("alertlevel", "episodealertlevel", "eventtype", "eventid", "episodeid", "iscurrent", "fromdate", "todate", "glide")


class _Event(NamedTuple):
    """One event as printed, whichever way it came; `facts` are the words under the names of `_FACTS`."""

    title: str
    text: str
    link: str
    date: str
    codes: list[str]
    country: str
    facts: dict[str, str]


def parse(body: bytes, source: Source) -> Parsed:
    """Every event; its episodes are updates, so the event's own number is the key."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        features = a_list(records_under(read_json(body), "features"), "'features'")
        return collect(features, _reader(_from_feature, source, None), may_be_empty=True)
    channel = read_xml(body, frozenset({"rss"})).first("channel")
    if channel is None:
        raise bad(BodyFault.WRONG_FORMAT, "no channel")
    generated = dates.parse_date(channel.get("pubDate") or channel.get("lastBuildDate"))
    return collect(channel.all("item"), _reader(_from_rss, source, generated), may_be_empty=True, generated=generated)


def _reader(entry: Callable[[Any], _Event], source: Source, generated: datetime | None) -> Callable[[Any, list[str]], Item]:
    return lambda record, problems: _item(entry(record), source, generated, problems)


def _from_rss(node: Node) -> _Event:
    facts = {name: node.get(name, NS) for name in _FACTS}
    codes = node.get("iso3", NS).split(",")
    return _Event(node.get("title"), node.get("description"), node.get("link"), node.get("pubDate"), codes, node.get("country", NS), facts)


def _from_feature(feature: Any) -> _Event:
    properties = a_dict(a_dict(feature, "a feature").get("properties"), "'properties'")
    facts = {name: text_at(properties, name) for name in _FACTS}
    words = text_at(properties, "htmldescription") or text_at(properties, "description")
    date = text_at(properties, "datemodified") or facts["fromdate"]
    return _Event(text_at(properties, "name"), words, _report(properties), date, _iso3(properties), text_at(properties, "country"), facts)


def _report(properties: Json) -> str:
    url = properties.get("url")
    return text_at(url, "report") if isinstance(url, dict) else ""


def _iso3(properties: Json) -> list[str]:
    """All affected countries; the plain field names only the first."""
    affected = properties.get("affectedcountries")
    found = [text_at(c, "iso3") for c in affected if isinstance(c, dict)] if isinstance(affected, list) else []
    return found if any(found) else text_at(properties, "iso3").split(",")


def _item(event: _Event, source: Source, generated: datetime | None, problems: list[str]) -> Item:
    facts = {name: one_line(value) for name, value in event.facts.items()}
    kind, number, alert = facts["eventtype"], facts["eventid"], facts["alertlevel"]
    if not kind or not number or not alert:
        raise Damaged(BodyFault.RENAMED_KEY, "an event without eventtype, eventid or alertlevel")
    country = one_line(event.country)
    places = dict.fromkeys(code for printed in event.codes for code in by_code(printed)) or dict.fromkeys(named(country))
    if not places and country:
        problems.append(f"unknown place: {country}")
    published, absurd = dates.believable(dates.parse_date(event.date), generated, event.date)
    level = level_of(SCHEME, alert)
    return Item(
        source=source.id,
        key=kind + number,
        title=" ".join(one_line(event.title).split()) or f"{kind}{number}",
        text=html_to_text(event.text),
        url=web_address(event.link) or REPORT.format(number, kind),
        published=published,
        issuer=source.issuer,
        authority=source.authority,
        places=tuple(places),
        place_name=country,
        level=level,
        level_text=alert,
        level_scheme=SCHEME if level else "",
        axis="impact",
        labels=(*((name, value) for name, value in facts.items() if value), *absurd),
    )
