"""The JSON of the API as models; alerts are the very body that the webhook sends."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from ..model import Advice, Certainty, ChangeKind, DeliveryState, Departure, MessageType, Mission, Reason, Severity, SourceState, Stage

T = TypeVar("T")


def _written(value: Any) -> Any:
    """Numbers are no times here, though Pydantic would take them for seconds."""
    if isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\d[Tt ]", value):
        raise ValueError('a time is written as "2022-02-12T18:00:00Z"')
    if isinstance(value, int | float):
        raise ValueError("a time is text")
    return value


When = Annotated[AwareDatetime, BeforeValidator(_written)]


class Shape(BaseModel):
    """A value of the API."""

    model_config = ConfigDict(frozen=True)


class Quote(Shape):
    """The words that prove it, and where they stand."""

    quote: str
    url: str = ""
    rule: str = Field("", description="the rule that found them; absent in alerts")


class ChangeOut(Shape):
    """One change: a transition of a posture, a report, a notice, or a change of our own sight."""

    id: str
    at: datetime
    source: str
    place: str = Field(description="ISO 3166-1 alpha-2, XK for Kosovo, * for no single country")
    place_name: str
    issuer: str | None
    kind: ChangeKind
    stage: Stage | None
    before: str | None
    after: str | None
    severity: Severity
    certainty: Certainty
    held: bool
    reason: Reason
    headline: str
    evidence: list[Quote]
    url: str
    published: datetime | None
    first_reported: datetime | None
    publishers: list[str]
    audiences: list[str]
    situation: str
    references: list[str]


class AlertPlace(Shape):
    """Where."""

    code: str
    name: str


class AlertChange(Shape):
    """One change of an alert."""

    id: str
    kind: ChangeKind
    stage: Stage | None
    before: str | None
    after: str | None
    evidence: list[dict[str, str]]


class AlertSource(Shape):
    """Who said it, and where."""

    id: str
    url: str


class AlertWatch(Shape):
    """People or sites of ours in the place."""

    name: str
    people: int


class AlertData(Shape):
    """What one issuer newly said about one place in one poll; the same as `data` of the webhook.

    `seen_well` is when its source was last read well.
    """

    id: str
    place: AlertPlace
    issuer: str | None
    severity: Severity
    certainty: Certainty
    headline: str
    summary: str
    changes: list[AlertChange]
    source: AlertSource
    seen_well: datetime | None
    published: datetime | None
    detected: datetime
    references: list[str]
    watches: list[AlertWatch]
    situation: str


class Alert(Shape):
    """The body of the webhook."""

    type: MessageType
    timestamp: datetime
    data: AlertData


class StandingOut(Shape):
    """One aspect of a posture: the value on our scale, the issuer's words, since when."""

    value: str
    words: str
    since: datetime | None
    evidence: Quote | None


class PostureOut(Shape):
    """What one issuer holds about one place now. An aspect never heard of is null."""

    issuer: str
    issuer_name: str
    place: str
    gravity: int = Field(ge=0, le=5, description="0 nothing known, 1 to 4 the common level, 5 people are leaving")
    level: StandingOut | None
    departure: StandingOut | None = Field(description=", ".join(Departure))
    mission: StandingOut | None = Field(description=", ".join(Mission))
    advice: StandingOut | None = Field(description=", ".join(Advice))


class PostureAt(Shape):
    """A posture that began at a time."""

    at: datetime
    posture: PostureOut


class PlaceOut(Shape):
    """A place in one line."""

    code: str
    name: str
    gravity: int
    issuers: list[str]
    watches: list[AlertWatch]


class ThreadOut(Shape):
    """A situation: the worst of it, who says so, since when, whom it touches."""

    place: str
    place_name: str
    severity: Severity
    certainty: Certainty
    issuers: list[str]
    publishers: list[str]
    opened: datetime
    last: datetime
    headline: str
    changes: list[str]
    watches: list[AlertWatch]
    acknowledged_by: str | None
    acknowledged_at: datetime | None


class PlacePage(Shape):
    """Everything held about one place."""

    place: PlaceOut
    postures: list[PostureOut]
    situation: ThreadOut | None


