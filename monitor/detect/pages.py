"""Standing pages: which edition speaks for a place, and what it changes in the posture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..model import Aspect, Change, ChangeKind, Evidence, Item, Posture, Reading, Reason, Severity, stable_id
from .claims import Claim, event_claims, posture_claims, rank
from .editions import Showing, Standing, alias, says_placeholder, speaking
from .memory import PlaceMemory, Voice, place_key
from .sections import differing, marks
from .transitions import Scene, apply_claim, apply_level, hold, tell_event
from .words import shingles
from .work import Work


def page(work: Work, place: str, items: Sequence[Item]) -> None:
    source = work.look.source
    assert source.issuer is not None
    memory = work.place(source.issuer, place)
    showing = speaking(items, memory, work.policy)
    if memory is not None and showing.standing is Standing.SAME and not memory.pending and _agrees(memory, source.id):
        work.decision.tally[Reason.UNCHANGED] += 1
        return
    before = memory or PlaceMemory(Posture(source.issuer, place))
    scene = work.scene(showing.item, source.issuer, place, silent=work.look.baseline or memory is None)
    after = _edition(work, before, showing, scene)
    after = _learn(work, after, items)
    if after != memory:
        work.decision.places[place_key(source.issuer, place)] = after


def _agrees(memory: PlaceMemory, source: str) -> bool:
    """Whether what stands is what a source last showed."""
    level, voice = memory.posture.get(Aspect.LEVEL), memory.voice(source)
    return level is None or voice is None or voice.level in ("", level.value)


def _edition(work: Work, memory: PlaceMemory, showing: Showing, scene: Scene) -> PlaceMemory:
    match showing.standing:
        case Standing.BLANK:
            work.decision.tally[Reason.PLACEHOLDER] += 1
            return _placeholder(work, memory, showing.item, scene)
        case Standing.STALE:
            return _stale(work, memory, showing.item, scene)
        case Standing.VARIANT:
            return _accept(work, memory, showing.item, replace(scene, fresh=False))
        case Standing.SAME | Standing.FRESH:
            return _accept(work, memory, showing.item, scene)


def _placeholder(work: Work, memory: PlaceMemory, item: Item, scene: Scene) -> PlaceMemory:
    """A blank edition is never believed; what it seems to say is shown to the operator as held.

    Where nothing is known yet even a page without words is better than nothing, unless it says itself that it is a placeholder.
    """
    level = memory.posture.get(Aspect.LEVEL)
    if item.level is not None and level is None and not says_placeholder(item, work.policy):
        return apply_level(memory, str(item.level), item.level_text, _level_evidence(item), scene).memory
    if scene.silent or item.level is None or level is None or str(item.level) == level.value:
        return _hide(memory, scene.source.id)
    return _doubted(work, memory, item, scene, Reason.PLACEHOLDER)


def _stale(work: Work, memory: PlaceMemory, item: Item, scene: Scene) -> PlaceMemory:
    """An older edition than the one that spoke: believed only when it has stayed alone for long."""
    level = memory.posture.get(Aspect.LEVEL)
    work.decision.tally[Reason.STALE_EDITION] += 1
    if scene.silent or item.level is None or level is None or str(item.level) == level.value:
        return _hide(memory, scene.source.id)
    return _doubted(work, memory, item, scene, Reason.STALE_EDITION)


def _doubted(work: Work, memory: PlaceMemory, item: Item, scene: Scene, reason: Reason) -> PlaceMemory:
    """Another level than stands, in an edition that cannot be believed: held under the reason for the doubt."""
    level = memory.posture.get(Aspect.LEVEL)
    assert level is not None
    kind = ChangeKind.LEVEL_LOWERED if str(item.level) < level.value else ChangeKind.LEVEL_RAISED
    claim = Claim(Aspect.LEVEL, str(item.level), kind, _level_evidence(item), words=item.level_text)
    return work.take(memory, hold(memory, claim, scene, kind, reason))


def _accept(work: Work, memory: PlaceMemory, item: Item, scene: Scene) -> PlaceMemory:
    """A credible edition: its level first, then what its text says of staff, missions and people."""
    changes_before = len(work.decision.changes)
    after = memory
    if item.level is not None:
        after = work.take(after, apply_level(after, str(item.level), item.level_text, _level_evidence(item), scene))
    reading = work.look.readings.get(alias(item))
    voice = memory.voice(scene.source.id) or Voice(scene.source.id)
    same = item.digest == voice.edition
    if reading is not None and not same:
        after = _text(work, after, item, reading, scene)
        if not scene.silent and len(work.decision.changes) == changes_before:
            _reworded(work, memory, item, scene)
    if same and not scene.silent and item.published != voice.published:
        work.decision.tally[Reason.TOUCH] += 1
    now = Voice(scene.source.id, item.digest, item.published or voice.published, str(item.level or voice.level))
    return _doubts(work, after.with_voice(now).with_edition(item.digest), scene)


def _doubts(work: Work, memory: PlaceMemory, scene: Scene) -> PlaceMemory:
    """The other sources that still show another level than stands now: each a doubt for the operator, until it agrees."""
    level = memory.posture.get(Aspect.LEVEL)
    for voice in memory.others(scene.source.id):
        if level is None or voice.level == level.value or voice.source not in scene.alive or memory.waiting(Aspect.LEVEL, voice.source):
            continue
        theirs = replace(scene, source=replace(scene.source, id=voice.source), item=Item(voice.source, "", "", published=voice.published))
        kind = ChangeKind.LEVEL_LOWERED if rank(Aspect.LEVEL, voice.level) < rank(Aspect.LEVEL, level.value) else ChangeKind.LEVEL_RAISED
        claim = Claim(Aspect.LEVEL, voice.level, kind, Evidence("", "other_source"))
        memory = work.take(memory, hold(memory, claim, theirs, kind, Reason.SOURCES_DISAGREE))
    return memory


def _text(work: Work, memory: PlaceMemory, item: Item, reading: Reading, scene: Scene) -> PlaceMemory:
    today = (item.published or work.look.now).date()
    known = memory.shingles
    for claim in posture_claims(reading, scene.place, scene.issuer, today):
        memory = work.take(memory, apply_claim(memory, claim, known, scene))
    for claim in event_claims(reading, scene.place, scene.issuer):
        if claim.kind is ChangeKind.EVACUATION:
            memory = work.take(memory, tell_event(memory, claim, known, scene))
    return memory


def _reworded(work: Work, memory: PlaceMemory, item: Item, scene: Scene) -> None:
    """An edition with new words and the same meaning: kept for the record, of minor severity."""
    if not scene.fresh or item.digest in memory.editions or not memory.shingles:
        return
    if not (evidence := differing(item, memory.shingles)):
        return
    change = Change(
        id=stable_id("chg", scene.issuer, scene.place, "reworded", item.digest, scene.now.isoformat()),
        at=scene.now,
        source=scene.source.id,
        place=scene.place,
        issuer=scene.issuer,
        kind=ChangeKind.REWORDED,
        reason=Reason.TOUCH,
        severity=Severity.MINOR,
        evidence=evidence,
        url=item.url,
        published=item.published,
    )
    work.decision.changes.append(change)


def _learn(work: Work, memory: PlaceMemory, items: Sequence[Item]) -> PlaceMemory:
    """Whatever was printed about a place, even in an entry nobody believes, is old news from now on."""
    new = [i for i in items if alias(i) in work.look.readings]
    if not new:
        return memory
    words = memory.shingles.union(*(shingles(i.text) | marks(i) for i in new))
    for i in new:
        memory = memory.with_edition(i.digest)
    return replace(memory, shingles=words) if words != memory.shingles else memory


def _hide(memory: PlaceMemory, source: str) -> PlaceMemory:
    """What waited in the name of a source is not showing in this poll."""
    return replace(memory, pending=tuple(replace(p, showing=False) if p.source in (source, "") else p for p in memory.pending))


def _level_evidence(item: Item) -> Evidence:
    return Evidence(item.title, "level_field", item.url)
