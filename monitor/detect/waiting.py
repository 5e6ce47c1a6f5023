"""What waits: betterments and doubtful editions, told once they have shown long and often enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ..model import Item, Reason
from .memory import Pending, PlaceMemory
from .merging import weighed
from .policy import Policy
from .transitions import Scene, Step, confirm
from .work import Work

_ONE_POLL_SLACK = timedelta(minutes=1)


def settle_pending(work: Work, places: set[str] | None, aliases: set[str] | None) -> None:
    """Tell what has been showing long enough and often enough; None for both means "exactly as last time"."""
    issuer = work.look.source.issuer
    for key, original in {**work.memory.places, **work.decision.places}.items():
        memory = work.decision.places.get(key, original)
        if memory.posture.issuer != issuer or not memory.pending:
            continue
        before = work.memory.places.get(key)
        for pending in memory.pending:
            if pending in memory.pending and pending.source in (work.look.source.id, ""):
                was = before.waiting(pending.aspect, pending.source) if before else None
                memory = _settle(work, memory, pending, was, places, aliases)
        if memory != original or key in work.decision.places:
            work.decision.places[key] = memory


def _settle(
    work: Work, memory: PlaceMemory, pending: Pending, before: Pending | None, places: set[str] | None, aliases: set[str] | None
) -> PlaceMemory:
    """Count one poll for one held transition and tell it when it is ripe; `before` is how it stood when the poll began."""
    issuer, place = memory.posture.issuer, memory.posture.place
    if places is None or aliases is None:
        showing = pending.showing
    elif pending.alias:
        showing = pending.alias in aliases
    else:
        showing = pending.showing and place in places
    new = before is None or before.value != pending.value or before.since != pending.since
    counted = replace(pending, showing=showing, polls=1 if new else pending.polls + (1 if showing else 0))
    counted, newer = weighed(memory, counted, work.look.source.id, work.look.alive, work.look.now)
    if not work.look.complete or not showing or not _ripe(counted, work.policy, work.look.now, newer=newer):
        return memory.with_pending(counted)
    item = Item(work.look.source.id, pending.alias, "", url=pending.url, published=pending.published)
    scene = work.scene(item, issuer, place, silent=False, name=pending.alias)
    return work.take(memory, confirm(memory, counted, scene, Reason.BETTER_CONFIRMED))


def answer(memory: PlaceMemory, pending: Pending, scene: Scene, *, believe: bool) -> Step:
    """What an operator decided about a held transition: told now, or kept back for as long as it goes on showing."""
    if believe:
        return confirm(memory, pending, scene, Reason.CONFIRMED_BY_OPERATOR)
    rejected = replace(pending, reason=Reason.REJECTED_BY_OPERATOR)
    return Step(memory.with_pending(rejected), Reason.REJECTED_BY_OPERATOR)


def _ripe(pending: Pending, policy: Policy, now: datetime, *, newer: bool) -> bool:
    """Whether a held transition may be believed now; `newer`: its edition is at least as new as those that say otherwise."""
    waited = now - pending.since
    match pending.reason:
        case Reason.PLACEHOLDER | Reason.TITLE_AND_TEXT_DISAGREE | Reason.REJECTED_BY_OPERATOR:
            return False
        case Reason.STALE_EDITION | Reason.SOURCES_DISAGREE:
            return newer and pending.polls >= policy.stale_polls and waited >= policy.stale_patience
        case _:
            return pending.polls >= policy.confirm_polls and waited + _ONE_POLL_SLACK >= policy.confirm_after
