"""Makes words that others wrote harmless for the place where they are shown."""

from __future__ import annotations

import re

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_LONE = re.compile("[\ud800-\udfff]")


def visible(text: str) -> str:
    """Without what steers a terminal or turns the reading direction; tabs and line ends stay."""
    return _LONE.sub("\ufffd", _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def one_line(text: str, length: int = 300) -> str:
    """On one line, for subjects, titles and headers, no longer than this many characters."""
    line = " ".join(visible(text).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def fitted(text: str, length: int) -> str:
    """Several lines, no longer than this many characters, cut with a mark."""
    text = visible(text)
    return text if len(text) <= length else text[: length - 2].rstrip() + " …"


def in_bytes(text: str, limit: int) -> str:
    """Cut so that its UTF-8 form is no longer than this many bytes, never inside a character."""
    raw = visible(text).encode()
    return raw.decode() if len(raw) <= limit else raw[: limit - 3].decode(errors="ignore") + "…"


def no_mentions(text: str) -> str:
    """Chats wake people who are named with an @; words that others wrote must not, so the sign is a wide one."""
    return visible(text).replace("@", "\uff20")
