"""The tables of the gazetteer: codes for printed names and for the tags of sources, display names for codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from monitor import data

LANGS = ("en", "de", "fr", "es", "ja", "nl", "it", "pt", "pl", "ko")
"""The languages of the display names, in the order in which an ambiguous name is looked up."""


LONGEST = 200
"""More letters than any printed name has, joint titles included; longer ones are not looked at."""


LONGEST_JOINT = 4
"""The most parts that a single name has ("Saint Helena, Ascension and Tristan da Cunha")."""


class Row(NamedTuple):
    """One line of a table: what kind of thing the names are, the codes they carry, in which language.

    `others` are further codes, one of which the names stand for when the text around them speaks of it.
    """

    kind: str
    codes: tuple[str, ...]
    others: tuple[str, ...]
    lang: str
    names: tuple[str, ...]


def lines(table: str) -> list[str]:
    """The lines of a table under seeds/gazetteer/, without comments and empty ones."""
    text = data.seed(f"gazetteer/{table}.tsv").decode("utf-8")
    return [line for line in text.splitlines() if line and line[0] != "#"]


@cache
def rows(table: str) -> tuple[Row, ...]:
    """A table of names: kind, codes ("IL,PS", "LY/LB", "-" for none), language and names, tab-separated."""
    return tuple(_row(*line.split("\t")) for line in lines(table))


def _row(kind: str, codes: str, lang: str, names: str) -> Row:
    first, *others = codes.split("/")
    return Row(kind, tuple(first.split(",")) if first != "-" else (), tuple(others), lang, tuple(names.split("|")))


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
    return [Row("country", (code,), (), lang, (row[at],)) for code, row in _countries().items()]


_NOT_WORDS = re.compile(r"[\W_]+")


def simple(text: str) -> str:
    """A name for comparison: lower case, no diacritics, punctuation as single spaces, `&` as `and`, no leading article."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    words = _NOT_WORDS.sub(" ", "".join(c for c in bare if not unicodedata.combining(c))).strip()
    return words.removeprefix("the ")


NAMED = ("printed", "country", "area", "state")
"""The kinds of rows whose names a government may print as the title of a page, the strongest claim first."""


@cache
def _index(lang: str | None) -> dict[str, tuple[str, ...]]:
    """Comparable name → codes; the names of `lang` win over English, English over the rest."""
    order = dict.fromkeys((lang, *LANGS)) if lang in LANGS else dict.fromkeys(LANGS)
    table = sorted(
        (row for part in ("aliases", "areas") for row in rows(part)), key=lambda row: NAMED.index(row.kind) if row.kind in NAMED else 9
    )
    found: dict[str, tuple[str, ...]] = {}
    for tongue in order:
        here = [row for row in table if row.lang in (tongue, "*") and row.kind in NAMED]
        for row in (*(row for row in here if row.kind == NAMED[0]), *country_rows(str(tongue)), *here):
            for printed in row.names:
                found.setdefault(simple(printed), row.codes or row.others[:1])
    return found


@cache
def _title(kind: str) -> str:
    """The words of one kind in titles.tsv as alternatives of a pattern, the longest first."""
    words = [name for row in rows("titles") if row.kind == kind for name in row.names]
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What leads to a name in titles ("Travel advice for …"), what follows one, what joins names, what makes one formal."""
    return (
        re.compile(rf"^\s*(?:{_title('frame')})(?:\s+(?:{_title('lead')})\s|[\s:,–—-])+", re.I),
        re.compile(rf"[\s:,–—-]*(?:{_title('frame')}).*$", re.I | re.S),
        re.compile(rf"\s*(?:[,;/&+、・]|\b(?:{_title('joint')})\b)\s*", re.I),
        re.compile(rf"^(?:{_title('formal')}) "),
    )


def by_name(name: str, lang: str | None = None) -> tuple[str, ...]:
    """The codes for a name as a government prints it ("The Gambia", "Burma (Myanmar)", "Türkei", "イラン").

    A joint name ("Israel, the West Bank and Gaza") gives all codes in the order of the name. () when any part is unknown.
    """
    if len(name) > LONGEST:
        return ()
    index = _index(lang)
    lead, frame, joint, _ = _patterns()
    bare = frame.sub("", lead.sub("", name))
    for reading in _readings(bare):
        if found := index.get(reading):
            return found
    return _joined([part for part in joint.split(_without_brackets(bare)) if part], index)


_BRACKETS = re.compile(r"\s*[(\[（]([^)\]）]*)[)\]）]?")


def framed(title: str) -> bool:
    """Whether a title has the words that pages of travel advice carry around the name of their place."""
    return re.search(rf"(?:^|\W)(?:{_title('frame')})", title, re.I) is not None


def _without_brackets(name: str) -> str:
    return _BRACKETS.sub(" ", name).strip()


def _readings(name: str) -> Iterator[str]:
    """The comparable forms of one name: whole, without brackets, turned round its comma, informal, what the brackets say."""
    yield simple(name)
    plain = _without_brackets(name)
    yield simple(plain)
    if plain.count(",") == 1:
        yield simple(" ".join(reversed(plain.split(","))))
    yield _patterns()[3].sub("", simple(plain))
    yield from (simple(inside) for inside in _BRACKETS.findall(name))


def _joined(parts: list[str], index: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The codes of all parts, longest runs of parts first ("Bosnia and Herzegovina and Serbia")."""
    formal = _patterns()[3]
    found: dict[str, None] = {}
    while parts:
        for length in range(min(len(parts), LONGEST_JOINT), 0, -1):
            name = simple(" and ".join(parts[:length]))
            if codes := index.get(name) or index.get(formal.sub("", name)):
                break
        else:
            return ()
        found.update(dict.fromkeys(codes))
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
