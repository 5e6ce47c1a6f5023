"""The press: one story per place, government and act; told when it begins, when it goes further, when it is denied."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..model import Certainty, Change, ChangeKind, Item, Reading, Reason, Severity, SignalKind, Source, Stage, stable_id
from .memory import REPORTS_KEPT, PlaceMemory, Report, Situation
from .policy import Policy
from .words import likeness, shingles

PULLOUT, LEAVE, ADVICE, RETURN = "pullout", "leave", "advice", "return"

_FAMILY: dict[SignalKind, str] = {
    SignalKind.EVACUATION: PULLOUT,
    SignalKind.ORDERED_DEPARTURE: PULLOUT,
    SignalKind.AUTHORIZED_DEPARTURE: PULLOUT,
    SignalKind.EMBASSY_CLOSURE: PULLOUT,
    SignalKind.LEAVE_NOW: LEAVE,
    SignalKind.SHELTER_IN_PLACE: LEAVE,
    SignalKind.ADVISORY_LEVEL: ADVICE,
    SignalKind.DEPARTURE_LIFTED: RETURN,
    SignalKind.EMBASSY_REOPENING: RETURN,
}
_FAMILY_OF_CHANGE: dict[ChangeKind, str] = {
    ChangeKind.EVACUATION: PULLOUT,
    ChangeKind.DEPARTURE_ORDERED: PULLOUT,
    ChangeKind.DEPARTURE_AUTHORIZED: PULLOUT,
    ChangeKind.MISSION_SUSPENDED: PULLOUT,
    ChangeKind.LEAVE_NOW: LEAVE,
    ChangeKind.SHELTER_IN_PLACE: LEAVE,
    ChangeKind.LEVEL_RAISED: ADVICE,
    ChangeKind.LEVEL_LOWERED: RETURN,
    ChangeKind.DEPARTURE_LIFTED: RETURN,
    ChangeKind.MISSION_REOPENED: RETURN,
}
_PROGRESS = {Stage.DENIED: 0, Stage.CONSIDERED: 1, Stage.ANNOUNCED: 2, Stage.IN_EFFECT: 2, Stage.LIFTED: 2}
_COPIED = 0.8
"""Two texts that share so many word runs come from one wire."""


def family(reading: Reading) -> str | None:
    """The kind of story a press item tells, None for what is no story of ours."""
    found = _FAMILY.get(reading.kind)
    if found == ADVICE and not _weighty(reading):
        return None
    return RETURN if found and reading.stage is Stage.LIFTED else found


def _weighty(reading: Reading) -> bool:
    """Whether advice in the press is worth a report: level 3 or 4, or said to be raised."""
    raised = any(s.kind is SignalKind.ADVISORY_LEVEL and s.direction > 0 for s in reading.signals)
    return (reading.level or 0) >= 3 or raised


def report(
    source: Source,
    item: Item,
    reading: Reading,
    situation: Situation,
    official: PlaceMemory | None,
    policy: Policy,
    now: datetime,
    *,
    silent: bool,
) -> tuple[Situation, Change | None, Reason]:
    """Take one press item about one place into its situation; the change is None when it says nothing new."""
    story, stage = family(reading), reading.stage
    if story is None or stage is None or stage not in _PROGRESS:
        return situation, None, Reason.NOT_RELEVANT
    same = [r for r in situation.reports if r.kind == story and _one_issuer(r.issuer, reading.issuer) and _alive(r, policy, now)]
    if stage is Stage.DENIED:
        return _denial(source, item, reading, situation, same, now, silent=silent)
    if _made_official(official, story, policy, now):
        return situation, None, Reason.ALREADY_KNOWN
    furthest = max((r for r in same), key=lambda r: _PROGRESS[Stage(r.stage)], default=None)
    if furthest is None or _PROGRESS[stage] > _PROGRESS[Stage(furthest.stage)]:
        reason = Reason.NEW_REPORT if furthest is None else Reason.MORE_CERTAIN
        return _begin(source, item, reading, situation, story, furthest, reason, now, silent=silent)
    return _repeat(source, item, reading, situation, furthest, now, silent=silent)


def _one_issuer(known: str | None, said: str | None) -> bool:
    return known == said or known is None or said is None


def _alive(r: Report, policy: Policy, now: datetime) -> bool:
    return now - r.last <= policy.report_life


def _made_official(memory: PlaceMemory | None, story: str, policy: Policy, now: datetime) -> bool:
    """Whether the government itself said it to us a short while ago."""
    return memory is not None and any(_FAMILY_OF_CHANGE.get(k) == story and now - at <= policy.report_window for k, at in memory.told)


def _begin(
    source: Source,
    item: Item,
    reading: Reading,
    situation: Situation,
    story: str,
    before: Report | None,
    reason: Reason,
    now: datetime,
    *,
    silent: bool,
) -> tuple[Situation, Change | None, Reason]:
    stage = reading.stage
    assert stage is not None
    change = _change(source, item, reading, situation, ChangeKind.REPORTED, reason, now, story)
    first = before.first if before else now
    change = replace(change, before=before.stage if before else None, references=(before.id,) if before else (), first_reported=first)
    new = Report(
        id=change.id,
        issuer=reading.issuer,
        kind=story,
        stage=stage,
        certainty=change.certainty,
        first=first,
        last=now,
        publishers=(publisher(source, item),),
        shingles=tuple(sorted(shingles(f"{item.title}. {item.text}"))[:200]),
    )
    rest = tuple(r for r in situation.reports if before is None or r.id != before.id)
    after = replace(situation, reports=(*rest, new)[-REPORTS_KEPT:])
    if silent:
        return after, None, Reason.BASELINE
    return after.with_change(change.id, now), change, reason


def _repeat(
    source: Source, item: Item, reading: Reading, situation: Situation, known: Report, now: datetime, *, silent: bool
) -> tuple[Situation, Change | None, Reason]:
    """The same story again: kept alive; a second independent publisher makes a possible one likely, once."""
    who, runs = publisher(source, item), shingles(f"{item.title}. {item.text}")
    independent = who not in known.publishers and likeness(runs, known.shingles) < _COPIED
    publishers = (*known.publishers, who) if who not in known.publishers else known.publishers
    surer = independent and Certainty(known.certainty).rank < Certainty.LIKELY.rank
    updated = replace(known, last=now, publishers=publishers[:12], certainty=Certainty.LIKELY.value if surer else known.certainty)
    after = replace(situation, reports=tuple(updated if r.id == known.id else r for r in situation.reports))
    if not surer or silent:
        return after, None, Reason.SAME_STORY
    change = _change(source, item, reading, situation, ChangeKind.REPORTED, Reason.MORE_CERTAIN, now, known.kind)
    change = replace(
        change, certainty=Certainty.LIKELY, references=(known.id,), first_reported=known.first, publishers=publishers, before=known.stage
    )
    return after.with_change(change.id, now), change, Reason.MORE_CERTAIN


def _denial(
    source: Source, item: Item, reading: Reading, situation: Situation, same: list[Report], now: datetime, *, silent: bool
) -> tuple[Situation, Change | None, Reason]:
    """A denial is news for those who heard the report, once."""
    denied = [r for r in same if r.state == "open"]
    if not denied or silent:
        return situation, None, Reason.NOT_RELEVANT
    change = _change(source, item, reading, situation, ChangeKind.DENIED, Reason.DENIED_BY_OFFICIAL, now, denied[0].kind)
    change = replace(change, references=tuple(r.id for r in denied), first_reported=min(r.first for r in denied))
    ids = {r.id for r in denied}
    after = replace(situation, reports=tuple(replace(r, state="denied") if r.id in ids else r for r in situation.reports))
    return after.with_change(change.id, now), change, Reason.DENIED_BY_OFFICIAL


def publisher(source: Source, item: Item) -> str:
    """Who printed it: the outlet an aggregator names, else the source itself."""
    return item.publisher or source.id


def confirmed(situation: Situation, change: Change) -> tuple[Situation, Change | None]:
    """Close the stories that an official change makes true; the second value says so, with when it was first reported."""
    story = _FAMILY_OF_CHANGE.get(change.kind)
    true = [r for r in situation.reports if r.kind == story and r.state in ("open", "denied") and _one_issuer(r.issuer, change.issuer)]
    if not true:
        return situation, None
    ids = {r.id for r in true}
    first = min(r.first for r in true)
    said = replace(
        change,
        id=stable_id("chg", change.id, "confirmed"),
        kind=ChangeKind.CONFIRMED,
        reason=Reason.MADE_OFFICIAL,
        before="reported",
        after=change.kind.value,
        references=tuple(r.id for r in true),
        first_reported=first,
        publishers=tuple(dict.fromkeys(p for r in true for p in r.publishers)),
    )
    after = replace(situation, reports=tuple(replace(r, state="confirmed") if r.id in ids else r for r in situation.reports))
    return after, said


def expired(situation: Situation, policy: Policy, now: datetime) -> tuple[Situation, tuple[Change, ...]]:
    """End the stories that were neither repeated nor made official in time, and say so to those who heard them."""
    ended = [r for r in situation.reports if r.state == "open" and now - r.last > policy.report_life]
    if not ended:
        return situation, ()
    ids = {r.id for r in ended}
    changes = tuple(_expiry(situation, r, now) for r in ended if r.id in situation.changes)
    after = replace(situation, reports=tuple(replace(r, state="expired") if r.id in ids else r for r in situation.reports))
    for c in changes:
        after = after.with_change(c.id, now)
    return after, changes


def _expiry(situation: Situation, r: Report, now: datetime) -> Change:
    return Change(
        id=stable_id("chg", r.id, "expired"),
        at=now,
        source=r.publishers[0],
        place=situation.place,
        issuer=r.issuer,
        kind=ChangeKind.REWORDED,
        reason=Reason.REPORT_EXPIRED,
        severity=Severity.MINOR,
        certainty=Certainty.UNLIKELY,
        before="reported",
        after="expired",
        situation=situation.id,
        references=(r.id,),
        first_reported=r.first,
        publishers=r.publishers,
    )


def _change(
    source: Source,
    item: Item,
    reading: Reading,
    situation: Situation,
    kind: ChangeKind,
    reason: Reason,
    now: datetime,
    story: str,
) -> Change:
    return Change(
        id=stable_id("chg", situation.id, kind, reading.issuer, story, reading.stage, reason, now.isoformat()),
        at=now,
        source=source.id,
        place=situation.place,
        issuer=reading.issuer,
        kind=kind,
        reason=reason,
        severity=reading.severity,
        certainty=reading.certainty,
        stage=reading.stage,
        after=reading.kind.value,
        evidence=tuple(replace(e, url=e.url or item.url) for e in reading.evidence[:4]),
        url=item.url,
        published=item.published,
        situation=situation.id,
        audiences=reading.audiences,
        reported_kind=reading.kind,
        publishers=(publisher(source, item),),
        detail=item.title,
    )
