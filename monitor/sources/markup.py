"""Finds parts of a web page by simple CSS selectors, in linear time and whatever the bytes: ranges of its source, no tree."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.errors import WrongUse
from monitor.sources.base import BodyFault, bad
from monitor.sources.text import TAG

__all__ = ["Range", "find", "selector", "without"]

MAX_DEPTH = 500
_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"])
_RAW = frozenset(["script", "style", "textarea", "title", "noscript", "template"])
_SELF_CLOSING = frozenset(["p", "li", "dt", "dd", "tr", "td", "th", "option"])
_ATTRIBUTE = re.compile(
    r"""([A-Za-z][A-Za-z0-9_:-]{0,40})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))|([A-Za-z][A-Za-z0-9_:-]{0,40})"""
)
_SIMPLE = re.compile(
    r"""(?P<tag>[A-Za-z][A-Za-z0-9]*|\*)?(?P<rest>(?:\#[\w-]+|\.[\w-]+|\[[\w-]+(?:\^?=(?:"[^"\]]*"|'[^'\]]*'|[\w/.-]*))?\])*)"""
)
_PART = re.compile(r"""\#([\w-]+)|\.([\w-]+)|\[([\w-]+)(?:(\^?=)["']?([^"'\]]*)["']?)?\]""")


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a selector: what its tag, classes and attributes must be."""

    tag: str
    classes: frozenset[str]
    attributes: tuple[tuple[str, str, str], ...]

    def fits(self, tag: str, attributes: dict[str, str]) -> bool:
        """Whether an element is meant."""
        if self.tag not in ("*", tag) or not self.classes <= set(attributes.get("class", "").split()):
            return False
        return all(_holds(attributes.get(name), how, wanted) for name, how, wanted in self.attributes)


Selector = tuple[tuple[Step, ...], ...]
"""Alternatives, each a chain of ancestors that ends with the element meant."""


@dataclass(frozen=True, slots=True)
class Range:
    """Where an element stands in the source, its tags included; `closed` is False when the page ends before it does."""

    start: int
    end: int
    closed: bool
    tag: str


@lru_cache(maxsize=256)
def selector(text: str) -> Selector:
    """`main`, `#content`, `div.alert`, `[role=main]`, `[href^="/x"]`, descendants by spaces, alternatives by commas.

    Raises WrongUse for anything else.
    """
    chains = [chain.split() for chain in text.split(",")]
    if not all(chains):
        raise WrongUse(f"not a selector: {text!r}")
    return tuple(tuple(_step(word, text) for word in chain) for chain in chains)


def find(page: str, wanted: Selector, within: Range | None = None) -> list[Range]:
    """The elements meant, outermost only, in their order."""
    found: list[Range] = []
    open_elements: list[tuple[str, dict[str, str], int]] = []
    taken = -1  # the depth of the element that is being taken
    start, end = (within.start, within.end) if within else (0, len(page))
    for begin, stop, tag, closing, attributes in _tags(page, start, end):
        if closing:
            depth = next((n for n in range(len(open_elements) - 1, -1, -1) if open_elements[n][0] == tag), None)
            if depth is None:
                continue
            if 0 <= depth <= taken:
                found.append(Range(open_elements[taken][2], stop if depth == taken else begin, depth == taken, open_elements[taken][0]))
                taken = -1
            del open_elements[depth:]
            continue
        if tag in _SELF_CLOSING and open_elements and open_elements[-1][0] == tag:
            if taken == len(open_elements) - 1:
                found.append(Range(open_elements[-1][2], begin, True, tag))
                taken = -1
            open_elements.pop()
        fits = taken < 0 and _meant(wanted, tag, attributes, open_elements)
        if tag in _VOID:
            if fits:
                found.append(Range(begin, stop, True, tag))
            continue
        open_elements.append((tag, attributes, begin))
        if len(open_elements) > MAX_DEPTH:
            raise bad(BodyFault.TOO_DEEP, f"more than {MAX_DEPTH} elements inside each other")
        if fits:
            taken = len(open_elements) - 1
    if taken >= 0:
        found.append(Range(open_elements[taken][2], end, within is not None and open_elements[taken][2] > start, open_elements[taken][0]))
    return found


def without(page: str, part: Range, dropped: Sequence[Range]) -> str:
    """The source of a part, less these elements."""
    pieces, at = [], part.start
    for cut in dropped:
        if cut.start >= at:
            pieces.append(page[at : cut.start])
        at = max(at, cut.end)
    return "\n".join([*pieces, page[at : part.end]])


# --- parts -----------------------------------------------------------------------------------------------------------


def _tags(page: str, at: int, end: int) -> Iterator[tuple[int, int, str, bool, dict[str, str]]]:
    """Every tag: its range, name, whether it closes, and its attributes; comments and scripts are passed over."""
    while (tag := TAG.search(page, at, end)) is not None:
        at = tag.end()
        if tag["bang"]:
            mark = "-->" if tag["bang"] == "!--" else ">"
            at = end if (after := page.find(mark, at, end)) < 0 else after + len(mark)
            continue
        name, closing = tag["name"].lower(), bool(tag["close"])
        yield tag.start(), at, name, closing, {} if closing else _attributes(tag[0][1 + len(name) :])
        if name in _RAW and not closing:
            found = re.compile(rf"</{name}\b", re.IGNORECASE).search(page, at, end)
            at = found.start() if found else end


def _attributes(tag: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare, alone in _ATTRIBUTE.findall(tag):
        found.setdefault((name or alone).lower(), html.unescape(double or single or bare))
    return found


def _holds(value: str | None, how: str, wanted: str) -> bool:
    if value is None or not how:
        return value is not None
    return value.startswith(wanted) if how == "^=" else value == wanted


def _meant(wanted: Selector, tag: str, attributes: dict[str, str], ancestors: Sequence[tuple[str, dict[str, str], int]]) -> bool:
    for chain in wanted:
        *outer, last = chain
        if not last.fits(tag, attributes):
            continue
        above = iter(reversed(ancestors))
        if all(any(step.fits(t, a) for t, a, _ in above) for step in reversed(outer)):
            return True
    return False


def _step(word: str, text: str) -> Step:
    found = _SIMPLE.fullmatch(word)
    if not found or not word:
        raise WrongUse(f"not a selector: {text!r}; there are tag, #id, .class, [attribute=value], spaces and commas")
    attributes, classes = [], set()
    for id, cls, name, how, value in _PART.findall(found["rest"] or ""):
        if cls:
            classes.add(cls)
        else:
            attributes.append(("id", "=", id) if id else (name.lower(), how, value))
    return Step((found["tag"] or "*").lower(), frozenset(classes), tuple(attributes))
