"""Where patterns are filed so that few are taken out for a text: each under that of its elements which texts show least."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

_FIRST = 64
"""Texts after which the files are put in order; then again whenever they have become four times as many."""

_SAMPLE = 64
"""How many of them are counted each time: the latest."""


class Need(NamedTuple):
    """What one pattern asks for: all its bits, those of its elements with the gap before each, and the rule it belongs to."""

    bits: int
    steps: tuple[tuple[int, int], ...]
    rule: int


class Files(NamedTuple):
    """Patterns by the bit of one of their elements, and all these bits; never changed, so that a look under way is not disturbed."""

    by_bit: dict[int, list[Need]]
    bits: int

    @staticmethod
    def of(needs: Sequence[Need], rank: Callable[[int], float]) -> Files:
        """Each under the element of the lowest rank."""
        filed: dict[int, list[Need]] = {}
        for need in needs:
            filed.setdefault(min((bit for bit, _ in need.steps), key=rank), []).append(need)
        return Files(filed, sum(filed))


class Cabinet:
    """The files, put in order by what texts were seen to show: their order costs time or saves it, and decides nothing."""

    def __init__(self, needs: Sequence[Need], guess: dict[int, float]) -> None:
        """`guess` is how often an element will be met, between 0 and 1, for as long as nobody knows."""
        self._needs = needs
        self._met = guess
        self._sample: deque[int] = deque(maxlen=_SAMPLE)
        self._texts, self._next = 0, _FIRST
        self._files = Files.of(needs, guess.__getitem__)

    def for_text(self, found: int) -> list[Need]:
        """The patterns whose every element is among the bits of a text."""
        self._note(found)
        by_bit, bits = self._files
        out: list[Need] = []
        left, missing = found & bits, ~found
        while left:
            bit = left & -left
            left ^= bit
            out += [need for need in by_bit[bit] if not need.bits & missing]
        return out

    def _note(self, found: int) -> None:
        self._sample.append(found)
        self._texts += 1
        if self._texts >= self._next:
            self._next *= 4
            sample = tuple(self._sample)
            self._met = met = {bit: times + sum([1 for one in sample if one & bit]) for bit, times in self._met.items()}
            self._files = Files.of(self._needs, met.__getitem__)
