"""A name found in a text, and the words that stand around it."""

from __future__ import annotations

from typing import NamedTuple

from monitor.knowledge.place_lexicon import PlaceKind, Sense

BLOCK = 40
"""So many words make a block; what a text speaks of, it speaks of in neighbouring blocks."""


class Hit(NamedTuple):
    """A name in a text: its place, the words `at` … `after` - 1 that it takes, and what it stands for by now."""

    start: int
    end: int
    at: int
    after: int
    sense: Sense
    codes: tuple[str, ...]
    kind: PlaceKind

    def meaning(self, codes: tuple[str, ...], kind: PlaceKind | None = None) -> Hit:
        """This hit standing for something else; a capital's name elsewhere is a town's."""
        moved = PlaceKind.CITY if self.kind is PlaceKind.CAPITAL and codes != self.codes else self.kind
        return self._replace(codes=codes, kind=kind or moved)

    @property
    def aside(self) -> Hit:
        """This hit as the name of something that is no place."""
        return self._replace(codes=(), kind=PlaceKind.OTHER)


class Context:
    """A text with the places of its words."""

    def __init__(self, plain: str, spans: list[tuple[int, int]]) -> None:
        self.plain = plain
        self.spans = spans
        self._blocks: dict[int, frozenset[str]] = {}

    def around(self, at: int) -> frozenset[str]:
        """The words of the block of the text in which the word `at` stands, and of the blocks beside it."""
        block = at // BLOCK
        if block not in self._blocks:
            self._blocks[block] = frozenset(self.word(i) for i in range((block - 1) * BLOCK, (block + 2) * BLOCK))
        return self._blocks[block]

    def word(self, index: int) -> str:
        """The word at an index, "" beyond the ends."""
        if not 0 <= index < len(self.spans):
            return ""
        start, end = self.spans[index]
        return self.plain[start:end]

    def gap(self, index: int) -> str:
        """What stands between the words `index` - 1 and `index`; a wall at the ends."""
        return self.plain[self.spans[index - 1][1] : self.spans[index][0]] if 0 < index < len(self.spans) else "|"

    def before(self, at: int) -> str:
        """Up to three words that lead without a break to the word `at`, with a space before each."""
        found = ""
        for index in range(at, max(0, at - 3), -1):
            if self.gap(index) not in _CLOSE:
                break
            found = f" {self.word(index - 1)}{found}"
        return found

    def following(self, after: int) -> str:
        """Up to three words that follow without a break from the word `after` on, a possessive s left out."""
        if self.gap(after) == "'" and self.word(after).lower() == "s":
            after += 1
        found = ""
        for index in range(after, after + 3):
            if self.gap(index) not in _CLOSE:
                break
            found += f"{self.word(index)} "
        return found


_CLOSE = frozenset((" ", "-", "'", ". ", ".", "\xa0", "' "))
