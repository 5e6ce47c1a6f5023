"""Validates XML against an XML schema file, for as much of XML Schema as such a file uses; anything else is an error, never skipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring, parse

XS = "{http://www.w3.org/2001/XMLSchema}"
_STRUCTURE = ("schema", "element", "complexType", "sequence", "simpleType", "restriction", "any")
_KNOWN = {f"{XS}{n}" for n in (*_STRUCTURE, "pattern", "enumeration", "annotation", "documentation")}
_BASES = {
    "xs:string": re.compile(r"(?s).*"),
    "xs:anyURI": re.compile(r"\S*"),
    "xs:language": re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*"),
    "xs:integer": re.compile(r"[+-]?\d+"),
    "xs:decimal": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)"),
    "xs:dateTime": re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"),
}


class Schema:
    """One schema document."""

    def __init__(self, path: Path) -> None:
        self.root = parse(path).getroot()
        unknown = {e.tag for e in self.root.iter()} - _KNOWN
        assert not unknown, f"the schema uses {unknown}, which this reader does not know"
        self.namespace = self.root.get("targetNamespace", "")
        self.top = {e.get("name"): e for e in self.root.findall(f"{XS}element")}

    def errors(self, document: bytes) -> list[str]:
        """Everything that is wrong with a document."""
        root = fromstring(document)
        name = root.tag.removeprefix(f"{{{self.namespace}}}")
        return list(self._element(root, self.top[name], name)) if name in self.top else [f"unknown root {root.tag}"]

    def _element(self, found: Element, rule: Element, path: str) -> Iterator[str]:
        if found.attrib:
            yield f"{path}: attributes {sorted(found.attrib)}"
        if (sequence := rule.find(f"{XS}complexType/{XS}sequence")) is not None:
            if (found.text or "").strip():
                yield f"{path}: text between elements"
            yield from self._sequence(list(found), list(sequence), path)
        elif len(found):
            yield f"{path}: elements where text is wanted"
        else:
            yield from self._value(found.text or "", rule, path)

    def _sequence(self, found: list[Element], rules: list[Element], path: str) -> Iterator[str]:
        at = 0
        for rule in rules:
            least, most = int(rule.get("minOccurs", "1")), rule.get("maxOccurs", "1")
            named = self.top[rule.get("ref", "").partition(":")[2]] if rule.get("ref") else rule
            count = 0
            while at < len(found) and self._fits(found[at], rule, named) and (most == "unbounded" or count < int(most)):
                if rule.tag == f"{XS}element":
                    yield from self._element(found[at], named, f"{path}/{named.get('name')}")
                at, count = at + 1, count + 1
            if count < least:
                yield f"{path}: {named.get('name')} is missing"
        if at < len(found):
            yield f"{path}: {found[at].tag} is not expected here"

    def _fits(self, found: Element, rule: Element, named: Element) -> bool:
        if rule.tag == f"{XS}any":
            return found.tag.startswith(f"{{{rule.get('namespace')}}}")
        return found.tag == f"{{{self.namespace}}}{named.get('name')}"

    def _value(self, text: str, rule: Element, path: str) -> Iterator[str]:
        restriction = rule.find(f"{XS}simpleType/{XS}restriction")
        base = rule.get("type") or (restriction.get("base") if restriction is not None else "") or ""
        if not _BASES[base].fullmatch(text):
            yield f"{path}: {text!r} is no {base}"
        if base == "xs:dateTime":
            datetime.fromisoformat(text)
        if restriction is None:
            return
        allowed = [e.get("value") for e in restriction.findall(f"{XS}enumeration")]
        if allowed and text not in allowed:
            yield f"{path}: {text!r} is none of {allowed}"
        for pattern in restriction.findall(f"{XS}pattern"):
            if not re.fullmatch(pattern.get("value", ""), text):
                yield f"{path}: {text!r} does not match {pattern.get('value')}"
