"""What a body is before anybody parses it: nothing, a web page, a bot challenge, JSON or XML; and its characters."""

from __future__ import annotations

import codecs
import re
import tomllib
from functools import cache

from monitor.data import seed
from monitor.errors import BadBody
from monitor.sources.base import BodyFault, bad

__all__ = ["MAX_BODY", "decode", "is_page", "page_fault", "refuse_nothing", "refuse_pages"]

MAX_BODY = 64_000_000
"""Bytes; the fetch edge cuts much earlier, this is for bodies from files."""

_PAGE = re.compile(
    rb"\s*(?:<\?xml[^<>]*>\s*)?(?:<!--.{0,2000}?-->\s*){0,3}<(?:!doctype\s+html|html|head|body|script|center|h1)\b",
    re.IGNORECASE | re.DOTALL,
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^<>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._:-]{2,40})["']""")
_SAFE_CODEC = re.compile(r"^(utf|iso8859|cp\d|koi8|shift_jis|euc_|gb|big5|ascii|latin|mac_|iso2022)")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY = 0.1
"""The share of impossible bytes above which a body is no text."""


def refuse_pages(body: bytes) -> None:
    """Raises BadBody for an empty or far too large body, an HTML page and a bot challenge."""
    refuse_nothing(body)
    if is_page(body):
        raise page_fault(body)


def is_page(body: bytes) -> bool:
    """Whether the body begins like an HTML page."""
    return _PAGE.match(body.removeprefix(codecs.BOM_UTF8)[:8_000]) is not None


def page_fault(body: bytes) -> BadBody:
    """The error for a page where a document was expected."""
    return bad(BodyFault.CHALLENGE if is_challenge(body) else BodyFault.HTML, title_of(body))


def refuse_nothing(body: bytes) -> None:
    """Raises BadBody for an empty or far too large body."""
    if not body or not body.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise bad(BodyFault.EMPTY)
    if len(body) > MAX_BODY:
        raise bad(BodyFault.TOO_LARGE, f"{len(body)} bytes")


def is_challenge(body: bytes) -> bool:
    """Whether a page asks for proof of being human (the words are in seeds/challenges.toml)."""
    head = body[:200_000].lower()
    return any(mark in head for mark in _challenges())


def title_of(body: bytes) -> str:
    """What an HTML page calls itself, for the operator."""
    found = re.search(rb"<title[^<>]{0,200}>([^<]{1,200})", body[:20_000], re.IGNORECASE)
    return " ".join(found[1].decode("utf-8", "replace").split()) if found else ""


def decode(body: bytes) -> str:
    """The text of a body: by its mark, its declaration or as UTF-8; single wrong bytes are read as Western European.

    Raises BadBody for what is no text at all.
    """
    mark, codec = next(((mark, codec) for mark, codec in _BOMS if body.startswith(mark)), (b"", ""))
    body = body[len(mark) :]
    try:
        return _strictly(body, codec or _declared(body))
    except UnicodeDecodeError:
        pass
    wrong = len(body) - len(body.decode("utf-8", "ignore").encode())
    if wrong > _BINARY * len(body):
        raise bad(BodyFault.BAD_CHARSET, f"{wrong} of {len(body)} bytes are no UTF-8")
    return body.decode("utf-8", _WESTERN)


def _strictly(body: bytes, codec: str) -> str:
    if codec.startswith("utf-8"):
        return body.decode("utf-8")
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        if codec.startswith(("utf-16", "utf-32")):
            return body.decode(codec, "replace")
        raise


def _declared(body: bytes) -> str:
    found = _DECLARED.match(body[:400])
    try:
        name = codecs.lookup(found[1].decode("ascii")).name if found else "utf-8"
    except (LookupError, ValueError):
        return "utf-8"
    # UTF-16 without its mark cannot have been read as ASCII just now
    return name.replace("-", "_") if _SAFE_CODEC.match(name.replace("-", "_")) and "16" not in name and "32" not in name else "utf-8"


def _western(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in wrong), error.end


_WESTERN = "monitor.western"
codecs.register_error(_WESTERN, _western)


@cache
def _challenges() -> tuple[bytes, ...]:
    return tuple(mark.lower().encode() for mark in tomllib.loads(seed("challenges.toml").decode())["marks"])
