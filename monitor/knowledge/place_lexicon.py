"""The written names of places as lookup tables: word by word for alphabets, character by character for Japanese."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from monitor.knowledge.gazetteer import LANGS, Row, country_rows, rows


class PlaceKind(StrEnum):
    """How a text names a place; `OTHER` is the name of something else that contains one, or of a water of nobody's."""

    COUNTRY = "country"
    DEMONYM = "demonym"
    CAPITAL = "capital"
    CITY = "city"
    AREA = "area"
    GOVERNMENT = "government"
    REGION = "region"
    OTHER = "other"


class Sense(NamedTuple):
    """What a written name stands for.

    `codes` hold by default, one of `others` when the text around speaks of it. `exact` says that the name counts in this
    very writing alone. `state` marks a part of a country that people write after its towns ("Lebanon, Ohio").
    """

    written: str
    codes: tuple[str, ...]
    others: tuple[str, ...]
    kind: PlaceKind
    exact: bool = False
    state: bool = False


Lexicon = dict[str, Sense | None]
"""Lookup key → sense, or None for a key that only begins longer ones."""

TABLES = ("others", "governments", "aliases", "capitals", "cities", "areas", "demonyms")
"""The hand-written tables of names, the strongest claim to a name first; the derived ones come after them."""

UNSPACED = ("ja", "ko")
"""Languages whose names are found letter by letter: no spaces, or endings glued to the names."""

WORD = re.compile("[^\\W_\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")
JAPANESE = re.compile("[\u3005\u3040-\u30ff\u3400-\u9fff]+|[\uac00-\ud7a3]+(?: [\uac00-\ud7a3]+)*")

GAPS = dict.fromkeys((" ", "-", "'", ".", ". ", "/", "- ", "\n", "\r\n", "\xa0", "  "), " ") | {
    ", ": ", ",
    " (": " (",
    ") ": ") ",
    " & ": " and ",
}
"""What may stand between two words of one name, and how a key writes it."""

_LETTERS = str.maketrans(
    "ÀÁÂÃÄÅĀĂĄÇĆČÈÉÊËĒĖĘĚÌÍÎÏĪİĮÐĎĐÑŃŇÒÓÔÕÖØŌŐŔŘŚŠŞȘŤŢȚÙÚÛÜŪŮŰÝŸŹŻŽŁĞĠĢĪĶĻŅ"
    "àáâãäåāăąçćčèéêëēėęěìíîïīıįðďđñńňòóôõöøōőŕřśšşșťţțùúûüūůűýÿźżžłğġģīķļņ’‘ʻʼ´`‑‐–",
    "AAAAAAAAACCCEEEEEEEEIIIIIIIDDDNNNOOOOOOOORRSSSSTTTUUUUUUUYYZZZLGGGIKLN"
    "aaaaaaaaaccceeeeeeeeiiiiiiidddnnnoooooooorrsssstttuuuuuuuyyzzzlgggikln''''''---",
)
_FOLD = _LETTERS | {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: 0x20}


def bare(text: str) -> str:
    """The text without diacritics, wide letters and curly quotes, letter for letter, so that offsets stay."""
    return text if text.isascii() else text.translate(_FOLD)


def _senses(row: Row, endings: tuple[str, ...]) -> Iterator[Sense]:
    """What each name of a row stands for, `*` written out in all endings."""
    kind = PlaceKind.AREA if row.kind == "state" else PlaceKind(row.kind)
    for name in row.names:
        if name[-1] == "*":
            yield from (Sense(bare(name[:-1] + ending), row.codes, row.others, kind) for ending in endings)
        elif name[0] == "=":
            yield Sense(name[1:], row.codes, row.others, kind, exact=True)
        else:
            yield Sense(bare(name), row.codes, row.others, kind, state=row.kind == "state")


def _keys(written: str) -> list[str]:
    """The lookup keys that lead to a name, its first word first, the whole name last."""
    plain = bare(written).lower()
    if plain.isalnum():
        return [plain]
    keys: list[str] = []
    end = 0
    for word in WORD.finditer(plain):
        gap = plain[end : word.start()]
        keys.append(keys[-1] + GAPS.get(gap, gap) + word.group() if keys else word.group())
        end = word.end()
    return keys


