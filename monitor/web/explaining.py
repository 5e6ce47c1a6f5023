"""A text, read before your eyes: what is understood, which words prove it, and which routes would take it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup, escape

from ..model import WORLD, Certainty, Change, ChangeKind, Item, Reading, Reason, SignalKind, Stage, stable_id
from ..route.matching import Verdict
from . import shapes
from .site import Site

_CHANGE_OF: dict[SignalKind, ChangeKind] = {
    SignalKind.EVACUATION: ChangeKind.EVACUATION,
    SignalKind.ORDERED_DEPARTURE: ChangeKind.DEPARTURE_ORDERED,
    SignalKind.AUTHORIZED_DEPARTURE: ChangeKind.DEPARTURE_AUTHORIZED,
    SignalKind.EMBASSY_CLOSURE: ChangeKind.MISSION_SUSPENDED,
    SignalKind.LEAVE_NOW: ChangeKind.LEAVE_NOW,
    SignalKind.SHELTER_IN_PLACE: ChangeKind.SHELTER_IN_PLACE,
    SignalKind.EMBASSY_REOPENING: ChangeKind.MISSION_REOPENED,
    SignalKind.DEPARTURE_LIFTED: ChangeKind.DEPARTURE_LIFTED,
    SignalKind.ADVISORY_LEVEL: ChangeKind.LEVEL_RAISED,
    SignalKind.SECURITY_ALERT: ChangeKind.SECURITY_ALERT,
    SignalKind.HEALTH_ALERT: ChangeKind.HEALTH_ALERT,
    SignalKind.TOWN_HALL: ChangeKind.TOWN_HALL,
}


_PAST = (Stage.HISTORICAL, Stage.DENIED)
"""Stages of what is said and is not so now: marked like what was looked at and rejected."""


def explain(site: Site, asked: shapes.ExplainIn) -> tuple[shapes.ExplainOut, Item]:
    """Read a text as if it had just come in; also gives the item that was read."""
    item = _item(site, asked)
    reading = site.read(item)
    return _out(site, reading, as_changes(item, reading, site.now())), item


def _item(site: Site, asked: shapes.ExplainIn) -> Item:
    if asked.url and not asked.text.strip() and site.lookup:
        return site.lookup(asked.url)
    return Item("explain", "explain", asked.title, asked.text, url=asked.url, published=site.now(), lang=asked.lang, issuer=asked.issuer)


def as_changes(item: Item, reading: Reading, now: datetime) -> tuple[Change, ...]:
    """The changes that a reading would become if nothing had been known before."""
    kind = _CHANGE_OF.get(reading.kind)
    if not reading.relevant or kind is None:
        return ()
    sure = reading.certainty is Certainty.OBSERVED
    return tuple(
        Change(
            id=stable_id("chg", "explain", item.digest, place), at=now, source=item.source, place=place, issuer=reading.issuer,
            kind=kind if sure else ChangeKind.REPORTED, reason=Reason.NEW_NOTICE if sure else Reason.NEW_REPORT, severity=reading.severity,
            certainty=reading.certainty, stage=reading.stage, after=str(reading.level) if reading.level else None,
            evidence=reading.evidence, audiences=reading.audiences, reported_kind=None if sure else reading.kind,
        )
        for place in reading.places or (WORLD,)
    )  # fmt: skip


def _out(site: Site, reading: Reading, changes: Sequence[Change]) -> shapes.ExplainOut:
    taken = [_taken(name, verdict) for change in changes[:1] for name, verdict in site.routes(change)]
    return shapes.ExplainOut(
        relevant=reading.relevant, countries=list(reading.places), issuer=reading.issuer, kind=str(reading.kind),
        kinds=[str(k) for k in reading.kinds], stage=str(reading.stage) if reading.stage else None, level=reading.level,
        audiences=sorted(reading.audiences), severity=reading.severity, certainty=reading.certainty,
        evidence=[shapes.Quote(quote=e.quote, rule=e.rule, url=e.url) for e in reading.evidence],
        signals=[
            shapes.SignalOut(
                kind=str(s.kind), stage=str(s.stage), places=list(s.places), issuer=s.issuer, audiences=sorted(s.audiences),
                effective=s.effective.isoformat() if s.effective else None, quote=s.evidence.quote, rule=s.evidence.rule,
            )
            for s in reading.signals
        ],
        rejected=[shapes.Quote(quote=r.evidence.quote, rule=f"{r.evidence.rule}: {r.why}", url="") for r in reading.rejected],
        routes=taken,
    )  # fmt: skip


def _taken(name: str, verdict: Verdict) -> shapes.TakenBy:
    rules = [{"name": r.name, "answer": str(r.answer), "wanted": r.wanted, "found": r.found} for r in verdict.rules]
    return shapes.TakenBy(route=name, takes=verdict.takes, rules=rules)


def marked(text: str, out: shapes.ExplainOut) -> Markup:
    """The text with the words that were understood marked, and those that were looked at and rejected."""
    spans: list[tuple[int, int, str, str]] = []
    for cls, quotes in (
        ("hit", [(s.quote, f"{s.kind}, {s.stage}") for s in out.signals if s.stage not in _PAST]),
        ("miss", [(s.quote, f"{s.kind}, {s.stage}") for s in out.signals if s.stage in _PAST]),
        ("miss", [(q.quote, q.rule) for q in out.rejected]),
    ):
        for quote, label in quotes:
            found = _found(quote, text)
            if found and all(found.start() >= end or found.end() <= start for start, end, _, _ in spans):
                spans.append((*found.span(), cls, label))
    parts, done = [], 0
    for start, end, cls, label in sorted(spans):
        parts += [escape(text[done:start]), Markup('<mark class="{}" title="{}">{}</mark>').format(cls, label, text[start:end])]
        done = end
    return Markup("").join([*parts, escape(text[done:])])


_BETWEEN = r"(?:\s|<[^<>]{0,300}>)+"
"""What may stand between two words of a text where a quote has a space: white space and markup, which is not read."""


def _found(quote: str, text: str) -> re.Match[str] | None:
    """Where the words of a quote stand in a text, its first 80 at most."""
    said = [re.escape(word) for word in quote.removesuffix("…").split()[:80]]
    return re.search(_BETWEEN.join(said), text) if said else None
