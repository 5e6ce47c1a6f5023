"""The ledger and what people do at it: lines, silences, rehearsals, texts to be explained."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from ...model import Certainty, ChangeKind, DeliveryState, MessageType, Severity
from .base import Quote, Shape, When


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


class ChannelOut(Shape):
    """A receiver and how it does."""

    name: str
    kind: str
    lang: str
    zone: str
    state: Literal["working", "failing", "gone"] = Field(description="gone: it said that it does not exist any more, and is left alone")
    failures: int = Field(description="in a row, as this process saw them")
    since: datetime | None = Field(description="since when it fails or is gone")
    again: datetime | None = Field(description="left alone until then")


class GapOut(Shape):
    """A change that a channel was due and that its ledger lacks."""

    change: str
    channel: str


class ReconciledOut(Shape):
    """The newest comparison of the ledger with what was due to whom; `at` is null before the first."""

    at: datetime | None
    fine: bool
    changes: int = Field(0, description="changes that were looked at")
    due: int = Field(0, description="messages that were owed for them")
    gaps: list[GapOut] = Field([])
    stuck: list[str] = Field([], description="lines long overdue while their channel works")
    untold: list[str] = Field([], description="lines that could not be delivered and that no operator has heard of")


class SilenceIn(Shape):
    """What is not to be told, until when and why; an empty list matches everything."""

    until: When
    reason: str = Field(min_length=1, max_length=300)
    places: list[str] = Field([])
    kinds: list[ChangeKind] = Field([])
    issuers: list[str] = Field([])
    sources: list[str] = Field([])
    channels: list[str] = Field([])
    max_severity: Severity = Field(Severity.SEVERE, description="what is worse is told all the same")


class SilenceOut(SilenceIn):
    """A silence in force."""

    id: str
    author: str


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
