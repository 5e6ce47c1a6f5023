"""Tokens of a sentence: words, merged place names and merged phrases, each with the classes the seeds give it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from monitor.knowledge.lexicon import Lexicon
from monitor.knowledge.place_lexicon import bare, possessives
from monitor.knowledge.places import Mention, PlaceKind, find

_WORD = re.compile(r"\d{1,9}(?:[.,]\d{3}){1,3}|[^\W_]+(?:'[^\W_]+)?|[;:,()\u3001\u300c\u300d\u2013\u2014\"|]| - ")
_ELIDED = re.compile(r"[^\W_]+|[;:,()\u3001\u300c\u300d\u2013\u2014\"|]| - ")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u00ab": '"', "\u00bb": '"', "\u201e": '"'})

_NOWHERE: list[int] = []

_NUMBER = frozenset({"NUM"})
"""The class of a number in digits."""

BREAK = "BREAK"
"""The class of tokens that no pattern reaches across."""

_PLACE_CLASSES = {
    PlaceKind.COUNTRY: frozenset({"PLACE"}),
    PlaceKind.CAPITAL: frozenset({"PLACE", "CITY"}),
    PlaceKind.CITY: frozenset({"PLACE", "CITY"}),
    PlaceKind.AREA: frozenset({"PLACE"}),
    PlaceKind.REGION: frozenset({"PLACE", "REGION"}),
    PlaceKind.DEMONYM: frozenset({"DEMONYM"}),
    PlaceKind.GOVERNMENT: frozenset({"GOV"}),
    PlaceKind.OTHER: frozenset({"NAME"}),
}


@dataclass(slots=True, eq=False)
class Token:
    """One word, phrase or place of a sentence with its classes; `start` and `end` are offsets in the sentence."""

    text: str
    start: int
    end: int
    classes: frozenset[str]
    mention: Mention | None = None


@dataclass(slots=True, eq=False)
class Tokens:
    """The tokens of one sentence with an index from class or word to positions."""

    source: str
    items: list[Token]
    index: dict[str, list[int]]
    breaks: list[int]
    known: dict[tuple[str, ...], list[int]]
    subject_first: bool = False

    def has(self, key: str) -> bool:
        """Whether a class or word occurs."""
        return key in self.index

    def positions(self, keys: tuple[str, ...]) -> list[int]:
        """Where any of several classes or words stand, in order."""
        if len(keys) == 1:
            return self.index.get(keys[0], _NOWHERE)
        found = self.known.get(keys)
        if found is None:
            found = self.known[keys] = sorted({p for key in keys for p in self.index.get(key, _NOWHERE)})
        return found

    def within(self, key: str, first: int, last: int) -> bool:
        """Whether a class or word occurs at a position first..last."""
        at = self.index.get(key)
        if not at:
            return False
        n = bisect_right(at, last)
        return n > 0 and at[n - 1] >= first

    def broken(self, first: int, last: int) -> bool:
        """Whether a break stands between two positions."""
        n = bisect_right(self.breaks, first)
        return n < len(self.breaks) and self.breaks[n] < last


def tokenise(sentence: str, lexicon: Lexicon) -> Tokens:
    """The tokens of one sentence: places first, then the longest phrases the lexicon knows, then words."""
    folded = sentence.translate(_APOSTROPHES)
    mentions = find(sentence, lexicon.lang)
    if lexicon.unspaced:
        items = _unspaced(folded.lower(), mentions, lexicon)
    else:
        items = _spaced(folded, mentions, lexicon)
    _name_peoples(items, lexicon)
    index: dict[str, list[int]] = {}
    for at, token in enumerate(items):
        index.setdefault(token.text, []).append(at)
        for name in token.classes:
            index.setdefault(name, []).append(at)
    return Tokens(sentence, items, index, index.get(BREAK, []), {}, lexicon.subject_first)


_PEOPLES = ("ese", "ish", "nch", "iss", "utch")
"""Endings of nation words that also name the people ("83 Japanese, 4 French and ...")."""

_AFTER_PEOPLE = frozenset({"JOIN", "P_FROM", "P_IN", "PASSIVE"})

_AFTER_COUNTED = _AFTER_PEOPLE | {"P_OF", "P_TO", "EVAC", "CARRY", "ARRIVAL", "DEPARTURE", "CLAUSE", "BREAK", "STUCK", "LEAVE", "WITHDRAWN"}
"""What may follow a number of people that only their nation names ("57,000 Japanese out of")."""


def _name_peoples(items: list[Token], lexicon: Lexicon) -> None:
    """Makes a nation word that is followed by no noun a word for its people."""
    if lexicon.lang != "en":
        return
    for at, (token, follow) in enumerate(pairwise(items)):
        after = _AFTER_COUNTED if at and (items[at - 1].text[0].isdigit() or items[at - 1].text == "of") else _AFTER_PEOPLE
        if at and "URGE" in items[at - 1].classes:
            after |= {"P_TO"}  # "calls on French to leave"
        if token.mention and "DEMONYM" in token.classes and token.text.endswith(_PEOPLES) and follow.classes & after:
            token.classes |= {"NATIONALS"}


def _spaced(folded: str, mentions: tuple[Mention, ...], lexicon: Lexicon) -> list[Token]:
    low = folded.lower() if len(folded.lower()) == len(folded) else folded
    words: list[tuple[str, int, int, Mention | None]] = []
    word = _ELIDED if lexicon.elides else _WORD
    at = 0
    for mention in mentions:
        words += ((m.group().strip(), m.start(), m.end(), None) for m in word.finditer(low, at, mention.start))
        words.append((low[mention.start : mention.end], mention.start, mention.end, mention))
        at = mention.end
        if low[at : at + 2] == "'s":
            at += 2
        elif low[at : at + 1] == ".":
            at += 1
    words += ((m.group().strip(), m.start(), m.end(), None) for m in word.finditer(low, at))
    return _merge(words, lexicon)


def _merge(words: list[tuple[str, int, int, Mention | None]], lexicon: Lexicon) -> list[Token]:
    out: list[Token] = []
    at = 0
    while at < len(words):
        text, start, end, mention = words[at]
        if mention is not None:
            out.append(_place(text, mention, lexicon, words[at + 1][0] if at + 1 < len(words) else ""))
            at += 1
            continue
        length, classes = (1, frozenset[str]()) if _is_month(words, at, lexicon) else lexicon.longest(words, at)
        if length > 1 and lexicon.colours(classes):
            length = _shorter(words, at, length, lexicon)
        if length > 1:
            end = words[at + length - 1][2]
            text = " ".join(w[0] for w in words[at : at + length])
        out.append(Token(text, start, end, classes | _NUMBER if text.isdigit() else classes))
        at += length
    return out


def _shorter(words: list[tuple[str, int, int, Mention | None]], at: int, length: int, lexicon: Lexicon) -> int:
    """How much of a phrase that only colours an act stands when a phrase of its own begins inside and goes beyond it."""
    for n in range(1, length):
        inner, _ = lexicon.longest(words, at + n)
        if inner > length - n:
            return n
    return length


def _is_month(words: list[tuple[str, int, int, Mention | None]], at: int, lexicon: Lexicon) -> bool:
    """Whether a word is the month of a date ("On May 15", "in May"), not a verb."""
    if words[at][0] not in lexicon.months:
        return False
    return any(0 <= n < len(words) and words[n][0].isdigit() for n in (at - 1, at + 1)) or (
        at > 0 and words[at - 1][0] in lexicon.before_month
    )


def _place(text: str, mention: Mention, lexicon: Lexicon, after: str = "") -> Token:
    classes = _PLACE_CLASSES[mention.kind] | lexicon.of(text) | lexicon.named(text)
    if mention.shared:
        classes |= {"SHARED"}
    if mention.kind is PlaceKind.REGION and "STATESWORD" in lexicon.of(text.rsplit(maxsplit=1)[-1]):
        classes |= {"GOVWORD"}
    if mention.bound and "BYWHOM" in lexicon.of(after):
        classes |= {"DOER"}
    elif mention.bound and mention.kind is not PlaceKind.OTHER:
        classes = frozenset({"BOUND"})
    elif bare(mention.text) in possessives(lexicon.lang):
        classes |= {"POSSESSIVE"}
    elif mention.kind is PlaceKind.DEMONYM and lexicon.people(text, mention.text) and "LOCALS" not in classes:
        classes |= {"NATIONALS", "PEOPLE"}
    return Token(text, mention.start, mention.end, classes, mention)


def _unspaced(folded: str, mentions: tuple[Mention, ...], lexicon: Lexicon) -> list[Token]:
    """Tokens of a script without spaces: known phrases, places, and every two other characters as one word."""
    out: list[Token] = []
    at = 0
    ends = [*((m.start, m.end, m) for m in mentions), (len(folded), len(folded), None)]
    for start, end, mention in ends:
        for first, last in lexicon.phrases(folded, at, start):
            out += _filler(folded, at, first)
            out.append(Token(folded[first:last], first, last, lexicon.of(folded[first:last])))
            at = last
        out += _filler(folded, at, start)
        if mention is not None:
            out.append(_place(folded[start:end], mention, lexicon))
        at = end
    return out


def _filler(folded: str, start: int, end: int) -> list[Token]:
    pieces = ((at, min(at + 2, end)) for at in range(start, end, 2))
    return [Token(folded[a:b], a, b, frozenset()) for a, b in pieces if not folded[a:b].isspace()]
