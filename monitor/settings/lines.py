"""Finds on which line of a TOML text each key stands; tomllib checks and reads the values, but forgets where they were."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping

Path = tuple[str | int, ...]

_KEY = re.compile(r"""[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*""")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
_ATOM = re.compile(r"[^,\]}#\n]+")


def line_index(text: str) -> Mapping[Path, int]:
    """The line (from 1) of every table, key and array element of a valid TOML text, by its path in the parsed value."""
    return _Scan(text).run()


def line_of(index: Mapping[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest thing around it that is written down; 1 for the document."""
    while path and path not in index:
        path = path[:-1]
    return index.get(path, 1)


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._ends = [found.start() for found in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def run(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip_blank():
            if self.text.startswith("[[", self.at):
                table = self._array_table()
            elif self.text[self.at] == "[":
                table = self._table()
            else:
                self._pair(table)
        return self.lines

    def _array_table(self) -> Path:
        start = self._step(2)
        *parents, last = self._keys()
        array = (*self._resolve(tuple(parents), start), last)
        number = self.counts.get(array, 0)
        self.counts[array] = number + 1
        self._step(2)
        self._note(array, start)
        return self._note((*array, number), start)

    def _table(self) -> Path:
        start = self._step(1)
        table = self._resolve(self._keys(), start)
        self._step(1)
        return table

    def _pair(self, table: Path) -> None:
        start = self.at
        keys = self._keys()
        for end in range(1, len(keys) + 1):
            self._note((*table, *keys[:end]), start)
        self._step(1)  # the equals sign
        self._skip_blank()
        self._value((*table, *keys))

    def _value(self, path: Path) -> None:
        match self.text[self.at]:
            case "[":
                self._elements(path, "]")
            case "{":
                self._elements(path, "}")
            case '"' | "'":
                self.at = self._match(_STRING)
            case _:
                self.at = self._match(_ATOM)

    def _elements(self, path: Path, closing: str) -> None:
        self._step(1)
        number = 0
        while self._skip_blank() and self.text[self.at] != closing:
            if self.text[self.at] == ",":
                self._step(1)
            elif closing == "}":
                self._pair(path)
            else:
                self._value(self._note((*path, number), self.at))
                number += 1
        self._step(1)

    def _keys(self) -> tuple[str, ...]:
        keys = []
        while found := _KEY.match(self.text, self.at):
            self.at = found.end()
            keys.append(next(group for group in found.groups() if group is not None))
            if self.text[self.at : self.at + 1] != ".":
                break
            self._step(1)
        return tuple(keys)

    def _resolve(self, keys: tuple[str, ...], at: int) -> Path:
        """The path of a table header: inside an array of tables it means the newest element."""
        path: Path = ()
        for key in keys:
            path = self._note((*path, key), at)
            if count := self.counts.get(path):
                path = (*path, count - 1)
        return path

    def _match(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        return found.end() if found else len(self.text)

    def _note(self, path: Path, at: int) -> Path:
        self.lines.setdefault(path, bisect_left(self._ends, at) + 1)
        return path

    def _skip_blank(self) -> bool:
        if found := _BLANK.match(self.text, self.at):
            self.at = found.end()
        return self.at < len(self.text)

    def _step(self, characters: int) -> int:
        start = self.at
        self.at += characters
        return start
