"""The posture state machine: one claim against what is held, worse at once, better when confirmed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..model import Aspect, Certainty, Change, ChangeKind, Evidence, Item, Reason, Severity, Source, Standing, stable_id
from .claims import Claim, kind_of, rank
from .memory import Pending, PlaceMemory
from .merging import dissenting, has_moved
from .policy import Policy
from .sections import section_of
from .words import novelty

_SEVERITY: dict[ChangeKind, Severity] = {
    ChangeKind.LEVEL_LOWERED: Severity.MODERATE,
    ChangeKind.DEPARTURE_AUTHORIZED: Severity.SEVERE,
    ChangeKind.DEPARTURE_ORDERED: Severity.EXTREME,
    ChangeKind.DEPARTURE_LIFTED: Severity.MODERATE,
    ChangeKind.EVACUATION: Severity.EXTREME,
    ChangeKind.MISSION_SUSPENDED: Severity.EXTREME,
    ChangeKind.MISSION_REOPENED: Severity.MODERATE,
    ChangeKind.LEAVE_NOW: Severity.EXTREME,
    ChangeKind.SHELTER_IN_PLACE: Severity.EXTREME,
    ChangeKind.SECURITY_ALERT: Severity.MODERATE,
    ChangeKind.HEALTH_ALERT: Severity.MODERATE,
}
_LEVEL_SEVERITY = {"4": Severity.EXTREME, "3": Severity.SEVERE, "2": Severity.MODERATE}


@dataclass(frozen=True, slots=True)
class Scene:
    """What surrounds a claim: who says it, in which entry, when we look, and how far the edition can be believed.

    `silent` is set for the first good poll. `fresh` says that the edition is newer than what spoke before. `may_better` is
    False for a degraded poll. `situation` is the thread a change would join. `alive` are the sources we see well now.
    """

    source: Source
    item: Item
    now: datetime
    policy: Policy
    place: str
    issuer: str
    alias: str = ""
    silent: bool = False
    fresh: bool = True
    may_better: bool = True
    situation: str = ""
    alive: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one claim: the memory after it, what is said (or held), and the reason."""

    memory: PlaceMemory
    reason: Reason
    change: Change | None = None


def severity_of(kind: ChangeKind, after: str | None) -> Severity:
    """How bad a change is for people there."""
    if kind is ChangeKind.LEVEL_RAISED:
        return _LEVEL_SEVERITY.get(after or "", Severity.MODERATE)
    return _SEVERITY.get(kind, Severity.MINOR)


def apply_level(memory: PlaceMemory, value: str, words: str, evidence: Evidence, scene: Scene) -> Step:
    """Hold a page's level against the one that stands.

    Of several sources the one that moved is news: worse at once, better when no other that we see says worse. One that
    only goes on saying what it said before is a doubt about what stands.
    """
    held = memory.posture.get(Aspect.LEVEL)
    source = scene.source.id
    claim = Claim(Aspect.LEVEL, value, ChangeKind.LEVEL_RAISED, evidence, words=words)
    if held is None or (scene.silent and not memory.others(source)):
        return Step(adopt(memory, claim, scene).without_pending(Aspect.LEVEL), Reason.BASELINE)
    if value == held.value:
        after = replace(memory, posture=memory.posture.put(Aspect.LEVEL, replace(held, areas=scene.item.areas)))
        return Step(after.without_pending(Aspect.LEVEL, source), Reason.UNCHANGED)
    worse = rank(Aspect.LEVEL, value) > rank(Aspect.LEVEL, held.value)
    kind = ChangeKind.LEVEL_RAISED if worse else ChangeKind.LEVEL_LOWERED
    moved = has_moved(memory, value, source, scene.item.published, silent=scene.silent)
    if worse and moved:
        return tell(memory, claim, scene, kind)
    if dissenting(memory, kind, value, source, scene.alive) or (worse and memory.others(source)):
        return hold(memory, claim, scene, kind, Reason.SOURCES_DISAGREE)
    return hold(memory, claim, scene, kind, Reason.AWAITING_CONFIRMATION if moved else Reason.STALE_EDITION)


