"""Whether a route takes a change: yes, no or unknown, with the rule that said so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..model import WORLD, Change, ChangeKind, Severity, Watch
from .regions import places_in
from .routes import Route, Silence, Unknown


class Answer(StrEnum):
    """What one rule of a route says about a change."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule's answer, as `route test` shows it: what was asked, what the change says."""

    name: str
    answer: Answer
    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a route takes a change, and every rule's answer."""

    takes: bool
    rules: tuple[Rule, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """The rules that could not tell."""
        return tuple(r.name for r in self.rules if r.answer is Answer.UNKNOWN)


def judge(change: Change, route: Route, watches: Sequence[Watch] = ()) -> Verdict:
    """Hold a change against a route, rule by rule."""
    rules = tuple(_rules(change, route, watches))
    refused = any(r.answer is Answer.NO for r in rules)
    dropped = route.unknown is Unknown.DROP and any(r.answer is Answer.UNKNOWN for r in rules)
    return Verdict(not refused and not dropped, rules)


def severity(change: Change, watches: Sequence[Watch]) -> Severity:
    """How bad a change is for the receiver: one step worse where a watch has people and things got worse.

    A sign is never louder than its facts.
    """
    watched = any(w.covers(change.place, change.at) for w in watches)
    if not watched or change.direction != "worse" or change.kind.about_sight or change.kind is ChangeKind.EARLY_SIGN:
        return change.severity
    return tuple(Severity)[min(change.severity.rank + 1, Severity.EXTREME.rank)]


def silenced(change: Change, silence: Silence, channel: str) -> bool:
    """Whether a silence that is still in force covers a change for a channel."""
    filters = (
        (silence.places, change.place),
        (silence.kinds, change.kind),
        (silence.issuers, change.issuer),
        (silence.sources, change.source),
        (silence.channels, channel),
    )
    return change.severity.rank <= silence.max_severity.rank and all(not wanted or found in wanted for wanted, found in filters)


def _rules(change: Change, route: Route, watches: Sequence[Watch]) -> Iterator[Rule]:
    if route.places or route.regions:
        wanted = route.places | places_in(route.regions)
        place = None if change.place in ("", WORLD) else change.place
        yield _member("place", wanted, place, " ".join(sorted(route.places | route.regions)))
    if route.kinds:
        yield _member("kind", frozenset(map(str, route.kinds)), str(change.kind))
    if route.issuers:
        yield _member("issuer", route.issuers, change.issuer)
    if route.directions:
        yield _member("direction", route.directions, change.direction)
    if route.sources:
        yield _member("source", route.sources, change.source or None)
    if route.watches:
        yield _watched(change, route, watches)
    bad = severity(change, watches)
    yield Rule("severity", _yes(bad.rank >= route.min_severity.rank), f"at least {route.min_severity}", bad)
    sure = change.certainty
    yield Rule("certainty", _yes(sure.rank >= route.min_certainty.rank), f"at least {route.min_certainty}", sure)


def _member(name: str, wanted: frozenset[str], found: str | None, shown: str = "") -> Rule:
    answer = Answer.UNKNOWN if found is None else _yes(found in wanted)
    return Rule(name, answer, shown or " ".join(sorted(wanted)), found or "unknown")


def _watched(change: Change, route: Route, watches: Sequence[Watch]) -> Rule:
    here = {name for w in watches if w.covers(change.place, change.at) for name in (w.name, w.group) if name}
    wanted = " ".join(sorted(route.watches))
    if change.place in ("", WORLD):
        return Rule("watch", Answer.UNKNOWN, wanted, "unknown")
    return Rule(
        "watch", _yes(bool(here & route.watches) or (bool(here) and "*" in route.watches)), wanted, " ".join(sorted(here)) or "none"
    )


def _yes(answer: bool) -> Answer:
    return Answer.YES if answer else Answer.NO
