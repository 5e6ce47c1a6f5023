"""The world's places: codes for printed names and tags, names for codes, and mentions of places in running text."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from monitor.knowledge.gazetteer import by_name, by_tag, codes, name

if TYPE_CHECKING:
    from monitor.knowledge.place_finder import Mention, find
    from monitor.knowledge.place_lexicon import PlaceKind

__all__ = ["Mention", "PlaceKind", "by_name", "by_tag", "codes", "find", "name"]

_WHERE = {"Mention": "place_finder", "find": "place_finder", "PlaceKind": "place_lexicon"}


def __getattr__(name: str) -> object:
    # Whoever knows a place by its code or name does not wait for what finds places in running text.
    if name in _WHERE:
        return getattr(import_module(f"monitor.knowledge.{_WHERE[name]}"), name)
    raise AttributeError(name)
