"""Austria's security levels: the object that the ministry's page of travel warnings carries for its map."""

from __future__ import annotations

from typing import Any

from monitor.knowledge.levels import level_of
from monitor.model import Item, Nature, Source
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.embedded import in_variable
from monitor.sources.jsontree import a_dict, text_at
from monitor.sources.text import one_line, titled, verbatim, web_address
from monitor.sources.where import by_code, place_of

__all__ = ["parse"]

SCHEME = "at"
SITE = "https://www.bmeia.gv.at"
_VARIABLE = "bmeiaCountrySecurityInfos"


def parse(body: bytes, source: Source) -> Parsed:
    """Every country of the map."""
    countries = in_variable(body, _VARIABLE)
    if not isinstance(countries, dict):
        raise bad(BodyFault.WRONG_TYPES, f"{_VARIABLE} is no object")
    return collect(countries.items(), lambda pair, problems: _item(*pair, source, problems))


def _item(code: str, value: Any, source: Source, problems: list[str]) -> Item | None:
    if code == "0":
        return None
    record = a_dict(value, code)
    name, printed = one_line(text_at(record, "title")), text_at(record, "security", required=True)
    level = level_of(SCHEME, printed)
    if level is None:
        raise Damaged(BodyFault.WRONG_TYPES, f"{code}: security {printed[:20]!r}")
    # the flag says that the level is that of a part; what the rest has stands in the country's page only
    partial = text_at(record, "securityPartial") not in ("", "0")
    link = text_at(record, "link")
    return Item(
        source=source.id,
        key=verbatim(code),
        title=titled(name, printed),
        text=f"{name}: {printed}" + (" (regional)" if partial else ""),
        url=web_address(SITE + link if link.startswith("/") else link),
        nature=Nature.PAGE,
        lang="de",
        issuer=source.issuer,
        authority=source.authority,
        places=place_of(name, by_code(code), problems, "de"),
        place_name=name,
        level=None if partial else level,
        level_text=printed,
        level_scheme="" if partial else SCHEME,
        regional_level=level if partial else None,
    )
