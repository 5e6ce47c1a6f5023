"""The Netherlands' travel advice from its open data; the colour stands in Dutch prose, area by area."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from monitor.data import seed
from monitor.knowledge.levels import level_of, scheme
from monitor.knowledge.places import by_tag
from monitor.model import Area, Item, Nature, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, collect
from monitor.sources.jsontree import Json, a_dict, read_json, records_under, text_at
from monitor.sources.text import MAX_TEXT, html_to_text, one_line, titled, verbatim, web_address
from monitor.sources.where import named, place_of
from monitor.sources.xmltree import Node, read_xml

__all__ = ["colours", "parse"]

SCHEME = "nl"
_FIELDS = ("id", "isocode", "location", "introduction", "canonical", "lastmodified", "modificationdate")
_SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n+")
_ISLAND = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_ROOTS = frozenset({"documents", "document", "results", "result", "response"})


def parse(body: bytes, source: Source) -> Parsed:
    """Every destination of the list (JSON or XML), or a single one."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        root = read_xml(body, _ROOTS)
        nodes = [root] if root.tag == "document" else list(root.all("document"))
        records: list[Any] = [{field: node.get(field) for field in _FIELDS} | {"content": _paragraphs(node)} for node in nodes]
    else:
        value = read_json(body)
        records_under(value)
        records = value if isinstance(value, list) else [value]
    return collect(records, lambda record, problems: _item(a_dict(record, "a destination"), source, problems))


def _paragraphs(node: Node, depth: int = 0) -> str:
    """The paragraphs of a single destination's document, in order."""
    if node.tag in ("paragraph", "paragraphtitle"):
        return f"<p>{node.text}</p>"
    return "".join(_paragraphs(child, depth + 1) for child in node.children) if depth < 8 else ""


def _item(record: Json, source: Source, problems: list[str]) -> Item:
    name, code = one_line(text_at(record, "location", required=True)), text_at(record, "isocode") or text_at(record, "id")
    if not name:
        raise Damaged(BodyFault.WRONG_TYPES, "a destination without location")
    # the three islands of BQ have pages of their own, which must not be taken for one place
    places = (code,) if _ISLAND.fullmatch(code) else place_of(name, by_tag("iso3", code), problems, "nl")
    introduction = html_to_text(text_at(record, "introduction"))
    level, regional = colours(introduction, places)
    parts = areas(introduction, places)
    content = record.get("content")
    printed = text_at(record, "lastmodified") or text_at(record, "modificationdate").partition("|")[0]
    published, absurd = dates.believable(dates.parse_date(printed), None, printed)
    details = html_to_text(content) if isinstance(content, str) else ""
    return Item(
        source=source.id,
        key=verbatim(text_at(record, "id") or code) or name,
        title=titled(name, _colour(level) if level else ""),
        text="\n\n".join(filter(None, (introduction, details)))[:MAX_TEXT] or name,
        url=web_address(text_at(record, "canonical")),
        published=published,
        nature=Nature.PAGE,
        lang="nl",
        issuer=source.issuer,
        authority=source.authority,
        places=places,
        place_name=name,
        level=level,
        level_text=_colour(level) if level else "",
        level_scheme=SCHEME if level else "",
        regional_level=regional,
        labels=absurd,
        areas=parts,
    )


def _colour(level: int) -> str:
    found = scheme(SCHEME)
    return next((code for code, graded in found.codes.items() if graded == level), "") if found else ""


# --- the prose --------------------------------------------------------------------------------------------------------


class _Grammar(NamedTuple):
    """seeds/dutch_colours.toml, compiled."""

    about: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    prefixes: tuple[str, ...]
    whole: frozenset[str]
    exceptions: re.Pattern[str]
    next_colour: re.Pattern[str]


@cache
def _grammar() -> _Grammar:
    table = tomllib.loads(seed("dutch_colours.toml").decode())
    found = scheme(SCHEME)
    colour = "|".join(found.codes) if found else "(?!)"
    patterns = [p.replace("COLOUR", rf"(?P<colour>{colour})\b").replace("WHERE", r"(?P<where>[^.;]{1,200}?)") for p in table["patterns"]]
    # an area at the end of a sentence runs to its end, one in the middle is as short as can be
    ended = [p if not p.endswith("{1,200}?)") else p.removesuffix("?)") + ")" for p in patterns]
    exceptions = "|".join(map(re.escape, table["exceptions"]))
    return _Grammar(
        tuple(table["about"]),
        tuple(re.compile(rf"(?:.*\b)?{p}" if p.startswith("voor") else p, re.IGNORECASE) for p in ended),
        tuple(f"{prefix} " for prefix in table["whole_prefixes"]),
        frozenset(table["whole"]),
        re.compile(rf",?\s*\b(?:{exceptions})\b.*", re.IGNORECASE | re.DOTALL),
        re.compile(rf",?\s+(?:{'|'.join(table['joints'])})\s+(?=(?:{colour})\b)", re.IGNORECASE),
    )


def colours(text: str, places: tuple[str, ...]) -> tuple[int | None, int | None]:
    """The level of the country as a whole, and the highest one that only a part has beyond it; None where nothing is said."""
    said = list(_statements(text))
    whole = max((level for where, level in said if _is_whole(where, places)), default=None)
    highest = max((level for where, level in said if not _is_whole(where, places)), default=0)
    return whole, highest if highest > (whole or 0) else None


def areas(text: str, places: tuple[str, ...]) -> tuple[Area, ...]:
    """The parts that have a colour of their own, in the order in which they are named."""
    found = {one_line(where): level for where, level in _statements(text) if not _is_whole(where, places)}
    return tuple(Area(where[:160], level) for where, level in found.items())


def _statements(text: str) -> Iterator[tuple[str, int]]:
    """Where which colour holds, clause by clause."""
    found = (_statement(_grammar().exceptions.sub("", clause)) for clause in _clauses(text))
    return (one for one in found if one is not None)


def _clauses(text: str) -> Iterator[str]:
    """The sentences, and of those that name several colours each part as a sentence of its own."""
    grammar = _grammar()
    for sentence in _SENTENCE.split(text):
        first, *more = grammar.next_colour.split(sentence)
        yield first
        if any(word in first.lower() for word in grammar.about):
            yield from (f"{grammar.about[0]} is {clause}" for clause in more)


def _statement(sentence: str) -> tuple[str, int] | None:
    """Where a sentence says which colour holds; "" for a sentence that names no area."""
    grammar = _grammar()
    if len(sentence) > 1_000 or not any(word in sentence.lower() for word in grammar.about):
        return None
    for pattern in grammar.patterns:
        if (found := pattern.search(sentence)) is not None and (level := level_of(SCHEME, found["colour"])):
            return (found.groupdict().get("where") or "").strip(" .,;:"), level
    return None


def _is_whole(where: str, places: tuple[str, ...]) -> bool:
    grammar = _grammar()
    words = where.lower()
    if not words or words in grammar.whole:
        return True
    for prefix in grammar.prefixes:
        if words.startswith(prefix):
            where = where[len(prefix) :]
            break
    found = named(where.partition(",")[0].strip(), "nl")
    return bool(found) and set(found) == {place[:2] for place in places}
