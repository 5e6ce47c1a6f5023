"""XML that is well-formed whatever a feed says: elements from plain text, control characters dropped."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Text without what XML forbids and without marks that turn its direction round."""
    return _BIDI.sub("", _FORBIDDEN.sub("", text))


def add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """A child element."""
    child = SubElement(parent, tag, {k.rstrip("_"): clean(v) for k, v in attributes.items()})
    child.text = clean(text) if text is not None else None
    return child


def document(root: Element) -> bytes:
    """A whole document."""
    content: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + content
