"""What strangers may write, and where it is shown: the rows and columns of the table of hostile inputs and outlets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from monitor.model import Certainty, Change, ChangeKind, Evidence, Reason, Severity
from tests.web.world import NOW

WORDS: dict[str, str] = {
    "terminal escapes": "\x1b[2J\x1b]0;owned\x07\x9b31m\x1bP1;1|x\x1b\\ Level 4",
    "control characters": "a\x00b\x08c\x7fd\x85e\x0bf\x0cg Level 4",
    "bidi": "safe \u202eelbisrever\u202c \u2066x\u2069 \u061c\u200f Level 4",
    "zero width": "Uk\u200brai\u2060ne \ufeffis\u00ad\u200e \U000e0041\U000e007f Level 4",
    "lone surrogates": "x \ud800 y \udfff Level 4",
    "html": '<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">y</a>"\'><svg/onload=alert(1)> Level 4',
    "escaped html": "&lt;script&gt;alert(1)&lt;/script&gt; &amp;#60;b&amp;#62; &#27;[31m Level 4",
    "mail headers": "Hi\r\nBcc: victim@example.org\r\nSubject: other\r\n\r\n.\r\nQUIT\r\nRCPT TO:<victim@example.org> Level 4",
    "line ends": "one\r\nLevel 4 forged\rthree\x0bfour\x85five\u2028six\u2029seven\n\n\neight",
    "mentions": "@everyone @here @channel @all <!channel> <!here|x> <@U123> <#C1> <@&7> Level 4",
    "markdown": "[your bank](https://evil.example/x) ![i](https://evil.example/i.png) **b** `c` <https://evil.example/|bank> # Level 4",
    "xml": "]]> <!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]> &x; <?php x ?> <!-- --> <title>other</title> Level 4",
    "formulas": "=cmd|' /C calc'!A0 +1 -1 @SUM(1) \t=1 Level 4",
    "log lines": '{"event":"forged","level":"error"}\n2026-01-01T00:00:00Z error forged event=x why="y" Level 4',
    "templates": "{{7*7}} {% include 'x' %} ${7*7} %s %(x)s {0} {place} {x.__class__} Level 4",
    "calendar": "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:forged\\n;,: Level 4",
    "very long": "Level 4 " + "lorem " * 4_000,
}
"""Texts that an adapter let through as they are, which none does: the outlets stand by themselves."""

ADDRESSES = (
    "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "file:///etc/passwd", "https://user:secret@evil.example/",
    'https://evil.example/"onmouseover="alert(1)', "https://evil.example/\r\nX: y", "//evil.example", "\x00", "https://\u202eevil.example/",
)  # fmt: skip

BOMB = b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
FEED = b'<?xml version="1.0"?>%b<rss version="2.0"><channel><title>x</title>%b</channel></rss>'

BODIES: dict[str, tuple[bytes, str]] = {
    "entity bomb": (FEED % (BOMB, b"<item><title>&c;</title></item>"), "entity_declared"),
    "outer entity": (FEED % (b"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", b"<item>&x;</item>"), "entity_declared"),
    "depth bomb": (FEED % (b"", b"<item>" * 100_000), "too_deep"),
    "json depth bomb": (b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 100_000, "too_deep"),
    "zip bomb": (b"", "too_large"),
    "forged page": (b"<!doctype html><html><head><title>\x1b[2J<script>@everyone\r\nBcc: x</title></head><body>x</body></html>", "html"),
}  # fmt: skip
"""Bodies, and the reason for which a source that sends them is broken; the zip bomb is made where it is served."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def changes(words: str) -> tuple[Change, ...]:
    """Changes with these words wherever a stranger's may stand."""
    return tuple(_changes(words))


def _changes(words: str) -> Iterator[Change]:
    addresses = (*ADDRESSES, "https://advice.example/ua")
    kinds = (ChangeKind.LEVEL_RAISED, ChangeKind.REPORTED, ChangeKind.REWORDED, ChangeKind.SECURITY_ALERT, ChangeKind.LEAVE_NOW)
    for number, address in enumerate(addresses):
        yield Change(
            id=f"chg_{number}", at=NOW, source="us-state", place="UA", issuer="US", kind=kinds[number % len(kinds)],
            reason=Reason.WORSE_AT_ONCE, severity=Severity.EXTREME, certainty=Certainty.OBSERVED, before="3", after="4",
            after_words=words, evidence=(Evidence(words, "rule", address, words), Evidence(words[::-1], "rule", "", "")), url=address,
            published=NOW, situation="sit_UA", publishers=(words[:400],), detail=words[:2_000],
        )  # fmt: skip


def unseen(text: str) -> str:
    """The first thing in a text that steers, hides or is no character, "" for none; line ends and tabs are fine."""
    found = _UNSEEN.search(text)
    return repr(text[max(0, found.start() - 20) : found.start() + 20]) if found else ""


def texts(value: object) -> Iterator[str]:
    """Every string in JSON, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


@dataclass
class Markup(HTMLParser):
    """What a browser would make of a page: its elements, its addresses and its handlers."""

    tags: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action", "cite", "formaction")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def led_astray(self) -> list[str]:
        """Addresses that are neither of the web nor our own."""
        return [a for a in self.addresses if urlsplit(a.strip()).scheme not in ("", "http", "https") or a.startswith("//") or "@evil" in a]


def markup(page: str) -> Markup:
    """A page read as a browser would."""
    read = Markup()
    read.feed(page)
    read.close()
    return read
