"""Which of the entries about a place speaks, and whether its edition can be believed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ..model import Aspect, Item, Nature, Reason, plain
from .memory import PlaceMemory, Voice
from .policy import Policy


class Standing(Enum):
    """How an edition relates to the one that spoke before it."""

    SAME = "same"
    FRESH = "fresh"
    VARIANT = "variant"
    STALE = "stale"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Showing:
    """The entry that speaks for a place in one poll."""

    item: Item
    standing: Standing


def alias(item: Item) -> str:
    """What an entry is called inside its source.

    One address may serve several places, and one guid two pages, so places and a page's title are part of it; a notice
    keeps its name when its title is edited.
    """
    name = f"{item.key}|{','.join(item.places) or item.place_name}"
    return f"{name}|{item.title}" if item.nature is Nature.PAGE else name


def stamp(item: Item) -> str:
    """Tells whether an entry is exactly what it was: its meaning and its date."""
    return f"{item.digest}@{item.published.isoformat() if item.published else ''}"


def by_place(items: Iterable[Item]) -> dict[str, list[Item]]:
    """The entries about each place."""
    found: dict[str, list[Item]] = {}
    for item in items:
        for place in item.places:
            found.setdefault(place, []).append(item)
    return found


def speaking(items: Sequence[Item], memory: PlaceMemory | None, policy: Policy) -> Showing:
    """The entry to listen to: one with words before a blank one, the current edition's peer or newer before an older
    one, a page of its own before a joint one, the newest before the rest."""
    showings = [Showing(i, standing(i, memory, policy)) for i in items]
    order = {Standing.FRESH: 0, Standing.SAME: 1, Standing.VARIANT: 2, Standing.STALE: 3, Standing.BLANK: 4}
    own = [s for s in showings if len(s.item.places) == min(len(i.places) for i in items)]
    return min(own, key=lambda s: (order[s.standing], -_seconds(s.item.published), -(s.item.level or 0), s.item.key))


def standing(item: Item, memory: PlaceMemory | None, policy: Policy) -> Standing:
    """How an entry's edition relates to what spoke for its place before."""
    if is_blank(item, policy):
        return Standing.BLANK
    voice = memory.voice(item.source) if memory else None
    if memory is None or voice is None:
        return Standing.FRESH
    if item.digest == voice.edition and item.published == voice.published:
        return Standing.SAME
    if policy.one_edition and item.digest not in memory.editions:
        return Standing.FRESH
    if _came_back(item, memory, voice, policy):
        return Standing.STALE
    if voice.published is None:
        return Standing.SAME if item.digest == voice.edition else Standing.FRESH
    if item.published is None or item.published < voice.published:
        return Standing.STALE
    if item.published == voice.published:
        return Standing.SAME if item.digest == voice.edition else Standing.VARIANT
    return Standing.FRESH


def _came_back(item: Item, memory: PlaceMemory, voice: Voice, policy: Policy) -> bool:
    """Whether a whole text that was read before, with another level than stands now, is shown again under any date."""
    level = memory.posture.get(Aspect.LEVEL)
    known = item.digest in memory.editions and item.digest != voice.edition
    return policy.needs_text and known and level is not None and str(item.level) != level.value and not _waits(item, memory)


def _waits(item: Item, memory: PlaceMemory) -> bool:
    """Whether an edition is the one that a held transition rests on."""
    return any(p.edition == item.digest and p.reason in (Reason.AWAITING_CONFIRMATION, Reason.SOURCES_DISAGREE) for p in memory.pending)


def is_blank(item: Item, policy: Policy) -> bool:
    """Whether an entry of a source that publishes whole texts shows none, or only a placeholder."""
    return says_placeholder(item, policy) or (policy.needs_text and len(plain(item.text)) < policy.blank_text)


def says_placeholder(item: Item, policy: Policy) -> bool:
    """Whether an entry's own words say that there is nothing to read."""
    text = plain(item.text).casefold()
    return any(p in text for p in policy.placeholders)


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
