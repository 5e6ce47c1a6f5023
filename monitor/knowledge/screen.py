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
from typing import NamedTuple, TypeVar, cast

from monitor.knowledge.filing import Cabinet, Need
from monitor.knowledge.glimpse import Where, may_follow, parts, words
from monitor.knowledge.lexicon import Lexicon, Opened, Phrase
from monitor.knowledge.place_lexicon import JAPANESE
from monitor.knowledge.place_openings import Openings, openings
from monitor.knowledge.rules import Language, Pattern, Rule, language
from monitor.knowledge.tokens import BREAK

_PART = re.compile(r"[^\W_]+")

_GROUPS = 4
"""Groups of digits that may be one number ("10,000")."""

_OF_NAMES = ("PLACE", "CITY", "REGION", "DEMONYM", "GOV", "NAME", "BOUND", "NATIONALS", "PEOPLE", "DOER")
"""Classes that the name of a place can have without a word list."""

_REMEMBERED = 20_000
"""Words, or pairs of words, for which it is kept what was found."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Opener(NamedTuple):
    """A word with which phrases begin: its bits and how many words it may take, by what follows."""

    otherwise: tuple[int, int]
    seconds: dict[str, tuple[int, int]]
    endings: list[tuple[str, int, int]]


class Screen:
    """The quick look for one language. Each kind of element of a pattern is one bit; a word has the bits it can stand for.

    A pattern is looked at when its rarest element may be there; until texts have shown which that is, it is taken to be the
    one with the longest words.
    """

    def __init__(self, rules: tuple[Rule, ...], lexicon: Lexicon) -> None:
        self._rules = rules
        self._lexicon = lexicon
        self._shortest: dict[str, int] = {}
        for word, name in lexicon.openings():
            self._shortest[name] = min(len(word), self._shortest.get(name, len(word)))
        self._marks = {name for word, name in lexicon.openings() if not _PART.search(word)} | {BREAK}
        self._bits: dict[tuple[str, ...], int] = {}
        self._by_key: dict[str, int] = {}
        self._always: set[int] = set()
        lengths: dict[int, int] = {}
        needs: list[Need] = []
        for number, rule in enumerate(rules):
            wanted = self._bit(rule.needs) if rule.needs and not self._free(rule.needs) else 0
            for pattern in rule.patterns:
                needs += self._asked(number, pattern, wanted, lengths)
        guess = {bit: 1 / (1 + length) for bit, length in lengths.items()}
        self._all = Cabinet(needs, guess)
        self._stating = Cabinet([need for need in needs if rules[need.rule].states], guess)
        self._name = reduce(or_, (self._by_key.get(key, 0) for key in _OF_NAMES))
        self._places: Openings = openings(lexicon.lang)
        self._alone: dict[str, int] = {}
        self._openers: dict[str, _Opener] = {}
        self._opening: dict[tuple[str, str], tuple[int, int]] = {}
        self.rules = lru_cache(maxsize=64)(self._rules_for)

    def _rules_for(self, sentence: str) -> tuple[Rule, ...]:
        """The rules that could match in a sentence, in their order."""
        if self._cannot_tell(sentence):
            return self._rules
        return tuple([self._rules[n] for n in sorted({*self._always, *self._able(sentence, self._all)})])

    def any(self, text: str) -> bool:
        """Whether a rule for an act or a change could match in a text of many sentences."""
        always = any(self._rules[n].states for n in self._always)
        return always or self._cannot_tell(text) or next(self._able(text, self._stating), None) is not None

    def _cannot_tell(self, text: str) -> bool:
        """Whether words may stand together without a space between."""
        return self._lexicon.unspaced or (not text.isascii() and JAPANESE.search(text) is not None)

    def _able(self, text: str, cabinet: Cabinet) -> Iterator[int]:
        """The numbers of the rules of a cabinet that could match, each once."""
        masks, longest = self._masks(words(text), plain=text.isascii() and "'" not in text)
        needs = cabinet.for_text(reduce(or_, masks, 0))
        if not needs:
            return
        where = Where(masks, longest)
        known: set[int] = set()
        for need in needs:
            if need.rule not in known and where.in_order(need.steps):
                known.add(need.rule)
                yield need.rule

    def _masks(self, words: list[str], *, plain: bool) -> tuple[list[int], dict[int, int]]:
        """The bits of each word, and how many words one name or phrase may take that begins at a word (where more than one).

        `plain` says that there are plain letters only, so that no word is several of the reader.
        """
        masks = list(map(self._alone.get, words))
        longest: dict[int, int] = {}
        if None in masks:
            openers = self._openers.get
            for at, (word, mask, follow) in enumerate(zip(words, masks, [*words[1:], ""], strict=True)):
                if mask is not None:
                    continue
                opener = openers(word)
                if opener is not None and (plain or ("'" not in follow and follow.isascii())):
                    found = opener.seconds.get(follow.lower(), opener.otherwise)
                    masks[at], size = _with_endings(opener, follow.lower(), found) if opener.endings else found
                else:
                    masks[at], size = self._opening.get((word, follow)) or self._look_up(word, follow)
                if size > 1:
                    longest[at] = size
        return cast(list[int], masks), longest

    # --- what a pattern asks for -------------------------------------------------------------------------------------

    def _asked(self, number: int, pattern: Pattern, wanted: int, lengths: dict[int, int]) -> list[Need]:
        """What a text must have for a pattern, if that is anything; elements that a mark could be ask for nothing."""
        steps: list[tuple[int, int]] = []
        gap = 0
        for step in pattern:
            gap += step.gap
            if self._free(step.keys):
                gap += 1
                continue
            bit = self._bit(step.keys)
            steps.append((bit, gap))
            gap = 0
            lengths[bit] = self._length(step.keys)
        if steps:
            return [Need(reduce(or_, (bit for bit, _ in steps), wanted), tuple(steps), number)]
        self._always.add(number)
        return []

    def _free(self, keys: tuple[str, ...]) -> bool:
        """Whether a mark, which the screen does not look for, could stand for an element."""
        return any(key in self._marks or not _PART.search(key) for key in keys)

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
        low, after = word.lower().strip("'"), follow.lower().strip("'")
        some = parts(word.lower())
        size, asks = (self._places.size(word, follow), self._places.asks(word)) if self._places.knows(word) else (0, False)
        several = "'" in low.removesuffix("'s") and (self._lexicon.elides or bool(size) or asks or low.count("'") > 1 or "'s" in low)
        bits, longest, opens = self._name if size else 0, max(1 + several, size), several or asks or low.isdigit()
        for part in some:
            bits |= self._meaning(part, self._lexicon.of(part))
            if opened := self._lexicon.phrases_from(part):
                opens = True
                for phrase, names in opened.all if len(some) > 1 else _that_may_go_on(opened, after):
                    longest = max(longest, len(phrase))
                    bits |= self._meaning("", names) | self._shown(phrase, names)
        if not word.isalpha() and any(c.isdigit() for c in word):
            bits |= self._by_key.get("NUM", 0)
            longest = max(longest, _GROUPS) if low.isdigit() and after[:3].isdigit() else longest
        if not opens:
            _keep(self._alone, word, bits)
        elif word.isalpha() and word.isascii() and word not in self._openers:
            self._openers[word] = self._opener(word)
        else:
            _keep(self._opening, (word, follow), (bits, longest))
        return bits, longest

    def _opener(self, word: str) -> _Opener:
        """A word of plain letters with which names or phrases begin."""
        place, opened = self._places.of(word), self._lexicon.phrases_from(word.lower())
        bits, longest = self._meaning(word.lower(), self._lexicon.of(word.lower())), 1
        each = [(p[1], self._meaning("", names) | self._shown(p, names), len(p)) for p, names in (opened.all if opened else ())]
        if place:
            bits |= self._name if place.alone else 0
            each += [(second, self._name, place.size) for second in place.seconds if second]
        for second, more, size in each:
            if not second.endswith("*") and may_follow(second, ""):
                bits, longest = bits | more, max(longest, size)
        seconds: dict[str, tuple[int, int]] = {}
        for second, more, size in each:
            have, most = seconds.get(second, (bits, longest))
            seconds[second] = have | more, max(most, size)
        return _Opener((bits, longest), seconds, [(second[:-1], *seconds.pop(second)) for second in [*seconds] if second.endswith("*")])

    def _meaning(self, word: str, names: Iterable[str]) -> int:
        return reduce(or_, (self._by_key.get(name, 0) for name in names), self._by_key.get(word, 0))

    def _shown(self, phrase: tuple[str, ...], names: set[str]) -> int:
        """The bits of the words of a phrase, where it shows them beside its own meaning."""
        if not self._lexicon.transparent(names):
            return 0
        return reduce(or_, (self._meaning(word, self._lexicon.of(word)) for word in phrase))


def _keep(memory: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Remember one thing more; a memory that is full begins anew, so that what texts say now is in it."""
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[key] = value


def _that_may_go_on(opened: Opened, after: str) -> list[Phrase]:
    """The phrases that may go on with a word, or with its first part, or with a mark before it."""
    if "'" in after:
        return [p for p in opened.all if may_follow(p[0][1], after)]
    return [*opened.by_second.get(after, ()), *(p for p in opened.loose if may_follow(p[0][1], after))]


def _with_endings(opener: _Opener, follow: str, found: tuple[int, int]) -> tuple[int, int]:
    """What an opener may be, those phrases included of which only the beginning of the next word is given."""
    bits, longest = found
    for stem, more, size in opener.endings:
        if follow.startswith(stem):
            bits, longest = bits | more, max(longest, size)
    return bits, longest


@cache
def screen(lang: str) -> Screen:
    """The screen of a language's rules."""
    known: Language = language(lang)
    return Screen(known.rules, known.lexicon)