class EditionOut(Shape):
    """One version of one item as it came."""

    source: str
    issuer: str | None
    key: str
    digest: str
    title: str
    url: str
    published: datetime | None
    seen: datetime
    bytes: int
    raw: str = Field(description="where the body can be had as it was fetched")


class SourceOut(Shape):
    """A source and how well we see through it."""

    id: str
    name: str
    kind: str
    url: str
    issuer: str | None
    authority: str
    every_seconds: float
    state: SourceState
    well: bool = Field(description="healthy, and read within two of its turns")
    why: str
    since: datetime | None
    seen_well: datetime | None
    polled: datetime | None
    due: datetime | None
    failures: int
    polls: int
    touches: int
    newest: datetime | None
    reasons: dict[str, int] = Field({}, description="how often each reason was the answer in the last seven days")


class HeldOut(Shape):
    """A transition that was seen and is not told yet."""

    id: str = Field(description="what to confirm or reject; empty when it cannot be answered")
    issuer: str
    place: str
    place_name: str
    aspect: str
    kind: ChangeKind
    before: str | None
    after: str
    reason: Reason
    since: datetime
    polls: int
    showing: bool
    evidence: Quote | None


class DeliveryOut(Shape):
    """One line of the ledger: these changes, for this receiver."""

    id: str
    channel: str
    route: str
    type: MessageType
    state: DeliveryState
    changes: list[str]
    situation: str
    created: datetime
    due: datetime
    settled: datetime | None
    attempts: int
    why: str
    receipt: str
    headline: str


class AttemptOut(Shape):
    """One try of one line."""

    number: int
    at: datetime
    outcome: str
    why: str


class DeliveryPage(Shape):
    """A line with its tries."""

    delivery: DeliveryOut
    attempts: list[AttemptOut]


class SilenceIn(Shape):
    """What is not to be told, until when and why; an empty list matches everything."""

    until: When
    reason: str = Field(min_length=1, max_length=300)
    places: list[str] = []
    kinds: list[ChangeKind] = []
    issuers: list[str] = []
    sources: list[str] = []
    channels: list[str] = []
    max_severity: Severity = Field(Severity.SEVERE, description="what is worse is told all the same")


class SilenceOut(SilenceIn):
    """A silence in force."""

    id: str
    author: str


class SightOut(Shape):
    """How well we see."""

    well: int
    total: int
    blind: list[str]


class NowOut(Shape):
    """The first page."""

    at: datetime
    version: str
    sight: SightOut
    situations: list[ThreadOut]
    places: list[PlaceOut]
    held: int


class ExplainIn(Shape):
    """A text to read. Either `text`, or `url` where the monitor may look things up."""

    text: str = Field("", max_length=200_000)
    title: str = Field("", max_length=1_000)
    url: str = Field("", max_length=2_000)
    lang: str = Field("en", pattern="^[a-z]{2}$")
    issuer: str | None = Field(None, pattern="^[A-Z]{2}$")


class SignalOut(Shape):
    """One thing that one clause states."""

    kind: str
    stage: str
    places: list[str]
    issuer: str | None
    audiences: list[str]
    effective: str | None
    quote: str
    rule: str


class TakenBy(Shape):
    """Whether a route would take it."""

    route: str
    takes: bool
    rules: list[dict[str, str]]


class ExplainOut(Shape):
    """What is understood of a text and why; the same words as `monitor explain --json`, and the routes."""

    relevant: bool
    countries: list[str]
    issuer: str | None
    kind: str
    kinds: list[str]
    stage: str | None
    level: int | None
    audiences: list[str]
    severity: Severity
    certainty: Certainty
    evidence: list[Quote]
    signals: list[SignalOut]
    rejected: list[Quote]
    routes: list[TakenBy]


class RehearsalIn(Shape):
    """Another configuration, as TOML, to see what its receivers would have got."""

    config: str = Field(max_length=500_000)


class RehearsalOut(Shape):
    """A rehearsal and how far it is."""

    id: str
    state: Literal["running", "done", "failed"]
    done: int
    total: int
    why: str
    lines: list[dict[str, Any]]


class Done(Shape):
    """What was changed."""

    id: str
    done: str


class Page(Shape, Generic[T]):
    """A page of a list, newest first; `next` is the cursor of the following page, null on the last one."""

    items: list[T]
    next: str | None
