"""The world's places: codes for printed names and tags, names for codes, and mentions of places in running text."""

from __future__ import annotations

from monitor.knowledge.gazetteer import by_name, by_tag, codes, name
from monitor.knowledge.place_finder import Mention, find
from monitor.knowledge.place_lexicon import PlaceKind

__all__ = ["Mention", "PlaceKind", "by_name", "by_tag", "codes", "find", "name"]
