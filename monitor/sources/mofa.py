"""Japan's safety mails: the open data newarrival, newarrivalL and newarrivalA, and the RSS of anzen.mofa.go.jp."""

from __future__ import annotations

import re
from datetime import datetime

from monitor.knowledge.levels import level_of
from monitor.knowledge.places import by_tag
from monitor.model import Item, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, collect
from monitor.sources.text import MAX_TEXT, html_to_text, one_line, paragraphs, verbatim, web_address
from monitor.sources.where import named
from monitor.sources.xmltree import Node, read_xml

__all__ = ["parse"]

SCHEME = "jp"
_MAX_PLACES = 300
_KEY_IN_LINK = re.compile(r"(?:_|keyCd=)(\d{4}[A-Z]\d{3}|\d{5,9})\b")
_COUNTRY_IN_TITLE = re.compile(r"^(.{1,40}?)の危険情報")
_HAZARD = "T40"


def parse(body: bytes, source: Source) -> Parsed:
    """Every mail of the last 48 hours; fewer mails than before are a quiet day, not a withdrawal."""
    root = read_xml(body, frozenset({"opendata", "rss"}))
    if root.tag == "rss":
        return _rss(root, source)
    generated = dates.parse_date(root.attrs.get("lastModified", ""), dates.JST)
    count = root.attrs.get("mailCount", "")
    return collect(
        root.all("mail"),
        lambda mail, problems: _mail(mail, source, generated, problems),
        claimed=int(count) if count.isascii() and count.isdigit() and len(count) < 7 else None,
        may_be_empty=True,
        generated=generated,
    )


def _mail(mail: Node, source: Source, generated: datetime | None, problems: list[str]) -> Item:
    key, title, kind = verbatim(mail.get("keyCd")), one_line(mail.get("title")), one_line(mail.get("infoType"))
    if not key or not title:
        raise Damaged(BodyFault.RENAMED_KEY, f"a mail without {'keyCd' if not key else 'title'}")
    printed = mail.get("leaveDate")
    published, absurd = dates.believable(dates.parse_date(printed, dates.JST), generated, printed)
    levels = _flags(mail, "riskLevel")
    lowest, highest = (level_of(SCHEME, str(levels[0])), level_of(SCHEME, str(levels[-1]))) if levels else (None, None)
    names = [one_line(country.get("name")) for country in mail.all("country")]
    return Item(
        source=source.id,
        key=key,
        title=title,
        text=_text(mail),
        url=web_address(mail.get("infoUrl")),
        published=published,
        lang="ja",
        issuer=source.issuer,
        authority=source.authority,
        places=_places(mail, problems),
        place_name="、".join(filter(None, names))[:200],
        level=lowest,
        level_text=",".join(f"riskLevel{n}" for n in levels),
        level_scheme=SCHEME if lowest else "",
        regional_level=highest if len(levels) > 1 else None,
        labels=(*_labels(mail, kind, levels), *absurd),
    )


def _text(mail: Node) -> str:
    """The lead, then the main text, which only the long files have and which may be HTML."""
    main = mail.get("mainText")
    return "\n\n".join(filter(None, (paragraphs(mail.get("lead")), html_to_text(main) if "<" in main else paragraphs(main))))[:MAX_TEXT]


def _places(mail: Node, problems: list[str]) -> tuple[str, ...]:
    """The countries by their four digits, or by their name where the digits are unknown; none for many consular mails."""
    found: dict[str, None] = {}
    for country in list(mail.all("country"))[:_MAX_PLACES]:
        number, name = country.get("cd"), one_line(country.get("name"))
        codes = by_tag("mofa", number) if number else ()
        codes = codes or named(name, "ja")
        if not codes:
            problems.append(f"unknown place: {number} {name}".rstrip())
        found.update(dict.fromkeys(codes))
    return tuple(found)


def _flags(mail: Node, prefix: str) -> list[int]:
    """Which of the four 0/1 flags are set, lowest first; several are set when the country is graded by region."""
    return [n for n in range(1, 5) if mail.get(f"{prefix}{n}") == "1"]


def _labels(mail: Node, kind: str, levels: list[int]) -> tuple[tuple[str, str], ...]:
    infection = _flags(mail, "infectionLevel")
    facts = (
        ("info_type", kind),
        ("content_info", one_line(mail.get("contentInfo"))),
        ("risk_levels", ",".join(map(str, levels)) or ("none" if kind == _HAZARD else "")),
        ("infection_levels", ",".join(map(str, infection))),
        ("mission", one_line(mail.get("koukanCd"))),
    )
    return tuple(fact for fact in facts if fact[1])


# --- the RSS of the same ministry -------------------------------------------------------------------------------------


def _rss(root: Node, source: Source) -> Parsed:
    channel = root.first("channel") or root
    generated = next(filter(None, (dates.parse_date(channel.get(tag), dates.JST) for tag in ("pubDate", "lastBuildDate"))), None)
    return collect(channel.all("item"), lambda node, _problems: _news(node, source, generated), may_be_empty=True, generated=generated)


def _news(node: Node, source: Source, generated: datetime | None) -> Item:
    title, link = one_line(node.get("title")), node.get("link")
    if not title:
        raise Damaged(BodyFault.RENAMED_KEY, "a news item without title")
    number, country = _KEY_IN_LINK.search(link), _COUNTRY_IN_TITLE.match(title)
    printed = node.get("pubDate") or node.get("date")
    published, absurd = dates.believable(dates.parse_date(printed, dates.JST), generated, printed)
    text, category = html_to_text(node.get("description")), one_line(node.get("category"))
    return Item(
        source=source.id,
        key=number[1] if number else verbatim(node.get("guid") or link or title),
        title=title,
        text="" if one_line(text) == title else text,
        url=web_address(link),
        published=published,
        lang="ja",
        issuer=source.issuer,
        authority=source.authority,
        places=named(country[1], "ja") if country else (),
        place_name=country[1] if country else "",
        labels=((("category", category),) if category else ()) + absurd,
    )
