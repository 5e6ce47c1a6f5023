"""Early signs: what several facts about one place say together, before any government orders its people out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..model import Aspect, Certainty, Change, ChangeKind, Posture, Reason, Severity, Sign, SignalKind, Stage, stable_id

AIRSPACE_RULE = "airspace_grade"
"""The rule of the evidence of an airspace bulletin."""

_ACTS = frozenset({ChangeKind.DEPARTURE_AUTHORIZED, ChangeKind.DEPARTURE_ORDERED, ChangeKind.EVACUATION, ChangeKind.MISSION_SUSPENDED,
                   ChangeKind.LEAVE_NOW, ChangeKind.LEVEL_RAISED, ChangeKind.CONFIRMED})  # fmt: skip
_PULLOUT = frozenset({SignalKind.EVACUATION, SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE, SignalKind.EMBASSY_CLOSURE})
_HIGH = 3
"""From this level on a government advises against travel."""


@dataclass(frozen=True, slots=True)
class SignPolicy:
    """When facts make a sign.

    window / several: so many governments must raise a place within this time.
    known: so many other governments' levels must be known before somebody is called the first.
    calm: for so long before, nobody else may have moved (a first mover) or raised (airspace, a mission alone).
    story: reports of the press within this time are one affair, which an official act within it ends.
    publishers: so many must report it before the press is ahead, where none of them is sure.
    blanket: a poll in which one government moves more places than this is about the world and not about a place.
    quiet: the same sign about the same place is one episode for so long.
    severity: the loudest a sign may be; it is never louder than its facts.
    record: how often each sign was seen in recordings, and how often an official departure followed within a week.
    """

    window: timedelta = timedelta(hours=24)
    several: int = 3
    known: int = 2
    calm: timedelta = timedelta(days=14)
    story: timedelta = timedelta(days=7)
    publishers: int = 2
    blanket: int = 10
    quiet: timedelta = timedelta(days=14)
    severity: Severity = Severity.MODERATE
    skip: frozenset[Sign] = frozenset()
    record: Mapping[Sign, tuple[int, int]] = field(default_factory=dict)
    recordings: int = 0

    @property
    def reach(self) -> timedelta:
        """How far back the past must be known."""
        return max(self.window, self.calm, self.story, self.quiet)


@dataclass(frozen=True, slots=True)
class Scene:
    """One place at one poll: what was just told of it (`fresh`), what was told before within reach, what governments hold now."""

    place: str
    now: datetime
    fresh: tuple[Change, ...]
    past: tuple[Change, ...]
    levels: Mapping[str, int]

    def lately(self, within: timedelta) -> list[Change]:
        """Everything told within a time, the newest poll included."""
        return [*self.fresh, *(c for c in self.past if self.now - c.at <= within)]


@dataclass(frozen=True, slots=True)
class _Found:
    """A sign with the facts it rests on and what its sentence needs."""

    sign: Sign
    facts: tuple[Change, ...]
    issuer: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def signs(fresh: Sequence[Change], past: Sequence[Change], postures: Sequence[Posture], policy: SignPolicy, now: datetime) -> list[Change]:
    """The signs that the newest facts about one place complete; each once an episode. Pure."""
    place = fresh[0].place
    levels = {p.issuer: int(s.value) for p in postures if (s := p.get(Aspect.LEVEL)) and s.value.isdigit()}
    scene = Scene(place, now, tuple(fresh), tuple(past), levels)
    told = {c.after for c in scene.lately(policy.quiet) if c.kind is ChangeKind.EARLY_SIGN}
    rules = (_several, _first, _airspace, _mission, _press)
    found = (one for rule in rules for one in rule(scene, policy) if one.sign not in told and one.sign not in policy.skip)
    return [_change(one, scene, policy) for one in found]


def _raised(changes: Sequence[Change]) -> list[Change]:
    return [c for c in changes if c.kind is ChangeKind.LEVEL_RAISED and c.issuer]


def _several(scene: Scene, policy: SignPolicy) -> Iterator[_Found]:
    """Several governments raised within a short time."""
    facts = tuple(_raised(scene.lately(policy.window)))
    who = tuple(dict.fromkeys(c.issuer for c in sorted(facts, key=lambda c: c.at) if c.issuer))
    if _raised(scene.fresh) and len(who) >= policy.several:
        others = sorted(set(scene.levels) - set(who), key=lambda i: (scene.levels[i], i))
        hours = round(policy.window.total_seconds() / 3600)
        yield _Found(
            Sign.SEVERAL_RAISED, facts, None, {"who": who, "others": others, "known": len(set(scene.levels) | set(who)), "hours": hours}
        )


def _first(scene: Scene, policy: SignPolicy) -> Iterator[_Found]:
    """One government advises against travel while all others stand lower and none has moved lately."""
    moved = {c.issuer for c in _raised(scene.lately(policy.calm))}
    for fact in _raised(scene.fresh):
        level = int(fact.after) if fact.after and fact.after.isdigit() else 0
        others = {issuer: held for issuer, held in scene.levels.items() if issuer != fact.issuer}
        if level >= _HIGH and moved == {fact.issuer} and len(others) >= policy.known and max(others.values()) < level:
            yield _Found(Sign.FIRST_MOVER, (fact,), fact.issuer, {"level": level, "others": sorted(others)})


def _airspace(scene: Scene, policy: SignPolicy) -> Iterator[_Found]:
    """Airspace is restricted, while no government that we know of advises against travel or has raised lately."""
    quiet = scene.levels and max(scene.levels.values()) < _HIGH and not _raised(scene.lately(policy.calm))
    facts = [c for c in scene.fresh if c.stage is Stage.IN_EFFECT and any(e.rule == AIRSPACE_RULE for e in c.evidence)]
    if facts and quiet:
        yield _Found(Sign.AIRSPACE_ALONE, tuple(facts), facts[0].issuer, {"others": sorted(scene.levels)})


def _mission(scene: Scene, policy: SignPolicy) -> Iterator[_Found]:
    """A government moves or closes its embassy and leaves its level where it was, below the highest."""
    moved = {c.issuer for c in _raised(scene.lately(policy.story))}
    for fact in scene.fresh:
        if fact.kind is ChangeKind.MISSION_SUSPENDED and fact.issuer not in moved and 0 < scene.levels.get(fact.issuer or "", 0) < 4:
            yield _Found(Sign.MISSION_ALONE, (fact,), fact.issuer, {"level": scene.levels[fact.issuer or ""]})


def _press(scene: Scene, policy: SignPolicy) -> Iterator[_Found]:
    """The press says that people leave, by several publishers or more than as a rumour, and nobody official has said so."""
    near = scene.lately(policy.story)
    facts = tuple(c for c in near if c.kind is ChangeKind.REPORTED and c.reported_kind in _PULLOUT)
    publishers = {p for c in facts for p in c.publishers}
    official = any(c.kind in _ACTS for c in near)
    firm = len(publishers) >= policy.publishers or any(c.certainty.rank >= Certainty.LIKELY.rank for c in facts)
    if official or not firm or not any(c in facts for c in scene.fresh):
        return
    newest = max(facts, key=lambda c: c.at)
    yield _Found(Sign.PRESS_AHEAD, facts, newest.issuer, {"publishers": sorted(publishers), "act": newest.reported_kind})


def _change(found: _Found, scene: Scene, policy: SignPolicy) -> Change:
    newest = max(found.facts, key=lambda c: c.at)
    loudest = max((c.severity for c in found.facts), key=lambda s: s.rank)
    seen, followed = policy.record.get(found.sign, (0, 0))
    detail = {**found.detail, "seen": seen, "followed": followed, "recordings": policy.recordings}
    return Change(
        id=stable_id("sgn", scene.place, found.sign, min(c.at for c in found.facts).date().isoformat()),
        at=scene.now,
        source=newest.source,
        place=scene.place,
        issuer=found.issuer,
        kind=ChangeKind.EARLY_SIGN,
        reason=Reason.FACTS_TOGETHER,
        severity=min((policy.severity, loudest), key=lambda s: s.rank),
        certainty=min((c.certainty for c in found.facts), key=lambda c: Certainty(c).rank),
        after=found.sign,
        evidence=tuple(e for c in found.facts for e in c.evidence[:1])[:4],
        url=newest.url,
        published=newest.published,
        situation=newest.situation,
        references=tuple(c.id for c in found.facts),
        publishers=tuple(found.detail.get("publishers", ())),
        reported_kind=newest.reported_kind if found.sign is Sign.PRESS_AHEAD else None,
        detail=json.dumps(detail, sort_keys=True, default=str),
    )
