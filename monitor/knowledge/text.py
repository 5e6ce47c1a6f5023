"""Turns what a source wrote into sentences: markup and invisible characters gone, title, lead and body told apart."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from monitor.model import plain

LONGEST = 120_000
"""Characters of one item that are read; a longer text is no notice, and what is cut off is said in a note."""

LONGEST_TITLE = 2_000
"""Characters of a title that are read."""

LEAD = 3
"""Sentences after the title in which something new is told (the labelling rules look at title and first three)."""

LONGEST_SENTENCE = 600
"""Characters after which text without a full stop (tables, lists) is cut at a space, so that no reading grows beyond it."""


class Zone(StrEnum):
    """Where a sentence stands."""

    TITLE = "title"
    LEAD = "lead"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as a person reads it; `index` counts from 0 (the title is -1).

    `standing` says that a heading of a page has come before it: what follows is the standing text, not the note of changes.
    """

    text: str
    zone: Zone
    index: int
    standing: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Words at which the pages of governments break although no full stop stands there: headings, and ends of notes."""

    headings: re.Pattern[str]
    ends: re.Pattern[str]
    months: re.Pattern[str]

    @staticmethod
    def of(headings: Iterable[str], ends: Iterable[str], months: Iterable[str] = ()) -> Layout:
        """The layout of these words; a number with a full stop before one of `months` is a date and ends no sentence."""
        return Layout(
            _any_of(headings, r"(?:^| )(?=(?:{})(?! ?\())"),
            _any_of(ends, r"(?:{})[\"'\u201d\u2019]?(?= )"),
            _any_of(months, r"(?i)(?:{})\b"),
        )


def _any_of(words: Iterable[str], form: str) -> re.Pattern[str]:
    return re.compile(form.format("|".join(map(re.escape, words)) or r"(?!)"))


PLAIN = Layout.of((), ())
"""The layout of running text."""


_TAG = re.compile(r"<(?:!--|/?[a-zA-Z])[^<>]{0,2000}>")
_BLOCK = re.compile(r"(?i)<(?:/?(?:p|div|li|ul|ol|h[1-6]|tr|table|section|blockquote)\b[^<>]{0,2000}|br\s{0,3}/?)>")
_SCRIPT = re.compile(r"(?i)<(script|style)\b")
_PARAGRAPH = re.compile(r"\n[ \t\r]{0,20}\n|\x1e")
_STOP = re.compile(
    r"[.!?\u2026]+[\"'\u201d\u2019)\]]{0,3} +(?=[\"'\u201c\u2018(\[]?[A-Z\u00c0-\u00de0-9\u00bf\u00a1])"
    r"|(?<=[\u3002\uff01\uff1f])\s{0,3}(?=[^\u300d\u300f\uff09)\s])|(?<=[!?])(?=[^\u300d\u300f\uff09)\s])"
    r"|\s{1,3}(?=[\u25cf\u25cb\u25ce\u25a0\u25a1\u25c6\u25c7])"
)
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Za-z]|U\.S|U\.K|U\.N|D\.C|Dr|Mr|Mrs|Ms|St|No|vs|Gen|Sen|Rep|Gov|Lt|Col|Prof|Jr|Sr|Inc|Ltd|approx|etc|ca|bzw|Nr|usw|Mt|Ft"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec))\.$"
)
_WINDOW = LONGEST_SENTENCE // 4
"""Letters without a space that make it possible that `_cut` cuts a word: twice as many do."""

_ORDINAL = re.compile(r"\b\d{1,2}\.$")
_EMPHASIS = re.compile(r"[*_]{2,20}")


def strip_markup(text: str) -> str:
    """The text without tags, comments, entities and emphasis; block ends become paragraph breaks. A stray `<` stays."""
    return _EMPHASIS.sub(" ", _without_tags(text))


def _without_tags(text: str) -> str:
    if "<" in text:
        text = _TAG.sub(" ", _BLOCK.sub("\x1e", _without_scripts(text)))
    return html.unescape(text) if "&" in text else text


def _without_scripts(text: str) -> str:
    """The text without scripts and styles; one that never ends takes the rest with it."""
    out: list[str] = []
    at = 0
    while opened := _SCRIPT.search(text, at):
        out.append(text[at : opened.start()])
        closing = f"</{opened[1].lower()}"
        closed = text.lower().find(closing, opened.end()) if len(out) < 100 else -1
        at = len(text) if closed < 0 else closed + len(closing)
    out.append(text[at:])
    return " ".join(out)


_DATELINE = re.compile(
    r"^[A-Z][A-Z\u00c0-\u00de .'\u2019-]{2,30}(?:, [A-Z][A-Za-z. ]{2,25})?(?:, [A-Z][a-z]{2,8}\.? \d{1,2})?"
    r" {0,2}(?:\([A-Za-z /.-]{2,25}\))? {0,2}(?:--|\u2014|\u2013|-|:) "
)


def sentences(title: str, body: str, layout: Layout = PLAIN) -> list[Sentence]:
    """Title and body as sentences, at most LONGEST characters of them."""
    head = plain(strip_markup(title[:LONGEST]))[:LONGEST_TITLE]
    found = [Sentence(head, Zone.TITLE, -1)] if head else []
    texts = split(body[:LONGEST], layout)
    if texts:
        texts[0] = _DATELINE.sub("", texts[0]) or texts[0]
    if texts and _repeats(head, texts[0]):
        texts = texts[1:]
    standing = False
    for n, text in enumerate(texts):
        standing = standing or layout.headings.match(text) is not None
        found.append(Sentence(text, Zone.LEAD if n < LEAD else Zone.BODY, n, standing))
    return found


def running(title: str, body: str) -> str | None:
    """One line in which every word of `sentences` stands, in its order; None where a sentence might end inside of a word."""
    if len(title) > LONGEST_TITLE or len(body) > LONGEST:
        return None
    text = f"{_without_tags(title)} {_without_tags(body)}".replace("\x1e", " ").replace("\n", " ")
    if not (text.isascii() and text.isprintable()):
        text = plain(text)
    return text if all(text.find(" ", at, at + _WINDOW) >= 0 for at in range(0, len(text) - _WINDOW, _WINDOW)) else None


def split(body: str, layout: Layout = PLAIN) -> list[str]:
    """The sentences of a running text."""
    out: list[str] = []
    for paragraph in _PARAGRAPH.split(strip_markup(body)):
        text = plain(paragraph)
        if text:
            for piece in _laid_out(text, layout):
                out += _split_paragraph(piece, layout)
    return out


def _laid_out(text: str, layout: Layout) -> list[str]:
    """The pieces between headings and ends of notes."""
    cuts = sorted({m.end() for m in layout.headings.finditer(text)} | {m.end() for m in layout.ends.finditer(text)})
    edges = [0, *cuts, len(text)]
    return [piece for a, b in pairwise(edges) if (piece := text[a:b].strip())]


def _split_paragraph(text: str, layout: Layout) -> list[str]:
    out, start = [], 0
    for stop in _STOP.finditer(text):
        piece = text[start : stop.end()].strip()
        if _ABBREVIATED.search(piece[-12:]) or (_ORDINAL.search(piece[-4:]) and layout.months.match(text, stop.end())):
            continue
        out += _cut(piece)
        start = stop.end()
    return out + _cut(text[start:].strip())


def _cut(piece: str) -> list[str]:
    out = []
    while len(piece) > LONGEST_SENTENCE:
        at = piece.rfind(" ", LONGEST_SENTENCE // 2, LONGEST_SENTENCE)
        at = LONGEST_SENTENCE if at < 0 else at
        out.append(piece[:at])
        piece = piece[at:].strip()
    return [*out, piece] if piece else out


def _repeats(title: str, first: str) -> bool:
    """Whether a feed put the headline into the text once more."""
    return bool(title) and first.rstrip(".").casefold() == title.rstrip(".").casefold()
