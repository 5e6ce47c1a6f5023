"""Finds the places that running text mentions: longest names first, one pass, proper nouns by their capital letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from monitor.knowledge.gazetteer import LANGS, Row, country_rows, rows


class PlaceKind(StrEnum):
    """How a text names a place; `OTHER` is a name of something else that merely contains a place."""

    COUNTRY = "country"
    DEMONYM = "demonym"
    CAPITAL = "capital"
    CITY = "city"
    AREA = "area"
    GOVERNMENT = "government"
    REGION = "region"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Mention:
    """One place in a text: `text[start:end]`, the codes it stands for, and how.

    `bound` says that a hyphen glues it into a longer word ("Iran-backed", "anti-Israel").
    """

    start: int
    end: int
    text: str
    codes: tuple[str, ...]
    kind: PlaceKind
    bound: bool = False


class Sense(NamedTuple):
    """What a written name stands for; `written` decides which letters must be capitals."""

    written: str
    codes: tuple[str, ...]
    kind: PlaceKind


_WORD = re.compile(r"[^\W_]+")
_BARE = str.maketrans(
    "ÀÁÂÃÄÅĀĂĄÇĆČÈÉÊËĒĖĘĚÌÍÎÏĪİĮÐĎĐÑŃŇÒÓÔÕÖØŌŐŔŘŚŠŞȘŤŢȚÙÚÛÜŪŮŰÝŸŹŻŽŁĞĠĢĪĶĻŅàáâãäåāăąçćčèéêëēėęěìíîïīıįðďđñńňòóôõöøōőŕřśšşșťţțùúûüūůűýÿźżžłğġģķļņ’‘ʻʼ‑‐–",
    "AAAAAAAAACCCEEEEEEEEIIIIIIIDDDNNNOOOOOOOORRSSSSTTTUUUUUUUYYZZZLGGGIKLNaaaaaaaaaccceeeeeeeeiiiiiiidddnnnoooooooorrsssstttuuuuuuuyyzzzlgggkln''''---",
)
_GAPS = {" ": " ", "-": " ", "'": " ", ".": " ", ". ": " ", ", ": ", ", " (": " (", " & ": " & ", "\n": " ", "\u00a0": " ", "  ": " "}


def bare(text: str) -> str:
    """The text without diacritics and with plain quotes and hyphens, letter for letter, so that offsets stay."""
    return text.translate(_BARE)


def _keys(written: str) -> Iterator[str]:
    """The lookup keys that lead to a name, shortest prefix first, the whole name last."""
    plain = bare(written)
    key, end = "", 0
    for word in _WORD.finditer(plain):
        gap = plain[end : word.start()]
        key += (_GAPS.get(gap, gap) if key else "") + word.group().lower()
        end = word.end()
        yield key


@cache
def _lexicon(lang: str | None) -> dict[str, Sense | None]:
    """Lookup key → sense, or None for a key that only begins longer ones; the first row to claim a key keeps it."""
    found: dict[str, Sense | None] = {}
    for row in _rows(lang):
        kind = PlaceKind(row.kind)
        for written in row.names:
            key = ""
            for key in _keys(written):
                found.setdefault(key)
            if found.get(key) is None and key:
                found[key] = Sense(bare(written), row.codes, kind)
    return found


def _rows(lang: str | None) -> Iterator[Row]:
    tongues = LANGS if lang not in LANGS else (lang,)
    table = [row for part in ("aliases", "areas") for row in rows(part)]
    for tongue in tongues:
        yield from (row for row in table if row.lang in (tongue, "*"))
        yield from country_rows(tongue)


def find(text: str, lang: str | None = None) -> tuple[Mention, ...]:
    """All places that a text mentions, in order, never overlapping, the longest name at each point.

    Names count only as proper nouns ("US" and "Turkey", not "us" and "turkey"); headlines in capitals are read too.
    """
    plain = bare(text)
    lexicon = _lexicon(lang)
    words = [match.span() for match in _WORD.finditer(plain)]
    low = plain.lower()
    mentions: list[Mention] = []
    at = 0
    while at < len(words):
        hit = _longest(plain, low, words, at, lexicon)
        if hit is None:
            at += 1
            continue
        sense, after = hit
        start, end = words[at][0], words[after - 1][1]
        mentions.append(Mention(start, end, text[start:end], sense.codes, sense.kind, _bound(plain, start, end)))
        at = after
    return tuple(mentions)


def _longest(plain: str, low: str, words: list[tuple[int, int]], at: int, lexicon: dict[str, Sense | None]) -> tuple[Sense, int] | None:
    """The longest name that begins with the word `at`, and the index of the word after it."""
    start, end = words[at]
    key = low[start:end]
    best: tuple[Sense, int] | None = None
    while key in lexicon:
        sense = lexicon[key]
        if sense is not None and _written_so(plain[start:end], sense.written):
            best = sense, at + 1
        at += 1
        if at == len(words):
            break
        gap = plain[end : words[at][0]]
        if gap not in _GAPS or (gap[0] == "." and end - words[at - 1][0] > 2):
            break
        end = words[at][1]
        key += _GAPS[gap] + low[words[at][0] : end]
    return best


def _written_so(found: str, written: str) -> bool:
    """Whether the found letters are capitals where the name has them; an acronym must be exactly itself."""
    if written.isupper():
        return found == written or found.replace(".", "") == written.replace(".", "")
    return found[0].isupper() or found == written or found.isupper()


def _bound(plain: str, start: int, end: int) -> bool:
    """Whether a hyphen glues the mention to a letter before or after it."""
    before = start > 1 and plain[start - 1] == "-" and plain[start - 2].isalnum()
    return before or (plain[end : end + 1] == "-" and plain[end + 1 : end + 2].isalnum())
