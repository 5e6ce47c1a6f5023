"""The JSON lines of the commands, which other programs rely on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ..knowledge.places import name
from ..ledger import Delivery, SourceRecord
from ..model import Area, Change, Item, Posture, Reading, Source
from ..route.words import headline


def at(moment: datetime | None) -> str | None:
    """A moment as `2022-01-23T18:00:00Z`."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def change(value: Change) -> dict[str, Any]:
    """One change, as `replay`, `alerts` and `history` print it."""
    return {
        "at": at(value.at),
        "source": value.source,
        "place": value.place,
        "issuer": value.issuer,
        "kind": value.kind,
        "before": value.before,
        "after": value.after,
        "severity": value.severity,
        "certainty": value.certainty,
        "held": value.held,
        "reason": value.reason,
        "headline": headline(value, "en", name),
        "evidence": [{"quote": e.quote, "url": e.url or value.url} | ({"section": e.section} if e.section else {}) for e in value.evidence],
        "id": value.id,
        "stage": value.stage,
        "published": at(value.published),
        "references": list(value.references),
        "areas": _areas(value.areas),
    }


def reading(item: Item, value: Reading) -> dict[str, Any]:
    """What is understood of one item, as `explain` prints it."""
    return {
        "id": item.key,
        "relevant": value.relevant,
        "countries": list(value.places),
        "issuer": value.issuer,
        "kind": value.kind,
        "kinds": list(value.kinds),
        "stage": value.stage,
        "level": value.level,
        "audiences": sorted(value.audiences),
        "severity": value.severity,
        "certainty": value.certainty,
        "evidence": [{"quote": e.quote, "rule": e.rule} for e in value.evidence],
        "signals": [
            {
                "kind": s.kind,
                "stage": s.stage,
                "places": list(s.places),
                "issuer": s.issuer,
                "audiences": sorted(s.audiences),
                "effective": s.effective.isoformat() if s.effective else None,
                "restated": s.restated,
                "quote": s.evidence.quote,
                "rule": s.evidence.rule,
            }
            for s in value.signals
        ],
        "notes": [{"name": n.name, "quote": n.evidence.quote, "rule": n.evidence.rule} for n in value.notes],
        "rejected": [{"why": r.why, "quote": r.evidence.quote, "rule": r.evidence.rule} for r in value.rejected],
    }


def posture(value: Posture) -> dict[str, Any]:
    """What one issuer holds about one place."""
    return {
        "place": value.place,
        "issuer": value.issuer,
        **{
            str(aspect): {"value": s.value, "since": at(s.since), "words": s.words, "areas": _areas(s.areas)}
            for aspect, s in value.standings
        },
    }


def _areas(areas: Iterable[Area]) -> list[dict[str, Any]]:
    return [{"name": a.name, "level": a.level} for a in areas]


def source(record: SourceRecord, configured: Mapping[str, Source]) -> dict[str, Any]:
    """How well we see through one source."""
    known = configured.get(record.id)
    return {
        "id": record.id,
        "kind": known.kind if known else None,
        "issuer": known.issuer if known else None,
        "configured": known is not None,
        "state": record.state,
        "why": record.why,
        "since": at(record.since),
        "seen_well": at(record.seen_well),
        "polled": at(record.polled),
        "due": at(record.due),
        "polls": record.poll,
        "failures": record.failures,
        "items": record.counts[-1] if record.counts else None,
        "newest": at(record.newest),
        "touches": record.touches,
    }


def delivery(value: Delivery) -> dict[str, Any]:
    """One line of the ledger."""
    return {
        "id": value.id,
        "channel": value.channel,
        "type": value.type,
        "state": value.state,
        "attempts": value.attempts,
        "created": at(value.created),
        "due": at(value.due),
        "settled": at(value.settled),
        "why": value.why,
        "route": value.route,
        "changes": list(value.changes),
    }
