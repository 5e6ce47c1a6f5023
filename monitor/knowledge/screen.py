"""Which rules could match in a text at all, told from its words alone: the quick look before anything is read.

It is derived from the rules themselves: a pattern can only match where each of its elements has a word that can stand for
it, in their order and no farther apart than the pattern allows. What the screen lets through too much costs time; it
never keeps back what would match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache, reduce
from operator import or_
from typing import NamedTuple, cast

from monitor.knowledge.lexicon import Lexicon
from monitor.knowledge.place_openings import Openings, openings
from monitor.knowledge.rules import Language, Pattern, Rule, language
from monitor.knowledge.tokens import BREAK

_WORD = re.compile(r"\d{1,9}(?:[.,]\d{3}){1,3}|[^\W_]+(?:'[^\W_]+)?")
_PART = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'"})

_OF_NAMES = ("PLACE", "CITY", "REGION", "DEMONYM", "GOV", "NAME", "BOUND", "NATIONALS", "PEOPLE", "DOER")
"""Classes that the name of a place can have without a word list."""

_REMEMBERED = 20_000
"""Words, pairs of words and what was found for them; more are looked up each time."""


class _Need(NamedTuple):
    """What one pattern asks for: all its bits, those of its elements with the gap before each, and the rule it belongs to."""

    bits: int
    steps: tuple[tuple[int, int], ...]
    rule: int


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
        self._always: set[int] = set()
        self._needs: dict[int, list[_Need]] = {}
        for number, rule in enumerate(rules):
            wanted = self._bit(rule.needs) if rule.needs and not _free(rule.needs) else 0
            for pattern in rule.patterns:
                self._enter(number, pattern, wanted)
        self._rarest = sum(self._needs)
        self._name = reduce(or_, (self._by_key.get(key, 0) for key in _OF_NAMES))
        self._places: Openings = openings(lexicon.lang)
        self._alone: dict[str, int] = {}
        self._opening: dict[tuple[str, str], tuple[int, int]] = {}
        self._found: dict[int, tuple[_Need, ...]] = {}
        self.rules = lru_cache(maxsize=64)(self._rules_for)

    def _rules_for(self, sentence: str) -> tuple[Rule, ...]:
        """The rules that could match in a sentence, in their order."""
        if self._lexicon.unspaced:
            return self._rules
        return tuple([self._rules[n] for n in sorted({*self._always, *self._able(sentence)})])

    def any(self, text: str) -> bool:
        """Whether any rule could match in a text of many sentences."""
        return bool(self._lexicon.unspaced or self._always) or next(self._able(text), None) is not None

    def _able(self, text: str) -> Iterator[int]:
        """The numbers of the rules that could match, each once."""
        words = _WORD.findall(text if text.isascii() else text.translate(_APOSTROPHES))
        masks, longest = self._masks(words)
        needs = self._candidates(reduce(or_, set(masks), 0))
        if not needs:
            return
        where = _Where(masks, longest)
        known: set[int] = set()
        for need in needs:
            if need.rule not in known and where.in_order(need.steps):
                known.add(need.rule)
                yield need.rule

    def _masks(self, words: list[str]) -> tuple[list[int], dict[int, int]]:
        """The bits of each word, and how many words one name or phrase may take that begins at a word (where more than one)."""
        masks = list(map(self._alone.get, words))
        longest: dict[int, int] = {}
        if None in masks:
            after = [*words[1:], ""]
            known = self._opening
            for at, mask in enumerate(masks):
                if mask is None:
                    pair = words[at], after[at]
                    bits, size = known.get(pair) or self._look_up(*pair)
                    masks[at] = bits
                    if size > 1:
                        longest[at] = size
        return cast(list[int], masks), longest

    def _candidates(self, found: int) -> tuple[_Need, ...]:
        """The patterns whose every element is there; the same few words are found again and again."""
        left = found & self._rarest
        if not left:
            return ()
        known = self._found.get(found)
        if known is None:
            out: list[_Need] = []
            while left:
                bit = left & -left
                left ^= bit
                out += [need for need in self._needs[bit] if not need.bits & ~found]
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            known = self._found[found] = tuple(out)
        return known

    # --- what a pattern asks for -------------------------------------------------------------------------------------

    def _enter(self, number: int, pattern: Pattern, wanted: int) -> None:
        """Note what a text must have for a pattern; elements that a mark could be ask for nothing."""
        steps: list[tuple[int, int]] = []
        rarest, length, gap = 0, -1, 0
        for step in pattern:
            gap += step.gap
            if _free(step.keys):
                gap += 1
                continue
            bit = self._bit(step.keys)
            steps.append((bit, gap))
            gap = 0
            if self._length(step.keys) > length:
                rarest, length = bit, self._length(step.keys)
        if steps:
            bits = reduce(or_, (bit for bit, _ in steps), wanted)
            self._needs.setdefault(rarest, []).append(_Need(bits, tuple(steps), number))
        else:
            self._always.add(number)

    def _length(self, keys: tuple[str, ...]) -> int:
        return min(self._shortest.get(key, 6 if key.isupper() else len(key)) for key in keys)

    def _bit(self, keys: tuple[str, ...]) -> int:
        bit = self._bits.get(keys)
        if bit is None:
            bit = self._bits[keys] = 1 << len(self._bits)
            for key in keys:
                self._by_key[key] = self._by_key.get(key, 0) | bit
        return bit

    # --- what a word can stand for -----------------------------------------------------------------------------------

    def _look_up(self, word: str, follow: str) -> tuple[int, int]:
        """The bits of a word before another, and how many words the longest name or phrase takes that may begin with it."""
        parts = dict.fromkeys([low := word.lower(), *_PART.findall(low)])
        after = follow.lower()
        bits, longest, opens = 0, 1, False
        for part in parts:
            bits |= self._meaning(part, self._lexicon.of(part))
            for phrase, names in self._lexicon.phrases_from(part):
                opens = True
                if len(parts) > 1 or _may_follow(phrase[1], after):
                    longest = max(longest, len(phrase))
                    bits |= self._meaning("", names) | self._shown(phrase, names)
        opens = self._places.asks(word) or opens
        size = self._places.size(word, follow)
        if size:
            bits |= self._name
            longest = max(longest, size)
        if any(c.isdigit() for c in word):
            bits |= self._by_key.get("NUM", 0)
        if not opens:
            if len(self._alone) < _REMEMBERED:
                self._alone[word] = bits
        elif len(self._opening) < _REMEMBERED:
            self._opening[word, follow] = bits, longest
        return bits, longest

    def _meaning(self, word: str, names: Iterable[str]) -> int:
        return reduce(or_, (self._by_key.get(name, 0) for name in names), self._by_key.get(word, 0))

    def _shown(self, phrase: tuple[str, ...], names: set[str]) -> int:
        """The bits of the words of a phrase, where it shows them beside its own meaning."""
        if not self._lexicon.transparent(names):
            return 0
        return reduce(or_, (self._meaning(word, self._lexicon.of(word)) for word in phrase))


class _Where:
    """At which places of a text each element may stand, as bits of a number: so patterns are laid against all at once.

    A name or phrase of several words may come to stand at one place, so a word's place is counted in the fewest steps
    that lead to it.
    """

    def __init__(self, masks: list[int], longest: dict[int, int]) -> None:
        self._masks = masks
        self._places = _fewest(len(masks), longest) if longest else range(len(masks))
        self._loose = bool(longest)
        self._known: dict[int, int] = {}

    def in_order(self, steps: tuple[tuple[int, int], ...]) -> bool:
        """Whether words for these elements may follow each other, none farther off than its gap allows."""
        at = self._of(steps[0][0])
        for bit, gap in steps[1:]:
            at = self._after(at, gap) & self._of(bit)
            if not at:
                return False
        return bool(at)

    def _of(self, bit: int) -> int:
        known = self._known.get(bit)
        if known is None:
            known = 0
            for mask, place in zip(self._masks, self._places, strict=True):
                if mask & bit:
                    known |= 1 << place
            self._known[bit] = known
        return known

    def _after(self, at: int, gap: int) -> int:
        """The places up to `gap` others behind these; where names and phrases blur them, one more and these themselves."""
        width, reach = gap + (3 if self._loose else 1), at if self._loose else at << 1
        have = 1
        while have < width:
            step = min(have, width - have)
            reach |= reach << step
            have += step
        return reach


def _fewest(count: int, longest: dict[int, int]) -> list[int]:
    """For each word the fewest names, phrases and words before it."""
    steps = list(range(count))
    for at in range(count):
        if at and steps[at] > steps[at - 1] + 1:
            steps[at] = steps[at - 1] + 1
        for further in range(at + 2, min(at + longest.get(at, 1), count - 1) + 1):
            steps[further] = min(steps[further], steps[at] + 1)
    return steps


def _free(keys: tuple[str, ...]) -> bool:
    """Whether a mark, which the screen does not look for, could stand for an element."""
    return any(key == BREAK or not _PART.search(key) for key in keys)


def _may_follow(wanted: str, follow: str) -> bool:
    """Whether the second word of a phrase may be the one that follows, or its first part, or a mark between."""
    if wanted.endswith("*"):
        return follow.startswith(wanted[:-1])
    return follow == wanted or follow.startswith(f"{wanted}'") or not _PART.search(wanted)


@cache
def screen(lang: str) -> Screen:
    """The screen of a language's rules."""
    known: Language = language(lang)
    return Screen(known.rules, known.lexicon)
