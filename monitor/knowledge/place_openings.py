"""Words with which the name of a place may begin: a look at one word and the next, before anybody looks for names."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from monitor.knowledge.gazetteer import LANGS
from monitor.knowledge.place_lexicon import WORD, bare, words

_PART = re.compile(r"[^\W_]+")


class Opening(NamedTuple):
    """What may follow a first word: `alone` says that it is a name by itself, `small` that it may be written small."""

    alone: bool
    small: bool
    seconds: frozenset[str]
    size: int


class Openings:
    """The first words of all names of a language."""

    def __init__(self, firsts: dict[str, Opening]) -> None:
        self._firsts = firsts

    def of(self, word: str) -> Opening | None:
        """What may follow a word of plain letters as it is written; None where no name begins so."""
        known = self._firsts.get(word.lower())
        return known if known and (known.small or not word[0].islower()) else None

    def knows(self, word: str) -> bool:
        """Whether `size` and `asks` may say anything but no about a word; most words begin no name."""
        low = word.lower()
        return low in self._firsts or not (low.isascii() and low.isalpha())

    def size(self, word: str, follow: str) -> int:
        """How many words the longest name has that may begin with, or inside, this word before `follow`; 0 for none."""
        parts = _PART.findall(bare(word))
        after = (_PART.findall(bare(follow).lower()) or [""])[0]
        sizes = [0]
        for part in parts:
            known = self._firsts.get(part.lower())
            if known and (known.small or not part[0].islower()):
                if len(parts) > 1 or after in known.seconds:
                    sizes.append(known.size)
                elif known.alone:
                    sizes.append(1)
        return max(sizes)

    def asks(self, word: str) -> bool:
        """Whether the answer depends on what follows."""
        return any(known.size > 1 for part in _PART.findall(bare(word).lower()) if (known := self._firsts.get(part)))


@cache
def openings(lang: str) -> Openings:
    """The openings of the names that a text in this language may use."""
    firsts: dict[str, Opening] = {}
    for key, sense in words(lang if lang in LANGS else None).items():
        if sense is None:
            continue
        named = WORD.findall(key)
        before = firsts.get(named[0], Opening(False, False, frozenset(), 1))
        small = sense.written[:1].lower() == sense.written[:1]
        # a key writes "and" where the text may have "&", which is no word
        follows = frozenset(named[1:2] if named[1:2] != ["and"] else named[1:3])
        size = max(before.size, len(named))
        firsts[named[0]] = Opening(before.alone or len(named) == 1, before.small or small, before.seconds | follows, size)
    return Openings(firsts)