def apply_claim(memory: PlaceMemory, claim: Claim, known: frozenset[int], scene: Scene) -> Step:
    """Hold a text's claim about departure, mission or advice against what stands; `known` are the words read before."""
    aspect = claim.aspect
    assert aspect is not None
    held = memory.posture.get(aspect)
    old = _is_old(claim, held, known, scene)
    if scene.silent:
        return Step(memory if held and memory.others(scene.source.id) else adopt(memory, claim, scene), Reason.BASELINE)
    if held is not None and claim.value == held.value and not _repeats(claim, held, scene):
        return Step(memory.without_pending(aspect, scene.source.id), Reason.ALREADY_KNOWN)
    if rank(aspect, claim.value) < rank(aspect, held.value if held else None):
        return _betterment(memory, claim, old, scene)
    if old is not None:
        known_now = held is None and old in (Reason.OLD_EVENT, Reason.RESTATED)
        return Step(adopt(memory, claim, scene) if known_now else memory, old)
    if held is None and rank(aspect, claim.value) == 0:
        return _betterment(memory, claim, old, scene)
    kind = kind_of(aspect, claim.value, better=False)
    if kind is None:
        return Step(adopt(memory, claim, scene), Reason.ALREADY_KNOWN)
    return tell(memory, claim, scene, kind)


def _betterment(memory: PlaceMemory, claim: Claim, old: Reason | None, scene: Scene) -> Step:
    assert claim.aspect is not None
    if old is not None:
        return Step(memory, old)
    kind = kind_of(claim.aspect, claim.value, better=True)
    if kind is None:
        return Step(adopt(memory, claim, scene), Reason.ALREADY_KNOWN)
    return hold(memory, claim, scene, kind, Reason.AWAITING_CONFIRMATION)


def _repeats(claim: Claim, held: Standing, scene: Scene) -> bool:
    """Urgent advice given again in a new notice after a day is news again; a page that still says so is not.

    An embassy that moves is news although it had closed its doors before.
    """
    if claim.evidence.rule in scene.policy.acts_of_their_own and held.evidence and held.evidence.rule != claim.evidence.rule:
        return True
    again = claim.aspect is Aspect.ADVICE and rank(Aspect.ADVICE, claim.value) > 0 and bool(scene.alias) and not claim.restated
    return again and held.since is not None and scene.now - held.since >= scene.policy.repeat_advice


def _is_old(claim: Claim, held: Standing | None, known: frozenset[int], scene: Scene) -> Reason | None:
    """Why a claim is no news whatever it says, or None."""
    edition_day = (scene.item.published or scene.now).date()
    if claim.effective is not None:
        if held and held.since and claim.effective < held.since.date():
            return Reason.OLD_EVENT
        if min(edition_day, scene.now.date()) - claim.effective > scene.policy.recent:
            return Reason.OLD_EVENT
        return None
    if claim.restated:
        return Reason.RESTATED
    if not scene.fresh:
        return Reason.RESTATED
    return Reason.SENTENCE_SEEN if novelty(claim.evidence.quote, known) <= scene.policy.old_words else None


def adopt(memory: PlaceMemory, claim: Claim, scene: Scene) -> PlaceMemory:
    """Take a claim as what stands now, without a word."""
    assert claim.aspect is not None
    since = scene.now
    if claim.effective:
        since = datetime(claim.effective.year, claim.effective.month, claim.effective.day, tzinfo=UTC)
    elif scene.silent and scene.item.published:
        since = scene.item.published
    areas = scene.item.areas if claim.aspect is Aspect.LEVEL else ()
    posture = memory.posture.put(claim.aspect, Standing(claim.value, since, claim.words, claim.evidence, areas))
    return replace(memory, posture=posture, level_by=scene.source.id if claim.aspect is Aspect.LEVEL else memory.level_by)


