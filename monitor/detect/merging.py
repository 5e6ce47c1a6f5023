"""Several sources of one issuer about one place are one posture: which of them moved, which of them says otherwise."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from ..model import Aspect, ChangeKind, Reason
from .claims import rank
from .memory import Pending, PlaceMemory, Voice

_MOVING = (Reason.AWAITING_CONFIRMATION, Reason.REJECTED_BY_OPERATOR)


def has_moved(memory: PlaceMemory, value: str, source: str, published: datetime | None, *, silent: bool) -> bool:
    """Whether a source that shows another level than stands came to it by itself, so that it is news.

    It did when what stands is its own word. Where another source spoke last, going on as before is none; and one that speaks
    of a place for the first time must bring a newer edition than the others'.
    """
    if memory.level_by in (source, ""):
        return True
    waiting = memory.waiting(Aspect.LEVEL, source)
    if waiting is not None and waiting.value == value and waiting.reason in _MOVING:
        return True
    if voice := memory.voice(source):
        return voice.level != value
    return not silent and all(published and v.published and published > v.published for v in memory.others(source))


def dissenting(memory: PlaceMemory, kind: ChangeKind, value: str, source: str, alive: Collection[str]) -> tuple[Voice, ...]:
    """The other sources, of those we see, whose level speaks against a transition: worse than a betterment, better than a worsening."""
    level = rank(Aspect.LEVEL, value)
    seen = [v for v in memory.others(source) if v.source in alive]
    if kind is ChangeKind.LEVEL_LOWERED:
        return tuple(v for v in seen if rank(Aspect.LEVEL, v.level) > level)
    return tuple(v for v in seen if rank(Aspect.LEVEL, v.level) < level)


def weighed(memory: PlaceMemory, pending: Pending, source: str, alive: Collection[str], now: datetime) -> tuple[Pending, bool]:
    """What waits, with its reason as the other sources stand now; and whether its edition is at least as new as theirs.

    From the moment on at which nobody says otherwise the waiting time runs anew: all must agree for as long as one would.
    """
    if pending.aspect is not Aspect.LEVEL or pending.reason not in (Reason.AWAITING_CONFIRMATION, Reason.SOURCES_DISAGREE):
        return pending, True
    against = dissenting(memory, pending.kind, pending.value, source, alive)
    newer = all(v.published is None or (pending.published is not None and pending.published >= v.published) for v in against)
    if against:
        return replace(pending, reason=Reason.SOURCES_DISAGREE), newer
    if pending.reason is Reason.SOURCES_DISAGREE:
        return replace(pending, reason=Reason.AWAITING_CONFIRMATION, since=now, polls=0), newer
    return pending, newer
