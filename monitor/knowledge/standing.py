"""The level and the place that a page or a notice gives in its words."""

from __future__ import annotations

import re

from monitor.knowledge.grades import canadian, first_grade, french, german, german_report, of_a_part
from monitor.knowledge.grades_britain import british
from monitor.knowledge.grades_japan import counted, japanese, numbered, quoted
from monitor.knowledge.places import PlaceKind
from monitor.knowledge.roles import Role
from monitor.knowledge.seen import Seen, Setting
from monitor.knowledge.text import Zone
from monitor.model import Item, SignalKind, Stage

_BREATH = 4
"""How many words apart two names of one breath stand at most ("X and to the Y")."""
_PAIR = 2
_ADVISED_AGAINST = 3
"""From this level on a grade is advice against going, which may be meant for a part of a country only."""


def page_places(seen: list[Seen], issuer: str | None) -> tuple[str, ...]:
    """The place a page is about: what its title names beside the government that writes it, else the first place of its text."""
    if seen and seen[0].tokens.has("WORLDWIDE") and not seen[0].aims():
        return ()
    for found in seen:
        codes = tuple(dict.fromkeys(c for p in found.parts if p.kind is not PlaceKind.GOVERNMENT for c in p.codes))
        if named := tuple(c for c in codes if c != issuer):
            return named + _joined(seen, named, issuer)
    return ()


def _joined(seen: list[Seen], named: tuple[str, ...], issuer: str | None) -> tuple[str, ...]:
    """Territories a page says it covers beside the one of its title ("this advice also covers ...", "to X and the Y")."""
    lead = [s for s in seen if s.sentence.zone is Zone.LEAD and (s.tokens.has("ALSOCOVERS") or set(s.aims()) > set(named))]
    return tuple(dict.fromkeys(c for s in lead if _one_list(s, named) for c in s.named() + s.aims() if c not in (*named, issuer)))


def _one_list(seen: Seen, named: tuple[str, ...]) -> bool:
    """Whether a sentence names the other territory with the page's own in one breath: one name for both, or two and "and the" between."""
    if seen.tokens.has("ALSOCOVERS"):
        return True
    targets = [p for p in seen.parts if p.role is Role.TARGET]
    if any(p.kind is PlaceKind.COUNTRY and set(named) < set(p.codes) for p in targets):
        return True  # both have one name ("in X and the Y Territories")
    pairs = ((a, b) for a in targets for b in targets if a.at < b.at <= a.at + _BREATH and set(a.codes) <= set(named))
    return len(targets) == _PAIR and any(not set(b.codes) & set(named) for _, b in pairs)


def page_level(item: Item, scheme: str, seen: list[Seen], places: tuple[str, ...]) -> int | None:
    match scheme:
        case "uk":
            return british(seen, places)
        case "de":
            return german(seen, places)
        case "fr":
            return french(seen)
        case "ca":
            return canadian(seen)
        case "us" | "au" | "nz" | "ie" | "jp":
            pass
        case _:
            return None
    title = numbered(item.title)
    if title is not None:
        return title
    if (rest := rest_grade(seen, scheme)) is not None:
        return rest
    for found in seen:
        if grade := first_grade(found.sentence.text, scheme):
            return grade[0]
    return None


def rest_grade(seen: list[Seen], scheme: str) -> int | None:
    """The level of "the rest of the country": the lowest that holds somewhere and so the country's."""
    rest = (first_grade(s.sentence.text, scheme) for s in seen if s.tokens.has("REST") and scheme not in ("us", "uk"))
    return next((grade[0] for grade in rest if grade), None)


_IN_ENGLISH = re.compile(r"(?i)\blevel ([1-4])\b")
"""Japan's levels as papers in English tell them; of two the last is the new one ("from Level 2 to Level 3")."""

_TAKEN_BACK = re.compile(r"(?i)\b(?:lift|drop|remov|rescind|scrap|withdr)\w*,? (?:\w+ ){0,3}level [1-4]\b")
"""A level that is named because it is no more."""


def notice_level(seen: list[Seen], scheme: str, setting: Setting, places: tuple[str, ...] = ()) -> int | None:
    if scheme == "de":
        return german(seen, places) if setting.official else german_report(seen)
    if scheme == "fr":
        return french(seen)
    if scheme not in ("us", "uk", "ca", "au", "nz", "ie", "jp"):
        return None
    if scheme == "jp" and setting.official:
        return japanese(seen)
    if scheme == "uk" and setting.official:
        return british(seen, places)
    if setting.official and (rest := rest_grade(seen, scheme)) is not None:
        return rest
    eased = scheme == "uk" and any(_lifts_advice(s) for s in seen if s.sentence.zone is Zone.TITLE)
    for found in [] if eased else seen:
        if found.tokens.has("SUBAREA") and (scheme == "uk" or not setting.official):
            continue
        stages = {f.stage for f in found.findings if f.kind is SignalKind.ADVISORY_LEVEL}
        if scheme == "uk" and Stage.LIFTED in stages:
            continue  # "drops its advice against all but essential travel"
        if Stage.LIFTED in stages and not setting.official and _TAKEN_BACK.search(found.sentence.text):
            continue
        if stages and scheme in ("us", "jp") and (number := counted(found.sentence.text)):
            return number
        if stages and scheme == "jp" and (english := _IN_ENGLISH.findall(found.sentence.text)):
            return int(english[-1])
        if stages and scheme == "jp" and (named := quoted(found.sentence.text)):
            return min(named)
        if stages and (grade := first_grade(found.sentence.text, scheme, lifted=Stage.LIFTED in stages)):
            partly = scheme == "uk" or (setting.official and (scheme == "us" or grade[0] >= _ADVISED_AGAINST))
            if partly and of_a_part(found, grade[1]):
                continue
            return grade[0]
    return None


def _lifts_advice(seen: Seen) -> bool:
    """Whether a sentence takes advice back, so that the grades told beneath it are the old ones."""
    return any(f.kind is SignalKind.ADVISORY_LEVEL and f.stage is Stage.LIFTED for f in seen.findings)
