"""Notices and articles: issued once, each about the places its text names."""

from __future__ import annotations

from dataclasses import replace

from ..model import Aspect, Authority, ChangeKind, Item, Posture, Reading, Reason, Standing, stable_id
from .claims import Claim, event_claims, headlines, level_claim, posture_claims
from .editions import alias
from .memory import PlaceMemory, place_key, situation_key
from .reports import report
from .transitions import Scene, Step, apply_claim, hold, tell, tell_event
from .words import shingles
from .work import Work

ONE_PAGE = 3000
"""Characters up to which a notice is read whole; a longer one (a briefing, a transcript) speaks by its title and lead."""


def notice(work: Work, item: Item) -> None:
    reading = work.look.readings[alias(item)]
    if not reading.relevant:
        work.decision.tally[Reason.NOT_RELEVANT] += 1
        return
    if not reading.places:
        work.decision.tally[Reason.UNKNOWN_PLACE] += 1
    old = item.published is not None and work.look.now - item.published > work.policy.recent
    silent = work.look.baseline or old
    for place in reading.places:
        if work.look.source.authority is Authority.PRESS:
            _press(work, item, reading, place, silent=silent)
        else:
            _official(work, item, reading, place, silent=silent)


def _press(work: Work, item: Item, reading: Reading, place: str, *, silent: bool) -> None:
    situation = work.situation(place)
    official = work.place(reading.issuer, place) if reading.issuer else None
    after, change, reason = report(work.look.source, item, reading, situation, official, work.policy, work.look.now, silent=silent)
    work.decision.tally[reason] += 1
    if change is not None:
        work.decision.changes.append(change)
    if after is not situation:
        work.decision.situations[situation_key(place)] = after


def _official(work: Work, item: Item, reading: Reading, place: str, *, silent: bool) -> None:
    issuer = work.look.source.issuer or reading.issuer
    if issuer is None or (reading.issuer is not None and reading.issuer != issuer):
        work.decision.tally[Reason.NOT_RELEVANT] += 1
        return
    if len(item.text) > ONE_PAGE:
        reading = headlines(reading)
    name = alias(item)
    memory = work.place(issuer, place) or PlaceMemory(Posture(issuer, place))
    edited = _edited(memory, item)
    known = memory.shingles if edited else frozenset()
    scene = work.scene(item, issuer, place, silent=silent, name=name)
    today = (item.published or work.look.now).date()
    claim = level_claim(reading, place, issuer)
    if claim is not None:
        memory = work.take(memory, _notice_level(work, memory, claim, scene))
    for claim in posture_claims(reading, place, issuer, today):
        memory = work.take(memory, apply_claim(memory, claim, known, scene))
    for claim in event_claims(reading, place, issuer):
        memory = work.take(memory, tell_event(memory, claim, known, scene))
    words = memory.shingles | shingles(f"{item.title}\n{item.text}")
    work.decision.places[place_key(issuer, place)] = replace(memory, shingles=words).with_edition(_name_mark(name))


def _notice_level(work: Work, memory: PlaceMemory, claim: Claim, scene: Scene) -> Step:
    """A notice that says raised or lowered is taken at its word; one that names a level is held against the known one."""
    held = memory.posture.get(Aspect.LEVEL)
    known = int(held.value) if held and held.value else None
    said = int(claim.value) if claim.value else None
    direction = claim.direction or ((said > known) - (said < known) if said and known else 0)
    if scene.silent or direction == 0 or claim.restated:
        after = replace(memory, posture=_with_level(memory, claim, scene)) if said else memory
        return Step(after, Reason.BASELINE if scene.silent else Reason.RESTATED)
    if direction < 0:
        return hold(memory, claim, scene, ChangeKind.LEVEL_LOWERED, Reason.AWAITING_CONFIRMATION)
    return tell(memory, claim, scene, ChangeKind.LEVEL_RAISED, Reason.NEW_NOTICE)


def _with_level(memory: PlaceMemory, claim: Claim, scene: Scene) -> Posture:
    since = scene.item.published or scene.now
    return memory.posture.put(Aspect.LEVEL, Standing(claim.value, since, claim.words, claim.evidence))


def _name_mark(name: str) -> str:
    return stable_id("n", name)[:18]


def _edited(memory: PlaceMemory, item: Item) -> bool:
    """Whether a notice of this name was read before, so that this is an edited one."""
    return _name_mark(alias(item)) in memory.editions
