"""Changes, and the alerts that tell of them: the very body that the webhook sends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from ...model import Certainty, ChangeKind, MessageType, Reason, Severity, Stage
from .base import Quote, Shape


class AlertArea(Shape):
    """A part of the place that the issuer grades apart, in its words, on the scale of 1 to 4."""

    name: str
    level: int


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
    areas: list[AlertArea] = Field(default_factory=list)
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
    areas: list[AlertArea] = Field(default_factory=list)
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


class Hook(Shape):
    """What the body of any webhook has, whatever it tells of."""

    type: MessageType
    timestamp: datetime
    data: dict[str, Any]


class Alert(Shape):
    """The body of the webhook."""

    type: MessageType
    timestamp: datetime
    data: AlertData
