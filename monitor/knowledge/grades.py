"""The country-wide level that a text states, by the words of its issuer's scheme."""

from __future__ import annotations

import re
from functools import cache

from monitor.knowledge.levels import scheme
from monitor.knowledge.places import PlaceKind
from monitor.knowledge.roles import Role
from monitor.knowledge.seen import Seen
from monitor.knowledge.text import Zone
from monitor.model import SignalKind, Stage

_FORMER = re.compile(
    r"(?i)\b(?:from|instead of|rather than|formerly|previously|no longer)[ \"'\u2018\u201c]{1,3}"
    r"(?:(?:a|an|the|at|level [1-4]|[:,\u2013-])[ ,:\"'\u2018\u201c]{1,3}){0,3}$"
)
"""Words before a grade that is the old one."""

_TAKEN_AWAY = re.compile(
    r"(?i)\b(?:lift|drop|scrap|remov|rescind|revok|cancel|withdr|end)\w{0,5} "
    r"(?:(?!to\b)[\w'\u2019-]{1,15}[ \"\u201c'\u2018,]{1,2}){0,5}[\"\u201c'\u2018]?$"
)
"""Words before a grade that is taken away with nothing said of what follows."""

_ENDED = re.compile(
    r"(?i)[\"'\u2019\u201d]?(?: (?!to\b)[\w'\u2019-]{1,15}){0,4} "
    r"(?:lifted|dropped|scrapped|removed|rescinded|revoked|cancelled|withdrawn|ended|axed|ditched)\b"
)
"""Words after a grade by which it is taken away ("'do not travel' advice scrapped")."""


def first_grade(text: str, scheme_id: str, *, lifted: bool = False) -> tuple[int, str] | None:
    """The level whose words stand first in a text, and those words; where two begin together the longer one.

    In a text that lifts advice the grade that is taken away does not count.
    """
    found = scheme(scheme_id)
    hits = _pattern(scheme_id).finditer(text) if found and found.words else ()
    gone = (_FORMER, _TAKEN_AWAY) if lifted else (_FORMER,)
    kept = (h for h in hits if not any(g.search(text, max(0, h.start() - 60), h.start()) for g in gone))
    hit = next((h for h in kept if not (lifted and _ENDED.match(text, h.end()))), None)
    if hit is None or found is None:
        return None
    words = re.sub(_GAP, " ", hit.group().lower().replace("\u2019", "'"))
    return dict(found.words)[words], hit.group()


_GAP = "[\"'\u201c\u201d\u2018\u2019]? [\"'\u201c\u201d\u2018\u2019]?"
"""A space between the words of a grade, with the marks of a quotation that may begin or end there."""


@cache
def _pattern(scheme_id: str) -> re.Pattern[str]:
    found = scheme(scheme_id)
    words = sorted((w for w, _ in found.words), key=len, reverse=True) if found else ()
    quoted = (re.escape(w).replace("'", "['\u2019]").replace("\\ ", _GAP) for w in words)
    return re.compile("|".join(quoted), re.IGNORECASE)


_TOWARDS = re.compile(r"(?i)[ ,]{1,2}(?:to|in|within)(?: (?:and|or) (?:to|in|within|from|around|throughout))? (?:the )?")

_BESIDE = re.compile(r"(?i) (?:near|along|outside|around|after|during|between|at|on|through|off|by) ")
_ALL_OF_IT = re.compile(
    r"(?i)(?:this |that |all of |any part of |all parts of |the whole of )?(?:the )?(?:country|nation|islands?|destination)"
)


def of_a_part(seen: Seen, words: str) -> bool:
    """Whether the words of a grade lead to something smaller than a country ("avoid all travel to the border districts")."""
    text = seen.sentence.text
    at = text.find(words) + len(words) - (len(" to") if words.endswith(" to") else 0)
    lead = _TOWARDS.match(text, at)
    if lead is None and _BESIDE.match(text, at):
        return True
    if lead is None or _ALL_OF_IT.match(text, lead.end()):
        return False
    starts = {seen.tokens.items[p.at].start: p for p in seen.parts if p.kind in (PlaceKind.COUNTRY, PlaceKind.CAPITAL)}
    named = starts.get(lead.end()) or starts.get(lead.end() - len("the "))
    return named is None or narrowed(text[seen.tokens.items[named.at].end :])


def canadian(seen: list[Seen]) -> int | None:
    """Canada's level: what stands after the place and a dash, else the first of its words."""
    grades = [(found.sentence.text, grade) for found in seen if not found.changes and (grade := first_grade(found.sentence.text, "ca"))]
    grades = grades or [(found.sentence.text, grade) for found in seen if (grade := first_grade(found.sentence.text, "ca"))]
    headed = (level for text, (level, words) in grades if re.search(r"[-\u2013] ?" + re.escape(words), text))
    return next(headed, grades[0][1][0] if grades else None)


def narrowed(follow: str) -> bool:
    """Whether a name goes on ("Egypt-Libya border", "Mali's north"), so that it is not the place that is meant."""
    return follow[:1] in ("-", "'", "\u2019")


