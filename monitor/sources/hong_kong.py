"""Hong Kong's outbound travel alerts: amber, red and black lists of destinations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from monitor.knowledge.levels import level_of
from monitor.model import Area, Item, Nature, Source
from monitor.sources import dates
from monitor.sources.base import BodyFault, Damaged, Parsed, collect
from monitor.sources.jsontree import a_dict, a_list, read_json, records_under, text_at
from monitor.sources.text import one_line, titled, verbatim
from monitor.sources.where import by_code, place_of

__all__ = ["parse"]

SCHEME = "hk"
PAGE = "https://www.sb.gov.hk/eng/ota/index.html"
HKT = timezone(timedelta(hours=8), "HKT")


class _Alert(NamedTuple):
    """One line of a list; a name with a bracket behind it means a part of the place."""

    name: str
    part: str
    colour: str
    key: str
    code: str
    date: str


def parse(body: bytes, source: Source) -> Parsed:
    """Every destination with an alert; those without are not listed."""
    lists = a_list(records_under(read_json(body), "otas"), "'otas'")
    faults: list[Damaged] = []
    groups: dict[str, list[_Alert]] = {}
    for alert in _alerts(lists, faults):
        groups.setdefault(alert.name, []).append(alert)

    def read(group: list[_Alert] | Damaged, problems: list[str]) -> Item:
        if isinstance(group, Damaged):
            raise group
        return _item(group, source, problems)

    found: list[list[_Alert] | Damaged] = [*groups.values(), *faults]
    return collect(found, read)


def _alerts(lists: list[Any], faults: list[Damaged]) -> Iterator[_Alert]:
    for value in lists:
        try:
            colour = text_at(a_dict(value, "a list"), "level", required=True)
            countries = value.get("countries") or []
            for country in countries if isinstance(countries, list) else [countries]:
                if (alert := _alert(country, colour)) is not None:
                    yield alert
        except Damaged as fault:
            faults.append(fault)


def _alert(value: Any, colour: str) -> _Alert | None:
    country = a_dict(value, "a country")
    if not country.get("showInIndex", True):
        return None
    title = one_line(text_at(country, "titleEn", required=True))
    name, _, part = title.partition("(")
    key, code, date = (text_at(country, field) for field in ("countryFileName", "countryCode", "updateDate"))
    return _Alert(name.strip(), part.rstrip(") "), one_line(colour), key, code, date)


def _item(group: list[_Alert], source: Source, problems: list[str]) -> Item:
    name = group[0].name
    whole = max((found for alert in group if not alert.part and (found := level_of(SCHEME, alert.colour))), default=None)
    parts = max((found for alert in group if alert.part and (found := level_of(SCHEME, alert.colour))), default=None)
    if whole is None and parts is None:
        raise Damaged(BodyFault.WRONG_TYPES, f"{name}: colour {group[0].colour[:20]!r}")
    printed = max(alert.date for alert in group)
    published, absurd = dates.believable(_date(printed), None, printed)
    words = [f"{alert.colour} ({alert.part})" if alert.part else alert.colour for alert in group]
    return Item(
        source=source.id,
        key=verbatim(group[0].key) or name,
        title=titled(name, ", ".join(words)),
        text="\n".join(f"{name}: {word}" for word in words),
        url=PAGE,
        published=published,
        nature=Nature.PAGE,
        issuer=source.issuer,
        authority=source.authority,
        places=place_of(name, by_code(group[0].code), problems),
        place_name=name,
        level=whole or level_of(SCHEME, "none"),
        level_text=", ".join(words),
        level_scheme=SCHEME,
        regional_level=parts,
        labels=absurd,
        areas=tuple(Area(alert.part[:160], found) for alert in group if alert.part and (found := level_of(SCHEME, alert.colour))),
    )


def _date(printed: str) -> datetime | None:
    try:
        return datetime.strptime(printed, "%Y%m%d%H%M%S").replace(tzinfo=HKT).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
