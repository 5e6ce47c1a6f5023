"""UK travel advice from GOV.UK: the content API's index of all destinations or one destination's page, or the Atom feed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from monitor.knowledge.areas import areas_of
from monitor.knowledge.levels import level_of
from monitor.knowledge.places import by_tag
from monitor.model import Area, Item, Nature, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.feed import items
from monitor.sources.feed_formats import Entry, read_feed
from monitor.sources.jsontree import Json, a_dict, a_list, read_json, records_under, strings, text_at
from monitor.sources.text import html_to_text, one_line, path_of, verbatim
from monitor.sources.where import place_of

__all__ = ["parse"]

SCHEME = "uk"
SITE = "https://www.gov.uk"
PAGES = "/foreign-travel-advice/"
_SLUG = re.compile(r"[a-z0-9-]{1,100}")
_PATH = re.compile(r"/[\w./-]{1,200}", re.ASCII)
_PARTS, _WHOLE = "_to_parts", "_to_whole_country"


def parse(body: bytes, source: Source) -> Parsed:
    """The index (`links.children`), one page (`details.country` at the top), or the newest changes (Atom).

    Index and Atom only tell that something is new; the page behind an entry says what.
    """
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return items(read_feed(body), source, lambda item, entry: _hint(item, entry, source))
    document = a_document(read_json(body))
    details = document.get("details")
    if isinstance(details, dict) and "country" in details:
        pages: list[Any] = [document]
    else:
        pages = a_list(records_under(document, "links", "children"), "'links.children'")
    return collect(pages, lambda page, problems: _item(a_dict(page, "a page"), source, problems))


def _hint(item: Item, entry: Entry, source: Source) -> Item:
    """An entry of the Atom feed: its title is the country, its id the page and the time of the change."""
    path = path_of(entry.link or entry.key)
    slug = path.removeprefix(PAGES)
    if not path.startswith(PAGES) or not _SLUG.fullmatch(slug):
        raise Damaged(BodyFault.WRONG_TYPES, f"no travel advice: {path[:80]!r}")
    return replace(
        item,
        key=path,
        nature=Nature.PAGE,
        places=place_of(item.title, by_tag("fcdo", slug), []),
        place_name=item.title,
        follow=urljoin(source.url, f"/api/content{path}"),
        labels=(("change_note", one_line(item.text)),),
    )


def a_document(value: Any) -> Json:
    """The document itself; raises BadBody for anything that is no object or that GOV.UK marks as an error."""
    records_under(value)
    if not isinstance(value, dict):
        raise bad(BodyFault.WRONG_TYPES, "the document is no object")
    return value


def _item(page: Json, source: Source, problems: list[str]) -> Item | None:
    if page.get("withdrawn") is True:
        return None
    details = a_dict(page.get("details"), "'details'")
    country = a_dict(details.get("country"), "'details.country'")
    name, slug = one_line(text_at(country, "name", required=True)), text_at(country, "slug")
    path = text_at(page, "base_path") or f"{PAGES}{slug}"
    printed = text_at(page, "public_updated_at")
    published, absurd = dates.believable(dates.parse_date(printed), None, printed)
    codes = _alert_status(details)
    level, regional = _levels(codes, problems)
    places = place_of(name, by_tag("fcdo", slug), problems)
    return Item(
        source=source.id,
        key=verbatim(path),
        title=one_line(text_at(page, "title") or name),
        text=_text(details),
        url=SITE + path if _PATH.fullmatch(path) else "",
        published=published,
        nature=Nature.PAGE,
        issuer=source.issuer,
        authority=source.authority,
        places=places,
        place_name=name,
        level=level,
        level_text="; ".join(code.replace("_", " ") for code in codes or ()),
        level_scheme=SCHEME if level else "",
        regional_level=regional,
        areas=_areas(details, places) if regional else (),
        follow=f"{source.url.rstrip('/')}/{slug}" if codes is None and _SLUG.fullmatch(slug) else "",
        labels=(*_labels(details), *absurd),
    )


def _alert_status(details: Json) -> list[str] | None:
    """The codes of the page; None on the index, which has none."""
    if "alert_status" not in details:
        return None
    value = details["alert_status"]
    if not isinstance(value, list | None):
        raise Damaged(BodyFault.WRONG_TYPES, "'alert_status' is no list")
    return sorted({one_line(code) for code in strings(value)})


def _levels(codes: list[str] | None, problems: list[str]) -> tuple[int | None, int | None]:
    """The level of the whole country, and for advice about parts of it the level these parts have."""
    if codes is None:
        return None, None
    if not codes:
        return level_of(SCHEME, ""), None
    problems += [f"unknown alert_status: {code}" for code in codes if level_of(SCHEME, code) is None]
    whole = [found for code in codes if (found := level_of(SCHEME, code))]
    parts = [found for code in codes if code.endswith(_PARTS) and (found := level_of(SCHEME, code.replace(_PARTS, _WHOLE)))]
    return max(whole, default=None), max(parts, default=None)


def _areas(details: Json, places: tuple[str, ...]) -> tuple[Area, ...]:
    """The parts that the page's first part, the one about warnings, advises against."""
    parts = details.get("parts")
    first = next((p for p in parts if isinstance(p, dict)), None) if isinstance(parts, list) else None
    return areas_of(SCHEME, html_to_text(_body(first.get("body"))) if first else _note(details), places)


def _text(details: Json) -> str:
    """The change note, then the page's parts where the document carries them."""
    parts = details.get("parts")
    pieces = [_note(details)]
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict):
            pieces += [one_line(text_at(part, "title")), html_to_text(_body(part.get("body")))]
    return "\n\n".join(filter(None, pieces))


def _body(body: Any) -> str:
    """A part's body: HTML, or the same text in several content types."""
    if isinstance(body, str):
        return body
    versions = [v for v in body if isinstance(v, dict) and isinstance(v.get("content"), str)] if isinstance(body, list) else []
    versions.sort(key=lambda version: version.get("content_type") != "text/html")
    return str(versions[0]["content"]) if versions else ""


def _note(details: Json) -> str:
    return html_to_text(text_at(details, "change_description"))


def _labels(details: Json) -> tuple[tuple[str, str], ...]:
    facts = (("change_note", one_line(_note(details))), ("reviewed_at", one_line(text_at(details, "reviewed_at"))))
    return tuple(fact for fact in facts if fact[1])
