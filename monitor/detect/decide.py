"""One poll of one source: which of the things it shows are news, which are held, and what is remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ..model import Item, Nature, Reading, Reason, Source
from .editions import alias, by_place, stamp
from .hazards import hazard, holder
from .memory import Memory, place_key, situation_key
from .notices import notice
from .pages import page
from .policy import Policy
from .reports import expired
from .waiting import settle_pending
from .work import Decision, Look, Work

__all__ = ["Decision", "Look", "decide", "expire", "fresh", "needed", "unchanged"]


def fresh(items: Iterable[Item], seen: Mapping[str, str]) -> dict[str, Item]:
    """The items that are not exactly what they were, by alias; only these need to be read."""
    return {alias(i): i for i in items if seen.get(alias(i)) != stamp(i)}


def needed(source: Source, items: Mapping[str, Item], readings: Mapping[str, Reading]) -> set[str]:
    """The keys of the memory that deciding about these items, by alias, takes."""
    keys: set[str] = set()
    for name, item in items.items():
        reading = readings[name]
        for place in item.places if item.nature is Nature.PAGE or item.axis else reading.places:
            issuer = holder(source.issuer, source.id) if item.axis else source.issuer or reading.issuer
            keys.add(situation_key(place))
            if issuer:
                keys.add(place_key(issuer, place))
    return keys


def decide(look: Look, memory: Memory, policy: Policy) -> Decision:
    """Hold what a poll shows against memory. Pure: the same values give the same decision."""
    work = Work(look, memory, policy)
    pages = [i for i in look.items if i.nature is Nature.PAGE]
    for place, items in sorted(by_place(pages).items()):
        if any(alias(i) in look.readings for i in items) or place_key(look.source.issuer or "", place) in memory.places:
            page(work, place, items)
        else:
            work.decision.tally[Reason.UNCHANGED] += 1
    notices = [i for i in look.items if i.nature is Nature.NOTICE and alias(i) in look.readings]
    for item in sorted(notices, key=lambda i: (i.published.timestamp() if i.published else 0.0, alias(i))):
        hazard(work, item) if item.axis else notice(work, item)
    settle_pending(work, {place for i in pages for place in i.places}, {alias(i) for i in look.items})
    return work.decision


def unchanged(source: Source, memory: Memory, policy: Policy, now: datetime, alive: frozenset[str] = frozenset()) -> Decision:
    """A poll that showed exactly what the last one did: what waits for confirmation has been seen once more."""
    work = Work(Look(source, now, (), {}, alive=alive), memory, policy)
    settle_pending(work, None, None)
    return work.decision


def expire(memory: Memory, policy: Policy, now: datetime) -> Decision:
    """End press stories whose time has run out."""
    decision = Decision()
    for key, situation in memory.situations.items():
        after, changes = expired(situation, policy, now)
        if after is not situation:
            decision.situations[key] = after
            decision.changes.extend(changes)
    return decision
