"""The Republic of Korea's travel alarms from its open data: rows of countries and their regions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from monitor.knowledge.levels import level_of
from monitor.model import Area, Item, Nature, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, bad, collect
from monitor.sources.jsontree import Json, a_dict, a_list, read_json, records_under, text_at
from monitor.sources.text import one_line, titled
from monitor.sources.where import by_code, place_of

__all__ = ["parse"]

SCHEME = "kr"
PAGE = "https://www.0404.go.kr/"
_IN_PARTS = "일부"
"""The API's own word in `region_ty` for an alarm that holds in parts of the country."""

Row = tuple[Json, str, str]


def parse(body: bytes, source: Source) -> Parsed:
    """Every country with an alarm; several rows about one country are one item."""
    document = read_json(body)
    rows, claimed = _rows(document)
    groups: dict[str, list[Json]] = {}
    odd = 0
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("country_iso_alp2"), str):
            groups.setdefault(row["country_iso_alp2"].strip().upper() or one_line(str(row.get("country_nm"))), []).append(row)
        else:
            odd += 1
    if odd and not groups:
        raise bad(BodyFault.RENAMED_KEY, "no 'country_iso_alp2'")
    missing = (claimed or 0) - len(rows)
    return collect(
        [*groups.items(), *[("", [])] * odd],
        lambda pair, problems: _item(*pair, source, problems),
        claimed=len(groups) + odd + max(missing, 0),
    )


def _rows(document: Any) -> tuple[list[Any], int | None]:
    """The rows of either generation of the API, and how many there are in all."""
    records_under(document)
    if isinstance(document, dict) and "response" in document:
        _accepted(records_under(document, "response", "header"))
        outer, rows = records_under(document, "response", "body"), records_under(document, "response", "body", "items")
        rows = records_under(rows, "item") if isinstance(rows, dict) else rows
    else:
        _accepted(document)
        outer, rows = document, records_under(document, "data")
    total = outer.get("totalCount") if isinstance(outer, dict) else None
    return a_list(rows, "the rows"), total if isinstance(total, int) and 0 <= total < 100_000 else None


def _accepted(header: Any) -> None:
    """Raises BadBody for an answer that says itself that it is none (a bad key, too many calls)."""
    code = header.get("resultCode") if isinstance(header, dict) else None
    if code is not None and str(code) not in ("0", "00"):
        raise bad(BodyFault.WRONG_FORMAT, f"resultCode {one_line(str(code))}: {one_line(str(header.get('resultMsg')))}")


def _item(code: str, rows: list[Json], source: Source, problems: list[str]) -> Item:
    if not rows:
        raise Damaged(BodyFault.RENAMED_KEY, "a row without 'country_iso_alp2'")
    english, korean = (one_line(text_at(rows[0], field)) for field in ("country_eng_nm", "country_nm"))
    whole = [row for row in rows if text_at(row, "region_ty") != _IN_PARTS]
    levels = [level_of(SCHEME, text_at(row, "alarm_lvl", required=True)) for row in rows]
    known = [found for found in levels if found]
    if not known:
        raise Damaged(BodyFault.WRONG_TYPES, f"{code[:20]}: no known alarm_lvl")
    level = max((found for row, found in zip(rows, levels, strict=True) if found and row in whole), default=level_of(SCHEME, "0"))
    parts = max((found for row, found in zip(rows, levels, strict=True) if found and row not in whole), default=None)
    printed = max(text_at(row, "written_dt") for row in rows)
    published, absurd = dates.believable(dates.parse_date(printed), None, printed)
    lines = [_line(a_dict(row, code)) for row in rows]
    return Item(
        source=source.id,
        key=one_line(code),
        title=titled(english or korean, ", ".join(lines)),
        text="\n".join(lines),
        url=PAGE,
        published=published,
        nature=Nature.PAGE,
        lang="ko",
        issuer=source.issuer,
        authority=source.authority,
        places=place_of(english, by_code(code), problems),
        place_name=english or korean,
        level=level,
        level_text=", ".join(one_line(text_at(row, "alarm_lvl")) for row in rows),
        level_scheme=SCHEME,
        regional_level=parts,
        labels=absurd,
        areas=tuple(_areas(rows)),
    )


def _areas(rows: list[Json]) -> Iterator[Area]:
    """The parts with an alarm of their own; where they lie stands in the remark."""
    for row in rows:
        name, level = one_line(text_at(row, "remark")), level_of(SCHEME, text_at(row, "alarm_lvl"))
        if text_at(row, "region_ty") == _IN_PARTS and name and level:
            yield Area(name[:160], level)


def _line(row: Json) -> str:
    return " ".join(filter(None, (one_line(text_at(row, field)) for field in ("alarm_lvl", "region_ty", "remark"))))
