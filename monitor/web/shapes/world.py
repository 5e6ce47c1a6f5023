"""What is held about the world, and how well we see it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from ...model import Advice, Certainty, ChangeKind, Departure, Mission, Reason, Severity, SourceState
from .base import Quote, Shape
from .told import AlertArea, AlertWatch


class StandingOut(Shape):
    """One aspect of a posture: the value on our scale, the issuer's words, since when."""

    value: str
    words: str
    since: datetime | None
    evidence: Quote | None
    areas: list[AlertArea] = Field(default_factory=list)


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
