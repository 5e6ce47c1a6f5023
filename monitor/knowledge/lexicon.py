"""The words of one language: which classes each word and phrase belongs to, as seeds/phrases/<lang>.toml lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

_NOTHING: frozenset[str] = frozenset()

Phrase = tuple[tuple[str, ...], set[str]]
"""The words of a phrase, of which the last may end in `*`, and its classes."""


class Opened(NamedTuple):
    """The phrases that begin with one word, longest first: all, by their second word, and those whose second word may be several."""

    all: list[Phrase]
    by_second: dict[str, list[Phrase]]
    loose: list[Phrase]

    @staticmethod
    def of(phrases: dict[tuple[str, ...], set[str]]) -> Opened:
        """The phrases filed by their second word."""
        ordered = sorted(phrases.items(), key=lambda pair: -len(pair[0]))
        by_second: dict[str, list[Phrase]] = {}
        for phrase in ordered:
            by_second.setdefault(phrase[0][1], []).append(phrase)
        return Opened(ordered, by_second, [p for p in ordered if p[0][1][-1] == "*" or not _LETTER.search(p[0][1])])

    def before(self, word: str) -> list[Phrase]:
        """Those that may go on with this word."""
        found = self.by_second.get(word, _NONE)
        ending = [p for p in self.loose if p[0][1][-1] == "*" and word.startswith(p[0][1][:-1])] if self.loose else _NONE
        return [*found, *ending] if ending else found  # one that ends in `*` is no longer than two words


_NONE: list[Phrase] = []
_LETTER = re.compile(r"[^\W_]")
_ELIDED = re.compile(r"[^\W_]+|[;:,()\u3001\"|]")
_SPLIT = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[;:,()\u3001\"|]")


class Lexicon:
    """Words and phrases of one language with their classes.

    An entry may end in `*` (any ending). Of several phrases that begin at one word the longest wins; a single word has
    the classes of all its entries.
    """

    def __init__(self, lang: str, classes: dict[str, list[str]], options: dict[str, Any]) -> None:
        self.lang = lang
        self.elides = bool(options.get("elides", False))
        self.subject_first = bool(options.get("subject_first", False))
        self.unspaced = bool(options.get("unspaced", False))
        self.months: frozenset[str] = frozenset(options.get("months", ()))
        self.before_month: frozenset[str] = frozenset(options.get("before_month", ()))
        self._transparent = frozenset(options.get("transparent", ()))
        self._people_in_capitals = bool(options.get("people_in_capitals", False))
        self._people_endings = tuple(options.get("people_endings", ()))
        self._people_never = tuple(options.get("people_never", ()))
        self._people_words = frozenset(options.get("people_words", ()))
        self._exact: dict[str, set[str]] = {}
        self._prefix: dict[str, list[tuple[str, str]]] = {}
        long: dict[str, dict[tuple[str, ...], set[str]]] = {}
        self._cache: dict[str, frozenset[str]] = {}
        listed = {name: classes[name] for name in options.get("named", ())}
        self._names = {text: frozenset(n for n, texts in listed.items() if text in texts) for texts in listed.values() for text in texts}
        for name, entries in classes.items():
            for entry in entries:
                self._add(name, entry.lower(), long)
        self._long = {first: Opened.of(phrases) for first, phrases in long.items()}

    def _add(self, name: str, entry: str, long: dict[str, dict[tuple[str, ...], set[str]]]) -> None:
        words = (entry,) if self.unspaced else tuple((_ELIDED if self.elides else _SPLIT).findall(entry.replace("*", "")))
        if entry.endswith("*") and len(words) == 1:
            self._prefix.setdefault(words[0][:3], []).append((words[0], name))
        elif len(words) == 1:
            self._exact.setdefault(words[0], set()).add(name)
        else:
            if entry.endswith("*"):
                words = (*words[:-1], words[-1] + "*")
            long.setdefault(words[0], {}).setdefault(words, set()).add(name)

    def of(self, word: str) -> frozenset[str]:
        """The classes of a single word."""
        known = self._cache.get(word)
        if known is None:
            found = set(self._exact.get(word, ()))
            found |= {name for stem, name in self._prefix.get(word[:3], ()) if word.startswith(stem)}
            if word.endswith(("'s", "s'")):
                found |= self.of(word[:-2] if word.endswith("'s") else word[:-1])
            known = frozenset(found) if found else _NOTHING
            if len(self._cache) < 20_000:
                self._cache[word] = known
        return known

    def named(self, text: str) -> frozenset[str]:
        """The classes of a name of several words that is listed as a whole, of those that names may have."""
        return self._names.get(text, _NOTHING)

    def phrases_from(self, word: str) -> Opened | None:
        """The phrases that begin with a word."""
        return self._long.get(word)

    def openings(self) -> Iterator[tuple[str, str]]:
        """Every word or stem with which something of a class begins, and the class."""
        yield from ((word, name) for word, names in self._exact.items() for name in names)
        yield from (pair for pairs in self._prefix.values() for pair in pairs)
        yield from ((word, name) for word, phrases in self._long.items() for _, names in phrases.all for name in names)

    def longest(self, words: list[Any], at: int) -> tuple[int, frozenset[str]]:
        """How many words from `at` on form the longest known phrase, and its classes."""
        first = words[at][0]
        opened = self._long.get(first)
        if opened is None or at + 1 == len(words):
            return 1, self.of(first)
        for phrase, classes in opened.before(words[at + 1][0]):
            if len(phrase) <= len(words) - at and all(
                w[3] is None and (w[0] == p or (p[-1] == "*" and w[0].startswith(p[:-1])))
                for w, p in zip(words[at + 1 : at + len(phrase)], phrase[1:], strict=True)
            ):
                return len(phrase), self._seen_through(words[at : at + len(phrase)], classes)
        return 1, self.of(first)

    def _seen_through(self, words: list[Any], classes: set[str]) -> frozenset[str]:
        """The classes of a phrase; one that only colours an act ("to evacuate") shows its words too."""
        if self.transparent(classes):
            return frozenset(classes).union(*(self.of(w[0]) | {w[0]} for w in words))
        return frozenset(classes)

    def transparent(self, classes: set[str]) -> bool:
        """Whether a phrase with these classes shows its words too."""
        return all(name in self._transparent or name.islower() for name in classes)

    def colours(self, classes: frozenset[str]) -> bool:
        """Whether a phrase with these classes only colours what stands beside it."""
        return not self._transparent.isdisjoint(classes)

    def people(self, text: str, written: str) -> bool:
        """Whether a demonym in this writing is a noun for persons ("Americans") and no adjective ("American", "deutsche")."""
        if self._people_in_capitals and written[:1].islower():
            return False
        if any(part in text for part in self._people_never):
            return False
        return text in self._people_words or text.endswith(self._people_endings)

    @cached_property
    def _lengths(self) -> dict[str, tuple[int, ...]]:
        """For each first letter the lengths of the phrases that begin so, the longest first."""
        found: dict[str, set[int]] = {}
        for phrase in self._exact:
            found.setdefault(phrase[0], set()).add(len(phrase))
        return {first: tuple(sorted(sizes, reverse=True)) for first, sizes in found.items()}

    def phrases(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Where known phrases stand in text[start:end] of a script without spaces, the longest at each point."""
        at = start
        while at < end:
            sizes = self._lengths.get(text[at], ())
            size = next((n for n in sizes if at + n <= end and text[at : at + n] in self._exact), 0)
            if size:
                yield at, at + size
            at += size or 1


_OF = re.compile(r"<([A-Z]+)>")


def expanded(classes: dict[str, list[str]]) -> dict[str, list[str]]:
    """The classes with `<NAME>` in an entry standing for each entry of that class, for languages that write without spaces."""
    return {name: [word for entry in entries for word in _spelled(entry, classes)] for name, entries in classes.items()}


def _spelled(entry: str, classes: dict[str, list[str]]) -> list[str]:
    found = _OF.search(entry)
    return [entry.replace(found[0], word) for word in classes[found[1]]] if found else [entry]
