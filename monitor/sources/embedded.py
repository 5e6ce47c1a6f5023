"""JSON that a web page carries inside: in a script's variable, or in an attribute of an element."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from monitor.errors import BadBody
from monitor.sources.base import BodyFault, bad
from monitor.sources.jsontree import loads
from monitor.sources.sniff import decode, is_page, page_fault, refuse_nothing

__all__ = ["heading", "in_attribute", "in_variable", "page_text"]

_HEADING = re.compile(r"<h1\b[^<>]{0,500}>(.{0,2000}?)</h1\s*>", re.IGNORECASE | re.DOTALL)


def page_text(body: bytes) -> str:
    """The source of an HTML page; raises BadBody for anything else."""
    refuse_nothing(body)
    text = decode(body)
    if not is_page(body):
        raise bad(BodyFault.WRONG_FORMAT, f"no page: {text[:40]!r}")
    return text


def in_variable(body: bytes, name: str) -> Any:
    """The JSON value that a script of the page assigns to a variable; raises BadBody."""
    text = page_text(body)
    found = re.search(rf"\b{re.escape(name)}\s{{0,20}}=\s{{0,20}}(?=[\[{{])", text)
    if found is None:
        raise _missing(body, text)
    try:
        value, _ = json.JSONDecoder().raw_decode(text, found.end())
    except RecursionError:
        raise bad(BodyFault.TOO_DEEP) from None
    except ValueError as error:
        raise bad(BodyFault.WRONG_FORMAT if _whole(text) else BodyFault.CUT_OFF, str(error)) from None
    return value


def in_attribute(body: bytes, element: str, attribute: str) -> Any:
    """The JSON value in an attribute of the element with this id; raises BadBody."""
    text = page_text(body)
    at = text.find(f'id="{element}"')
    start = text.rfind("<", 0, at) if at >= 0 else -1
    found = re.compile(rf"""\b{re.escape(attribute)}=(?:"([^"]*)"|'([^']*)')""").search(text, start) if start >= 0 else None
    if found is None:
        raise _missing(body, text)
    return loads(html.unescape(found[1] if found[1] is not None else found[2]))


def heading(body: bytes) -> str:
    """The HTML of the page's first heading, "" when it has none."""
    found = _HEADING.search(decode(body))
    return found[1] if found else ""


def _whole(text: str) -> bool:
    return "</html>" in text[-5_000:].lower()


def _missing(body: bytes, text: str) -> BadBody:
    fault = page_fault(body)
    return fault if fault.blocked or _whole(text) else bad(BodyFault.CUT_OFF, "the page ends before its data")
