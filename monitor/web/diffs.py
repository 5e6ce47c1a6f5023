"""What became different between two editions of a text, word by word."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ..ledger import Edition

AROUND = 14
"""Unchanged words shown on either side."""
_WORDS = 6_000
_ALIKE = 0.4


@dataclass(frozen=True, slots=True)
class Run:
    """Some words that are `same`, `new`, `old`, or a `gap` that is left out."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Compared:
    """An edition beside the one before it; `before` is None for the first one known."""

    edition: Edition
    before: Edition | None
    text: str
    runs: tuple[Run, ...]


def compared(editions: Sequence[Edition], limit: int) -> Iterator[Compared]:
    """Editions that are texts, newest first, each with what it changed."""
    texts = [(e, text) for e in editions if (text := text_of(e)) is not None]
    for n, (edition, text) in enumerate(texts[:limit]):
        before = next(((e, t) for e, t in texts[n + 1 :] if e.source == edition.source and _alike(t, text)), None)
        yield Compared(edition, before[0] if before else None, text, tuple(runs(before[1], text)) if before else ())


def text_of(edition: Edition) -> str | None:
    """Title and text of an edition; None for a whole body, which is no text of its own."""
    try:
        raw: Any = json.loads(edition.raw)
    except ValueError:
        return None
    if not isinstance(raw, dict) or "text" not in raw or "title" not in raw:
        return None
    level = f"\n{raw['level_text']}" if raw.get("level_text") else ""
    return f"{raw['title']}{level}\n{raw['text']}"


def runs(before: str, after: str) -> Iterator[Run]:
    """The difference as runs of words, unchanged stretches shortened."""
    old, new = _words(before), _words(after)
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=len(old) > 2_000).get_opcodes():
        if tag == "equal":
            yield from _shortened(new[j1:j2], first=j1 == 0, last=j2 == len(new))
            continue
        if i2 > i1:
            yield Run("old", " ".join(old[i1:i2]))
        if j2 > j1:
            yield Run("new", " ".join(new[j1:j2]))


def _shortened(words: Sequence[str], *, first: bool, last: bool) -> Iterator[Run]:
    head, tail = (0 if first else AROUND), (0 if last else AROUND)
    if len(words) <= head + tail + AROUND:
        yield Run("same", " ".join(words))
        return
    if head:
        yield Run("same", " ".join(words[:head]))
    yield Run("gap", f"{len(words) - head - tail} words")
    if tail:
        yield Run("same", " ".join(words[-tail:]))


def _words(text: str) -> list[str]:
    return re.findall(r"\S+", text)[:_WORDS]


def _alike(one: str, other: str) -> bool:
    a, b = set(_words(one.casefold())), set(_words(other.casefold()))
    return len(a & b) >= _ALIKE * max(len(a | b), 1)
