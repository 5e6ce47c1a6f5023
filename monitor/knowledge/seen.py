"""What looking at one sentence yields, as values: the sentence seen, the acts found in it, and the setting of the look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from monitor.knowledge.places import PlaceKind
from monitor.knowledge.roles import Part, Role
from monitor.knowledge.rules import Force, Language, Rule
from monitor.knowledge.text import Sentence, Zone
from monitor.knowledge.tokens import Tokens
from monitor.model import Audience, SignalKind, Stage


@dataclass(frozen=True, slots=True)
class Finding:
    """One match of one rule in one sentence, resolved."""

    kind: SignalKind
    stage: Stage
    rule: Rule
    seen: Seen
    first: int
    last: int
    audiences: frozenset[Audience] = frozenset()
    effective: date | None = None
    restated: bool = False
    hard: bool = False

    @property
    def zone(self) -> Zone:
        """Where the sentence stands."""
        return self.seen.sentence.zone


@dataclass(slots=True, eq=False)
class Seen:
    """One sentence looked at: its tokens, its places with their parts, and what came of it."""

    sentence: Sentence
    tokens: Tokens
    parts: list[Part]
    dates: list[tuple[int, date]]
    findings: list[Finding] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    vetoed: set[str] = field(default_factory=set)
    forces: list[tuple[Force, list[str]]] | None = None
    """The words that may move the stage of an act here; found when the first one asks."""
    stated: bool = False
    """Whether a rule for an act or a change matched, whatever became of it: without one there is nothing to reject."""
    framed: set[str] = field(default_factory=set)
    """Kinds that the whole text does not state where this sentence opens it: it tells of a drill, of the past, of a demand."""

    def aims(self) -> list[str]:
        """The codes of targets, without those that only a later clause names ("... due to protests over the war in X")."""
        targets = [p for p in self.parts if p.role is Role.TARGET]
        if targets:
            first = targets[0].at
            targets = [p for p in targets if p.at == first or not self.tokens.within("CLAUSE", first, p.at)]
        return list(dict.fromkeys(c for p in targets for c in p.codes))

    def people_moved(self) -> set[str]:
        """The nations of the people that a movement takes: those named within or right after it."""
        spans = [(f.first, f.last + 6) for f in self.findings if f.kind is SignalKind.EVACUATION]
        return {c for p in self.parts if p.role is Role.PEOPLE and any(a <= p.at <= b for a, b in spans) for c in p.codes}

    def taken_with(self, issuer: str) -> set[str]:
        """The nations of the people that a government moves, of a sentence in which no other one acts."""
        return self.people_moved() if set(self.roles(Role.ISSUER)) <= {issuer} else set()

    def named(self) -> list[str]:
        """The codes of countries and cities that are only named, not aimed at; adjectives of nations do not count."""
        weak = (p for p in self.parts if p.role is Role.WEAK and p.kind is not PlaceKind.DEMONYM)
        return list(dict.fromkeys(c for p in weak for c in p.codes))

    def roles(self, *wanted: Role) -> list[str]:
        """The codes of places that play one of these parts, in order, once each; joint names only when they are targets."""
        return list(dict.fromkeys(c for p in self.parts if p.role in wanted for c in p.codes))


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known before reading: the language, the day, whether the source is official and speaks for whom."""

    language: Language
    today: date | None
    official: bool
    issuer: str | None
    standing: bool = False
