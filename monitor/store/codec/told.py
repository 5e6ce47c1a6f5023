"""Changes, as rows and back."""

from __future__ import annotations

import json
from typing import Any

from ...model import (
    Area,
    Audience,
    Certainty,
    Change,
    ChangeKind,
    Evidence,
    Reason,
    Severity,
    SignalKind,
    Stage,
)
from .parts import Row, dump, maybe_micros, maybe_moment, micros, moment, printed_areas, proof, text


def change_row(change: Change) -> dict[str, Any]:
    """The columns of a change."""
    return {
        "id": change.id,
        "at": micros(change.at),
        "source": change.source,
        "place": change.place,
        "issuer": change.issuer,
        "kind": change.kind.value,
        "situation": change.situation,
        "held": change.held,
        "body": dump(_change_body(change)),
    }


def _change_body(change: Change) -> dict[str, Any]:
    return {
        "reason": change.reason.value,
        "severity": change.severity.value,
        "certainty": change.certainty.value,
        "stage": change.stage and change.stage.value,
        "before": change.before,
        "after": change.after,
        "after_words": text(change.after_words),
        "evidence": [proof(e) for e in change.evidence],
        "url": text(change.url),
        "published": maybe_micros(change.published),
        "references": change.references,
        "audiences": sorted(a.value for a in change.audiences),
        "reported_kind": change.reported_kind and change.reported_kind.value,
        "first_reported": maybe_micros(change.first_reported),
        "publishers": [text(p) for p in change.publishers],
        "detail": text(change.detail),
        "areas": printed_areas(change.areas),
    }


def change(row: Row) -> Change:
    """A change's columns as a value."""
    body = json.loads(row["body"])
    return Change(
        id=row["id"],
        at=moment(row["at"]),
        source=row["source"],
        place=row["place"],
        issuer=row["issuer"],
        kind=ChangeKind(row["kind"]),
        reason=Reason(body["reason"]),
        severity=Severity(body["severity"]),
        certainty=Certainty(body["certainty"]),
        stage=Stage(body["stage"]) if body["stage"] else None,
        before=body["before"],
        after=body["after"],
        after_words=body["after_words"],
        held=bool(row["held"]),
        evidence=tuple(Evidence(*e) for e in body["evidence"]),
        url=body["url"],
        published=maybe_moment(body["published"]),
        situation=row["situation"],
        references=tuple(body["references"]),
        audiences=frozenset(map(Audience, body["audiences"])),
        reported_kind=SignalKind(body["reported_kind"]) if body["reported_kind"] else None,
        first_reported=maybe_moment(body["first_reported"]),
        publishers=tuple(body["publishers"]),
        detail=body["detail"],
        areas=tuple(Area(*area) for area in body.get("areas", ())),
    )
