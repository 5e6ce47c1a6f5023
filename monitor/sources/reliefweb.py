"""ReliefWeb's list of disasters (OCHA): humanitarian emergencies by country; an axis of its own, no government's advice."""

from __future__ import annotations

from typing import Any

from monitor.knowledge.levels import level_of
from monitor.model import Item, Source
from monitor.sources import dates
from monitor.sources.base import Parsed, collect
from monitor.sources.jsontree import Json, a_dict, a_list, read_json, records_under, text_at
from monitor.sources.text import MAX_TEXT, html_to_text, one_line, verbatim, web_address
from monitor.sources.where import by_code

__all__ = ["parse"]

SCHEME = "reliefweb"


def parse(body: bytes, source: Source) -> Parsed:
    """Every disaster of the answer; `fields` must hold name, status, country and date."""
    document = read_json(body)
    records = a_list(records_under(document, "data"), "'data'")
    return collect(records, lambda record, problems: _item(a_dict(record, "a disaster"), source, problems), may_be_empty=True)


def _item(record: Json, source: Source, problems: list[str]) -> Item:
    fields = a_dict(record.get("fields"), "'fields'")
    name, status = one_line(text_at(fields, "name", required=True)), one_line(text_at(fields, "status", required=True))
    countries = [c for c in _list(fields.get("country")) if isinstance(c, dict)]
    codes = dict.fromkeys(code for country in countries for code in by_code(text_at(country, "iso3")))
    if not codes:
        problems.append(f"unknown place: {', '.join(one_line(text_at(c, 'name')) for c in countries)}")
    when = fields.get("date")
    printed = (text_at(when, "changed") or text_at(when, "created")) if isinstance(when, dict) else ""
    published, absurd = dates.believable(dates.parse_date(printed), None, printed)
    level = level_of(SCHEME, status)
    glide = one_line(text_at(fields, "glide"))
    return Item(
        source=source.id,
        key=verbatim(text_at(record, "id")) or name,
        title=name,
        text=html_to_text(text_at(fields, "description"))[:MAX_TEXT],
        url=web_address(text_at(fields, "url")),
        published=published,
        issuer=source.issuer,
        authority=source.authority,
        places=tuple(codes),
        place_name=", ".join(one_line(text_at(c, "name")) for c in countries)[:200],
        level=level,
        level_text=status,
        level_scheme=SCHEME if level else "",
        axis="impact",
        labels=((("glide", glide),) if glide else ()) + absurd,
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