@cache
def endings(lang: str) -> tuple[str, ...]:
    """The endings that adjectives and peoples take in a language."""
    return next((row.names for row in rows("endings") if row.lang == lang and row.kind == "ending"), ("",))


def _named(lang: str, common: bool = False) -> Iterator[Sense]:
    """The senses of the names of a language, with those of any if `common`, the strongest claim first.

    Names that only titles use are left out.
    """
    tongues = (lang, "*") if common else (lang,)
    silent = {bare(name) for row in rows("aliases") if row.kind == "printed" and row.lang == lang for name in row.names}
    for table in TABLES:
        for row in rows(table):
            if row.lang in tongues and row.kind != "printed":
                yield from _senses(row, endings(lang))
    derived = (*rows("exonyms"), *country_rows(lang))
    yield from (sense for row in derived if row.lang == lang for sense in _senses(row, ()) if sense.written not in silent)


_POSSESSED = frozenset({PlaceKind.COUNTRY, PlaceKind.CAPITAL})
_HISSING = ("s", "x", "z", "ß")


def _possessive(lang: str) -> Iterator[Sense]:
    """The names of countries and capitals with the ending that says "of", where a language writes one ("Teile Kenias")."""
    for ending in (row.names[0] for row in rows("endings") if row.lang == lang and row.kind == "genitive"):
        for sense in _named(lang, common=True):
            if sense.kind in _POSSESSED and not sense.exact and sense.written.isalpha() and not sense.written.endswith(_HISSING):
                yield sense._replace(written=sense.written + ending)


@cache
def possessives(lang: str) -> frozenset[str]:
    """The names of a language that mean "of" a place by their ending."""
    return frozenset(sense.written for sense in _possessive(lang) if not sense.written.isupper())


@cache
def prefixes(lang: str) -> frozenset[str]:
    """The letters that may be glued to the front of a name in a language ("in", "against", "all of")."""
    return frozenset(name for row in rows("endings") if row.kind == "prefix" and row.lang == lang for name in row.names)


@cache
def words(lang: str | None) -> Lexicon:
    """The names that a text in `lang` may use: its own, then the English ones.

    For an unknown language English names and the capitalised ones of all others: "chino" is a Chinese man only in Spanish.
    """
    own = lang or "en"
    found: Lexicon = {}
    _fill(found, _named(own, common=True))
    _fill(found, _possessive(own))
    for other in ("en",) if lang else LANGS:
        if other != own:
            _fill(found, (sense for sense in _named(other) if lang or sense.written[0].isupper()))
    return found


def _fill(lexicon: Lexicon, senses: Iterable[Sense]) -> None:
    """Adds the senses whose key nobody claimed yet."""
    for sense in senses:
        if JAPANESE.match(sense.written):
            continue
        *beginnings, key = _keys(sense.written)
        for beginning in beginnings:
            lexicon.setdefault(beginning)
        held = lexicon.get(key)
        if held is None:
            lexicon[key] = sense
        elif held.written[0].isupper() != sense.written[0].isupper() and PlaceKind.DEMONYM in (held.kind, sense.kind):
            lexicon.setdefault(other_case(key), sense)


def other_case(key: str) -> str:
    """The key of what a word means when only its first letter is written the other way: "Siria" the country, "siria" the adjective."""
    return "^" + key


@cache
def characters() -> tuple[dict[str, Sense], dict[str, tuple[int, ...]]]:
    """The Japanese and Korean names, and for each first character the lengths of the names that begin so, longest first."""
    names: dict[str, Sense] = {}
    for sense in (sense for lang in UNSPACED for sense in _named(lang)):
        if JAPANESE.match(sense.written):
            names.setdefault(sense.written, sense)
    lengths: dict[str, set[int]] = {}
    for name in names:
        lengths.setdefault(name[0], set()).add(len(name))
    return names, {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()}
