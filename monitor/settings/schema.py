"""The shape of the configuration as pydantic models: they check and describe, and never leave this package."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from ..model import Authority, Severity, Sign
from .base import Name, Options, Table
from .receivers import ChannelTable, RouteTable, WatchlistTable, WatchTable
from .words import Duration, Issuer, Listen, MaybeWebAddress, Range, Reference, ReferenceOrAddress, Spared, WebAddress


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


class Included(Table):
    """A file that another one includes: sources, channels, routes, watches and lists of them."""

    source: tuple[SourceTable, ...] = ()
    channel: dict[Name, ChannelTable] = Field(default_factory=dict)
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
