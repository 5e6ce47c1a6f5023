"""Phrase rules: patterns over classes of words, read from seeds/phrases/."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from monitor.data import folder
from monitor.knowledge.lexicon import Lexicon, expanded
from monitor.knowledge.text import Layout

_GAP = re.compile(r"~(\d+)")


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a pattern: any of these classes or words, at most `gap` tokens after the one before."""

    keys: tuple[str, ...]
    gap: int


Pattern = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One wording family.

    `kind` is a kind of signal, `note:NAME`, `change:NAME`, `beside:NAME` (counts only beside a change) or
    `reject:NAME`. `never` may not stand inside the match; `needs` and
    `unless` look at the whole sentence. `stage` holds whatever stands around, `base` only when no force is found (a `firm` one is
    not outdone by what the text tells later). `actor` is how a match earns its government: "" (needs nothing), "own" (the people
    are a government's own or a government acts), "gov" (one must be named), and others of `findings`. `kills` are the kinds a
    rejection takes away in its sentence; a `wide` one in a headline ("title"), or in the first sentence too ("both"), speaks for
    the whole text.
    """

    name: str
    family: str
    kind: str
    patterns: tuple[Pattern, ...]
    stage: str = ""
    base: str = ""
    firm: bool = False
    audiences: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    kills: tuple[str, ...] = ()
    actor: str = ""
    wide: str = ""
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()

    @property
    def states(self) -> bool:
        """Whether it is for an act or a change; the others only say what is around one."""
        return not self.kind.startswith(("note:", "beside:", "reject:"))


@dataclass(frozen=True, slots=True)
class Force:
    """Words around an act that move its stage: looked for `before` and `after` the match and, if `inside`, within it.

    Words that directly follow one of `led_by_none` do not count ("expected to | start evacuating");
    a sentence that has one of `unless` is not moved ("announces that it suspends ...").
    """

    name: str
    stage: str
    keys: tuple[str, ...]
    before: int
    after: int
    inside: bool
    only: tuple[str, ...] = ()
    led_by_none: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """All we know of one language."""

    lang: str
    lexicon: Lexicon
    rules: tuple[Rule, ...]
    forces: tuple[Force, ...]
    months: dict[str, int]
    frequent: frozenset[str]
    layout: Layout
    notes_first: bool
    anchors: tuple[str, ...]
    """Letters without which no rule can match, in small ones; without any, all may."""
    home: str = ""
    """Whose government the press of this language means by "the government" and names no other; "" where several share it."""

    def may_speak(self, text: str) -> bool:
        """The quick look before a sentence of a long page is read. One search for each anchor is fifteen times faster than a pattern."""
        small = text.lower()
        return not self.anchors or any(anchor in small for anchor in self.anchors)


@cache
def language(lang: str) -> Language:
    """The rules of a language; English for one that has none."""
    path = folder("seeds") / "phrases" / f"{lang}.toml"
    if not path.is_file():
        return language("en")
    table = _inherited(tomllib.loads(path.read_text("utf-8")))
    options = table.get("options", {})
    groups = table.get("groups", {})
    classes = expanded(table["classes"])
    rules = tuple(_rule(row, groups, classes) for row in table["rule"])
    classes = {key: [key.replace("_", " ")] for key in _guards(table) if key not in classes} | classes
    lexicon = Lexicon(lang, classes, options | {"months": table.get("months", {})})
    forces = tuple(_force(row) for row in table.get("force", ()))
    return Language(
        lang,
        lexicon,
        rules,
        forces,
        table.get("months", {}),
        frozenset(options.get("frequent", ())),
        Layout.of(options.get("headings", ()), options.get("ends", ()), table.get("months", ())),
        options.get("notes_first", False),
        tuple(anchor.lower() for anchor in options.get("anchors", ())),
        options.get("home", ""),
    )


def _inherited(table: dict[str, Any]) -> dict[str, Any]:
    """A language's table with the rules and forces of the one it inherits from; its own come first, its examples are added."""
    if "inherits" not in table:
        return table
    base = tomllib.loads((folder("seeds") / "phrases" / f"{table['inherits']}.toml").read_text("utf-8"))
    rules = [*table.get("rule", ()), *(row | table.get("examples", {}).get(row["name"], {}) for row in base["rule"])]
    forces = [*table.get("force", ()), *base["force"]]
    return {**base, **table, "rule": rules, "force": forces, "groups": base["groups"] | table.get("groups", {})}


def _guards(table: dict[str, Any]) -> set[str]:
    """Phrases that only hold a rule or a force back, or that it needs; no pattern makes them known."""
    rows = [*table["rule"], *table.get("force", ())]
    named = (key for row in rows for field in ("never", "unless", "needs", "led_by_none", "keys") for key in row.get(field, ()))
    return {key for key in named if not key.isupper() and ("_" in key or " " in key)}


@cache
def languages() -> tuple[str, ...]:
    """The languages that have rules."""
    return tuple(sorted(path.stem for path in (folder("seeds") / "phrases").glob("[a-z]*.toml")))


def _rule(row: dict[str, Any], groups: dict[str, str], classes: dict[str, list[str]]) -> Rule:
    lists = {key: tuple(row.get(key, ())) for key in ("audiences", "never", "needs", "unless", "kills", "yes", "no")}
    patterns = tuple(variant for text in row["patterns"] for variant in _compile(text, groups, classes))
    return Rule(
        row["name"],
        row.get("family", ""),
        row["kind"],
        patterns,
        row.get("stage", ""),
        row.get("base", ""),
        firm=row.get("firm", False),
        actor=row.get("actor", ""),
        wide=row.get("wide", ""),
        **lists,
    )


def _force(row: dict[str, Any]) -> Force:
    return Force(
        row["name"],
        row["stage"],
        tuple(row["keys"]),
        row.get("before", 0),
        row.get("after", 0),
        row.get("inside", True),
        tuple(row.get("only", ())),
        tuple(row.get("led_by_none", ())),
        tuple(row.get("unless", ())),
    )


def _compile(text: str, groups: dict[str, str], classes: dict[str, list[str]]) -> list[Pattern]:
    """A pattern and its variants without the elements marked `?`; phrases named in it become classes of their own."""
    variants: list[tuple[Pattern, int]] = [((), 0)]
    gap = 0
    for part in text.split():
        if found := _GAP.fullmatch(part):
            gap = int(found.group(1))
            continue
        keys = tuple(key for name in part.removesuffix("?").split("|") for key in (groups[name[1:]] if name[0] == "@" else name).split("|"))
        for key in keys:
            if not key.isupper() and ("_" in key or "*" in key):
                classes[key] = [key.replace("_", " ")]
        grown = [((*pattern, Step(keys, gap + spare)), 0) for pattern, spare in variants]
        variants = grown + ([(pattern, spare + gap) for pattern, spare in variants] if part.endswith("?") else [])
        gap = 0
    return [pattern for pattern, _ in variants if pattern]
