"""Alerts for machines: the told changes of one poll, issuer and place as the one message that receivers got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ..errors import UnknownName
from ..ledger import ChangeQuery, Delivery
from ..model import Change, ChangeKind, MessageType
from ..route.lines import group_of, situation_of
from ..route.message import Message, compose
from ..route.plan import message_type
from ..route.routes import Receiver
from .overview import worst_of
from .site import Site

_PREFIX = "alr_"
_EARLIER = 16
_REFERENCES = 10
_WORLD_KINDS = tuple(k.value for k in ChangeKind if not k.about_sight)


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier alert of the same thread."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """One alert: its changes, and the message they make."""

    id: str
    changes: tuple[Change, ...]
    message: Message
    earlier: tuple[Reference, ...] = ()

    @property
    def at(self) -> datetime:
        """When it was told."""
        return self.changes[0].at

    @property
    def worst(self) -> Change:
        """The change that speaks for it."""
        return worst_of(self.changes)

    @property
    def body(self) -> dict[str, Any]:
        """The webhook's body."""
        return self.message.body


def newest(site: Site, query: ChangeQuery, limit: int = 50) -> tuple[tuple[Told, ...], tuple[datetime, str] | None]:
    """Alerts, newest first, and where the next page begins; a poll is never torn apart, so a page may be longer than `limit`."""
    kinds = tuple(k for k in query.kinds if k in _WORLD_KINDS) or _WORLD_KINDS
    asked = min(limit * 3 + 60, 600)
    found = site.store.changes(replace(query, kinds=kinds, held=False, limit=asked))
    more = len(found) == asked
    cut = found[-1].at if more and found[0].at != found[-1].at else None  # that poll may go on behind what was read
    groups = [g for g in _groups(found) if g[0].at != cut]
    shown = groups[:limit] + [g for g in groups[limit:] if g[0].at == groups[limit - 1][0].at]
    last = (shown[-1][0].at, "") if shown and (more or len(groups) > len(shown)) else None
    return tuple(_told(site, g) for g in shown), last


def one(site: Site, id: str) -> Told:
    """An alert by its id; UnknownName when there is none."""
    change = site.store.change(id.removeprefix(_PREFIX))
    if change.held or change.kind.about_sight or not id.startswith(_PREFIX):
        raise UnknownName(f"{id}: no alert of that name")
    poll = site.store.changes(ChangeQuery(place=change.place, held=False, since=change.at, before=(_after(change.at), ""), limit=200))
    mine = next((g for g in _groups(poll) if change in g), [change])
    told = _told(site, mine)
    if told.id != id:
        raise UnknownName(f"{id}: no alert of that name; {told.id} tells of that change")
    return told


def alert_id(changes: Sequence[Change]) -> str:
    """The id of the alert that these changes make: the same in every replay."""
    return _PREFIX + min(c.id for c in changes)


def _groups(changes: Sequence[Change]) -> list[list[Change]]:
    groups: dict[tuple[datetime, str, str, str], list[Change]] = {}
    for c in changes:
        if not c.kind.about_sight and not c.held:
            groups.setdefault((c.at, c.source, group_of(c), situation_of(c)), []).append(c)
    return list(groups.values())


def _told(site: Site, changes: Sequence[Change]) -> Told:
    first = changes[0]
    earlier = site.store.changes(
        ChangeQuery(place=first.place, situation=first.situation or None, held=False, before=(first.at, ""), limit=_EARLIER)
    )
    before = tuple(reversed([Reference(alert_id(g), g[0].at) for g in _groups(earlier)][:_REFERENCES]))
    id = alert_id(changes)
    line = Delivery(
        id=id,
        channel="api",
        type=MessageType.ALERT,
        changes=tuple(c.id for c in changes),
        created=first.at,
        due=first.at,
        situation=situation_of(first),
        references=tuple(r.id for r in before),
    )
    kind = message_type(changes, [line] if before else ())
    message = compose(
        replace(line, type=kind), changes, Receiver("api", lang=site.lang), names=site.names, watches=site.watches,
        sources={s.id: s.url for s in site.sources.values()},
    )  # fmt: skip
    return Told(id, tuple(changes), message, before)


def _after(at: datetime) -> datetime:
    return at + timedelta(microseconds=1)
