"""WHO's Disease Outbreak News from its OData API."""

from __future__ import annotations

import re
from typing import Any

from monitor.model import Item, Source
from monitor.sources import dates
from monitor.sources.base import Parsed, collect
from monitor.sources.jsontree import Json, a_dict, a_list, read_json, records_under, text_at
from monitor.sources.text import MAX_TEXT, html_to_text, one_line, verbatim, web_address
from monitor.sources.where import named

__all__ = ["parse"]

ITEM = "https://www.who.int/emergencies/disease-outbreak-news/item"
_SEPARATOR = re.compile(r"\s*[-–—]\s+|\s+in\s+")
_SECTIONS = ("Summary", "Overview", "Assessment", "Advice")


def parse(body: bytes, source: Source) -> Parsed:
    """Every report of the page; which page that is, newest or oldest, is up to the address."""
    reports = a_list(records_under(read_json(body), "value"), "'value'")
    return collect(reports, lambda report, _problems: _item(report, source), may_be_empty=True)


def _item(value: Any, source: Source) -> Item:
    report = a_dict(value, "a report")
    title = one_line(text_at(report, "OverrideTitle") or text_at(report, "Title", required=True))
    printed = text_at(report, "PublicationDateAndTime") or text_at(report, "PublicationDate")
    published, absurd = dates.believable(dates.parse_date(printed), None, printed)
    name = _SEPARATOR.split(title)[-1].strip()
    places = named(name)
    return Item(
        source=source.id,
        key=verbatim(text_at(report, "DonId") or text_at(report, "Id")) or title,
        title=title,
        text=_text(report),
        url=_address(report),
        published=published,
        issuer=source.issuer,
        authority=source.authority,
        places=places,
        place_name=name if places else "",
        labels=absurd,
    )


def _text(report: Json) -> str:
    pieces = dict.fromkeys(html_to_text(text_at(report, field)) for field in _SECTIONS)
    return "\n\n".join(filter(None, pieces))[:MAX_TEXT]


def _address(report: Json) -> str:
    path = text_at(report, "ItemDefaultUrl") or text_at(report, "UrlName") or text_at(report, "DonId")
    return web_address(f"{ITEM}/{path.strip('/')}") if path else ""
