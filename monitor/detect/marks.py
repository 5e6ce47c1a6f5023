"""By what a notice is known again: its key, or its title and day when another site of the same government shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ..model import Item, fingerprint, stable_id
from .memory import PlaceMemory

_DAY = timedelta(days=1)


def was_read(memory: PlaceMemory, item: Item) -> bool:
    """Whether this notice was read before, here or on another site, so that only what it adds is new.

    Embassies reuse their headlines: on one site the key tells notices apart, and only the same title within a day on
    another site means the same notice.
    """
    known = memory.editions
    if _key(item) in known:
        return True
    return any(title in known and here not in known for title, here in _titles(item, (-_DAY, timedelta(0), _DAY)))


def with_marks(memory: PlaceMemory, item: Item) -> PlaceMemory:
    """This memory with a notice in it."""
    for mark in (_key(item), *(m for pair in _titles(item, (timedelta(0),)) for m in pair)):
        memory = memory.with_edition(mark)
    return memory


def _key(item: Item) -> str:
    return stable_id("n", item.key)[:18]


def _titles(item: Item, days: tuple[timedelta, ...]) -> Iterator[tuple[str, str]]:
    """The marks of a title on some days, wherever it was shown, and on the site that shows it now."""
    if item.published is None:
        return
    words, site = fingerprint(item.title), "/".join(item.url.split("/", 3)[:3])
    for by in days:
        day = (item.published + by).date()
        yield stable_id("t", words, day)[:18], stable_id("t", words, day, site)[:18]
