"""Canada's travel advice index (index-alpha-eng.json): one record per destination with its risk level."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from monitor.knowledge.areas import areas_of
from monitor.knowledge.levels import level_of
from monitor.model import Item, Nature, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.jsontree import Json, a_dict, read_json, records_under, text_at
from monitor.sources.text import html_to_text, one_line, titled, verbatim
from monitor.sources.where import named

__all__ = ["parse"]

SCHEME = "ca"
PAGE = "https://travel.gc.ca/destinations/"

# Canada lists Portugal and PT-20 (the Azores), Spain and IC (the Canary Islands): its code is the place, a name would merge them.
_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


def parse(body: bytes, source: Source) -> Parsed:
    """Every destination of the index; also of a single destination's document (cta-cap-XX.json)."""
    document = read_json(body)
    records = records_under(document, "data")
    if not isinstance(records, dict):
        raise bad(BodyFault.WRONG_TYPES, "'data' is no object")
    if isinstance(records.get("country-iso"), str):
        records = {records["country-iso"]: records}
    generated = _generated(document)
    return collect(records.items(), lambda pair, problems: _item(*pair, source, generated, problems), generated=generated)


def _generated(document: Json) -> datetime | None:
    metadata = document.get("metadata")
    moment = metadata.get("generated") if isinstance(metadata, dict) else None
    return dates.from_epoch(moment.get("timestamp")) if isinstance(moment, dict) else None


def _item(code: str, value: Any, source: Source, generated: datetime | None, problems: list[str]) -> Item:
    record = a_dict(value, code)
    words = a_dict(record.get(_tongue(source)) or record.get("eng") or {}, f"the words about {code}")
    state, advice = text_at(record, "advisory-state", required=True), one_line(text_at(words, "advisory-text"))
    level, said = level_of(SCHEME, state), level_of(SCHEME, advice)
    if level is None:
        raise Damaged(BodyFault.WRONG_TYPES, f"{code}: advisory-state {state[:20]!r}")
    if said and said != level:
        problems.append(f"{code}: state {state} beside {advice!r}")
    name = one_line(text_at(words, "name") or text_at(record, "country-eng"))
    places = _places(text_at(record, "country-iso") or code, name, problems)
    stamp = record.get("date-published")
    printed = stamp.get("timestamp") if isinstance(stamp, dict) else None
    published, absurd = dates.believable(dates.from_epoch(printed), generated, printed)
    return Item(
        source=source.id,
        key=verbatim(code),
        title=titled(name, advice),
        text=_details(record) or advice,
        url=PAGE + slug if (slug := _slug(words)) else "",
        published=published,
        nature=Nature.PAGE,
        lang="fr" if _tongue(source) == "fra" else "en",
        issuer=source.issuer,
        authority=source.authority,
        places=places,
        place_name=name,
        level=level,
        level_text=advice,
        level_scheme=SCHEME,
        labels=(*_labels(record, words), *absurd),
        areas=areas_of(SCHEME, _details(record), places),
    )


def _tongue(source: Source) -> str:
    return "fra" if source.lang == "fr" else "eng"


def _slug(words: Json) -> str:
    slug = text_at(words, "url-slug")
    return slug if re.fullmatch(r"[a-z0-9-]{1,80}", slug) else ""


def _places(code: str, name: str, problems: list[str]) -> tuple[str, ...]:
    if _CODE.fullmatch(code):
        return (code,)
    problems.append(f"no country code: {code[:20]}")
    return named(name)


def _labels(record: Json, words: Json) -> tuple[tuple[str, str], ...]:
    facts = (
        ("recent_updates_type", text_at(record, "recent-updates-type")),
        ("recent_updates", text_at(words, "recent-updates")),
        ("regional", "yes" if record.get("has-regional-advisory") in (1, True, "1") else ""),
    )
    return tuple((name, one_line(value)) for name, value in facts if value)


def _details(record: Json) -> str:
    """The advice itself, which only a single destination's document carries."""
    eng = record.get("eng")
    parts = [html_to_text(v) for k, v in eng.items() if k in _SECTIONS and isinstance(v, str)] if isinstance(eng, dict) else []
    return "\n\n".join(filter(None, parts))


_SECTIONS = ("advisories", "security")
