"""Values from a source to a reading: what was fetched, what it says, and the words that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from monitor.model.text import fingerprint, simple
from monitor.model.words import Audience, Authority, Certainty, Nature, Severity, SignalKind, Stage


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


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a country that an issuer grades apart: its name in the issuer's words, and its level on the common scale."""

    name: str
    level: int


@dataclass(frozen=True)
class Item:
    """One thing a source says, normalised: plain text, UTC times, ISO places where the source itself names them.

    `key` is what the source calls it (guid, link, number): an alias, never an identity. `level` is on the common 1–4
    scale of `level_scheme`, `level_text` keeps the issuer's own words; `regional_level` is the highest level that holds
    only in parts, and `areas` are these parts where they are named. `publisher` is the outlet behind an aggregated press
    item. `axis` is empty for a government's advice and names what else is graded (impact, airspace): such grades are never
    mixed into the level of a posture. `follow` is the address of the document that says the rest, where an index only tells
    that something is new. `headings` are the lines of the text that head a section, where the source marks them as such.
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
    headings: tuple[str, ...] = ()
    areas: tuple[Area, ...] = ()

    @cached_property
    def digest(self) -> str:
        """16 hex digits over what carries meaning: places, level, title and words; not dates, links or spacing."""
        parts = (",".join(self.places) or self.place_name, str(self.level), str(self.regional_level), self.title, self.text)
        joined = "".join(parts)
        # the mark between the parts is seen by nobody, so it is not in the digest; it keeps a letter from an accent of the next part
        return fingerprint(joined if simple(joined) else "\x1f".join(parts))


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words that prove a conclusion, the rule that found them, and where they stand: address, and heading of the section if any."""

    quote: str
    rule: str
    url: str = ""
    section: str = ""


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
