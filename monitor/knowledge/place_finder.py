"""Finds the places that running text mentions: longest names first, one pass, proper nouns by their capital letters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from monitor.knowledge.gazetteer import LANGS
from monitor.knowledge.place_context import Context, Hit
from monitor.knowledge.place_lexicon import GAPS, JAPANESE, WORD, Lexicon, PlaceKind, Sense, bare, characters, other_case, prefixes, words
from monitor.knowledge.place_senses import ANY, settle

MOST = 20_000
"""More mentions than any text about the world has; a text with more is an attack and is read no further."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One place in a text: `text[start:end]`, the codes it stands for, and how.

    `bound` says that a hyphen glues it into a longer word ("Iran-backed", "anti-Israel"); `shared` that other governments
    have the same name and nothing beside it says whose this one is ("the Foreign Office").
    """

    start: int
    end: int
    text: str
    codes: tuple[str, ...]
    kind: PlaceKind
    bound: bool = False
    shared: bool = False


def find(text: str, lang: str | None = None) -> tuple[Mention, ...]:
    """All places that a text mentions, in order, never overlapping, the longest name at each point.

    Names count only as proper nouns ("US" and "Turkey", not "us" and "turkey"); headlines in capitals are read too.
    `lang` is a BCP 47 tag or None when unknown; Japanese is known by its script. Linear in the length of the text.
    """
    plain = bare(text)
    spans = [match.span() for match in WORD.finditer(plain)]
    tongue = (lang or "")[:2].lower()
    found = _in_words(text, plain, spans, words(tongue if tongue in LANGS else None))
    hits = settle([*islice(found, MOST)], Context(plain, spans))
    if not plain.isascii():
        hits = sorted((*hits, *islice(_in_characters(plain), MOST)))
    return tuple(
        Mention(hit.start, hit.end, text[hit.start : hit.end], hit.codes, hit.kind, _bound(plain, hit), _shared(hit)) for hit in hits
    )


def _in_words(text: str, plain: str, spans: list[tuple[int, int]], lexicon: Lexicon) -> Iterator[Hit]:
    """The names in text that separates its words."""
    low = plain.lower()
    keys = [low[start:end] for start, end in spans]
    at = 0
    while at < len(keys):
        after = at + 1
        if keys[at] in lexicon and (best := _longest(text, plain, keys, spans, at, lexicon)):
            sense, after = best
            start, end = spans[at][0], spans[after - 1][1]
            if sense.written[-1] in ".)" and plain[end : end + 1] == sense.written[-1]:
                end += 1
            yield Hit(start, end, at, after, sense, sense.codes, sense.kind)
        at = after


def _longest(text: str, plain: str, keys: list[str], spans: list[tuple[int, int]], at: int, lexicon: Lexicon) -> tuple[Sense, int] | None:
    """The longest name that begins with the word `at`, and the index of the word after it."""
    start, end = spans[at]
    key = keys[at]
    best: tuple[Sense, int] | None = None
    while key in lexicon:
        sense = lexicon[key]
        if sense is not None and plain[start].isupper() != sense.written[0].isupper():
            sense = lexicon.get(other_case(key)) or sense
        if sense is not None and _written_so(sense, text[start:end], plain[start:end]):
            best = sense, at + 1
        at += 1
        if at == len(keys):
            break
        gap = plain[end : spans[at][0]]
        if gap not in GAPS or (gap == ". " and end - spans[at - 1][0] > 2):
            break
        end = spans[at][1]
        key = key + GAPS[gap] + keys[at]
    return best


_DOTS = str.maketrans("", "", ". ")


def _written_so(sense: Sense, text: str, plain: str) -> bool:
    """Whether a name is written as a name: capitals where it has them, an acronym to the letter."""
    if sense.exact:
        return text == sense.written
    written = sense.written
    if written.isupper():
        return plain.translate(_DOTS) == written.translate(_DOTS)
    if plain == written or plain.isupper():
        return True
    pairs = zip(written.split(" "), plain.split(" "), strict=False)
    return all(found[:1].isupper() for named, found in pairs if named[:1].isupper())


def _in_characters(plain: str) -> Iterator[Hit]:
    """The names in Japanese and Korean text, the longest at each point."""
    names, lengths = characters()
    for run in JAPANESE.finditer(plain):
        at, end = run.span()
        while at < end:
            size = next((n for n in lengths.get(plain[at], ()) if plain[at : at + n] in names and _whole(plain, at, at + n, run.span())), 0)
            if size:
                sense = names[plain[at : at + size]]
                yield Hit(at, at + size, -1, -1, sense, sense.codes, sense.kind)
            at += size or 1


def _whole(plain: str, start: int, end: int, run: tuple[int, int]) -> bool:
    """Whether a name is a word: katakana ends with it, no Korean syllable but a known prefix precedes it, one letter stands alone."""
    return (
        (end - start > 1 or run == (start, end))
        and (not _hangul(plain, start - 1) or not _hangul(plain, start) or plain[start - 1] in prefixes("ko"))
        and not (_katakana(plain, start - 1) and _katakana(plain, start))
        and not (_katakana(plain, end - 1) and _katakana(plain, end))
    )


def _hangul(plain: str, at: int) -> bool:
    return 0 <= at < len(plain) and "\uac00" <= plain[at] <= "\ud7a3"


def _katakana(plain: str, at: int) -> bool:
    return 0 <= at < len(plain) and ("\u30a1" <= plain[at] <= "\u30fa" or plain[at] == "\u30fc")


def _shared(hit: Hit) -> bool:
    return ANY in hit.sense.others and hit.codes == hit.sense.codes


def _bound(plain: str, hit: Hit) -> bool:
    """Whether a hyphen glues the hit to a letter before or after it."""
    before = hit.start > 1 and plain[hit.start - 1] == "-" and plain[hit.start - 2].isalnum()
    return before or (plain[hit.end : hit.end + 1] == "-" and plain[hit.end + 1 : hit.end + 2].isalnum())
