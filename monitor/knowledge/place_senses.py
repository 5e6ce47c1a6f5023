"""Decides from the words around a name which place it is, or that it is a person, a paper or a bird."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from monitor import data
from monitor.knowledge.place_lexicon import PlaceKind, Sense, bare

ANY = "*"
"""Stands among the other codes of a name that belongs to whichever country is named beside it ("Foreign Ministry")."""

OWN_STATES = "US"
"""Whose towns share their names with half of the world: only a state named beside a town makes it one of these."""


BLOCK = 40
"""So many words make a block; what a text speaks of, it speaks of in neighbouring blocks."""


class Hit(NamedTuple):
    """A name in a text: its place, the words `at` … `after` - 1 that it takes, and what it stands for by now."""

    start: int
    end: int
    at: int
    after: int
    sense: Sense
    codes: tuple[str, ...]
    kind: PlaceKind

    def meaning(self, codes: tuple[str, ...], kind: PlaceKind | None = None) -> Hit:
        """This hit standing for something else."""
        return self._replace(codes=codes, kind=kind or self.kind)

    @property
    def aside(self) -> Hit:
        """This hit as the name of something that is no place."""
        return self._replace(codes=(), kind=PlaceKind.OTHER)


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
    """What senses.toml says, ready for lookups."""

    rules: dict[str, tuple[Rule, ...]]
    given: frozenset[str]
    titles: frozenset[str]
    surnames: frozenset[str]
    surname_endings: tuple[str, ...]
    not_surnames: frozenset[str]
    families: frozenset[str]
    persons: frozenset[str]
    namesakes: frozenset[str]
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
        states={short: code for code in ("US", "CA") for short in towns[code].split()},
        companies=frozenset(seed["companies"]["after"].split()),
        **words,
    )


class Context:
    """A text with the places of its words."""

    def __init__(self, plain: str, spans: list[tuple[int, int]]) -> None:
        self.plain = plain
        self.spans = spans
        self._blocks: dict[int, frozenset[str]] = {}

    def around(self, at: int) -> frozenset[str]:
        """The words of the block of the text in which the word `at` stands, and of the blocks beside it."""
        block = at // BLOCK
        if block not in self._blocks:
            self._blocks[block] = frozenset(self.word(i) for i in range((block - 1) * BLOCK, (block + 2) * BLOCK))
        return self._blocks[block]

    def word(self, index: int) -> str:
        """The word at an index, "" beyond the ends."""
        if not 0 <= index < len(self.spans):
            return ""
        start, end = self.spans[index]
        return self.plain[start:end]

    def gap(self, index: int) -> str:
        """What stands between the words `index` - 1 and `index`; a wall at the ends."""
        return self.plain[self.spans[index - 1][1] : self.spans[index][0]] if 0 < index < len(self.spans) else "|"

    def before(self, at: int) -> str:
        """Up to three words that lead without a break to the word `at`, with a space before each."""
        found = ""
        for index in range(at, max(0, at - 3), -1):
            if self.gap(index) not in _CLOSE:
                break
            found = f" {self.word(index - 1)}{found}"
        return found

    def following(self, after: int) -> str:
        """Up to three words that follow without a break from the word `after` on, a possessive s left out."""
        if self.gap(after) == "'" and self.word(after).lower() == "s":
            after += 1
        found = ""
        for index in range(after, after + 3):
            if self.gap(index) not in _CLOSE:
                break
            found += f"{self.word(index)} "
        return found


_CLOSE = frozenset((" ", "-", "'", ". ", ".", "\xa0", "' "))


def settle(hits: list[Hit], text: Context) -> list[Hit]:
    """The hits with what each stands for in this text; those that are no names are gone."""
    known = knowledge()
    spoken = _spoken(hits)
    settled: list[Hit] = []
    for index, raw in enumerate(hits):
        following = hits[index + 1] if index + 1 < len(hits) else None
        previous = settled[-1] if settled else None
        hit = _alone(raw, text, known)
        if hit is raw:
            hit = _beside(raw, previous, following, text, known)
        if hit is raw and raw.sense.others:
            hit = _spoken_of(raw, spoken)
        if hit is not None:
            settled.append(hit)
    return settled


def _spoken(hits: list[Hit]) -> frozenset[str]:
    """The codes that the text names beyond doubt."""
    plain = (hit for hit in hits if not hit.sense.others and hit.kind not in (PlaceKind.OTHER, PlaceKind.GOVERNMENT))
    return frozenset(code for hit in plain for code in hit.codes)


def _alone(hit: Hit, text: Context, known: Knowledge) -> Hit | None:
    """The hit after the rules about the words directly around it."""
    if hit.kind is PlaceKind.OTHER:
        return hit
    name = hit.sense.written
    if hit.kind in _TOWNS and _shouted(hit, text):
        return None
    if (name in known.families and _after_given_name(hit, text, known)) or (name in known.persons and _before_surname(hit, text, known)):
        return hit.aside
    if name in known.rules:
        before, after = text.before(hit.at), text.following(hit.after)
        for rule in known.rules[name]:
            if rule.holds(hit, before, after, text):
                return rule.apply(hit)
    if text.gap(hit.after) == " " and text.word(hit.after) in known.companies:
        return hit.aside
    return hit


def _shouted(hit: Hit, text: Context) -> bool:
    """Whether a town stands in capitals amid small letters and opens no dateline: an acronym then (SWAT, MILAN)."""
    if not text.plain[hit.start : hit.end].isupper() or hit.sense.written.isupper():
        return False
    if any(len(word) > 1 and word.isupper() for word in (text.word(hit.at - 1), text.word(hit.after))):
        return False
    return text.plain[hit.end : hit.end + 2].strip()[:1] not in _DATELINE


def _after_given_name(hit: Hit, text: Context, known: Knowledge) -> bool:
    """Whether a first name or a title leads to the hit ("Michael B. Jordan", "Rep. Jordan")."""
    if text.gap(hit.at) not in (" ", ". "):
        return False
    word = text.word(hit.at - 1)
    if len(word) == 1 and word.isupper():
        word = text.word(hit.at - 2)
    elif text.gap(hit.at) == ". ":
        return word in known.titles
    return word in known.given or word in known.titles


def _before_surname(hit: Hit, text: Context, known: Knowledge) -> bool:
    """Whether a family name follows the hit ("Jordan Peterson", "Chad M. Smith")."""
    if text.gap(hit.after) != " ":
        return False
    word = text.word(hit.after)
    if len(word) == 1 and word.isupper() and text.gap(hit.after + 1) == ". ":
        word = text.word(hit.after + 1)
    return word in known.surnames or (
        len(word) > 5 and word[0].isupper() and word.endswith(known.surname_endings) and word not in known.not_surnames
    )


_TOWNS = (PlaceKind.CITY, PlaceKind.CAPITAL)
_DATELINE = (":", "(", ",", "-", "—", "")


def _beside(hit: Hit, previous: Hit | None, following: Hit | None, text: Context, known: Knowledge) -> Hit:
    """The hit after the place that is named beside it: "Paris, Texas", "Hyderabad, Pakistan", "Turkish Foreign Ministry"."""
    if ANY in hit.sense.others:
        return _whose(hit, previous, following, text)
    if previous is not None and OWN_STATES in hit.sense.others and _of_own_state(previous, hit, text):
        return hit.meaning((OWN_STATES,), PlaceKind.AREA)
    town = hit.kind in _TOWNS
    if not town and hit.sense.written not in known.namesakes:
        return hit
    gap = text.gap(hit.after)
    if (
        gap == ", "
        and not hit.sense.state
        and (code := known.states.get(text.word(hit.after)))
        and not text.plain[hit.start : hit.end].isupper()
    ):
        return hit.meaning((code,), PlaceKind.CITY)
    if following is None or following.at != hit.after:
        return hit
    if following.sense.state and gap == ", " and hit.codes != following.codes:
        return hit.meaning(following.codes, PlaceKind.CITY)
    if town and gap in (", ", " ", " ("):
        shared = [code for code in (*hit.codes, *hit.sense.others) if code in (*following.codes, *following.sense.others)]
        return hit.meaning((shared[0],)) if shared and hit.sense.others else hit
    return hit


def _of_own_state(town: Hit, state: Hit, text: Context) -> bool:
    """Whether an American town stands before a name that is also a state ("Atlanta, Georgia")."""
    return town.kind in _TOWNS and OWN_STATES in town.codes and town.after == state.at and text.gap(state.at) == ", "


def _whose(hit: Hit, previous: Hit | None, following: Hit | None, text: Context) -> Hit:
    """A ministry with the country that is named directly before it or after an "of"."""
    if previous is not None and previous.codes and text.plain[previous.end : hit.start] in _OWNS:
        return hit.meaning(previous.codes)
    if following is not None and following.codes and text.plain[hit.end : following.start] in _OWNED:
        return hit.meaning(following.codes)
    return hit


_OWNS = frozenset((" ", "'s ", "' "))
_OWNED = frozenset((" of ", " of the ", " in ", " ("))


def _spoken_of(hit: Hit, spoken: frozenset[str]) -> Hit | None:
    """A name with several meanings as the one that the text speaks of elsewhere; without a default and a hint it is none."""
    if hit.kind is PlaceKind.GOVERNMENT or not spoken.isdisjoint(hit.codes):
        return hit
    for code in hit.sense.others:
        if code in spoken and (code != OWN_STATES or not hit.codes):
            return hit.meaning((code,))
    return hit if hit.codes else None
