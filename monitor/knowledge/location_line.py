"""The line of an alert that lists where it holds."""

from __future__ import annotations

import re

from monitor.knowledge.places import PlaceKind
from monitor.knowledge.role import Part
from monitor.knowledge.seen import Seen

_LOCATION = re.compile(r"(?i)^\W{0,3}locations?(?: of (?:the )?(?:event|incident))?\W{0,2}:")
_LOCATION_ENDS = re.compile(r"(?i)\b(?:events?(?:\(s\))?|actions?(?: to take)?|date|dates|time|threat|details?|summary)\W{0,2}:")


def location_line(seen: Seen) -> tuple[str, ...]:
    """The countries that an alert lists in its line "Location: ...", by which a mission says for where it speaks."""
    head = _LOCATION.match(seen.sentence.text)
    if head is None:
        return ()
    end = _LOCATION_ENDS.search(seen.sentence.text, head.end())
    stop = end.start() if end else len(seen.sentence.text)
    within = (p for p in seen.parts if head.end() <= seen.tokens.items[p.at].start < stop)
    listed = [p for p in within if p.kind not in _OWNERS and not _owns_mission(seen, p)]
    return tuple(dict.fromkeys(c for p in listed for c in p.codes))


def _owns_mission(seen: Seen, part: Part) -> bool:
    """Whether a country only says whose mission a place is at ("near the Danish or U.S. Embassy in X")."""
    return part.kind is PlaceKind.COUNTRY and seen.tokens.within("EMBASSY", part.at + 1, part.at + 1)


_OWNERS = frozenset({PlaceKind.GOVERNMENT, PlaceKind.DEMONYM})
