"""Tells old words from new ones: runs of words as hashes, so that a reworded edition shows what it really added."""

from __future__ import annotations

import re
import zlib

from ..model import plain

_RUN = 4
_TOKEN = re.compile(r"[^\W_]+", re.UNICODE)
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


def shingles(text: str) -> frozenset[int]:
    """The 32-bit hashes of every run of four words (of four characters in scripts without spaces)."""
    folded = plain(text).casefold()
    tokens = _TOKEN.findall(folded)
    if _UNSPACED.search(folded):
        tokens = [c for t in tokens for c in (t if _UNSPACED.search(t) else (t,))]
    runs = (" ".join(tokens[i : i + _RUN]) for i in range(max(1, len(tokens) - _RUN + 1)))
    return frozenset(zlib.crc32(r.encode()) for r in runs if r)


def novelty(quote: str, known: frozenset[int]) -> float:
    """The share of a quote's word runs that were never read before: 0 for old words, 1 for all new."""
    runs = shingles(quote)
    return len(runs - known) / len(runs) if runs else 0.0


def likeness(a: frozenset[int] | tuple[int, ...], b: frozenset[int] | tuple[int, ...]) -> float:
    """How much of the shorter of two texts stands in the other, 0 to 1."""
    left, right = set(a), set(b)
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0
