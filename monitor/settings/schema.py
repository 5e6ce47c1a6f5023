"""The shape of the configuration as pydantic models: they check and describe, and never leave this package."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from ..model import Authority, Certainty, ChangeKind, Severity, Sign, WatchKind
from ..route.regions import regions
from ..route.routes import Digest, Unknown
from .words import Duration, Issuer, Listen, MaybeWebAddress, Place, Range, Reference, ReferenceOrAddress, Spared, WebAddress

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError('not a time zone of the IANA data base, as in "Europe/Berlin"')
    return name


def _region(name: str) -> str:
    if name.lower() not in regions():
        raise ValueError(f"not a region or group; there are: {', '.join(sorted(regions()))}")
    return name.lower()


def _simple(options: dict[str, Any]) -> dict[str, Any]:
    if wrong := [key for key, value in options.items() if not isinstance(value, str | int | float | bool)]:
        raise ValueError(f"options are text, numbers or true/false; {', '.join(wrong)} is not")
    return options


def _clock(text: Any) -> time:
    try:
        return text if isinstance(text, time) else time.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError('not a time of day as in "22:00"') from None


Options = Annotated[dict[str, Any], AfterValidator(_simple)]
Zone = Annotated[str, AfterValidator(_zone)]
Region = Annotated[str, AfterValidator(_region)]
Clock = Annotated[time, BeforeValidator(_clock), WithJsonSchema({"type": "string", "examples": ["22:00"]})]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class Table(BaseModel):
    """A table of the configuration; a key it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreTable(Table):
    """Where everything is kept."""

    url: str = Field(
        "", description="sqlite:///PATH (relative to this file) or postgresql://…; empty: monitor.db in $STATE_DIRECTORY or var/"
    )


class WebTable(Table):
    """The status page."""

    listen: Listen = Field("127.0.0.1:8080", description='host:port, "" for no page')
    token: Reference = Field("", description="reference to the secret with which people may change things; without it nobody may")
    hosts: tuple[str, ...] = Field((), description="names under which the page may be asked for; none: any")
    prefix: str = Field("", pattern="^(/[A-Za-z0-9._-]+)*$", description='the path under which a reverse proxy shows it, as "/monitor"')
    public: bool = Field(False, description="whoever reaches it may read it; without this only where it listens on this machine alone")
    url: MaybeWebAddress = Field("", description="its address as receivers reach it; messages then carry a signed link to acknowledge")
    ack_key: Reference = Field(
        "", description="reference to the secret that signs those links; without it a file beside the database is made"
    )


class EgressTable(Table):
    """Which addresses we may connect to."""

    allow: tuple[Range, ...] = Field((), description="private ranges that may be reached all the same")
    proxy: ReferenceOrAddress = Field(
        "", description='http://HOST:PORT to go through, or a reference to it as "env:HTTPS_PROXY"; none: directly'
    )
    no_proxy: tuple[Spared, ...] = Field((), description="hosts (with all under them) and address ranges that are reached directly")


class HttpTable(Table):
    """How we ask."""

    contact: str = Field("", description="where the operator can be reached; stands in the User-Agent")
    user_agent: str = Field("", description="the whole User-Agent, instead of ours with the contact")
    timeout: Duration = Field(timedelta(seconds=60), description="for one answer, from the first packet to the last")
    max_bytes: int = Field(20_000_000, ge=1_000, description="an answer that is longer is refused; counted after unpacking")
    per_host: int = Field(2, ge=1, le=64, description="requests to one host at a time")
    in_flight: int = Field(200, ge=1, le=2_000, description="requests at a time")


class KeepTable(Table):
    """How long what is kept; what is held, standing or not yet told stays whatever its age. `0s` is for ever."""

    evidence: Duration = Field(timedelta(days=730), description="editions and the bodies they came in")
    evidence_bytes: int = Field(2_000_000_000, ge=0, description="bodies, compressed, at most; the oldest go first; 0: no bound")
    history: Duration = Field(timedelta(0), description="changes and former postures")
    deliveries: Duration = Field(timedelta(days=730), description="settled messages and their tries")
    tallies: Duration = Field(timedelta(days=90), description="daily counters of decisions")
    seen: Duration = Field(timedelta(days=180), description="keys that a source has not shown, by its own account, for so long")


class LogTable(Table):
    """What is written to standard error."""

    format: Literal["auto", "human", "json"] = Field("auto", description="auto: human on a terminal, json elsewhere")
    level: Literal["debug", "info", "warning", "error"] = "info"


