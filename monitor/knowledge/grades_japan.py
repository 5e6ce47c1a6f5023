"""Japan's levels: by number, and by the quoted sentences that were their names before there were numbers."""

from __future__ import annotations

import re
from functools import cache

from monitor.knowledge.levels import scheme
from monitor.knowledge.seen import Seen
from monitor.knowledge.text import Zone

_FROM_TO = re.compile(r"レベルを?[1-4]から(?:レベル)?([1-4])")
_NUMBERED = re.compile(r"(?i)\b(?:level|レベル|stufe)\s{0,2}([1-4１-４])|レベル[をがは]?\s{0,2}([1-4１-４])(?!から)")
_LEFT_BEHIND = re.compile(
    r"レベル[をがは]?[1-4１-４](?:[(（「『:：][^レ]{0,40})?から|[「『][^「」『』]{1,40}[」』](?:であった|だった|だ)?(?:から|が、)"
)
"""A Japanese level that is the old one, with the words of it that may stand in brackets."""

_WHOLE = re.compile("全土|全域|上記以外|上記を除く|それ以外|その他の|その他地域|残る|以外の地域|を除く地域")
_REGION = re.compile("[県州市島部]|地帯|国境|地域|半島|周辺|首都")
_ENTRY = re.compile("[●■◆○]")


def numbered(text: str) -> int | None:
    """The number after the word level, of a headline."""
    if moved := _FROM_TO.search(text):
        return int(moved.group(1))
    hit = _NUMBERED.search(text)
    return int(hit.group(1) or hit.group(2)) if hit else None


def counted(text: str) -> int | None:
    """The level that Japanese tells by number, whosever it is."""
    return numbered(text) if "レベル" in text else None


@cache
def _quoted() -> re.Pattern[str]:
    """The names of levels in quotation marks, where they name a level and ask for nothing."""
    found = scheme("jp")
    words = sorted((w for w, _ in found.words), key=len, reverse=True) if found else ()
    return re.compile("[「『](" + "|".join(map(re.escape, words)) + ")")


def quoted(text: str) -> list[int]:
    """The levels that a text names in quotation marks, those left behind not counted."""
    found = scheme("jp")
    grades = dict(found.words) if found else {}
    return [grades[hit.group(1)] for hit in _quoted().finditer(_LEFT_BEHIND.sub("", text))]


def japanese(seen: list[Seen]) -> int | None:
    """Japan's level: the lowest of those that its notice states in title and first sentences, those left behind not counted."""
    top = "".join(s.sentence.text for s in seen if s.sentence.zone is not Zone.BODY)
    if _only_of_regions(top):
        return None
    stated = [int(hit.group(1) or hit.group(2)) for hit in _NUMBERED.finditer(_LEFT_BEHIND.sub("", top))]
    stated += [int(moved.group(1)) for moved in _FROM_TO.finditer(top)]
    stated = stated or quoted(top)
    return min(stated, default=None) or next((n for s in seen if (n := numbered(s.sentence.text))), None)


def _only_of_regions(top: str) -> bool:
    """Whether a list of levels names regions only, so that nothing is said of the country itself."""
    entries = [e for e in _ENTRY.split(top)[1:] if _NUMBERED.search(e)]
    names = [e[: hit.start()] for e in entries if (hit := _NUMBERED.search(e))]
    return bool(names) and not _WHOLE.search(top) and all(_REGION.search(n) for n in names) and not _NUMBERED.search(_ENTRY.split(top)[0])
