"""How far along an act is and when it holds: the words that move its stage, and its date."""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import date, timedelta

from monitor.knowledge.people import audiences
from monitor.knowledge.rules import Force, Language, Rule
from monitor.knowledge.seen import Finding, Seen, Setting
from monitor.knowledge.sweep import Match
from monitor.knowledge.text import Zone
from monitor.knowledge.tokens import Tokens
from monitor.model import SignalKind, Stage

RECENT = timedelta(days=14)
"""How old an act may be to be news (the labelling rules)."""

_OLD_ENOUGH = timedelta(days=15)

_LONG_AGO = timedelta(days=60)
"""A sentence that gives only days so old tells a story, whatever clause they stand in."""

_PASSES = frozenset({SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE, SignalKind.EVACUATION, SignalKind.EMBASSY_CLOSURE})
"""Acts that are no news once a text sets them weeks back."""

_ADVICE = frozenset({SignalKind.LEAVE_NOW, SignalKind.ADVISORY_LEVEL, SignalKind.SHELTER_IN_PLACE})
"""What may hold since long ago: "since May we have been urging nationals to leave" is no memory."""

_HOLDS = re.compile(r"(?i)\bsince (?:\w+ )?$")

_TO_COME = frozenset({SignalKind.EMBASSY_CLOSURE, SignalKind.EMBASSY_REOPENING, SignalKind.EVACUATION})
"""Acts that are only announced while the day given for them lies ahead; an order or advice holds from its issue."""

_LOOSE = frozenset({"prepared", "planned", "set going", "laid on", "ordered to be moved"})
"""Forces whose words are said of what is decided and of what is only thought of."""

_RETURNS = frozenset({SignalKind.EMBASSY_REOPENING, SignalKind.DEPARTURE_LIFTED, SignalKind.ADVISORY_LEVEL})
"""Acts that undo something: what is said after them may well tell of long ago ("reopens three years after staff fled")."""


_STANDS = frozenset({SignalKind.LEAVE_NOW, SignalKind.ADVISORY_LEVEL})
"""Advice that goes on from the day it was given."""


def finding(rule: Rule, match: Match, seen: Seen, setting: Setting) -> Finding:
    kind = SignalKind(rule.kind)
    effective = _effective(rule, match, seen, setting, match_undoes=kind in _RETURNS)
    stage, hard = _stage(rule, kind, match, seen, setting.language)
    if _bygone(kind, match, seen, setting, effective):
        stage = Stage.HISTORICAL
    elif stage is Stage.IN_EFFECT and kind in _TO_COME and _to_come(kind, seen, setting, effective):
        stage, hard = Stage.ANNOUNCED, True
    elif stage is Stage.ANNOUNCED and kind is SignalKind.EMBASSY_CLOSURE and seen.tokens.has("TODAY") and effective == setting.today:
        stage, hard = Stage.IN_EFFECT, False  # "will be closed today"
    told = rule.name == "move-mission" and seen.sentence.zone is Zone.LEAD and not seen.sentence.standing
    again = kind is SignalKind.EVACUATION and stage is not Stage.LIFTED and _near(seen.tokens, "UPDATED", match, 12, 0)
    restated = again or (not told and _near(seen.tokens, "CONTINUES", match, 6, 4))  # "works remotely" tells that it moved
    return Finding(kind, stage, rule, seen, match.first, match.last, audiences(rule, match, seen.tokens), effective, restated, hard)


def _stage(rule: Rule, kind: SignalKind, match: Match, seen: Seen, language: Language) -> tuple[Stage, bool]:
    if rule.stage:
        return Stage(rule.stage), True
    if seen.forces is None:
        seen.forces = _present(language, seen.tokens)
    for force, keys in seen.forces:
        if (not force.only or kind.value in force.only) and any(_moves(force, key, match, seen.tokens) for key in keys):
            stage = Stage(force.stage)
            if stage is Stage.LIFTED and kind is SignalKind.ADVISORY_LEVEL and _near(seen.tokens, "WILLDO", match, 7, 0):
                stage = Stage.ANNOUNCED  # "the cabinet means to lift the warning"
            return stage, force.name not in _LOOSE
    return (Stage(rule.base), rule.firm) if rule.base else (Stage.IN_EFFECT, False)


def _present(language: Language, tokens: Tokens) -> list[tuple[Force, list[str]]]:
    """The forces of which a sentence has words, and which these are."""
    found = [(force, [key for key in force.keys if tokens.has(key)]) for force in language.forces]
    return [(force, keys) for force, keys in found if keys and not any(tokens.has(k) for k in force.unless)]


