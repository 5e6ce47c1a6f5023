"""Hazards graded by others (disasters, airspace): axes of their own, which never touch a government's posture."""

from __future__ import annotations

from dataclasses import replace

from ..model import Certainty, Change, ChangeKind, Evidence, Item, Posture, Reason, Severity, Stage, stable_id
from .memory import PlaceMemory, place_key
from .work import Work

NOTABLE = {"impact": 3, "airspace": 3, "health": 2}
"""Grades below this are noise: GDACS lists every green event, EASA every withdrawn bulletin, the CDC usual precautions."""

_KIND = {"health": ChangeKind.HEALTH_ALERT}

_SEVERITY = {3: Severity.MODERATE, 4: Severity.SEVERE}


def hazard(work: Work, item: Item) -> None:
    """Say a hazard when it first reaches a notable grade, when its grade rises, and when a bulletin is withdrawn."""
    if item.level is None or not item.places:
        work.decision.tally[Reason.UNKNOWN_PLACE if item.level else Reason.NOT_RELEVANT] += 1
        return
    for place in item.places:
        _one(work, item, place, item.level)


def holder(issuer: str | None, source: str) -> str:
    """In whose name a hazard is remembered: its issuer, or the source itself when it is no government's."""
    return f"{issuer or ''}:{source}"


def _one(work: Work, item: Item, place: str, grade: int) -> None:
    owner = holder(work.look.source.issuer, work.look.source.id)
    memory = work.place(owner, place) or PlaceMemory(Posture(owner, place))
    notable = NOTABLE.get(item.axis, 3)
    before = max((g for g in range(notable, 5) if _mark(item, g) in memory.editions), default=0)
    withdrawn = before and grade < notable
    if not (grade > before and grade >= notable) and not withdrawn:
        work.decision.tally[Reason.SAME_STORY if before else Reason.NOT_RELEVANT] += 1
        return
    kept = tuple(e for e in memory.editions if e not in {_mark(item, g) for g in range(notable, 5)})
    memory = replace(memory, editions=kept)
    work.decision.places[place_key(owner, place)] = memory if withdrawn else memory.with_edition(_mark(item, grade))
    old = item.published is not None and work.look.now - item.published > work.policy.recent
    if work.look.baseline or (old and not withdrawn):
        work.decision.tally[Reason.BASELINE] += 1
        return
    work.decision.tally[Reason.NEW_NOTICE] += 1
    work.say(_change(work, item, place, grade, before))


def _change(work: Work, item: Item, place: str, grade: int, before: int) -> Change:
    look = work.look
    better = grade < NOTABLE.get(item.axis, 3)
    return Change(
        id=stable_id("chg", look.source.id, item.key, place, grade, look.now.isoformat()),
        at=look.now,
        source=look.source.id,
        place=place,
        issuer=look.source.issuer,
        kind=_KIND.get(item.axis, ChangeKind.SECURITY_ALERT),
        reason=Reason.NEW_NOTICE,
        severity=Severity.MINOR if better else _SEVERITY.get(grade, Severity.MODERATE),
        certainty=Certainty.OBSERVED,
        stage=Stage.LIFTED if better else Stage.IN_EFFECT,
        before=str(before) if before else None,
        after=str(grade),
        after_words=item.level_text,
        evidence=(Evidence(item.title, f"{item.axis}_grade", item.url),),
        url=item.url,
        published=item.published,
        detail=item.title,
    )


def _mark(item: Item, grade: int) -> str:
    return f"{stable_id('h', item.axis, item.key)[:18]}@{grade}"
