"""Values to columns and back; no database here, so that whoever only reads needs no more than this."""

from __future__ import annotations

from .held import held_values, posture, remembered, standings
from .parts import Row, day, dump, maybe_micros, maybe_moment, micros, moment, strings, text
from .seen import edition, edition_row, key_bytes, key_hash, key_text, origin, source_record, source_row
from .sent import SETTLED, attempt, delivery, delivery_row, timer, timer_row
from .told import change, change_row

__all__ = [
    "SETTLED",
    "Row",
    "attempt",
    "change",
    "change_row",
    "day",
    "delivery",
    "delivery_row",
    "dump",
    "edition",
    "edition_row",
    "held_values",
    "key_bytes",
    "key_hash",
    "key_text",
    "maybe_micros",
    "maybe_moment",
    "micros",
    "moment",
    "origin",
    "posture",
    "remembered",
    "source_record",
    "source_row",
    "standings",
    "strings",
    "text",
    "timer",
    "timer_row",
]
