"""A text as the quick look sees it: its words, what each may be for the reader, and at which places elements may stand."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

_WORD = re.compile(r"'?[^\W_]+(?:'[^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_MARKS = str.maketrans({chr(n): " " for n in range(128) if not chr(n).isalnum() and chr(n) != "'"})
_WIDE_MARKS = (("\u2019", "'"), ("\u2018", "'"), ("\u201c", " "), ("\u201d", " "), ("\u2013", " "), ("\u2014", " "), ("\u2026", " "))


def words(text: str) -> list[str]:
    """The words of a text as written; one may be several words of the reader, but never the other way round."""
    if not text.isascii():
        for mark, plain in _WIDE_MARKS:
            text = text.replace(mark, plain)
        if not text.isascii():
            return _WORD.findall(text)
    text = f" {text.translate(_MARKS)} "
    if "'" in text:
        text = text.replace("''", " ").replace("' ", " ")
    return text.split()


def parts(word: str) -> list[str]:
    """All that a word with apostrophes, or digits before letters, may be for the reader."""
    whole = word.strip("'")
    if whole.isalpha():
        return [whole, whole[1:]] if word.startswith("'s") else [whole]
    parts = _PART.findall(word)
    joined = [f"{a}'{b}" for a, b in pairwise(parts)]
    return [*dict.fromkeys([whole, *parts, *joined, *_LETTERS.findall(word), *filter(None, word.split("'s"))])]


def may_follow(wanted: str, follow: str) -> bool:
    """Whether the second word of a phrase may be the one that follows, or its first part, or a mark between."""
    if wanted.endswith("*"):
        return follow.startswith(wanted[:-1])
    return follow == wanted or ("'" in follow and follow.startswith(f"{wanted}'")) or _is_mark(wanted)


@cache
def _is_mark(word: str) -> bool:
    """Whether a word of a phrase is none; asked again and again about the same few thousand."""
    return not _PART.search(word)


class Where:
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
