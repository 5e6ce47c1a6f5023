"""The words with an order, what a text can say and what can change: severity, certainty, kinds, stages, audiences."""

from __future__ import annotations

from enum import StrEnum

WORLD = "*"
"""The place of a change that is about no single country (our own sight, a worldwide caution)."""


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


class ChangeKind(StrEnum):
    """What became different; the last five are about our own sight."""

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
    EARLY_SIGN = "early_sign"
    SOURCE_DEGRADED = "source_degraded"
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
