"""EASA's Conflict Zone Information Bulletins: the JSON export, or the RSS of the same list."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from monitor.knowledge.levels import level_of
from monitor.model import Item, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, collect
from monitor.sources.feed import items
from monitor.sources.feed_formats import Entry, read_feed
from monitor.sources.jsontree import Json, a_dict, a_list, read_json, records_under, text_at
from monitor.sources.text import one_line
from monitor.sources.where import named

__all__ = ["parse"]

SCHEME = "easa"
PAGE = "https://www.easa.europa.eu/en/domains/air-operations/czibs"
_MOMENT = re.compile(r'datetime="([0-9T:.+Z-]{10,40})"')
_AIRSPACE = re.compile(r"^airspace of (the )?", re.IGNORECASE)
_NODE = re.compile(r"\d{1,9}")


def parse(body: bytes, source: Source) -> Parsed:
    """Every bulletin, withdrawn ones included."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return items(read_feed(body), source, _from_entry)
    rows = a_list(records_under(read_json(body), "conflict_zones"), "'conflict_zones'")
    return collect(rows, lambda row, problems: _item(a_dict(row, "a bulletin"), source, problems))


def _item(row: Json, source: Source, problems: list[str]) -> Item:
    number, name, status = (one_line(text_at(row, field, required=True)) for field in ("Nid", "name", "status"))
    if not number or not name:
        raise Damaged(BodyFault.WRONG_TYPES, "a bulletin without number or name")
    country = one_line(text_at(row, "country"))
    issued, until = _day(text_at(row, "issued_date")), _day(text_at(row, "valid_until_date"))
    found = _MOMENT.search(text_at(row, "updated"))
    printed = found[1] if found else text_at(row, "issued_date")
    published, absurd = dates.believable(dates.parse_date(printed), None, printed)
    places = named(country)
    if country and not places:
        problems.append(f"unknown place: {country}")
    facts = (("status", status), ("issued", issued), ("valid_until", until))
    return Item(
        source=source.id,
        key=number,
        title=name,
        text="\n".join(f"{label}: {value}" for label, value in (("Status", status), ("Issued", issued), ("Valid until", until)) if value),
        url=PAGE,
        published=published,
        issuer=source.issuer,
        authority=source.authority,
        places=places,
        place_name=country,
        level=(level := level_of(SCHEME, status)),
        level_text=status,
        level_scheme=SCHEME if level else "",
        axis="airspace",
        labels=(*(fact for fact in facts if fact[1]), *absurd),
    )


def _day(printed: str) -> str:
    """A date of the export as YYYY-MM-DD: "2026-07-22T00:00:00+0300" (the day is local to EASA) or "31/08/2026"."""
    printed = one_line(printed)
    if re.match(r"\d{4}-\d\d-\d\d", printed):
        return printed[:10]
    try:
        return datetime.strptime(printed, "%d/%m/%Y").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        return printed


def _from_entry(item: Item, entry: Entry) -> Item:
    """The RSS numbers its bulletins as "NNN on …"."""
    number, about = _NODE.match(entry.key), named(_AIRSPACE.sub("", item.title))
    return replace(item, key=number[0] if number else item.key, places=about or item.places)
