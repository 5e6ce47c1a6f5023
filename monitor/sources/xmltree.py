"""XML as a small tree: exact and fast on well-formed bodies, refusing entities and depth, mending what is commonly broken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from xml.parsers import expat

from monitor.errors import BadBody
from monitor.sources.base import BodyFault, bad
from monitor.sources.sniff import decode, refuse_pages

__all__ = ["Node", "NotWellFormed", "mend", "read_xml", "strict_xml"]

MAX_DEPTH = 64
MAX_NODES = 400_000

DC = "http://purl.org/dc/elements/1.1/"
XHTML = "http://www.w3.org/1999/xhtml"


class NotWellFormed(Exception):
    """Expat's complaint about a body."""


class Node:
    """One element; `tag` is its local name, `space` its namespace, `text` what stands before its first child."""

    __slots__ = ("attrs", "children", "space", "tag", "tail", "text")

    def __init__(self, tag: str, space: str, attrs: dict[str, str]) -> None:
        self.tag = tag
        self.space = space
        self.attrs = attrs
        self.text = ""
        self.tail = ""
        self.children: list[Node] = []

    def first(self, tag: str, space: str | None = None) -> Node | None:
        """The first child of this name; without `space` in any namespace, plain ones preferred."""
        found = [n for n in self.children if n.tag == tag and (space is None or n.space == space)]
        return min(found, key=lambda n: bool(n.space)) if found and space is None else next(iter(found), None)

    def all(self, tag: str, space: str | None = None) -> Iterator[Node]:
        """Every child of this name."""
        return (n for n in self.children if n.tag == tag and (space is None or n.space == space))

    def get(self, tag: str, space: str | None = None) -> str:
        """The words of the first child of this name, "" when there is none."""
        found = self.first(tag, space)
        return "" if found is None else found.words()

    def words(self) -> str:
        """All text inside, markup left out."""
        if not self.children:
            return self.text.strip()
        return "".join([self.text, *(f"{n.words()}{n.tail}" for n in self.children)]).strip()


class _Builder:
    """Expat's handlers: builds the tree and stops at entities, depth and sheer number."""

    def __init__(self, encoding: str | None) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._nodes = 0
        self.parser = parser = expat.ParserCreate(encoding, namespace_separator="\x1f")
        parser.buffer_text = True
        parser.buffer_size = 65_536
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._skipped

    def _start(self, name: str, attrs: dict[str, str]) -> None:
        space, _, tag = name.rpartition("\x1f")
        node = Node(tag, space, attrs)
        self._nodes += 1
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        if len(self._open) > MAX_DEPTH:
            raise bad(BodyFault.TOO_DEEP, f"more than {MAX_DEPTH} elements inside each other")
        if self._nodes > MAX_NODES:
            raise bad(BodyFault.TOO_LARGE, f"more than {MAX_NODES} elements")

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _data(self, text: str) -> None:
        if not self._open:
            return
        node = self._open[-1]
        if node.children:
            node.children[-1].tail += text
        else:
            node.text += text

    def _entity(self, name: str, *_: object) -> None:
        raise bad(BodyFault.ENTITY_DECLARED, name)

    def _skipped(self, name: str, _parameter: bool) -> None:
        self._data(html5.get(f"{name};", ""))


def strict_xml(body: bytes, encoding: str | None = None) -> Node:
    """The tree of a well-formed body; raises NotWellFormed, or BadBody for what is refused whatever its form."""
    builder = _Builder(encoding)
    try:
        builder.parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise NotWellFormed(str(error)) from error
    if builder.root is None:
        raise NotWellFormed("no element")
    return builder.root


def read_xml(body: bytes, root: frozenset[str]) -> Node:
    """The tree of a body whose root element is one of these; mended when that is enough. Raises BadBody."""
    refuse_pages(body)
    try:
        tree = strict_xml(body)
    except NotWellFormed:
        tree = _second_try(body)
    if tree.tag not in root:
        raise bad(BodyFault.HTML if tree.tag.lower() == "html" else BodyFault.WRONG_FORMAT, f"the root is <{tree.tag[:60]}>")
    return tree


def _second_try(body: bytes) -> Node:
    text = mend(decode(body))
    try:
        return strict_xml(text.encode("utf-8", "replace"), "utf-8")
    except NotWellFormed as error:
        raise why_broken(text, str(error)) from error


def why_broken(text: str, complaint: str) -> BadBody:
    """Names the fault of a body that is no XML even after mending."""
    start = text[:1_000].lstrip()
    if not start.startswith("<"):
        return bad(BodyFault.WRONG_FORMAT, f"starts with {start[:20]!r}")
    if not _ends_with_root(text):
        return bad(BodyFault.CUT_OFF, complaint)
    return bad(BodyFault.WRONG_FORMAT, complaint)


def _ends_with_root(text: str) -> bool:
    root = re.search(r"<([A-Za-z_][\w:.-]{0,60})", re.sub(r"<[!?][^>]{0,4000}>", "", text[:10_000]))
    return root is not None and f"</{root[1]}" in text[-2_000:]


_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AMPERSAND = re.compile(r"&(?:(#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)|([A-Za-z][A-Za-z0-9]{1,30};))?")
_OWN_ENTITY = re.compile(r"<!ENTITY\b", re.IGNORECASE)


def mend(text: str) -> str:
    """A text with the commonest damages undone: illegal characters, bare ampersands, HTML entities, junk around the root.

    Raises BadBody when it declares entities.
    """
    if _OWN_ENTITY.search(text):
        raise bad(BodyFault.ENTITY_DECLARED)
    text = _ILLEGAL.sub("", _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1))
    out, at = [], 0
    while (start := text.find("<![CDATA[", at)) >= 0 and (end := text.find("]]>", start)) >= 0:
        out += [_AMPERSAND.sub(_reference, text[at:start]), text[start : end + 3]]
        at = end + 3
    out.append(_AMPERSAND.sub(_reference, text[at:]))
    return "".join(out)


def _reference(found: re.Match[str]) -> str:
    if found[1]:
        return found[0] if not found[1].startswith("#") or _legal(found[1]) else ""
    character = html5.get(found[2] or "")
    if character is not None:
        return "".join(f"&#{ord(c)};" for c in character)
    return f"&amp;{found[0][1:]}"


def _legal(reference: str) -> bool:
    number = int(reference[2:-1], 16) if reference[1] in "xX" else int(reference[1:-1])
    return number <= 0x10FFFF and not _ILLEGAL.match(chr(number))
