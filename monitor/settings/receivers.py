"""The tables about people: who is told, when and of what, and who is where."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..model import Certainty, ChangeKind, Severity, WatchKind
from ..route.routes import Digest, Unknown
from .base import Clock, Region, Table, Zone
from .words import Duration, Issuer, Place

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class QuietTable(Table):
    """Hours in which a receiver is left alone, in its own time zone."""

    start: Clock
    end: Clock
    override: Severity = Field(Severity.EXTREME, description="from this severity on it is told all the same")

    @model_validator(mode="after")
    def _it_has_a_length(self) -> QuietTable:
        if self.start == self.end:
            raise ValueError("quiet hours that start when they end are either all day or never; leave them out or change one")
        return self


class TemplateTable(Table):
    """Words of one's own for a channel, as Jinja2; tried on every kind of message when the configuration is read."""

    headline: str = Field("", description="instead of the one line; empty: ours")
    summary: str = Field("", description="instead of the lines below; empty: ours")


class ChannelTable(BaseModel):
    """The person or machine behind a channel and how it wants to be told; the other keys belong to its kind."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str
    lang: Literal["en", "de", "fr", "es"] = "en"
    zone: Zone = Field("UTC", description="IANA time zone of the receiver")
    quiet: QuietTable | None = None
    digest: Digest = Digest.NONE
    digest_at: Clock = time(8)
    digest_day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    digest_below: Severity = Field(Severity.SEVERE, description="what is milder goes into the digest")
    storm: int = Field(5, ge=1, description="more places than this within storm_window become one digest")
    storm_window: Duration = timedelta(hours=1)
    per_minute: int = Field(0, ge=0, description="messages a minute at most; 0: no limit")
    fallback: tuple[str, ...] = Field((), description="channels that are told instead when this one keeps failing")
    fallback_after: Duration = timedelta(minutes=10)
    inhibit: Duration = Field(timedelta(0), description="for so long after something extreme in a place its milder notices are not told")
    watch_details: bool = Field(False, description="it is told the names and contacts of persons and trips; others hear how many they are")
    template: TemplateTable | None = Field(None, description="words of one's own; the body of a webhook stays as it is promised")

    @property
    def day(self) -> int:
        """The digest's day of the week, 0 is Monday."""
        return _DAYS.index(self.digest_day)


class EscalationTable(Table):
    """Who is told too when nobody acknowledged."""

    after: Duration
    channels: tuple[str, ...] = Field(min_length=1)


class RouteTable(Table):
    """Who wants which changes; a filter that is left out lets everything pass."""

    name: str = ""
    channels: tuple[str, ...] = Field(min_length=1)
    places: frozenset[Place] = frozenset()
    regions: frozenset[Region] = frozenset()
    kinds: frozenset[ChangeKind] = frozenset()
    issuers: frozenset[Issuer] = frozenset()
    directions: frozenset[Literal["worse", "better", "none"]] = frozenset()
    sources: frozenset[str] = frozenset()
    watches: frozenset[str] = Field(frozenset(), description='names of watches or of lists of them, or "*" for every watched place')
    min_severity: Severity = Severity.MINOR
    min_certainty: Certainty = Certainty.UNLIKELY
    unknown: Unknown = Field(Unknown.DELIVER, description="what to do when the change does not say what a filter asks")
    stop: bool = Field(False, description="what this route took is hidden from the routes after it")
    operator: bool = Field(
        False, description="for the operator: what concerns our own sight and failed deliveries, nothing else unless kinds says so"
    )
    repeat: Duration | None = Field(None, description="say it again until somebody acknowledged")
    escalate: tuple[EscalationTable, ...] = ()
    ack_from: Severity = Field(Severity.EXTREME, description="the severity from which repeat and escalate hold")


class WatchTable(Table):
    """People or sites somebody has in a place; what has a start or an end is a trip."""

    name: str = Field(min_length=1)
    place: Place
    area: str = Field("", description="the part of the place, in your own words; alerts for the whole place concern it too")
    people: int = Field(0, ge=0)
    kind: WatchKind | None = Field(None, description="persons and trips are named to receivers with watch_details only")
    start: date | None = Field(None, description="its first day, as 2026-03-01")
    end: date | None = Field(None, description="its last day")
    lead: Duration = Field(timedelta(days=7), description="so long before its start it counts already")
    contact: str = Field("", description="how they are reached; told to receivers with watch_details only")
    private: bool | None = Field(None, description="named to receivers with watch_details only; without it, as persons and trips are")
    channels: tuple[str, ...] = Field((), description="who hears what gets worse or better there, beside the routes")

    @model_validator(mode="after")
    def _it_ends_after_it_begins(self) -> WatchTable:
        if self.start and self.end and self.end < self.start:
            raise ValueError("it ends before it begins")
        return self


class WatchlistTable(Table):
    """Persons, sites and trips that stand in a file or a calendar and are read again when that changes."""

    name: str = Field(min_length=1, description="by which routes mean all of them")
    csv: str = Field("", description="a table with the columns name, place, area, start, end, people, contact, kind; a path")
    calendar: str = Field("", description="an iCalendar: a path, a web address, or a reference to an address that is a secret")
    every: Duration = Field(timedelta(minutes=15), ge=timedelta(seconds=1), description="how often an address is asked")
    place: Place | None = Field(None, description="where what names no place is")
    lead: Duration = Field(timedelta(days=7), description="so long before its start a trip counts already")
    channels: tuple[str, ...] = Field((), description="who hears what gets worse or better there, beside the routes")

    @model_validator(mode="after")
    def _it_stands_somewhere(self) -> WatchlistTable:
        if bool(self.csv) == bool(self.calendar):
            raise ValueError("write csv or calendar, one of them")
        return self