def _moves(force: Force, key: str, match: Match, tokens: Tokens) -> bool:
    """Whether a force is there, in a word that none of its leaders holds back."""
    if not force.led_by_none:
        return _near(tokens, key, match, force.before, force.after, inside=force.inside)
    free = [p for p in tokens.index[key] if p == 0 or tokens.items[p - 1].classes.isdisjoint(force.led_by_none)]
    return any(_at(tokens, p, match, force.before, force.after, inside=force.inside) for p in free)


def _near(tokens: Tokens, key: str, match: Match, before: int, after: int, *, inside: bool = True) -> bool:
    """Whether a class stands around a match, no break between, or (if `inside`) within it."""
    if not tokens.has(key):
        return False
    return any(_at(tokens, p, match, before, after, inside=inside) for p in tokens.index[key])


def _at(tokens: Tokens, p: int, match: Match, before: int, after: int, *, inside: bool) -> bool:
    """Whether a position is around a match, no break between, or (if `inside`) within it."""
    if tokens.has("ONEOFDOERS") and _has_done(tokens, p):
        return False
    if "ANNOUNCED" in tokens.items[p].classes and match.first - p > 1 and "AUXILIARY" in tokens.items[match.first - 1].classes:
        return False  # "announced that it is pulling out": under way
    if match.first <= p <= match.last:
        return inside and not _goes_on(tokens, match, p)
    if p < match.first:
        return match.first - before <= p and not tokens.broken(p, match.first) and not _turned(tokens, p, match.first)
    near = p <= match.last + after and not tokens.broken(match.last, p) and not _turned(tokens, match.last, p)
    return near and not _goes_on(tokens, match, p) and not _joined_on(tokens, match, p)


def _goes_on(tokens: Tokens, match: Match, p: int) -> bool:
    """Whether a comma after a finite verb opens what comes next, which is another act ("X evacuates 40 citizens, to help Y too")."""
    items = tokens.items
    opens = items[p].text in ("will", "to") or items[p].text.startswith("to ")
    if opens and items[p].text != "will" and tokens.within("RELATIVE", match.first + 1, p - 2):
        return True  # "helps citizens who have no money to return": what they need, not when
    comma = next((k for k in (p - 1, p - 2) if k > match.first and items[k].text == ","), None)
    if not opens or comma is None or tokens.within("FUTURE", max(0, match.first - 3), match.first):
        return False
    return any(t.classes & _VERBS and "ACTNOUN" not in t.classes for t in items[max(0, match.first - 4) : comma])


def _joined_on(tokens: Tokens, match: Match, p: int) -> bool:
    """Whether "and" after a finite verb opens what else is done or thought of ("X suspends work and staff head for Y")."""
    joined = any(t.text == "and" for t in tokens.items[match.last + 1 : p])
    return joined and any("SUBJECTVERB" in t.classes and "ACTNOUN" not in t.classes for t in tokens.items[match.first : match.last + 1])


_VERBS = frozenset({"SUBJECTVERB", "EVAC", "WITHDRAW"})


def _has_done(tokens: Tokens, p: int) -> bool:
    """Whether "to" tells what a state is one of several to have done ("became the third country to fly home its citizens")."""
    told = [at for at in tokens.index["ONEOFDOERS"] if p - _SERIES <= at < p]
    return bool(told) and tokens.items[p].text.startswith("to ") and not tokens.broken(told[-1], p) and not _turned(tokens, told[-1], p)


_SERIES = 7
"""How far a verb may stand behind the word that tells of others ("among the first members of the European Union to ...")."""


def _turned(tokens: Tokens, first: int, last: int) -> bool:
    """Whether a clause begins between two positions, so that what is said of one is not said of the other."""
    return last - first > 1 and tokens.within("CLAUSE", first + 1, last - 1)


def _bygone(kind: SignalKind, match: Match, seen: Seen, setting: Setting, effective: date | None) -> bool:
    """Whether a clause only remembers: looking back, superseded, or (but for standing pages) dated more than two weeks ago."""
    tokens = seen.tokens
    if kind in _STANDS and any(_SINCE.search(seen.sentence.text, max(0, at - 12), at) for at, _ in seen.dates):
        return False  # "since 12 March we have been urging ..."
    posted = kind in (SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE)
    if posted and not tokens.within("FUTURE", match.first - 3, match.first) and _went_before(tokens, match):
        return True  # but "as at previous elections, the embassy will withdraw ..." is to come
    if kind in _PASSES and (
        _near(tokens, "MONTHSAGO", match, 8, 8) or _long_after(tokens, match) or _of_another_year(match, seen, setting)
    ):
        return True
    if not setting.standing and tokens.has("LOOKBACK") and not (setting.official and kind is SignalKind.SECURITY_ALERT):
        return kind not in _RETURNS or tokens.within("LOOKBACK", 0, match.first)
    days = [day for at, day in seen.dates if not _lasts(kind, seen) or not _HOLDS.search(seen.sentence.text, max(0, at - 12), at)]
    if not setting.standing and setting.today and days and all(setting.today - day > _LONG_AGO for day in days):
        return True
    old = effective is not None and setting.today is not None and setting.today - effective >= _OLD_ENOUGH
    return old and not setting.standing


