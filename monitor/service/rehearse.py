"""What receivers would have got of what really happened, had another configuration decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from ..ledger import FAR, ChangeQuery, Delivery, Reader, Store
from ..model import Change
from ..route import lines
from .context import Plan
from .timers import fire

_PAGE = 500


def told(store: Reader, since: datetime) -> list[Change]:
    """What was told about the world since a time, oldest first."""
    found: list[Change] = []
    query = ChangeQuery(held=False, since=since, limit=_PAGE)
    while page := store.changes(query):
        found += page
        query = replace(query, before=(page[-1].at, page[-1].id))
    return sorted((c for c in found if not c.kind.about_sight), key=lambda c: c.at)


def rehearse(changes: Sequence[Change], plan: Plan, spare: Store) -> Iterator[tuple[int, tuple[Delivery, ...]]]:
    """Take changes through a plan, poll by poll; yields how many are done and the lines that came of them.

    `spare` is an empty store that is thrown away. What waits for quiet hours or a digest is released at its time; reminders
    and escalations are left out, because nobody could acknowledge.
    """
    known: dict[str, None] = {}
    done = 0
    for (at, _), polled in groupby(changes, key=lambda c: (c.at, c.source)):
        mine = list(polled)
        released = _fresh(spare, known, at)
        deliveries, timers = plan(mine, spare, at)
        spare.enqueue(deliveries, [t for t in timers if t.kind == lines.HOLD])
        done += len(mine)
        yield done, (*released, *_fresh(spare, known, at))
    yield done, _fresh(spare, known, FAR)


def _fresh(spare: Store, known: dict[str, None], now: datetime) -> tuple[Delivery, ...]:
    """The lines that were not known before, after the timers that are due have been kept."""
    for due in sorted({t.due for t in spare.timers(now, 100_000)}):
        fire(spare, due)
    found = [d for d in spare.deliveries(limit=_PAGE) if d.id not in known and lines.unsent(d)]
    known |= dict.fromkeys(d.id for d in found)
    return tuple(reversed(found))
