"""What a configuration says about who wants what: routes, receivers, silences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from ..model import Certainty, ChangeKind, Severity


class Unknown(StrEnum):
    """What a route does with a change whose attribute it asks for is not known."""

    DELIVER = "deliver"
    DROP = "drop"


class Digest(StrEnum):
    """How often a receiver wants what is not urgent."""

    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Escalation:
    """Tell these channels too when nobody acknowledged within `after`."""

    after: timedelta
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Who wants which changes; an empty set of a filter lets everything pass.

    `places` are ISO 3166-1 alpha-2 codes, `regions` names of `seeds/regions.toml`, `issuers` alpha-2 codes (`EU` for its
    agencies), `directions` of `worse`, `better`, `none`. `watches` are names of watches or of lists of them, or `*` for any watched place.
    `stop` hides what this route took from the routes after it. `operator` asks for changes of our own sight and for
    deliveries that failed. `repeat` says again until acknowledged, at severities from `ack_from`.
    """

    name: str
    channels: tuple[str, ...]
    places: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    kinds: frozenset[ChangeKind] = frozenset()
    issuers: frozenset[str] = frozenset()
    directions: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    watches: frozenset[str] = frozenset()
    min_severity: Severity = Severity.MINOR
    min_certainty: Certainty = Certainty.UNLIKELY
    unknown: Unknown = Unknown.DELIVER
    stop: bool = False
    operator: bool = False
    repeat: timedelta | None = None
    escalate: tuple[Escalation, ...] = ()
    ack_from: Severity = Severity.EXTREME


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which a receiver is left alone, in local time; `start` may be later in the day than `end`.

    Changes of at least `override` are sent all the same.
    """

    start: time
    end: time
    override: Severity = Severity.EXTREME

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("quiet hours that start when they end are either all day or never: say which by leaving them out")


@dataclass(frozen=True, slots=True)
class Receiver:
    """The person or machine behind one channel: how it wants to be told. `name` is the channel's name.

    `zone` is an IANA time zone. A `digest` gathers what is below `digest_below` until `digest_at` local time (weekly: on
    `digest_day`, 0 is Monday). More than `storm` places within `storm_window` become one digest. `per_minute` bounds the
    pace, 0 is unbounded. `fallback` are channels that are told instead when this one has failed for `fallback_after`.
    For `inhibit` after something extreme about a place was told, its milder notices are not; zero tells them.
    With `watch_details` it is told the names and contacts of persons and trips.
    """

    name: str
    kind: str = ""
    lang: str = "en"
    zone: str = "UTC"
    quiet: Quiet | None = None
    digest: Digest = Digest.NONE
    digest_at: time = time(8)
    digest_day: int = 0
    digest_below: Severity = Severity.SEVERE
    storm: int = 5
    storm_window: timedelta = timedelta(hours=1)
    per_minute: int = 0
    fallback: tuple[str, ...] = ()
    fallback_after: timedelta = timedelta(minutes=10)
    inhibit: timedelta = timedelta(0)
    watch_details: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """Changes that are not told until a time, with who asked for it and why; empty filters match everything."""

    id: str
    until: datetime
    author: str
    reason: str
    places: frozenset[str] = frozenset()
    kinds: frozenset[ChangeKind] = frozenset()
    issuers: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    max_severity: Severity = Severity.SEVERE
