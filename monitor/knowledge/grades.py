"""The country-wide level that a text states, by the words of its issuer's scheme."""

from __future__ import annotations

import re
from functools import cache

from monitor.knowledge.findings import Seen
from monitor.knowledge.levels import scheme
from monitor.knowledge.roles import Role

_NUMBERED = re.compile(r"(?i)\b(?:level|レベル|stufe)\s{0,2}([1-4１-４])|レベル\s{0,2}([1-4１-４])")
_WHOLE = re.compile(r"(?i)^\W{0,3}(?:the |whole of |the whole of |all of )*")


def first_grade(text: str, scheme_id: str) -> tuple[int, str] | None:
    """The level whose words stand first in a text, and those words; where two begin together the longer one."""
    found = scheme(scheme_id)
    hit = _pattern(scheme_id).search(text) if found and found.words else None
    if hit is None or found is None:
        return None
    words = hit.group().lower().replace("\u2019", "'")
    return dict(found.words)[words], hit.group()


@cache
def _pattern(scheme_id: str) -> re.Pattern[str]:
    found = scheme(scheme_id)
    words = sorted((w for w, _ in found.words), key=len, reverse=True) if found else ()
    return re.compile("|".join(re.escape(w).replace("'", "['\u2019]") for w in words), re.IGNORECASE)


def numbered(text: str) -> int | None:
    """The number after the word level, of a headline."""
    hit = _NUMBERED.search(text)
    return int(hit.group(1) or hit.group(2)) if hit else None


def british(seen: list[Seen], places: tuple[str, ...]) -> int | None:
    """The UK's level: 4 or 3 where advice is against travel to the whole place, 2 where to parts of it, None without advice."""
    best: int | None = None
    for sentence in seen:
        for level, whole in _british_clauses(sentence, places):
            best = max(best or 0, level if whole else 2)
    return best


def _british_clauses(seen: Seen, places: tuple[str, ...]) -> list[tuple[int, bool]]:
    out = []
    text = seen.sentence.text
    found = scheme("uk")
    assert found is not None
    for hit in re.finditer(r"(?i)against (all but essential|all) travel\b(?: to)?", text):
        if re.search(r"(?i)no longer \w{0,12} ?$", text[max(0, hit.start() - 30) : hit.start()]):
            continue
        level = 3 if "but" in hit.group().lower() else 4
        out.append((level, _whole(seen, hit.end(), places)))
    return out


def _whole(seen: Seen, at: int, places: tuple[str, ...]) -> bool:
    """Whether the words at an offset name the whole place and not an area of it."""
    rest = seen.sentence.text[at : at + 90]
    lead = _WHOLE.match(rest)
    start = at + (lead.end() if lead else 0)
    if not rest.strip(" .('"):
        return True
    for part in seen.parts:
        token = seen.tokens.items[part.at]
        if token.start == start:
            return set(part.codes) & set(places) != set() and part.role is not Role.PEOPLE and "CITY" not in token.classes
    return rest.lstrip(" .").startswith(("(", "'", "\u2018", "\u2019"))
