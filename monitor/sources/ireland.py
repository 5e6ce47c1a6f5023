"""Ireland's travel advice: the page that links to every destination, or one destination's page with its security status."""

from __future__ import annotations

import re

from monitor.knowledge.areas import areas_of
from monitor.knowledge.levels import level_of
from monitor.model import Item, Nature, Source
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.embedded import heading, page_text
from monitor.sources.markup import Range, find, selector
from monitor.sources.sniff import is_challenge, page_fault
from monitor.sources.text import MAX_TEXT, absolute, html_to_text, one_line, path_of, titled, verbatim
from monitor.sources.where import place_of

__all__ = ["parse"]

SCHEME = "ie"
_STATUS, _STATUS_TITLE, _MAIN = selector(".accordion_travel"), selector(".accordion__title"), selector("main, #main-content")
_CLASSES = re.compile(r"""\bclass=["']([^"'<>]{1,300})["']""")
_LINK = re.compile(
    r"""<a\b[^<>]{0,500}?\bhref\s{0,9}=\s{0,9}["']([^"'<>]{1,500})["'][^<>]{0,500}>(.{0,500}?)</a\s*>""", re.IGNORECASE | re.DOTALL
)
_DESTINATION = re.compile(r"/[a-z]{2}/dfa/overseas-travel/advice/([a-z0-9-]{2,80})/?")


def parse(body: bytes, source: Source) -> Parsed:
    """The destination of a page; of the list, every destination, to be followed."""
    page = page_text(body)
    if is_challenge(body):
        raise page_fault(body)
    if "</html" not in page[-5_000:].lower():
        raise bad(BodyFault.CUT_OFF, "the page has no end")
    if status := find(page, _STATUS):
        return collect([status[0]], lambda part, problems: _item(page, body, part, source, problems))
    if not (links := _destinations(page, source)):
        raise page_fault(body)
    return collect(links.items(), lambda pair, problems: _entry(*pair, source, problems))


def _destinations(page: str, source: Source) -> dict[str, str]:
    """The addresses of the destinations that a page links to, each with the name it is first given."""
    found: dict[str, str] = {}
    for link, words in _LINK.findall(page):
        address, name = absolute(source.url, link).split("#")[0], one_line(html_to_text(words))
        if name and _DESTINATION.fullmatch(path_of(address)):
            found.setdefault(address, name)
    return found


def _entry(link: str, name: str, source: Source, problems: list[str]) -> Item:
    return Item(
        source=source.id,
        key=verbatim(path_of(link).rstrip("/")),
        title=name,
        url=link,
        nature=Nature.PAGE,
        issuer=source.issuer,
        authority=source.authority,
        places=place_of(name, (), problems),
        place_name=name,
        follow=link,
    )


def _item(page: str, body: bytes, status: Range, source: Source, problems: list[str]) -> Item:
    """One destination. The status is in the element's classes ("do-not-travel") and in its title."""
    name, words = one_line(html_to_text(heading(body))), _words(page, status)
    classes = _CLASSES.search(page, status.start, status.end)
    code = classes[1].replace("-", " ") if classes else ""
    level = level_of(SCHEME, words) or level_of(SCHEME, code)
    if level is None:
        raise Damaged(BodyFault.RENAMED_KEY, f"no known security status in {words[:80]!r}")
    main, places = find(page, _MAIN), place_of(name, (), problems)
    said = html_to_text(page[status.start : status.end])
    return Item(
        source=source.id,
        key=verbatim(path_of(source.url).rstrip("/")) or name,
        title=titled(name, words),
        text=(html_to_text(page[main[0].start : main[0].end]) if main else words)[:MAX_TEXT],
        url=source.url,
        nature=Nature.PAGE,
        issuer=source.issuer,
        authority=source.authority,
        places=places,
        place_name=name,
        level=level,
        level_text=words,
        level_scheme=SCHEME,
        areas=tuple(a for a in areas_of(SCHEME, said, places) if a.level != level),
    )


def _words(page: str, status: Range) -> str:
    """The title of the security status, as printed."""
    title = find(page, _STATUS_TITLE, status)
    return one_line(html_to_text(page[title[0].start : title[0].end])) if title else ""
