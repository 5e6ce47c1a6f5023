"""The nouns: frozen values and enums that cross every border inside the program; imports nothing of ours."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

WORLD = "*"
"""The place of a change that is about no single country (our own sight, a worldwide caution)."""


# --- words with an order ---------------------------------------------------------------------------------------------


class Severity(StrEnum):
    """How bad it is for people there; the four CAP 1.2 words, mildest first, so that members compare."""

    MINOR = "minor"
    MODERATE = "moderate"
    SEVERE = "severe"
    EXTREME = "extreme"

    @property
    def rank(self) -> int:
        """0 for minor up to 3 for extreme."""
        return tuple(Severity).index(self)


class Certainty(StrEnum):
    """How sure it is that it is so; CAP 1.2 words, least sure first. Official acts are `observed`."""

    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    LIKELY = "likely"
    OBSERVED = "observed"

    @property
    def rank(self) -> int:
        """0 for unlikely up to 3 for observed."""
        return tuple(Certainty).index(self)


# --- what a text says ------------------------------------------------------------------------------------------------


class SignalKind(StrEnum):
    """What a clause states; in the order in which one of several equally new ones names the item."""

    EVACUATION = "evacuation"
    ORDERED_DEPARTURE = "ordered_departure"
    AUTHORIZED_DEPARTURE = "authorized_departure"
    EMBASSY_CLOSURE = "embassy_closure"
    LEAVE_NOW = "leave_now"
    SHELTER_IN_PLACE = "shelter_in_place"
    EMBASSY_REOPENING = "embassy_reopening"
    DEPARTURE_LIFTED = "departure_lifted"
    ADVISORY_LEVEL = "advisory_level"
    SECURITY_ALERT = "security_alert"
    HEALTH_ALERT = "health_alert"
    TOWN_HALL = "town_hall"
    NO_CHANGE = "no_change"
    NONE = "none"


class Stage(StrEnum):
    """How far an act has come."""

    CONSIDERED = "considered"
    DENIED = "denied"
    ANNOUNCED = "announced"
    IN_EFFECT = "in_effect"
    LIFTED = "lifted"
    HISTORICAL = "historical"


class Audience(StrEnum):
    """Whom an act is about, seen from the government that acts."""

    GOVERNMENT_FAMILIES = "government_families"
    GOVERNMENT_STAFF = "government_staff"
    CITIZENS = "citizens"
    THIRD_COUNTRY = "third_country"


class Authority(StrEnum):
    """Whether a source speaks for a government or about one."""

    OFFICIAL = "official"
    PRESS = "press"


class Nature(StrEnum):
    """Whether an item is a standing page that is rewritten in place or a notice that is issued once."""

    PAGE = "page"
    NOTICE = "notice"


# --- what became of a posture ----------------------------------------------------------------------------------------


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


class ChangeKind(StrEnum):
    """What became different; the last four are about our own sight."""

    LEVEL_RAISED = "level_raised"
    LEVEL_LOWERED = "level_lowered"
    DEPARTURE_AUTHORIZED = "departure_authorized"
    DEPARTURE_ORDERED = "departure_ordered"
    DEPARTURE_LIFTED = "departure_lifted"
    EVACUATION = "evacuation"
    MISSION_SUSPENDED = "mission_suspended"
    MISSION_REOPENED = "mission_reopened"
    LEAVE_NOW = "leave_now"
    SHELTER_IN_PLACE = "shelter_in_place"
    SECURITY_ALERT = "security_alert"
    HEALTH_ALERT = "health_alert"
    TOWN_HALL = "town_hall"
    REPORTED = "reported"
    DENIED = "denied"
    CONFIRMED = "confirmed"
    REWORDED = "reworded"
    WITHDRAWN = "withdrawn"
    SOURCE_SILENT = "source_silent"
    SOURCE_BROKEN = "source_broken"
    SOURCE_BLOCKED = "source_blocked"
    SOURCE_RECOVERED = "source_recovered"

    @property
    def about_sight(self) -> bool:
        """Whether it is about our own sight and not about the world."""
        return self.value.startswith("source_")

    @property
    def better(self) -> bool:
        """Whether it says that a place became safer."""
        return self in (ChangeKind.LEVEL_LOWERED, ChangeKind.DEPARTURE_LIFTED, ChangeKind.MISSION_REOPENED)


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


# --- values: from a source to a reading ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A place we watch.

    `issuer` is the ISO 3166-1 alpha-2 code of the government that speaks there (EU for its agencies), None for the
    press. `lists_all` says that absence from a good body means something. `confirm_after` is how long a betterment must
    have been showing before it is told. `fastest` is the cadence it allows while a place it speaks about is in crisis, 0 for none.
    """

    id: str
    kind: str
    url: str
    issuer: str | None = None
    every: timedelta = timedelta(minutes=15)
    authority: Authority = Authority.OFFICIAL
    lists_all: bool = False
    lang: str = "en"
    name: str = ""
    confirm_after: timedelta = timedelta(0)
    alternates: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    fastest: timedelta = timedelta(0)