_OF_TRAVEL = ("TRAVEL", "AVOIDTRAVEL", "NOTRAVEL", "ADVICE", "RAISEDSURE")
"""Of what a German sentence must speak for its "warned against" to be a grade."""


def german(seen: list[Seen], places: tuple[str, ...]) -> int | None:
    """Germany's level: 4 or 3 where travel to the whole place (or all the rest of it) is warned or advised against, 2 for parts."""
    best: int | None = None
    partly = any((grade := first_grade(s.sentence.text, "de")) and grade[0] == 2 for s in seen if s.sentence.zone is Zone.TITLE)
    for sentence in seen:
        grade = first_grade(sentence.sentence.text, "de")
        if grade is None or "level_lowered" in sentence.changes or not any(sentence.tokens.has(k) for k in _OF_TRAVEL):
            continue
        whole = grade[0] >= 3 and not (grade[0] == 4 and partly) and _all_of_it(sentence, places)
        best = max(best or 0, grade[0] if whole else 2)
    return best


def _all_of_it(seen: Seen, places: tuple[str, ...]) -> bool:
    """Whether a German sentence aims at the country itself or at its remaining parts."""
    if seen.tokens.has("REST"):
        return True
    if seen.tokens.has("SUBAREA"):
        return False
    aims = [p for p in seen.parts if p.role in (Role.TARGET, Role.WEAK, Role.DESTINATION)]
    return any(p.kind is PlaceKind.COUNTRY and set(p.codes) & set(places) for p in aims) or not aims


def german_report(seen: list[Seen]) -> int | None:
    """The level of which a report on Germany speaks: 4 where a travel warning for a whole country is in force."""
    titles = [s for s in seen if s.sentence.zone is Zone.TITLE]
    advised = {f.stage for s in seen for f in s.findings if f.kind is SignalKind.ADVISORY_LEVEL}
    over = any(f.kind is SignalKind.ADVISORY_LEVEL and f.stage is Stage.LIFTED for s in titles for f in s.findings)
    if not over and any(_partly_warned(s) for s in seen) and not any(_warned(s) == _WARNING for s in titles):
        return 2
    if any(s.tokens.has("SUBAREA") for s in titles):
        return None
    for sentence in seen:
        stages = {f.stage for f in sentence.findings if f.kind is SignalKind.ADVISORY_LEVEL}
        stages = advised if sentence in titles else stages  # a headline names the warning, the text tells whose
        if not stages & {Stage.IN_EFFECT, Stage.ANNOUNCED} or sentence.tokens.has("SUBAREA"):
            continue
        if not over and (level := _warned(sentence)):
            return level
        if stages and _advised_against(sentence):
            return 3
    return None


_WARNING = 4


def _warned(seen: Seen) -> int | None:
    """The level of a warning that a sentence names as such: 4, or 2 where it is for parts."""
    grade = first_grade(seen.sentence.text, "de") if _named_warning(seen) else None
    return grade[0] if grade and grade[0] in (2, _WARNING) else None


def _partly_warned(seen: Seen) -> bool:
    """Whether a sentence of headline or lead states a warning for parts of a country, by its fixed name."""
    stages = {f.stage for f in seen.findings if f.kind is SignalKind.ADVISORY_LEVEL}
    return seen.sentence.zone is not Zone.BODY and _warned(seen) == 2 and Stage.IN_EFFECT in stages


def _named_warning(seen: Seen) -> bool:
    """Whether a warning is named as such, even by the phrase that makes it one ("spricht ... Reisewarnung ... aus")."""
    return seen.tokens.has("ADVICE") or seen.tokens.has("RAISEDSURE")


_APART = "advises-against-taken-apart"
"""The rule for the verb that German takes apart, so that its grade has no words in a row."""


def _advised_against(seen: Seen) -> bool:
    """Whether a report says that journeys to a country itself are advised against, not only warns of something there."""
    said = any(f.rule.name == _APART for f in seen.findings) or (first_grade(seen.sentence.text, "de") or (0, ""))[0] == 3
    travel = seen.tokens.has("TRAVEL") or seen.tokens.has("AVOIDTRAVEL")
    aims = [p for p in seen.parts if p.role in (Role.TARGET, Role.WEAK, Role.DESTINATION)]
    return said and travel and any(p.kind is PlaceKind.COUNTRY for p in aims)


def french(seen: list[Seen]) -> int | None:
    """France's level: 4 where a whole country is formally advised against; its map zones are no level of a country."""
    for sentence in seen:
        graded = _grades(sentence.sentence.text, "fr")
        whole = sentence.tokens.has("WHOLE") or not (sentence.tokens.has("SUBAREA") or len(graded) > 1)
        if _WARNING in graded and whole:
            return _WARNING
    return None


def _grades(text: str, scheme_id: str) -> set[int]:
    """All levels whose words a text states."""
    found = scheme(scheme_id)
    words = dict(found.words) if found else {}
    return {words[hit.group().lower().replace("\u2019", "'")] for hit in _pattern(scheme_id).finditer(text)}
