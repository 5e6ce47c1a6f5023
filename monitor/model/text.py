"""Small pure helpers every part needs: text as a person sees it, fingerprints and lasting ids."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_WEB = re.compile(r"(https?://)([^/?#]*)(.*)", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff"
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
)
_CONTROLS = bytes([*range(10), *range(11, 32), 127])


def simple(text: str) -> bool:
    """Whether a text is ASCII without control characters but line ends, as most are: then much need not be looked for."""
    return text.isascii() and len(text.encode().translate(None, _CONTROLS)) == len(text)


def single_spaced(text: str) -> str:
    """A text with one space wherever there were several."""
    while "  " in text:
        text = text.replace("  ", " ")
    return text


def plain(text: str) -> str:
    """One line of text as a person sees it: compatibility forms folded, invisible and control characters gone."""
    if simple(text):
        return single_spaced(text.replace("\n", " ")).strip(" ")
    return _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).strip()


def address(url: str) -> str:
    """An address that people may be led to: of the web, in one piece, without a name before its host; "" for any other."""
    found = _WEB.fullmatch(plain(url).replace(" ", "%20"))
    return f"{found[1]}{found[2].rpartition('@')[2]}{found[3]}" if found else ""


def fingerprint(text: str) -> str:
    """16 hex digits that stay the same when only case, spacing, quotes or invisible characters of a text change."""
    folded = plain(text).casefold()
    folded = folded.replace("`", "'") if folded.isascii() else folded.translate(_QUOTES)
    return hashlib.sha256(folded.encode("utf-8", "replace")).hexdigest()[:16]


_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "`": "'"})


def stable_id(prefix: str, *parts: object) -> str:
    """An id that is the same for the same facts on every machine and in every replay."""
    return f"{prefix}_{hashlib.sha256(chr(31).join(map(str, parts)).encode()).hexdigest()[:20]}"
