"""Where on a page something stands and became different: its sections, remembered as hashes like its words."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from ..model import Evidence, Item, plain
from .memory import SHINGLES_KEPT
from .words import novelty

_SENTENCE, _BULLET = 20, 8
"""Characters from which a line says something by itself, and from which it does under a heading."""
_NEW = 0.5
_SHOWN = 3
_QUOTE = 300


def section_of(item: Item, quote: str) -> str:
    """The heading above a quote, "" where the page has none or the quote is not found in it."""
    if not item.headings:
        return ""
    at = item.text.find(quote.strip()[:_QUOTE])
    above = item.text[: max(at, 0)].split("\n")[:-1]
    return next((line for line in reversed(above) if line in item.headings), "")


def marks(item: Item) -> frozenset[int]:
    """The hashes by which a page's lines are known again, alone and under their headings; none for a page without headings."""
    return frozenset(mark for heading, line in _lines(item) for mark in _marks(heading, line)) if item.headings else frozenset()


def differing(item: Item, known: frozenset[int]) -> tuple[Evidence, ...]:
    """What an edition says in new words, or under another heading than before: the first lines, one of each section."""
    found: dict[str, Evidence] = {}
    # a memory that is full has forgotten some, and would take old lines for moved ones
    remembered = len(known) < SHINGLES_KEPT and not known.isdisjoint(marks(item))
    for heading, line in _lines(item):
        if heading not in found and (rule := _difference(heading, line, known, remembered)):
            found[heading] = Evidence(line.strip()[:_QUOTE], rule, item.url, heading)
    return tuple(found.values())[:_SHOWN]


def _difference(heading: str, line: str, known: frozenset[int], remembered: bool) -> str:
    """`new_words`, `moved_words`, or "" for a line that was there."""
    alone, there = _marks(heading, line)
    if remembered and len(line) >= _BULLET and alone in known:
        return "" if there in known else "moved_words"
    enough = _BULLET if remembered and heading else _SENTENCE + 1
    return "new_words" if len(line) >= enough and novelty(line, known) > _NEW else ""


def _lines(item: Item) -> Iterator[tuple[str, str]]:
    """The lines of a text, each with the heading it stands under."""
    heading = ""
    for line in item.text.splitlines():
        if line in item.headings:
            heading = line
        elif line.strip():
            yield heading, line


def _marks(heading: str, line: str) -> tuple[int, int]:
    """The hash of a line, and the hash of it under its heading."""
    words = plain(line).casefold()
    return zlib.crc32(f"\x1e{words}".encode()), zlib.crc32(f"{plain(heading).casefold()}\x1f{words}".encode())