def _went_before(tokens: Tokens, match: Match) -> bool:
    """Whether an order is only what went before; "the ministry said it had ordered ..." reports one that is new."""
    spots = [
        p for p in tokens.index.get("PREVIOUS", ()) if "HADDONE" not in tokens.items[p].classes or not tokens.within("SAYS", p - 5, p - 1)
    ]
    return any(_at(tokens, p, match, 9, 0, inside=True) for p in spots)


def _lasts(kind: SignalKind, seen: Seen) -> bool:
    """Whether an act may hold since long ago: advice, and a movement told as not yet over ("since May we have flown home 900")."""
    return kind in _ADVICE or (kind is SignalKind.EVACUATION and seen.tokens.has("PERFECT"))


def _long_after(tokens: Tokens, match: Match) -> bool:
    """Whether an act is only what something else follows by weeks or months ("ends its order a month after it told staff to go")."""
    ahead = [p for p in tokens.index.get("LONGAFTER", ()) if match.first - 14 <= p < match.first]
    return any(all(t.text != "," for t in tokens.items[p + 1 : match.first]) for p in ahead)


_YEAR = re.compile(r"(?:19|20)\d\d")

_COMPARES = ("since", "after", "than", "like", "until", "from")
"""Words after which a year is only what today is measured by ("the largest airlift since 2006")."""


def _of_another_year(match: Match, seen: Seen, setting: Setting) -> bool:
    """Whether a headline sets an act in a year gone by ("the 2021 Kabul evacuation", "closes embassy, 1961")."""
    if setting.today is None or setting.standing or seen.sentence.zone is not Zone.TITLE:
        return False
    tokens = seen.tokens
    for p in tokens.index.get("NUM", ()):
        gone = _YEAR.fullmatch(tokens.items[p].text) and int(tokens.items[p].text) < setting.today.year - 1
        near = match.first - 6 <= p <= match.last + 5 and not _turned(tokens, min(p, match.last), max(p, match.first))
        if gone and near and not any(tokens.within(w, p - 4, p - 1) for w in _COMPARES):
            return True
    return False


_TERM = re.compile(
    r"(?i)\b(?:until|till|through|by|before|to|expires?|end|ends|ending|lasts?|resume\w{0,3}|reopen\w{0,3}) (?:\w+,? ){0,2}$"
)
"""Words before a day on which something ends, so that it has begun."""

_TERM_OF_OPENING = re.compile(r"(?i)\b(?:until|till|through|by|before|expires?|end|ends|ending|lasts?) (?:\w+,? ){0,2}$")


def _to_come(kind: SignalKind, seen: Seen, setting: Setting, effective: date | None) -> bool:
    """Whether the day of an act is still ahead and no day by which it ends; what reopens does so on that day."""
    if effective is None or setting.today is None or effective <= setting.today:
        return False
    ahead = [at for at, day in seen.dates if day == effective]
    begun = any(day <= setting.today for _, day in seen.dates)
    term = _TERM_OF_OPENING if kind is SignalKind.EMBASSY_REOPENING else _TERM
    return not begun and not any(term.search(seen.sentence.text, max(0, at - 24), at) for at in ahead)


_SINCE = re.compile(r"\b(?:since|from|(?<!\bas )of) (?:\w+ )?$")


def _effective(rule: Rule, match: Match, seen: Seen, setting: Setting, *, match_undoes: bool) -> date | None:
    """The date of an act: the last one before the act's end, else the first after it, none across the start of a clause."""
    tokens = seen.tokens
    if not seen.dates:
        return setting.today if tokens.has("TODAY") else None
    starts = [t.start for t in tokens.items]
    holds = _lasts(SignalKind(rule.kind), seen)
    days = [(at, day) for at, day in seen.dates if not (holds and _HOLDS.search(seen.sentence.text, max(0, at - 12), at))]
    days = [(at, day) for at, day in days if not (match_undoes and _SINCE.search(seen.sentence.text, max(0, at - 12), at))]
    placed = [(bisect_right(starts, at) - 1, day) for at, day in days]
    before = [day for p, day in placed if p <= match.last and not _turned(tokens, p, match.first)]
    after = [day for p, day in placed if match.last < p <= match.last + 14 and not _turned(tokens, match.last, p)]
    if before or after:
        return before[-1] if before else after[0]
    return setting.today if tokens.has("TODAY") and not placed else None
