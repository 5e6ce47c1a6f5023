"""Germany's travel warnings from the open-data API of the Auswärtiges Amt: all countries, or one with its text."""

from __future__ import annotations

from typing import Any

from monitor.knowledge.areas import areas_of
from monitor.knowledge.levels import level_of
from monitor.model import Item, Nature, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.jsontree import Json, a_dict, read_json, records_under, text_at
from monitor.sources.text import html_to_text, one_line, verbatim
from monitor.sources.where import by_code, place_of

__all__ = ["parse"]

SCHEME = "de"
PAGE = "https://www.auswaertiges-amt.de/de/service/laender/"
_WARNING, _PARTIAL = "warning", "partialWarning"
_OTHER_FLAGS = ("situationWarning", "situationPartWarning")
_NO_COUNTRY = frozenset({"lastModified", "contentList"})


def parse(body: bytes, source: Source) -> Parsed:
    """Every country; the document's own `lastModified` stands still since 2024 and says nothing."""
    records = records_under(read_json(body), "response")
    if not isinstance(records, dict):
        raise bad(BodyFault.WRONG_TYPES, "'response' is no object")
    countries = [(key, value) for key, value in records.items() if key not in _NO_COUNTRY]
    return collect(countries, lambda pair, problems: _item(*pair, source, problems))


def _item(number: str, value: Any, source: Source, problems: list[str]) -> Item:
    record = a_dict(value, number)
    name = one_line(text_at(record, "countryName", required=True)).rstrip("* ")
    title = one_line(text_at(record, "title")) or name
    flag = _flag(record)
    printed = record.get("lastModified")
    published, absurd = dates.believable(dates.from_epoch(printed), None, printed)
    others = tuple((f, "yes") for f in _OTHER_FLAGS if record.get(f) is True)
    known = by_code(text_at(record, "countryCode")) or by_code(text_at(record, "iso3CountryCode"))
    places = place_of(name, known, problems, "de")
    return Item(
        source=source.id,
        key=verbatim(number),
        title=title,
        text=html_to_text(text_at(record, "content")) or title,
        url=f"{PAGE}{number}" if number.isdigit() else "",
        published=published,
        nature=Nature.PAGE,
        lang="de",
        issuer=source.issuer,
        authority=source.authority,
        places=places,
        place_name=name,
        level=level_of(SCHEME, flag or "none"),
        level_text=flag,
        level_scheme=SCHEME,
        regional_level=level_of(SCHEME, _WARNING) if flag == _PARTIAL else None,
        labels=(*others, *absurd),
        areas=areas_of(SCHEME, html_to_text(text_at(record, "content")), places) if flag == _PARTIAL else (),
    )


def _flag(record: Json) -> str:
    """The name of the strongest flag that is set, "" for none. Raises Damaged when the flags are not what they were."""
    for flag in (_WARNING, _PARTIAL):
        if flag not in record:
            raise Damaged(BodyFault.RENAMED_KEY, f"no {flag!r}")
        if not isinstance(record[flag], bool):
            raise Damaged(BodyFault.WRONG_TYPES, f"{flag!r} is no boolean")
        if record[flag]:
            return flag
    return ""