@dataclass(frozen=True)
class Item:
    """One thing a source says, normalised: plain text, UTC times, ISO places where the source itself names them.

    `key` is what the source calls it (guid, link, number): an alias, never an identity. `level` is on the common 1–4
    scale of `level_scheme`, `level_text` keeps the issuer's own words; `regional_level` is the highest level that holds
    only in parts. `publisher` is the outlet behind an aggregated press item. `axis` is empty for a government's advice and
    names what else is graded (impact, airspace): such grades are never mixed into the level of a posture. `follow` is the
    address of the document that says the rest, where an index only tells that something is new.
    """

    source: str
    key: str
    title: str
    text: str = ""
    url: str = ""
    published: datetime | None = None
    nature: Nature = Nature.NOTICE
    lang: str = "en"
    issuer: str | None = None
    authority: Authority = Authority.OFFICIAL
    places: tuple[str, ...] = ()
    place_name: str = ""
    level: int | None = None
    level_text: str = ""
    level_scheme: str = ""
    regional_level: int | None = None
    publisher: str = ""
    axis: str = ""
    follow: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    @cached_property
    def digest(self) -> str:
        """16 hex digits over what carries meaning: places, level, title and words; not dates, links or spacing."""
        parts = (",".join(self.places) or self.place_name, str(self.level), str(self.regional_level), self.title, self.text)
        return fingerprint("\x1f".join(parts))


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that prove a conclusion, the rule that found them, and where they stand."""

    quote: str
    rule: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that one clause states.

    `effective` is the date the text gives for the act. `restated` says that the text itself marks it as continuing
    ("remains on ordered departure", "continues to advise"). `issuer` is whose posture it is, None when the text does
    not tell. `headline` says that title or lead state it. `level` and `direction` belong to advisory levels: the level
    stated (common scale) and whether the words say raised or newly issued (+1), lowered or removed (-1), or neither (0).
    """

    kind: SignalKind
    stage: Stage
    evidence: Evidence
    places: tuple[str, ...] = ()
    issuer: str | None = None
    audiences: frozenset[Audience] = frozenset()
    effective: date | None = None
    restated: bool = False
    headline: bool = False
    level: int | None = None
    direction: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """A fact beside the signals that a duty officer would write down (commercial flights running, no comment, …)."""

    name: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Rejection:
    """Words that look like a signal and are none, with the rule that said so (insurance boilerplate, a drill, …)."""

    evidence: Evidence
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """An item understood. `kind`, `stage` and `audiences` are those of the newest act; `signals` are all of them."""

    relevant: bool
    places: tuple[str, ...] = ()
    issuer: str | None = None
    kind: SignalKind = SignalKind.NONE
    kinds: tuple[SignalKind, ...] = ()
    stage: Stage | None = None
    level: int | None = None
    level_scheme: str = ""
    audiences: frozenset[Audience] = frozenset()
    severity: Severity = Severity.MINOR
    certainty: Certainty = Certainty.OBSERVED
    signals: tuple[Signal, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[Note, ...] = ()
    rejected: tuple[Rejection, ...] = ()


# --- values: posture, change, situation ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """One aspect of a posture: its value on our scale, the issuer's words, since when, and the proof."""

    value: str
    since: datetime | None = None
    words: str = ""
    evidence: Evidence | None = None


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

    @property
    def direction(self) -> str:
        """`better`, `worse` or `none` for what changes nothing for people there."""
        if self.kind.better or (self.stage is Stage.LIFTED):
            return "better"
        quiet = (ChangeKind.REWORDED, ChangeKind.WITHDRAWN, ChangeKind.DENIED, ChangeKind.SOURCE_RECOVERED, ChangeKind.TOWN_HALL)
        return "none" if self.kind in quiet else "worse"


# --- values: who is told ---------------------------------------------------------------------------------------------


class MessageType(StrEnum):
    """What a message is to its receiver; `operator` and `test` are never about the world."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"
    DIGEST = "digest"
    TEST = "test"
    OPERATOR = "operator"


class DeliveryState(StrEnum):
    """Where one ledger line stands; `sent`, `dead`, `skipped` are ends, the operator hears of `dead`."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    SKIPPED = "skipped"


class SourceState(StrEnum):
    """How well we see through a source."""

    NEW = "new"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    SILENT = "silent"
    BROKEN = "broken"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Watch:
    """People or sites somebody has in a place; raises severity and is named in the alert."""

    name: str
    place: str
    people: int = 0


# --- small pure helpers every part needs -----------------------------------------------------------------------------

_SPACES = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def plain(text: str) -> str:
    """One line of text as a person sees it: compatibility forms folded, invisible and control characters gone."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).strip()


def fingerprint(text: str) -> str:
    """16 hex digits that stay the same when only case, spacing, quotes or invisible characters of a text change."""
    folded = plain(text).casefold().translate(_QUOTES)
    return hashlib.sha256(folded.encode("utf-8", "replace")).hexdigest()[:16]


_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "`": "'"})


def stable_id(prefix: str, *parts: object) -> str:
    """An id that is the same for the same facts on every machine and in every replay."""
    return f"{prefix}_{hashlib.sha256(chr(31).join(map(str, parts)).encode()).hexdigest()[:20]}"


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each reason was the answer in one poll."""

    counts: tuple[tuple[Reason, int], ...] = field(default=())
