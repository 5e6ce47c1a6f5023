"""Small pure helpers every part needs: text as a person sees it, fingerprints and lasting ids."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_SPACES = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain(text: str) -> str:
    """One line of text as a person sees it: compatibility forms folded, invisible and control characters gone."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).strip()


def fingerprint(text: str) -> str:
    """16 hex digits that stay the same when only case, spacing, quotes or invisible characters of a text change."""
    folded = plain(text).casefold().translate(_QUOTES)
    return hashlib.sha256(folded.encode("utf-8", "replace")).hexdigest()[:16]


_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "`": "'"})


def stable_id(prefix: str, *parts: object) -> str:
    """An id that is the same for the same facts on every machine and in every replay."""
    return f"{prefix}_{hashlib.sha256(chr(31).join(map(str, parts)).encode()).hexdigest()[:20]}"
