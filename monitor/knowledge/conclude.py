"""Makes a reading of what was found: the act that names it, its signals each once, notes and rejections, with their proof."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from monitor.knowledge import verdict
from monitor.knowledge.choice import Choice
from monitor.knowledge.seen import Finding, Seen, Setting
from monitor.knowledge.text import LONGEST, Zone
from monitor.knowledge.weight import certainty_of, severity_of
from monitor.model import (
    Certainty,
    Evidence,
    Item,
    Nature,
    Note,
    Reading,
    Rejection,
    Signal,
    SignalKind,
    Stage,
)


@cache
def silent(certainty: Certainty) -> Reading:
    """The reading of words that state nothing: most words, so it is one value."""
    return Reading(False, certainty=certainty)


def conclude(
    item: Item,
    setting: Setting,
    seen: list[Seen],
    choice: Choice | None,
    places: tuple[str, ...],
    issuer: str | None,
    level: int | None,
    scheme: str,
) -> Reading:
    still = any("unchanged" in s.changes for s in seen if s.sentence.zone is Zone.TITLE)
    signals = _once(_signal(f, item, places, issuer, level, still=still) for s in seen for f in s.findings)
    notes = tuple(Note(name, _evidence(s, name, item)) for s in seen for name in s.notes)
    if len(item.text) > LONGEST:
        notes += (Note("text_cut", Evidence(f"{LONGEST} of {len(item.text)} characters read", "length", item.url)),)
    rejected = tuple(Rejection(_evidence(s, rule, item), why) for s in seen for rule, why in s.rejected)
    if choice is None:
        stage = Stage.HISTORICAL if any(s.stage is Stage.HISTORICAL for s in signals) else None
        gone = places if stage else ()
        return Reading(
            False, gone, None, stage=stage, certainty=certainty_of(item, None, ()), signals=signals, notes=notes, rejected=rejected
        )
    page = item.nature is Nature.PAGE and setting.official
    kinds = verdict.kinds_of(seen, choice, level, page=page, official=setting.official)
    audiences = verdict.audiences_of(seen, kinds)
    if choice.kind is SignalKind.EVACUATION:
        audiences = verdict.with_strangers(audiences, seen, choice, issuer) if issuer else verdict.of_many(audiences, choice)
    main = Evidence(choice.seen.sentence.text, choice.rule, item.url)
    proof = dict.fromkeys([main, *(s.evidence for s in signals if s.stage is not Stage.HISTORICAL)])
    return Reading(
        relevant=True,
        places=places,
        issuer=issuer,
        kind=choice.kind,
        kinds=kinds,
        stage=choice.stage,
        level=level,
        level_scheme=scheme if level is not None else "",
        audiences=audiences,
        severity=severity_of(kinds, choice.stage, level),
        certainty=certainty_of(item, choice.stage, tuple(n.name for n in notes)),
        signals=signals,
        evidence=tuple(proof),
        notes=notes,
        rejected=rejected,
    )


def _signal(finding: Finding, item: Item, places: tuple[str, ...], issuer: str | None, level: int | None, *, still: bool) -> Signal:
    of_level = finding.kind is SignalKind.ADVISORY_LEVEL
    changes = finding.seen.changes
    direction = 0 if still else -1 if "level_lowered" in changes else 1 if "level" in changes else 0
    return Signal(
        finding.kind,
        finding.stage,
        Evidence(finding.seen.sentence.text, finding.rule.name, item.url),
        places,
        issuer,
        finding.audiences,
        finding.effective,
        finding.restated or (still and finding.effective is None),
        finding.zone is not Zone.BODY,
        level if of_level else None,
        direction if of_level else 0,
    )


def _once(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Signals without those that say the same of the same words by another rule; of such, the first with all their people."""
    kept: dict[tuple[object, ...], Signal] = {}
    for s in signals:
        key = (s.kind, s.stage, s.evidence.quote, s.effective, s.level, s.direction)
        known = kept.get(key)
        kept[key] = replace(known, audiences=known.audiences | s.audiences, restated=known.restated and s.restated) if known else s
    return tuple(kept.values())


def _evidence(seen: Seen, rule: str, item: Item) -> Evidence:
    return Evidence(seen.sentence.text, rule, item.url)
