"""A page of the web as a source, for governments without feeds: its main text, or the part that selectors name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from monitor.data import seed
from monitor.errors import BadBody
from monitor.model import Item, Nature, Source
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.dates import believable, parse_date
from monitor.sources.embedded import page_text
from monitor.sources.markup import Range, find, selector, without
from monitor.sources.sniff import is_challenge, page_fault, title_of
from monitor.sources.text import MAX_TEXT, absolute, html_to_text, one_line, verbatim, web_address
from monitor.sources.where import by_code, place_of

__all__ = ["parse"]

_DAY_FIRST = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")
_LINK = re.compile(r"""<a\b[^<>]{0,500}?\bhref\s{0,9}=\s{0,9}["']([^"'<>]{1,2048})["']""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Habits:
    """What is known of pages at large: seeds/pages.toml."""

    main: tuple[str, ...]
    drop: str
    headings: str
    noise: tuple[re.Pattern[str], ...]
    dated: tuple[re.Pattern[str], ...]
    least: int


def parse(body: bytes, source: Source) -> Parsed:
    """The page as one item; with `options.each`, one item for each element that is meant.

    Options: `select` (where the words are), `drop` (what else to leave out), `each`, `place` (the code of the country it is
    about). Raises BadBody for what is no page, a bot challenge, a page without the part, and one that ends within it.
    """
    page, options = page_text(body), dict(source.options)
    if is_challenge(body):
        raise page_fault(body)
    part = _part(page, body, options.get("select", ""))
    dropped = find(page, selector(", ".join(filter(None, (_habits().drop, options.get("drop", ""))))), part)
    if each := options.get("each", ""):
        parts = find(page, selector(each), part)
        if not parts:
            raise bad(BodyFault.NO_ITEMS, f"nothing on the page is {each!r}")
        return collect(parts, lambda one, problems: _entry(page, one, dropped, source, problems))
    return collect([part], lambda one, problems: _whole(page, one, dropped, body, source, problems))


def _part(page: str, body: bytes, wanted: str) -> Range:
    """Where the words are; the longest of several."""
    for candidate in (wanted,) if wanted else _habits().main:
        if found := find(page, selector(candidate)):
            longest = max(found, key=lambda r: r.end - r.start)
            if not longest.closed:
                raise bad(BodyFault.CUT_OFF, f"the page ends within its {longest.tag}")
            return longest
    if "</html" not in page[-5_000:].lower():
        raise bad(BodyFault.CUT_OFF, "the page ends before its words")
    raise BadBody(BodyFault.HTML, f"nothing on the page is {wanted or 'its main text'!r}: {title_of(body)}"[:300])


def _whole(page: str, part: Range, dropped: Sequence[Range], body: bytes, source: Source, problems: list[str]) -> Item:
    text, published = _words(without(page, part, dropped))
    if len(text) < _habits().least:
        raise Damaged(BodyFault.HTML, f"only {len(text)} characters of words: {title_of(body)}")
    title = _heading(page, part) or title_of(body)
    item = _item(source, source.url or source.id, title, text, published, source.url, Nature.PAGE, problems)
    return replace(item, headings=_sections(page, part, text))


def _sections(page: str, part: Range, text: str) -> tuple[str, ...]:
    """The lines of the text that head a section."""
    there = set(text.split("\n"))
    found = (line for h in find(page, selector(_habits().headings), part) for line in html_to_text(page[h.start : h.end]).split("\n"))
    return tuple(dict.fromkeys(line for line in found if line in there and line))


def _entry(page: str, part: Range, dropped: Sequence[Range], source: Source, problems: list[str]) -> Item:
    raw = without(page, part, [d for d in dropped if part.start <= d.start and d.end <= part.end])
    text, published = _words(raw)
    link = _LINK.search(raw)
    url = absolute(source.url, link[1]) if link else ""
    title = _heading(page, part) or text.split("\n", 1)[0]
    return _item(source, url or title, title, text, published, url or source.url, Nature.NOTICE, problems)


def _item(
    source: Source, key: str, title: str, text: str, published: datetime | None, url: str, nature: Nature, problems: list[str]
) -> Item:
    own = dict(source.options).get("place", "")
    when, absurd = believable(published, None, published or "")
    return Item(
        source=source.id,
        key=verbatim(key),
        title=one_line(title),
        text=text[:MAX_TEXT],
        url=web_address(url),
        published=when,
        nature=nature,
        lang=source.lang,
        issuer=source.issuer,
        authority=source.authority,
        places=place_of("", by_code(own), problems, source.lang) if own else (),
        labels=absurd,
    )


def _heading(page: str, part: Range) -> str:
    """The first heading in a part, else the page's own."""
    for level in ("h1", "h2, h3, h4"):
        if found := find(page, selector(level), part):
            return one_line(html_to_text(page[found[0].start : found[0].end]))
    return ""


def _words(raw: str) -> tuple[str, datetime | None]:
    """The lines that say something, and the date that the page gives itself."""
    kept: list[str] = []
    published: datetime | None = None
    for line in html_to_text(raw).split("\n"):
        if any(p.fullmatch(line) for p in _habits().noise):
            continue
        if len(line) < 120 and (dated := next((m for p in _habits().dated if (m := p.fullmatch(line))), None)) is not None:
            published = published or _date(dated["date"])
            continue
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip(), published


def _date(words: str) -> datetime | None:
    """A printed date; day before month, as governments outside North America write it."""
    found = _DAY_FIRST.search(words)
    return parse_date(f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else words.strip(" ."))


@cache
def _habits() -> _Habits:
    raw = tomllib.loads(seed("pages.toml").decode())
    drop, headings = ", ".join(raw["drop"]), ", ".join(raw["headings"])
    return _Habits(tuple(raw["main"]), drop, headings, tuple(_patterns(raw["noise"])), tuple(_patterns(raw["dated"])), raw["least"])


def _patterns(lines: Sequence[str]) -> Iterator[re.Pattern[str]]:
    return (re.compile(line, re.IGNORECASE) for line in lines)
