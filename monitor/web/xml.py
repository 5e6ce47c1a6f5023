"""XML that is well-formed whatever a feed says: elements from plain text, what nobody sees dropped."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\x85\U000e0000-\U000e0fff]")


def clean(text: str) -> str:
    """Text without what XML forbids, what turns its direction round and what nobody sees."""
    return _UNSEEN.sub("", _FORBIDDEN.sub("", text))


def add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """A child element."""
    child = SubElement(parent, tag, {k.rstrip("_"): clean(v) for k, v in attributes.items()})
    child.text = clean(text) if text is not None else None
    return child


def document(root: Element) -> bytes:
    """A whole document."""
    content: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + content
