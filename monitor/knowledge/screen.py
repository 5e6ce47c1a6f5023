"""Which rules could match in a sentence at all, told from its words alone: the quick look before anything is read.

It is derived from the rules themselves: a pattern can only match where each of its elements has a word that can stand for
it. What the screen lets through too much costs time; it never keeps back what would match.
"""

from __future__ import annotations

import re
from functools import cache, reduce
from operator import or_

from monitor.knowledge.lexicon import Lexicon
from monitor.knowledge.rules import Language, Pattern, Rule, language
from monitor.knowledge.tokens import BREAK

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_PART = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'"})

_ANYWHERE = frozenset({"PLACE", "CITY", "REGION", "DEMONYM", "GOV", "NAME", "BOUND", "NATIONALS", "PEOPLE", "NUM", BREAK})
"""Classes that names and numbers have without a word list; the screen does not look for them."""

_REMEMBERED = 50_000


class Screen:
    """The quick look for one language. Each kind of element of a pattern is one bit; a word has the bits it can stand for.

    A pattern is looked at when its rarest element may be there, which is taken to be the one with the longest words.
    """

    def __init__(self, rules: tuple[Rule, ...], lexicon: Lexicon) -> None:
        self._rules = rules
        self._lexicon = lexicon
        self._shortest: dict[str, int] = {}
        for word, name in lexicon.openings():
            self._shortest[name] = min(len(word), self._shortest.get(name, len(word)))
        self._bits: dict[tuple[str, ...], int] = {}
        self._by_key: dict[str, int] = {}
        self._of_word: dict[str, int] = {}
        self._always: set[int] = set()
        self._needs: dict[int, list[tuple[int, tuple[int, ...], int]]] = {}
        for number, rule in enumerate(rules):
            for pattern in rule.patterns:
                self._enter(number, pattern)
        self._rarest = sum(self._needs)

    def rules(self, sentence: str) -> tuple[Rule, ...]:
        """The rules that could match here, in their order."""
        if self._lexicon.unspaced:
            return self._rules
        masks = [self._mask(word) for word in _WORD.findall(sentence.translate(_APOSTROPHES).lower())]
        found = 0
        for mask in masks:
            found |= mask
        able = set(self._always)
        left = found & self._rarest
        while left:
            bit = left & -left
            left ^= bit
            for need, steps, number in self._needs[bit]:
                if not need & ~found and number not in able and _in_order(steps, masks):
                    able.add(number)
        return tuple([self._rules[n] for n in sorted(able)])

    def _mask(self, word: str) -> int:
        known = self._of_word.get(word)
        return self._look_up(word) if known is None else known

    def _enter(self, number: int, pattern: Pattern) -> None:
        """Note what a sentence must have for a pattern; elements that a name could be ask for nothing."""
        asked = [s.keys for s in pattern if not any(key in _ANYWHERE or not _PART.search(key) for key in s.keys)]
        if not asked:
            self._always.add(number)
            return
        steps = tuple(self._bit(keys) for keys in asked)
        rarest = self._bits[max(asked, key=self._length)]
        self._needs.setdefault(rarest, []).append((reduce(or_, steps), steps, number))

    def _length(self, keys: tuple[str, ...]) -> int:
        return min(self._shortest.get(key, len(key)) for key in keys)

    def _bit(self, keys: tuple[str, ...]) -> int:
        bit = self._bits.get(keys)
        if bit is None:
            bit = self._bits[keys] = 1 << len(self._bits)
            for key in keys:
                self._by_key[key] = self._by_key.get(key, 0) | bit
        return bit

    def _look_up(self, word: str) -> int:
        """The bits of a word: for itself, its parts, their classes, and the phrases that may begin with them."""
        bits = 0
        for part in {word, *_PART.findall(word)}:
            for key in {part, *self._lexicon.hints(part)}:
                bits |= self._by_key.get(key, 0)
        if len(self._of_word) < _REMEMBERED:
            self._of_word[word] = bits
        return bits


def _in_order(steps: tuple[int, ...], masks: list[int]) -> bool:
    """Whether there are words for these elements one after the other, however far apart."""
    words = iter(masks)
    return all(any(mask & step for mask in words) for step in steps)


@cache
def screen(lang: str) -> Screen:
    """The screen of a language's rules."""
    known: Language = language(lang)
    return Screen(known.rules, known.lexicon)
