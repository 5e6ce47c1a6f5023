"""Dates in running text, resolved against the day of publication."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache

_JA = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})日)?|(\d{4})年")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DIGIT = re.compile(r"\d")
_AHEAD = timedelta(days=120)


@cache
def _pattern(months: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, months), key=len, reverse=True)) or r"(?!)"
    day = r"(?P<{}>\d{{1,2}})(?:st|nd|rd|th|er|\.)?"
    year = r"(?:[ ,]{{1,3}}(?:de |del )?(?P<{}>(?:19|20)\d{{2}})\b)?"
    forms = (
        rf"\b(?P<m>{names})\b\.? {day.format('d')}(?!\d){year.format('y')}",
        rf"\b{day.format('d2')}(?: de| of)? (?P<m2>{names})\b{year.format('y2')}",
        rf"\b(?P<m3>{names})\b,?(?: of| de| del)? (?P<y3>(?:19|20)\d{{2}})\b",
        r"\b(?:in|since|im|seit|jahr|en|depuis|desde|sinds) (?P<y4>(?:19|20)\d{2})\b",
    )
    return re.compile("|".join(forms), re.IGNORECASE)


def dates(text: str, months: dict[str, int], today: date | None) -> list[tuple[int, date]]:
    """Dates that a text gives, each with its offset; one without a year is put nearest to `today`, without it left out."""
    if not _DIGIT.search(text):
        return []
    found = [*_western(text, months, today), *_japanese(text, today)]
    for hit in _ISO.finditer(text):
        found += _known(hit.start(), int(hit[1]), int(hit[2]), int(hit[3]), today)
    return sorted((at, day) for at, day in found if not _OF_A_PAPER.search(text, max(0, at - 12), at))


_OF_A_PAPER = re.compile(r"(?i)\bdated (?:\w{1,9} )?$")
"""Words before a day that names an older text ("replaces the warning dated 3 May") and tells of no act."""


def _western(text: str, months: dict[str, int], today: date | None) -> list[tuple[int, date]]:
    out: list[tuple[int, date]] = []
    if not months:
        return out
    for hit in _pattern(tuple(months)).finditer(text):
        group = hit.groupdict()
        month = group["m"] or group["m2"] or group["m3"]
        year = group["y"] or group["y2"] or group["y3"] or group["y4"]
        day = group["d"] or group["d2"]
        out += _known(hit.start(), int(year) if year else None, months[month.lower()] if month else 1, int(day) if day else 1, today)
    return out


def _japanese(text: str, today: date | None) -> list[tuple[int, date]]:
    out: list[tuple[int, date]] = []
    for hit in _JA.finditer(text):
        year = hit[1] or hit[4]
        out += _known(hit.start(), int(year) if year else None, int(hit[2] or 1), int(hit[3] or 1), today)
    return out


def _known(at: int, year: int | None, month: int, day: int, today: date | None) -> list[tuple[int, date]]:
    try:
        if year is not None:
            return [(at, date(year, month, day))] if 1900 <= year <= 2100 else []
        if today is None:
            return []
        this = date(today.year, month, day)
    except ValueError:
        return []
    if this - today > _AHEAD:
        return [(at, this.replace(year=today.year - 1, day=min(day, 28) if month == 2 else day))]
    if today - this > timedelta(days=365 - 120):
        return [(at, this.replace(year=today.year + 1, day=min(day, 28) if month == 2 else day))]
    return [(at, this)]
