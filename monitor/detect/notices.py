"""Notices and articles: issued once, each about the places its text names."""

from __future__ import annotations

from dataclasses import replace

from ..model import Aspect, Authority, ChangeKind, Item, Posture, Reading, Reason, Standing, fingerprint, stable_id
from .claims import Claim, event_claims, headlines, level_claim, posture_claims
from .editions import alias
from .marks import was_read, with_marks
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
    known = memory.shingles if was_read(memory, item) else frozenset()
    scene = work.scene(item, issuer, place, silent=silent, name=name)
    today = (item.published or work.look.now).date()
    claim = level_claim(reading, place, issuer)
    if claim is not None:
        memory = work.take(memory, _notice_level(memory, claim, scene))
    for claim in posture_claims(reading, place, issuer, today):
        memory = work.take(memory, apply_claim(memory, claim, known, scene))
    for claim in event_claims(reading, place, issuer):
        memory = work.take(memory, tell_event(memory, claim, known, scene))
    words = memory.shingles | shingles(f"{item.title}\n{item.text}")
    work.decision.places[place_key(issuer, place)] = with_marks(replace(memory, shingles=words), item)


def _notice_level(memory: PlaceMemory, claim: Claim, scene: Scene) -> Step:
    """A notice that says raised or lowered is taken at its word, once; one that only names a level is no news.

    What stands is for a register to say where the issuer has one: a notice that repeats it brings nothing new.
    """
    held = memory.posture.get(Aspect.LEVEL)
    known = int(held.value) if held and held.value else None
    said = int(claim.value) if claim.value else None
    direction = claim.direction or ((said > known) - (said < known) if said and known else 0)
    kind = ChangeKind.LEVEL_LOWERED if direction < 0 else ChangeKind.LEVEL_RAISED
    marks = _level_marks(scene.item, kind)
    if direction and memory.voices and (said or known) == known and (said or memory.last_told(kind)):
        return Step(memory, Reason.ALREADY_KNOWN)
    if scene.silent or direction == 0 or claim.restated or marks & {*memory.editions}:
        adopted = said and not memory.voices
        after = replace(memory, posture=_with_level(memory, claim, scene)) if adopted else memory
        reason = Reason.SENTENCE_SEEN if marks & {*memory.editions} else Reason.RESTATED
        return Step(_marked(after, marks) if direction else after, Reason.BASELINE if scene.silent else reason)
    memory = _marked(memory, marks)
    if direction < 0:
        return hold(memory, claim, scene, kind, Reason.AWAITING_CONFIRMATION)
    return tell(memory, claim, scene, kind, Reason.NEW_NOTICE)


def _level_marks(item: Item, kind: ChangeKind) -> set[str]:
    """By what a step that a notice tells is known again: its key, and its title on that day."""
    day = item.published.date() if item.published else item.key
    return {stable_id("n", item.key, kind)[:18], stable_id("n", fingerprint(item.title), day, kind)[:18]}


def _marked(memory: PlaceMemory, marks: set[str]) -> PlaceMemory:
    for mark in sorted(marks):
        memory = memory.with_edition(mark)
    return memory


def _with_level(memory: PlaceMemory, claim: Claim, scene: Scene) -> Posture:
    since = scene.item.published or scene.now
    return memory.posture.put(Aspect.LEVEL, Standing(claim.value, since, claim.words, claim.evidence))