def tell(memory: PlaceMemory, claim: Claim, scene: Scene, kind: ChangeKind, reason: Reason = Reason.WORSE_AT_ONCE) -> Step:
    """Adopt a claim and say so."""
    assert claim.aspect is not None
    held = memory.posture.get(claim.aspect)
    change = _change(scene, kind, reason, claim, held.value if held else None)
    after = adopt(memory, claim, scene).without_pending(claim.aspect).with_told(kind, scene.now)
    return Step(after, reason, change)


def tell_event(memory: PlaceMemory, claim: Claim, known: frozenset[int], scene: Scene) -> Step:
    """Say an act that leaves no lasting value, unless it is old or was said a short while ago in the same words."""
    old = _is_old(claim, None, known, scene)
    if scene.silent or old is not None:
        return Step(memory, Reason.BASELINE if scene.silent else old or Reason.BASELINE)
    last = memory.last_told(claim.kind)
    if last is not None and not scene.alias and scene.now - last < scene.policy.recent:
        return Step(memory, Reason.ALREADY_KNOWN)
    change = _change(scene, claim.kind, Reason.NEW_NOTICE, claim, None)
    return Step(memory.with_told(claim.kind, scene.now), Reason.NEW_NOTICE, change)


def hold(memory: PlaceMemory, claim: Claim, scene: Scene, kind: ChangeKind, reason: Reason) -> Step:
    """Note a transition that must show again before it is told."""
    assert claim.aspect is not None
    waiting = memory.waiting(claim.aspect, scene.source.id)
    if waiting is not None and waiting.value == claim.value and waiting.kind is kind:
        reason = waiting.reason if waiting.reason in (Reason.REJECTED_BY_OPERATOR, Reason.SOURCES_DISAGREE) else reason
        kept = replace(waiting, showing=True, edition=scene.item.digest, alias=scene.alias, reason=reason)
        return Step(memory.with_pending(kept), reason)
    held = memory.posture.get(claim.aspect)
    before = held.value if held else None
    change = replace(_change(scene, kind, reason, claim, before), held=True)
    change = replace(change, id=stable_id("held", change.id))
    pending = Pending(
        claim.aspect, kind, claim.value, reason, scene.now, claim.words, before, scene.item.digest, scene.alias,
        0, True, claim.evidence, scene.item.url, scene.item.published, change.id, scene.source.id, scene.item.areas,
    )  # fmt: skip
    return Step(memory.with_pending(pending), reason, change)


def confirm(memory: PlaceMemory, pending: Pending, scene: Scene, reason: Reason) -> Step:
    """Tell what was held."""
    evidence = pending.evidence or Evidence("", "level")
    claim = Claim(pending.aspect, pending.value, pending.kind, evidence, words=pending.words)
    scene = replace(scene, item=replace(scene.item, areas=pending.areas))
    step = tell(memory, claim, scene, pending.kind, reason)
    assert step.change is not None
    change = replace(step.change, url=pending.url, published=pending.published, before=pending.before, references=(pending.held_id,))
    after, voice = step.memory, memory.voice(scene.source.id)
    if voice is not None and pending.aspect is Aspect.LEVEL and not pending.alias:
        after = after.with_voice(replace(voice, source=scene.source.id, level=pending.value))
    return replace(step, memory=after, change=change)


def _change(scene: Scene, kind: ChangeKind, reason: Reason, claim: Claim, before: str | None) -> Change:
    after = claim.value or None
    section = claim.evidence.section or section_of(scene.item, claim.evidence.quote)
    evidence = replace(claim.evidence, url=claim.evidence.url or scene.item.url, section=section)
    return Change(
        id=stable_id("chg", scene.issuer, scene.place, kind, after, scene.alias, scene.now.isoformat()),
        at=scene.now,
        source=scene.source.id,
        place=scene.place,
        issuer=scene.issuer,
        kind=kind,
        reason=reason,
        severity=severity_of(kind, after),
        certainty=Certainty.OBSERVED,
        stage=claim.stage,
        before=before,
        after=after,
        after_words=claim.words,
        evidence=(evidence,),
        url=scene.item.url,
        published=scene.item.published,
        situation=scene.situation,
        audiences=claim.audiences,
        areas=scene.item.areas if claim.aspect is Aspect.LEVEL else (),
    )
