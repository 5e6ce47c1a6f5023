"""The waiting times and thresholds of the detector, each with the observation it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """How careful to be.

    recent: an act dated longer ago than this is history, not news (governments publish an order within days; pages repeat
        dated orders for years).
    stale_patience / stale_polls: an older edition must have been the only one shown for so long before it is believed
        (the US register showed older editions under another address for up to three days, and once nothing new for six,
        2025-12 to 2026-08).
    old_words: a sentence with at most this share of unread word runs is an old sentence.
    repeat_advice: after this time a new notice with the same urgent advice is news again.
    acts_of_their_own: rules of the reader whose act is news although the posture's value stays (an embassy that moves).
    report_life: a press report that is neither repeated nor made official for so long has expired.
    report_window: how long an act that became official is known, so that the press repeating it is no news.
    needs_text / blank_text: the source publishes whole texts, so an edition with fewer letters than this says nothing.
    one_edition: the source shows one edition at a time, so words that were never there are newer whatever date they carry
        (governments edit a page twice on the day that it prints as its last update).
    confirm_after / confirm_polls: how long and in how many polls a betterment must have been showing before it is told.
    blind_patience: a source of several that was not seen well for so long no longer speaks against the others.
    """

    recent: timedelta = timedelta(days=14)
    stale_patience: timedelta = timedelta(days=10)
    stale_polls: int = 6
    old_words: float = 0.25
    repeat_advice: timedelta = timedelta(hours=24)
    acts_of_their_own: tuple[str, ...] = ("move-mission",)
    report_life: timedelta = timedelta(days=7)
    report_window: timedelta = timedelta(days=10)
    situation_life: timedelta = timedelta(days=45)
    needs_text: bool = False
    blank_text: int = 20
    one_edition: bool = False
    confirm_after: timedelta = timedelta(0)
    confirm_polls: int = 2
    blind_patience: timedelta = timedelta(days=2)
    placeholders: tuple[str, ...] = ()
