"""What became of a posture: its aspects, its changes, and the reasons why nothing was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from monitor.model.reading import Area, Evidence
from monitor.model.words import Audience, Certainty, ChangeKind, Severity, SignalKind, Stage


class Departure(StrEnum):
    """What a government told its own staff and their families in a place."""

    NONE = "none"
    AUTHORIZED = "authorized"
    ORDERED = "ordered"


class Mission(StrEnum):
    """What a government's own embassy in a place does."""

    OPEN = "open"
    REDUCED = "reduced"
    SUSPENDED = "suspended"


class Advice(StrEnum):
    """What a government tells its citizens who are in a place, beyond the level."""

    NONE = "none"
    CONSIDER_LEAVING = "consider_leaving"
    SHELTER = "shelter"
    LEAVE_NOW = "leave_now"


class Aspect(StrEnum):
    """The parts of a posture, each with a history of its own."""

    LEVEL = "level"
    DEPARTURE = "departure"
    MISSION = "mission"
    ADVICE = "advice"


class Sign(StrEnum):
    """What several facts about a place say together; the value after an early sign."""

    SEVERAL_RAISED = "several_raised"
    FIRST_MOVER = "first_mover"
    AIRSPACE_ALONE = "airspace_alone"
    MISSION_ALONE = "mission_alone"
    PRESS_AHEAD = "press_ahead"


class Reason(StrEnum):
    """Why something was told, held or not told; stored, logged and shown with every decision."""

    # told
    WORSE_AT_ONCE = "worse_at_once"
    BETTER_CONFIRMED = "better_confirmed"
    NEW_NOTICE = "new_notice"
    NEW_REPORT = "new_report"
    MORE_CERTAIN = "more_certain"
    MADE_OFFICIAL = "made_official"
    DENIED_BY_OFFICIAL = "denied_by_official"
    REPORT_EXPIRED = "report_expired"
    RETRACTED = "retracted"
    CONFIRMED_BY_OPERATOR = "confirmed_by_operator"
    SOURCE_STATE = "source_state"
    FACTS_TOGETHER = "facts_together"
    # held
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    PLACEHOLDER = "placeholder"
    TITLE_AND_TEXT_DISAGREE = "title_and_text_disagree"
    IMPLAUSIBLE_JUMP = "implausible_jump"
    STALE_EDITION = "stale_edition"
    SOURCES_DISAGREE = "sources_disagree"
    DEGRADED_SOURCE = "degraded_source"
    # not told
    BASELINE = "baseline"
    UNCHANGED = "unchanged"
    TOUCH = "touch"
    EDITION_SEEN = "edition_seen"
    SENTENCE_SEEN = "sentence_seen"
    RESTATED = "restated"
    OLD_EVENT = "old_event"
    ALREADY_KNOWN = "already_known"
    SAME_STORY = "same_story"
    ABSENT = "absent"
    MASS_DISAPPEARANCE = "mass_disappearance"
    RULES_CHANGED = "rules_changed"
    NOT_RELEVANT = "not_relevant"
    UNKNOWN_PLACE = "unknown_place"
    REJECTED_BY_OPERATOR = "rejected_by_operator"


@dataclass(frozen=True, slots=True)
class Standing:
    """One aspect of a posture: its value on our scale, the issuer's words, since when, and the proof.

    `areas` are the parts that a level holds in, or that have another one, where the issuer names them.
    """

    value: str
    since: datetime | None = None
    words: str = ""
    evidence: Evidence | None = None
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Posture:
    """What one issuer holds about one place now, aspect by aspect; an aspect never heard of is absent."""

    issuer: str
    place: str
    standings: tuple[tuple[Aspect, Standing], ...] = ()

    def get(self, aspect: Aspect) -> Standing | None:
        """The standing of an aspect, or None when nothing was ever said about it."""
        return next((s for a, s in self.standings if a is aspect), None)

    def put(self, aspect: Aspect, standing: Standing) -> Posture:
        """This posture with one aspect replaced."""
        rest = tuple((a, s) for a, s in self.standings if a is not aspect)
        return Posture(self.issuer, self.place, (*rest, (aspect, standing)))


@dataclass(frozen=True, slots=True)
class Change:
    """One transition of a posture, one new report or notice, or one change of our own sight.

    `held` means decided but not told: it waits for the confirmation that `reason` names. `before` and `after` are values
    of the aspect (levels as digits), None where unknown. `certain_since` tells for a confirmation when it was first
    reported. `references` are ids of earlier changes that this one updates or cancels.
    """

    id: str
    at: datetime
    source: str
    place: str
    issuer: str | None
    kind: ChangeKind
    reason: Reason
    severity: Severity
    certainty: Certainty = Certainty.OBSERVED
    stage: Stage | None = None
    before: str | None = None
    after: str | None = None
    after_words: str = ""
    held: bool = False
    evidence: tuple[Evidence, ...] = ()
    url: str = ""
    published: datetime | None = None
    situation: str = ""
    references: tuple[str, ...] = ()
    audiences: frozenset[Audience] = frozenset()
    reported_kind: SignalKind | None = None
    first_reported: datetime | None = None
    publishers: tuple[str, ...] = ()
    detail: str = ""
    areas: tuple[Area, ...] = ()

    @property
    def direction(self) -> str:
        """`better`, `worse` or `none` for what changes nothing for people there."""
        if self.kind.better or (self.stage is Stage.LIFTED):
            return "better"
        quiet = (ChangeKind.REWORDED, ChangeKind.WITHDRAWN, ChangeKind.DENIED, ChangeKind.SOURCE_RECOVERED, ChangeKind.TOWN_HALL)
        return "none" if self.kind in quiet else "worse"


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each reason was the answer in one poll."""

    counts: tuple[tuple[Reason, int], ...] = field(default=())
