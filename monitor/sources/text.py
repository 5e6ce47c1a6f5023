"""Strangers' text made plain: HTML to lines of words in linear time, names and addresses without tricks."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import OrderedDict
from functools import lru_cache
from hashlib import blake2b
from threading import Lock
from urllib.parse import urljoin, urlsplit

from monitor.model import plain, simple, single_spaced

__all__ = ["absolute", "html_to_text", "one_line", "paragraphs", "path_of", "titled", "verbatim", "web_address"]

MAX_TITLE = 1_000
MAX_TEXT = 200_000
MAX_HTML = 1_000_000
_MAX_URL = 2_048
_SIMPLE_ADDRESS = re.compile(r"https?://[a-z0-9][a-z0-9.-]*+(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]-~]*+)?")
_NO_ADDRESS = re.compile(r'[\s<>"\\]')

# Characters nobody sees or that steer a terminal: C0 and C1 controls, bidi, zero width, tags, halves of surrogate pairs.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\ufffe\uffff\U000e0000-\U000e0fff\ud800-\udfff]"
)
_LINE_ENDS = ("\r\n", "\r", "\x85", "\u2028", "\u2029")

# A tag ends before the next "<", or has a bounded number of bounded quoted values: so any input takes linear time.
TAG = re.compile(
    r"""<(?:(?P<bang>!--|[!?])|(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]{0,30}+)"""
    r"""(?:(?:[^<>"']++|"[^"<>]*+"|'[^'<>]*+')*+|(?:[^<>"']{0,99}+(?:"[^"]{0,300}+"|'[^']{0,300}+')){1,6}+[^<>"']{0,99}+|[^<>]*+)>)"""
)
# fmt: off
_BREAK = ("br", "li", "dt", "dd", "tr", "option")
_PARAGRAPH = (
    "address", "article", "aside", "blockquote", "body", "caption", "center", "details", "div", "dl", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "summary", "table",
    "tbody", "tfoot", "thead", "title", "ul",
)
# fmt: on
_DROPPED = frozenset(["script", "style", "template", "svg", "math", "iframe", "object", "noembed", "noframes", "textarea", "select"])
_INLINE = ("a", "abbr", "b", "cite", "code", "em", "font", "i", "img", "small", "span", "strong", "sub", "sup", "time", "u")


class _Spacing(dict[str, str]):
    """What stands in the place of a tag, by its name."""

    def __missing__(self, name: str) -> str:
        return self.get(name.lower(), "")


_SPACING = _Spacing(
    dict.fromkeys([*_INLINE, *(f"/{name}" for name in _INLINE)], "")
    | dict.fromkeys([*_PARAGRAPH, *(f"/{name}" for name in _PARAGRAPH)], "\n\n")
    | dict.fromkeys([*_BREAK, "/br"], "\n")
    | dict.fromkeys([*(f"/{name}" for name in _BREAK if name != "br"), "td", "th", "/td", "/th"], " ")
    # what has to be dropped with all that is in it leaves a mark that asks for more care
    | dict.fromkeys(_DROPPED, "<")
)
_SIMPLE_TAG = re.compile(r"<(/?[A-Za-z][A-Za-z0-9:-]*+)[^<>]*+>")
_ESCAPED_TWICE = re.compile(
    r"</?(?:p|br|b|i|u|a|ul|ol|li|div|span|strong|em|h[1-6]|table|tr|td|img|script|style)\b[^<>]{0,600}>|&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6});",
    re.IGNORECASE,
)
_REFERENCES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&#39;", "'"), ("&#039;", "'"), ("&nbsp;", "\xa0"))


def one_line(text: str) -> str:
    """A title or name as a person sees it, markup gone, at most 1,000 characters of it."""
    text = text[: 4 * MAX_TITLE]
    return verbatim(html_to_text(text) if "<" in text or "&" in text else text)


def verbatim(text: str) -> str:
    """A key or other word of a machine on one line; an address keeps its ampersands."""
    text = text[: 4 * MAX_TITLE]
    if text.isascii() and text.isprintable():
        return " ".join(text.split())[:MAX_TITLE]
    return plain(_UNSEEN.sub("", text))[:MAX_TITLE]


def titled(name: str, words: str) -> str:
    """The title of a register's page that has none of its own: the place, and the issuer's words about it."""
    return (f"{name} - {words}" if words else name)[:MAX_TITLE].rstrip()


def paragraphs(text: str) -> str:
    """Plain text with its line breaks: NFC, invisible characters gone, spacing tidied, at most 200,000 characters."""
    text = text[: 4 * MAX_TEXT]
    if simple(text):
        text = single_spaced(text).replace(" \n", "\n").replace("\n ", "\n")
    else:
        for end in _LINE_ENDS:
            text = text.replace(end, "\n")
        text = _UNSEEN.sub("", unicodedata.normalize("NFC", text))
        text = "\n".join([" ".join(line.split()) for line in text.split("\n")])
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip()[:MAX_TEXT]


def html_to_text(raw: str) -> str:
    """The visible words of an HTML fragment, block elements as line breaks; remembered, because pages rarely change."""
    if "<" not in raw and "&" not in raw:
        return paragraphs(raw)
    return _memory.get(raw)


@lru_cache(maxsize=4_096)
def web_address(raw: str | None) -> str:
    """An http(s) address without credentials, or "" for anything else a source may have put there."""
    if raw and len(raw) <= _MAX_URL and _SIMPLE_ADDRESS.fullmatch(raw):
        return raw
    address = _UNSEEN.sub("", raw or "").strip()
    if not address or len(address) > _MAX_URL or _NO_ADDRESS.search(address):
        return ""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host:
        return ""
    return address if "@" not in parts.netloc else parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def absolute(base: str, link: str) -> str:
    """The web address of a link on a page, "" for none that we would open."""
    try:
        return web_address(urljoin(base, link))
    except ValueError:
        return ""


def path_of(url: str) -> str:
    """The path of an address, "" for what is none."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _convert(raw: str) -> str:
    """HTML to text; again where a feed had escaped its markup twice. What nobody sees goes first: without it `<\\0p>` is a tag."""
    text = _visible(raw[:MAX_HTML])
    for _ in range(3):
        text = _visible(_unescape(_strip(text) if "<" in text else text))
        if not (("<" in text or ("&" in text and ";" in text)) and _ESCAPED_TWICE.search(text)):
            return paragraphs(text)
    return paragraphs(_strip(text))


def _visible(text: str) -> str:
    return text if simple(text) else _UNSEEN.sub("", text)


def _unescape(text: str) -> str:
    """What `html.unescape` makes of a text; at once where each of its references is one of the commonest."""
    if "&" not in text:
        return text
    quick = text
    for reference, character in _REFERENCES:
        quick = quick.replace(reference, character)
    return quick.replace("&amp;", "&") if quick.count("&") == quick.count("&amp;") else html.unescape(text)


def _strip(raw: str) -> str:
    """The words of a fragment with line breaks for its block elements; entities stay as they are."""
    raw = raw.replace("\n", " ")
    pieces = _SIMPLE_TAG.split(raw)  # words and names of tags by turns
    pieces[1::2] = map(_SPACING.__getitem__, pieces[1::2])
    quick = "".join(pieces)
    return _carefully(raw) if "<" in quick or ">" in quick else quick


def _carefully(raw: str) -> str:
    """The same for fragments with comments, scripts, angles in attributes or text, and broken tags."""
    out: list[str] = []
    at = 0
    while (tag := TAG.search(raw, at)) is not None:
        out.append(raw[at : tag.start()])
        at = tag.end()
        if tag["bang"]:
            at = _after(raw, "-->" if tag["bang"] == "!--" else ">", at)
            continue
        name = tag["name"].lower()
        if name in _DROPPED:
            at = at if tag["close"] else _after_element(raw, name, at)
            out.append(" ")
        else:
            out.append(_SPACING.get(tag["close"] + name, ""))
    out.append(raw[at:])
    return "".join(out)


def _after(raw: str, mark: str, at: int) -> int:
    """The place behind the next mark; the end when there is none, as browsers do."""
    found = raw.find(mark, at)
    return len(raw) if found < 0 else found + len(mark)


def _after_element(raw: str, name: str, at: int) -> int:
    found = re.compile(rf"</{name}\b[^<>]{{0,99}}>", re.IGNORECASE).search(raw, at)
    return len(raw) if found is None else found.end()


class _Memory:
    """Remembers conversions by the hash of what was converted: bounded in number and in characters, oldest out first."""

    def __init__(self, entries: int = 4_096, characters: int = 16_000_000) -> None:
        self._texts: OrderedDict[bytes, str] = OrderedDict()
        self._entries, self._characters, self._held, self._lock = entries, characters, 0, Lock()

    def get(self, raw: str) -> str:
        key = blake2b(raw.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
                return self._texts[key]
        text = _convert(raw)
        with self._lock:
            self._held += len(text) if key not in self._texts else 0
            self._texts[key] = text
            while len(self._texts) > self._entries or self._held > self._characters:
                self._held -= len(self._texts.popitem(last=False)[1])
        return text


_memory = _Memory()
