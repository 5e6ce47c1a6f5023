"""Decides from the words around a name which place it is, or that it is a person, a paper or a bird."""

from __future__ import annotations

from monitor.knowledge.place_context import Context, Hit
from monitor.knowledge.place_lexicon import PlaceKind
from monitor.knowledge.place_rules import Knowledge, knowledge

ANY = "*"
"""Stands among the other codes of a name that belongs to whichever country is named beside it ("Foreign Ministry")."""

_TOWNS = (PlaceKind.CITY, PlaceKind.CAPITAL)
_DATELINE = (":", "(", ",", "-", "—", "")
_OWNS = frozenset((" ", "'s ", "' "))
_OWNED = frozenset((" of ", " of the ", " in ", " ("))


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
            hit = _spoken_of(raw, spoken, known)
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


def _beside(hit: Hit, previous: Hit | None, following: Hit | None, text: Context, known: Knowledge) -> Hit:
    """The hit after the place that is named beside it: "Paris, Texas", "Hyderabad, Pakistan", "Turkish Foreign Ministry"."""
    if ANY in hit.sense.others:
        return _whose(hit, previous, following, text)
    if previous is not None and known.strict in hit.sense.others and _is_its_state(previous, hit, text, known):
        return hit.meaning((known.strict,), PlaceKind.AREA)
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
    if following.sense.state and gap == ", " and hit.codes != following.codes and text.gap(following.after) != "-":
        return hit.meaning(following.codes, PlaceKind.CITY)
    if town and gap in (", ", " ", " ("):
        shared = [code for code in (*hit.codes, *hit.sense.others) if code in (*following.codes, *following.sense.others)]
        return hit.meaning((shared[0],)) if shared and hit.sense.others else hit
    return hit


def _is_its_state(town: Hit, state: Hit, text: Context, known: Knowledge) -> bool:
    """Whether an American town stands before a name that is also a state ("Atlanta, Georgia")."""
    return town.kind in _TOWNS and known.strict in town.codes and town.after == state.at and text.gap(state.at) == ", "


def _whose(hit: Hit, previous: Hit | None, following: Hit | None, text: Context) -> Hit:
    """A ministry with the country that is named directly before it or after an "of"."""
    if previous is not None and previous.codes and text.plain[previous.end : hit.start] in _OWNS:
        return hit.meaning(previous.codes)
    if following is not None and following.codes and text.plain[hit.end : following.start] in _OWNED:
        return hit.meaning(following.codes)
    return hit


def _spoken_of(hit: Hit, spoken: frozenset[str], known: Knowledge) -> Hit | None:
    """A name with several meanings as the one that the text speaks of elsewhere; without a default and a hint it is none."""
    if ANY in hit.sense.others or not spoken.isdisjoint(hit.codes):
        return hit
    for code in hit.sense.others:
        if code in spoken and (code != known.strict or not hit.codes):
            return hit.meaning((code,))
    return hit if hit.codes else None