class EngineTable(Table):
    """How the daemon breathes."""

    tick: Duration = Field(timedelta(seconds=5), description="how often it looks for what is due; more often where a source is polled so")
    workers: int = Field(8, ge=1, le=256, description="sources polled at a time")
    senders: int = Field(8, ge=1, le=256, description="messages sent at a time")
    lease: Duration = Field(timedelta(minutes=2), description="how long a sending may take before another worker tries")


class HeartbeatTable(Table):
    """A dead man's switch: an address that is called only while polling, saving, reconciling and delivering all work."""

    url: ReferenceOrAddress = Field("", description="the address, or a reference to it; none: nobody is called")
    every: Duration = Field(timedelta(minutes=5), ge=timedelta(seconds=1), description="how often it is called")


class DrillTable(Table):
    """Marked tests to every channel by themselves."""

    every: Duration = Field(timedelta(0), description="how often; 0s: only when `monitor drill` asks")


class AboutTable(Table):
    """What people should know of a source beside how it is read; docs/sources.md is made of it."""

    group: str = Field("", description="registers, embassies, press, health, disasters or airspace")
    licence: str = Field("", description="under which its words may be used")
    terms: str = Field("", description="what its owner asks of those who read it")
    quirks: tuple[str, ...] = Field((), description="what it does that one would not expect")
    since: str = Field("", description="the day on which it came into the catalogue")
    tried: str = Field("", description="on what its adapter was tried, and until when those captures reach")
    records: str = Field("", description="how many records those captures have, body by body")


class SignsTable(Table):
    """Early signs: what several facts about a place say together, told as `early_sign`."""

    enabled: bool = Field(True, description="whether they are told at all")
    severity: Severity | None = Field(None, description="the loudest they may be, never louder than their facts; without it moderate")
    several: int | None = Field(None, ge=2, description="so many governments must raise a place within window; without it 3")
    window: Duration | None = Field(None, description="without it 24h")
    skip: frozenset[Sign] = Field(frozenset(), description="signs that are not told")


class SourceTable(Table):
    """A place we watch."""

    id: Name
    kind: str = Field(description="which adapter reads it")
    url: WebAddress
    issuer: Issuer | None = Field(None, description="the government that speaks there; none for the press")
    every: Duration = Field(timedelta(minutes=15), ge=timedelta(seconds=1), description="how often it is polled")
    fastest: Duration = Field(timedelta(0), description="how often at most while a place it speaks about is in crisis; 0s: as every")
    authority: Authority | None = Field(
        None, description="official: speaks for a government; press: speaks about one; without it press for a feed that has no issuer"
    )
    lists_all: bool = Field(False, description="it lists everything it holds, so absence may mean something")
    lang: str = Field("en", pattern="^[a-z]{2}$", description="language of its texts, ISO 639-1")
    name: str = Field("", description="what people call it")
    confirm_after: Duration = Field(timedelta(0), description="how long a betterment must have been showing; 0s: what its kind needs")
    alternates: tuple[WebAddress, ...] = Field((), description="addresses to try in order when the first one fails")
    options: Options = Field({}, description="particulars of its kind")
    push: Reference = Field("", description="reference to the secret with which a WebSub hub signs what it pushes; none: nothing is pushed")
    enabled: bool = True
    about: AboutTable | None = Field(None, description="what people should know of it beside how it is read")

    @property
    def speaks_with(self) -> Authority:
        """The authority it was given; without one, a plain feed that names no government is press and everything else official."""
        return self.authority or (Authority.PRESS if self.kind == "feed" and self.issuer is None else Authority.OFFICIAL)


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


class Included(Table):
    """A file that another one includes: sources, channels, routes, watches and lists of them."""

    source: tuple[SourceTable, ...] = ()
    channel: dict[Name, ChannelTable] = {}
    route: tuple[RouteTable, ...] = ()
    watch: tuple[WatchTable, ...] = ()
    watchlist: tuple[WatchlistTable, ...] = ()


class Document(Included):
    """The configuration of the monitor."""

    include: tuple[str, ...] = Field((), description="files to read too; patterns, relative to this file")
    store: StoreTable = StoreTable()
    web: WebTable = WebTable()
    egress: EgressTable = EgressTable()
    http: HttpTable = HttpTable()
    keep: KeepTable = KeepTable()
    log: LogTable = LogTable()
    engine: EngineTable = EngineTable()
    heartbeat: HeartbeatTable = HeartbeatTable()
    drill: DrillTable = DrillTable()
    signs: SignsTable = SignsTable()
