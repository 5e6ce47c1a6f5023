"""Sources as OPML, the format in which feed readers exchange lists: out with all particulars, in from anywhere."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from ..errors import WrongUse
from ..guard import check_url
from ..sources.xmltree import Node, NotWellFormed, strict_xml
from .catalogue import GROUPS
from .schema import SourceTable
from .words import in_words

SPACE = "urn:advisory-monitor:source"
"""The namespace of what other readers do not know: kind, issuer, cadence and options of a source."""

_ID = re.compile(r"[^a-z0-9]+")
_LONGEST = 40
_DEEPEST = 20
_OTHERS = "Others"
_OWN = ("kind", "issuer", "every", "fastest", "lang", "authority", "lists_all")


def exported(sources: Sequence[SourceTable]) -> bytes:
    """OPML 2.0 of these sources in folders by group; `imported` gives them back."""
    register_namespace("monitor", SPACE)
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = "Sources of the monitor"
    body = SubElement(root, "body")
    for group, title in {**GROUPS, "": _OTHERS}.items():
        mine = [s for s in sources if ((s.about.group if s.about else "") or "") == group]
        folder = SubElement(body, "outline", text=title) if mine else body
        for source in mine:
            SubElement(folder, "outline", _attributes(source))
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _attributes(source: SourceTable) -> dict[str, str]:
    plain = {"type": "rss", "text": source.name or source.id, "xmlUrl": source.url}
    own: dict[str, str] = {"id": source.id, "kind": source.kind, "every": in_words(source.every), "lang": source.lang}
    own |= {
        "authority": str(source.speaks_with),
        "issuer": source.issuer or "",
        "fastest": in_words(source.fastest) if source.fastest else "",
    }
    own |= {"lists_all": "true" if source.lists_all else "", "options": json.dumps(source.options) if source.options else ""}
    own |= {"enabled": "" if source.enabled else "false"}
    return plain | {f"{{{SPACE}}}{key}": value for key, value in own.items() if value}


def imported(body: bytes, ids: Collection[str], addresses: Collection[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """The sources that a list names beside those there are, as tables for a configuration; and the names of those left out.

    A feed that says nothing of itself becomes a source of the press. Raises WrongUse for what is no OPML.
    """
    try:
        root = strict_xml(body)
    except NotWellFormed as error:
        raise WrongUse(f"not well-formed: {error}") from None
    if root.tag.lower() != "opml":
        raise WrongUse(f"no OPML: the root is <{root.tag[:60]}>")
    taken, known, left = set(ids), set(addresses), list[str]()
    tables: list[dict[str, Any]] = []
    for node in _outlines(root):
        address, name = node.attrs["xmlUrl"].strip(), (node.attrs.get("title") or node.attrs.get("text") or "").strip()
        if address in known or check_url(address):
            left.append(name or address)
            continue
        id = _fresh(node.attrs.get(f"{SPACE}\x1fid") or name or address, taken)
        taken.add(id)
        known.add(address)
        tables.append({"id": id, "name": name or id, "url": address, **_particulars(node.attrs)})
    return tables, left


def _outlines(node: Node, depth: int = 0) -> Iterator[Node]:
    """Every entry with an address, however deep in folders."""
    for child in node.children if depth < _DEEPEST else ():
        if child.attrs.get("xmlUrl"):
            yield child
        yield from _outlines(child, depth + 1)


def _particulars(attrs: Mapping[str, str]) -> dict[str, Any]:
    """What our own lists say beside the address; of any other list: a feed of the press."""
    own = {key: attrs[f"{SPACE}\x1f{key}"] for key in _OWN if f"{SPACE}\x1f{key}" in attrs}
    if "kind" not in own:
        return {"kind": "feed", "authority": "press", "every": "15m"}
    table: dict[str, Any] = {**own, **({"lists_all": True} if own.get("lists_all") else {})}
    if attrs.get(f"{SPACE}\x1fenabled") == "false":
        table["enabled"] = False
    try:
        options = json.loads(attrs.get(f"{SPACE}\x1foptions", "{}"))
    except ValueError:
        options = {}
    if isinstance(options, dict):
        # a list from somewhere must not be able to send our secrets to an address of its own
        options = {key: value for key, value in options.items() if key != "key"}
    return {**table, **({"options": options} if isinstance(options, dict) and options else {})}


def _fresh(words: str, taken: Collection[str]) -> str:
    """An id made of words that nothing has yet."""
    folded = unicodedata.normalize("NFKD", words.removeprefix("https://").removeprefix("http://")).encode("ascii", "ignore").decode()
    stem = _ID.sub("-", folded.lower()).strip("-")[:_LONGEST].strip("-") or "feed"
    return next(name for n in range(1, 10**6) if (name := stem if n == 1 else f"{stem}-{n}") not in taken)


def toml(tables: Sequence[Mapping[str, Any]], remark: str) -> str:
    """The text of a file of sources."""
    return "\n\n".join([f"# {remark}", *("\n".join(["[[source]]", *(f"{k} = {_value(v)}" for k, v in t.items())]) for t in tables)]) + "\n"


def _value(value: Any) -> str:
    """A value as TOML writes it; text as a basic string, which JSON's is."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
