"""Looks up what was told before and what waits, and lets the pure plan decide which ledger lines changes cause."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from ..ledger import FAR, Delivery, Store, Timer
from ..model import Change, ChangeKind, Severity, Watch, stable_id
from ..route import lines
from ..route.plan import plan
from ..route.routes import Receiver, Route, Silence

SILENCE = "silence"
_MANY = 100_000
_RECENT = 200


def planner(
    routes: Sequence[Route], receivers: Mapping[str, Receiver], watches: Sequence[Watch] = ()
) -> Callable[[Sequence[Change], Store, datetime], tuple[Sequence[Delivery], Sequence[Timer]]]:
    """The function by which a poll learns whom its changes concern."""

    def of(changes: Sequence[Change], store: Store, now: datetime) -> tuple[Sequence[Delivery], Sequence[Timer]]:
        if all(c.held for c in changes):
            return (), ()
        waiting = store.timers(FAR, _MANY)
        situations = {lines.situation_of(c) for c in changes if not c.kind.about_sight}
        made = plan(
            changes,
            routes=routes,
            receivers=receivers,
            told={s: store.delivered_to(s) for s in situations},
            watches=watches,
            now=now,
            held=[t for t in waiting if t.kind == lines.HOLD],
            recent={name: _recent(store, receiver, now) for name, receiver in receivers.items()},
            silences=[silence_of(t) for t in waiting if t.kind == SILENCE],
        )
        return made.deliveries, made.timers

    return of


def _recent(store: Store, receiver: Receiver, now: datetime) -> frozenset[str]:
    """The places a receiver was told about within its storm window."""
    newest = store.deliveries(channel=receiver.name, limit=_RECENT)
    fresh = (d for d in newest if now - d.created < receiver.storm_window and lines.heard(d))
    return frozenset(d.group.partition("/")[2] for d in fresh if "/" in d.group and not d.group.startswith("sight/"))


# --- silences --------------------------------------------------------------------------------------------------------


def add_silence(store: Store, silence: Silence) -> None:
    """Keep a silence until it ends by itself."""
    fields = {k: sorted(v) if isinstance(v, frozenset) else str(v) for k, v in asdict(silence).items() if k not in ("id", "until")}
    store.enqueue((), [Timer(silence.id, SILENCE, silence.until, silence.author, json.dumps(fields))])


def end_silence(store: Store, id: str) -> None:
    """End a silence before its time."""
    store.enqueue((), (), [id])


def silences(store: Store) -> tuple[Silence, ...]:
    """The silences in force or still to end, the next to end first."""
    return tuple(silence_of(t) for t in store.timers(FAR, _MANY) if t.kind == SILENCE)


def silence_id(author: str, reason: str, now: datetime) -> str:
    """A name for a new silence."""
    return stable_id("sil", author, reason, now.isoformat())


def silence_of(timer: Timer) -> Silence:
    """The silence that a timer keeps."""
    fields = json.loads(timer.payload)
    sets = {name: frozenset(fields[name]) for name in ("places", "issuers", "sources", "channels")}
    return Silence(
        id=timer.id,
        until=timer.due,
        author=fields["author"],
        reason=fields["reason"],
        kinds=frozenset(map(ChangeKind, fields["kinds"])),
        max_severity=Severity(fields["max_severity"]),
        **sets,
    )
