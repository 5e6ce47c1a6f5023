"""The tables of the gazetteer: codes for printed names and for the tags of sources, display names for codes."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from monitor import data

LANGS = ("en", "de", "fr", "es", "ja", "nl")
"""The languages of the display names, in the order in which an ambiguous name is looked up."""


LONGEST = 200
"""More letters than any printed name has, joint titles included; longer ones are not looked at."""


class Row(NamedTuple):
    """One line of a table: what kind of thing the names are, whose codes they carry and in which language."""

    kind: str
    codes: tuple[str, ...]
    lang: str
    names: tuple[str, ...]


def lines(table: str) -> list[str]:
    """The lines of a table under seeds/gazetteer/, without comments and empty ones."""
    text = data.seed(f"gazetteer/{table}.tsv").decode("utf-8")
    return [line for line in text.splitlines() if line and line[0] != "#"]


def rows(table: str) -> list[Row]:
    """A table of names: KIND, codes, language and names, tab-separated."""
    parts = (line.split("\t") for line in lines(table))
    return [Row(kind, tuple(codes.split(",")) if codes != "-" else (), lang, tuple(names.split("|"))) for kind, codes, lang, names in parts]


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    """alpha-2 → (alpha-3, display names in the order of LANGS)."""
    split = (line.split("\t") for line in lines("countries")[1:])
    return {code: tuple(rest) for code, *rest in split}


def codes() -> tuple[str, ...]:
    """Every code we know: ISO 3166-1 alpha-2 and XK."""
    return tuple(_countries())


def name(code: str, lang: str = "en") -> str:
    """The short display name of a code; English for a language without names, the code itself when it is unknown."""
    row = _countries().get(code)
    return row[1 + (LANGS.index(lang) if lang in LANGS else 0)] if row else code


def country_rows(lang: str) -> list[Row]:
    """The display names of one language as rows of a table."""
    at = 1 + LANGS.index(lang)
    return [Row("country", (code,), lang, (row[at],)) for code, row in _countries().items()]


_NOT_WORDS = re.compile(r"[\W_]+")


def simple(text: str) -> str:
    """A name for comparison: lower case, no diacritics, punctuation as single spaces, `&` as `and`, no leading article."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    words = _NOT_WORDS.sub(" ", "".join(c for c in bare if not unicodedata.combining(c))).strip()
    return words.removeprefix("the ")


NAMED = ("country", "area")
"""The kinds of rows whose names a government may print as the title of a page."""


@cache
def _index(lang: str | None) -> dict[str, tuple[str, ...]]:
    """Comparable name → codes; the names of `lang` win over English, English over the rest."""
    order = dict.fromkeys((*((lang,) if lang in LANGS else ()), *LANGS))
    found: dict[str, tuple[str, ...]] = {}
    table = [row for part in ("aliases", "areas") for row in rows(part) if row.kind in NAMED]
    for tongue in order:
        for code, display in _countries().items():
            found.setdefault(simple(display[1 + LANGS.index(tongue)]), (code,))
        for row in table:
            if row.lang in (tongue, "*"):
                for printed in row.names:
                    found.setdefault(simple(printed), row.codes)
    return found


@cache
def _frames() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What stands around a name in titles ("… travel advisory"), and what joins several names."""
    table = rows("titles")
    frame, joint = ("|".join(re.escape(name) for row in table if row.kind == kind for name in row.names) for kind in ("frame", "joint"))
    return re.compile(rf"[\s:,–—-]*(?:{frame}).*$", re.I | re.S), re.compile(rf"\s*(?:[,;/&+、・]|\b(?:{joint})\b)\s*", re.I)


def by_name(name: str, lang: str | None = None) -> tuple[str, ...]:
    """The codes for a name as a government prints it ("The Gambia", "Burma (Myanmar)", "Türkei", "イラン").

    A joint name ("Israel, the West Bank and Gaza") gives all codes in the order of the name. () when any part is unknown.
    """
    if len(name) > LONGEST:
        return ()
    index = _index(lang)
    if (found := index.get(simple(name))) is not None:
        return found
    frame, joint = _frames()
    bare = re.sub(r"\s*[(\[（].*$", "", frame.sub("", name)).strip()
    if (found := index.get(simple(bare))) is not None:
        return found
    return _joined([part for part in joint.split(bare) if part], index)


def _joined(parts: list[str], index: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The codes of all parts, longest runs of parts first ("Bosnia and Herzegovina and Serbia")."""
    found: dict[str, None] = {}
    while parts:
        length = next((n for n in range(min(len(parts), 6), 0, -1) if simple(" and ".join(parts[:n])) in index), 0)
        if not length:
            return ()
        found.update(dict.fromkeys(index[simple(" and ".join(parts[:length]))]))
        parts = parts[length:]
    return tuple(found)


@cache
def _tags() -> dict[tuple[str, str], tuple[str, ...]]:
    """(scheme, tag) → codes, for all schemes."""
    split = (line.split("\t") for line in lines("tags"))
    found = {(scheme, tag): tuple(value.split(",")) for scheme, value, tags in split for tag in tags.split()}
    return found | {("iso3", row[0]): (code,) for code, row in _countries().items()}


def by_tag(scheme: str, tag: str) -> tuple[str, ...]:
    """The codes for a tag that a source uses for a place; () when unknown.

    Schemes: `fips` (US State Country-Tag: FIPS 10-4 and its additions), `iso3` (ISO 3166-1 alpha-3, Dutch `BQ-…`), `mofa`
    (Japan, four digits after the dialling codes), `usembassy` (host names, `uk` for GB) and `fcdo` (gov.uk slugs).
    """
    match scheme:
        case "fips" | "iso3":
            return _tags().get((scheme, tag.strip().upper()), ())
        case "mofa":
            return _tags().get((scheme, tag.strip().zfill(4)), ())
        case "usembassy":
            host = tag.strip().lower()
            return _tags().get((scheme, host)) or ((host.upper(),) if host.upper() in _countries() else ())
        case "fcdo":
            slug = tag.strip().lower()
            return _tags().get((scheme, slug)) or by_name(slug.replace("-", " "))
        case _:
            return ()
