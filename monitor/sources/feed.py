"""Feeds as sources: every entry of an RSS, Atom or JSON feed as a notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from monitor.model import Item, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.feed_formats import Entry, Feed, read_feed
from monitor.sources.text import MAX_TEXT, html_to_text, one_line, verbatim, web_address
from monitor.sources.where import by_code

__all__ = ["items", "parse"]

_MAX_CATEGORIES = 20


def parse(body: bytes, source: Source) -> Parsed:
    """Every entry as a notice; an empty feed of the right form is a quiet day.

    Options: `host`, the country in which the mission stands that speaks here, for what names no place itself; `publisher`,
    the outlet that has several feeds, so that they do not count as independent of each other.
    """
    return items(read_feed(body), source)


def items(feed: Feed, source: Source, refine: Callable[[Item, Entry], Item] | None = None) -> Parsed:
    """The entries as items of a source; `refine` adds what a kind of feed says beside."""
    generated = dates.parse_date(feed.date)
    lang = source.lang if source.lang != "en" or not feed.lang else feed.lang

    def read(entry: Entry, _problems: list[str]) -> Item:
        item = _item(entry, source, lang, generated)
        return refine(item, entry) if refine else item

    entries = feed.entries[:-1] if feed.cut and feed.entries else feed.entries
    if feed.cut and not entries:
        raise bad(BodyFault.CUT_OFF)
    parsed = collect(entries, read, may_be_empty=True, generated=generated)
    if not feed.cut:
        return parsed
    problems = ("cut_off: the end is missing", *parsed.problems)
    return replace(parsed, total=parsed.total + 1, damaged=parsed.damaged + 1, problems=problems, partial=True)


def _item(entry: Entry, source: Source, lang: str, generated: datetime | None) -> Item:
    title = one_line(entry.title)
    summary, content = html_to_text(entry.summary), html_to_text(entry.content)
    text = content if summary in content else summary if content in summary else f"{summary}\n\n{content}"
    if not title and not text:
        raise Damaged(BodyFault.RENAMED_KEY, "an entry without title and text")
    published, absurd = dates.believable(dates.parse_date(entry.date), generated, entry.date)
    publisher = one_line(entry.publisher)
    categories = dict.fromkeys(one_line(c) for c in entry.categories[:_MAX_CATEGORIES])
    return Item(
        source=source.id,
        key=verbatim(entry.key or entry.link or title),
        # an aggregator's titles end in the name of the outlet
        title=title.removesuffix(f" - {publisher}") if publisher else title,
        text=text[:MAX_TEXT],
        url=web_address(entry.link) or web_address(entry.key),
        published=published,
        lang=lang,
        issuer=source.issuer,
        authority=source.authority,
        publisher=publisher or one_line(dict(source.options).get("publisher", "")),
        labels=(*_host(source), *(("category", c) for c in categories if c), *absurd),
    )


def _host(source: Source) -> tuple[tuple[str, str], ...]:
    """Where the mission stands, when the source names a country that there is."""
    codes = by_code(dict(source.options).get("host", ""))
    return (("host", ",".join(codes)),) if codes else ()
