"""The United Kingdom's level, told from the words that advise against travel to the whole of a place or to parts of it."""

from __future__ import annotations

import re

from monitor.knowledge.grades import narrowed
from monitor.knowledge.places import PlaceKind
from monitor.knowledge.roles import Role
from monitor.knowledge.seen import Seen

_WHOLE = re.compile(r"(?i)^\W{0,3}(?:the |whole of |rest of |all of |remainder of )*")


def british(seen: list[Seen], places: tuple[str, ...]) -> int | None:
    """The UK's level: 4 or 3 where advice is against travel to the whole place, 2 where to parts of it, None without advice.

    Where parts are graded lower than the rest of a place, theirs is the level that holds somewhere and so the country's.
    """
    clauses = [clause for sentence in seen for clause in _british_clauses(sentence, places)]
    whole = [level for level, extent in clauses if extent == "whole"]
    parts = [level for level, extent in clauses if extent == "parts"]
    if whole:
        return max(whole)
    if any(extent == "rest" for _, extent in clauses) or (parts and len(parts) < len(clauses)):
        return min(level for level, _ in clauses)
    return 2 if clauses or any(_STAYS.search(sentence.sentence.text) for sentence in seen) else None


_AGAINST = re.compile(r"(?i)(?:against|and|or|to) [\"'\u2018\u201c]?(all but essential(?: travel)?|all travel)\b(?: to)?")
_STAYS = re.compile(
    r"(?i)\badvice (?:against travel\w{0,4} to|for) (?:the |other |some |all |remaining ){0,3}"
    r"(?:areas|parts|regions|districts|provinces|states|rest)\b"
    r"[^.;]{0,80}\b(?:remains?|stays?|is|are) (?:in place|in force|unchanged|the same)"
)
"""Advice for parts of a place of which only is said that it stays, its words being told nowhere."""

_EXCEPT = re.compile(
    r"(?i)(?:, including [^.;:]{2,60}?,)?[ ,(]{1,3}(?:but )?(?:except|other than|apart from|excluding|with the exception)\b"
)
_ELSEWHERE = re.compile(
    r"(?i)\W{0,3}(?:elsewhere|(?:everywhere|anywhere) else|(?:all (?:the )?)?(?:(?<=all )other|(?<=all the )other|remaining) "
    r"(?:parts|areas|regions)|the remaining (?:parts|areas) of the country)\b"
)
_AND_THE_REST = re.compile(
    r"(?i)[^.,;:]{2,60}? and (?:to )?(?:the (?:whole )?rest of|"
    r"all (?:of )?(?:the )?(?:other|remaining)(?: remaining| other)? (?:parts|areas|regions) of)\b"
)
"""A part named with all the others in one breath ("to the capital and all other areas of X")."""

_AREAS = re.compile(r"(?i)\b(?:areas|parts|regions|districts) (?:that|to which|where|of)\b")

_NO_LONGER = re.compile(
    r"(?i)(?:no longer \w{0,12}|previously advis\w{1,3} |from (?:advice |advising )?"
    r"|(?:outside|exempt\w{0,3} from|not covered by) (?:\w{2,6} )?advice "
    r"|(?:lift|drop|remov|scrap|withdr|rescind)\w{1,4} (?:\w{2,4} )?(?:advice|warning|recommendation)) ?$"
)
"""Words before advice that is gone, was before, or does not hold here."""


_SINCE_LIFTED = re.compile(
    r"(?i)[^.;]{0,80}?\b(?:has|have|was|were|is) (?:now |also |since |been ){0,3}(?:lifted|removed|dropped|withdrawn|rescinded)"
)
"""Words after advice that is gone ("the advice against all travel to X has been lifted")."""


def _british_clauses(seen: Seen, places: tuple[str, ...]) -> list[tuple[int, str]]:
    out = []
    text = seen.sentence.text
    gone = -1
    for hit in _AGAINST.finditer(text):
        joined = hit.start() - gone <= 1  # "no longer advises against all travel or all but essential travel to ..."
        if joined or _NO_LONGER.search(text[max(0, hit.start() - 30) : hit.start()]) or _SINCE_LIFTED.match(text, hit.end()):
            gone = hit.end()
            continue
        level = 3 if "but" in hit.group().lower() else 4
        out.append((level, _extent(seen, hit.start(), hit.end(), places)))
    return out


def _extent(seen: Seen, before: int, at: int, places: tuple[str, ...]) -> str:
    """Whether advice names the whole place, all of it but an exception (graded lower, perhaps not at all), the rest of it, or parts."""
    text = seen.sentence.text
    rest = text[at : at + 90]
    lead = _WHOLE.match(rest)
    start = at + (lead.end() if lead else 0)
    if _ELSEWHERE.match(rest) or "rest of" in text[max(0, before - 40) : before]:
        return "rest"
    if _AND_THE_REST.match(text, start):
        return "rest"
    for part in seen.parts:
        token = seen.tokens.items[part.at]
        if token.start == start and set(part.codes) & set(places) and part.kind is PlaceKind.COUNTRY and part.role is not Role.PEOPLE:
            follow = text[token.end : token.end + 60]
            if _EXCEPT.match(follow):
                return "except"
            piece = narrowed(text[token.end : token.end + 3])
            return "rest" if "rest of" in rest[: start - at] else "parts" if piece else "whole"
    if rest[start - at :].startswith("country"):
        return "rest" if "rest of" in rest else "whole"
    bare = rest.strip(" .")
    earlier = any(
        p.kind in (PlaceKind.CITY, PlaceKind.CAPITAL, PlaceKind.AREA) and seen.tokens.items[p.at].end <= before for p in seen.parts
    )
    nothing_named = not (seen.tokens.has("SUBAREA") or earlier or _AREAS.search(text, 0, before)) and (
        not bare or bare[0] in "('\u2018\u2019\u201c"
    )
    return "whole" if nothing_named and " where " not in text[:before] and text.rstrip()[-1:] in ".)'\u2019" else "parts"
