"""The rules that tell namesakes apart, as seeds/gazetteer/senses.toml states them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from monitor import data
from monitor.knowledge.place_context import Context, Hit
from monitor.knowledge.place_lexicon import PlaceKind, bare


class Rule(NamedTuple):
    """Where a name means something else, by the words beside it or around it; and what it is then."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    near: frozenset[str]
    unless: frozenset[str]
    then: str
    kind: PlaceKind | None

    def holds(self, hit: Hit, before: str, after: str, text: Context) -> bool:
        """Whether the words around a hit are those of the rule."""
        if before.endswith(self.before) or after.startswith(self.after):
            return not self.unless or self.unless.isdisjoint(text.around(hit.at))
        return bool(self.near) and not self.near.isdisjoint(text.around(hit.at)) and self.unless.isdisjoint(text.around(hit.at))

    def apply(self, hit: Hit) -> Hit | None:
        """The hit as the rule sees it, None when it is no name at all."""
        match self.then:
            case "none":
                return None
            case "other":
                return hit.aside
            case codes:
                return hit.meaning(tuple(codes.split()), self.kind)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What senses.toml says, ready for lookups; what each part means is written there."""

    rules: dict[str, tuple[Rule, ...]]
    given: frozenset[str]
    titles: frozenset[str]
    surnames: frozenset[str]
    surname_endings: tuple[str, ...]
    not_surnames: frozenset[str]
    families: frozenset[str]
    persons: frozenset[str]
    namesakes: frozenset[str]
    strict: str
    states: dict[str, str]
    companies: frozenset[str]


def _listed(text: str) -> tuple[str, ...]:
    """The entries of a comma-separated list over several lines."""
    return tuple(" ".join(entry.split()) for entry in bare(text).split(",") if entry.strip())


@cache
def knowledge() -> Knowledge:
    """The contents of seeds/gazetteer/senses.toml."""
    seed = tomllib.loads(data.seed("gazetteer/senses.toml").decode("utf-8"))
    people, towns = seed["people"], seed["towns"]
    rules: dict[str, tuple[Rule, ...]] = {}
    for entry in seed["rule"]:
        before, after, near, unless = (_listed(entry.get(key, "")) for key in ("before", "after", "near", "unless"))
        beside = tuple(f" {word}" for word in before), tuple(f"{word} " for word in after)
        kind = PlaceKind(entry["kind"]) if "kind" in entry else None
        rule = Rule(*beside, frozenset(near), frozenset(unless), entry["then"], kind)
        for name in _listed(entry["names"]):
            rules[name] = (*rules.get(name, ()), rule)
    words = {key: frozenset(people[key].split()) for key in ("given", "titles", "surnames", "not_surnames")}
    return Knowledge(
        rules=rules,
        surname_endings=tuple(people["surname_endings"].split()),
        families=frozenset(_listed(people["family"])),
        persons=frozenset(_listed(people["person"])),
        namesakes=frozenset(_listed(towns["namesakes"])),
        strict=towns["strict"],
        states={short: code for code, shorts in towns["states"].items() for short in shorts.split()},
        companies=frozenset(seed["companies"]["after"].split()),
        **words,
    )
