"""Keeps the promises that have come due: held lines, digests, reminders, escalations, ends of silences."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ..ledger import FAR, Delivery, Store, Timer
from ..model import DeliveryState, MessageType, stable_id
from ..route import lines
from . import drill, planner

ACKNOWLEDGED = "acknowledged by"
"""How the reason of the line begins that keeps who acknowledged a situation."""

_BATCH = 1000


def fire(store: Store, now: datetime, channels: Collection[str] = ()) -> int:
    """Turn every timer that is due into what it promised; each in one transaction, so a crash repeats or keeps it. How many.

    `channels` are those that a scheduled drill goes to.
    """
    due = store.timers(now, _BATCH)
    held: dict[str, list[Timer]] = {}
    for timer in due:
        match timer.kind:
            case lines.HOLD:
                held.setdefault(timer.subject, []).append(timer)
            case lines.REMIND:
                _remind(store, timer, now)
            case lines.ESCALATE:
                _escalate(store, timer, now)
            case drill.DRILL:
                drill.due(store, timer, channels, now)
            case planner.SILENCE:
                store.enqueue((), (), [timer.id])
            case _:
                continue
    for timers in held.values():
        _release(store, timers, now)
    return len(due)


def _release(store: Store, timers: Sequence[Timer], now: datetime) -> None:
    """Send what was held back for one channel: together, without what it has been told meanwhile."""
    timers = _with_older(store, timers)
    held = sorted((lines.unpack(t.payload) for t in timers), key=lambda d: d.created)
    fresh = [line for line in held if not _told(store, line)]
    queued = {line.situation for line in fresh if any(map(lines.unsent, _heard(store, line)))}
    sent = lines.gather(fresh, now, queued)
    store.enqueue(sent, (), [t.id for t in timers])


def _with_older(store: Store, due: Sequence[Timer]) -> list[Timer]:
    """With what is held back longer although it came first in the same situation: nothing overtakes within one."""
    newest = {line.situation: line.created for line in sorted((lines.unpack(t.payload) for t in due), key=lambda d: d.created)}
    ids = {t.id for t in due}
    older = [
        timer
        for timer in store.timers(FAR, 100_000)
        if timer.kind == lines.HOLD and timer.subject == due[0].subject and timer.id not in ids
        for line in [lines.unpack(timer.payload)]
        if line.situation in newest and line.created <= newest[line.situation]
    ]
    return [*due, *older]


def _told(store: Store, line: Delivery) -> bool:
    """Whether the receiver has heard all of a line in another message, or soon will."""
    return set(line.changes) <= {change for d in _heard(store, line) for change in d.changes}


def _heard(store: Store, line: Delivery) -> list[Delivery]:
    """What a line's receiver has been told about its situation, or will be."""
    return [d for d in store.delivered_to(line.situation) if d.channel == line.channel and lines.heard(d)]


def _remind(store: Store, timer: Timer, now: datetime) -> None:
    note = json.loads(timer.payload)
    base = lines.unpack(note["line"])
    if settled(store, base):
        store.enqueue((), (), [timer.id])
        return
    number, every = int(note["number"]), timedelta(seconds=note["every"])
    again = _copy(base, stable_id("dlv", base.id, "reminder", number), base.channel, "reminder", now)
    later = timer.due + every * max(1, -((timer.due - now) // every))
    following = replace(timer, due=later, payload=json.dumps(note | {"number": number + 1}))
    store.enqueue([again], [following], [timer.id])


def _escalate(store: Store, timer: Timer, now: datetime) -> None:
    note = json.loads(timer.payload)
    base = lines.unpack(note["line"])
    line = _copy(base, stable_id("dlv", base.id, "escalated", note["channel"]), note["channel"], "escalated", now)
    store.enqueue(() if settled(store, base) else [line], (), [timer.id])


def settled(store: Store, base: Delivery) -> bool:
    """Whether a line needs nobody's attention any more: acknowledged, or cancelled."""
    later = [d for d in store.delivered_to(base.situation) if d.created >= base.created and d.id != base.id]
    acknowledged = any(d.why.startswith(ACKNOWLEDGED) for d in later)
    over = any(d.type is MessageType.CANCEL and d.group == base.group and d.channel == base.channel for d in later)
    return acknowledged or over


def _copy(base: Delivery, id: str, channel: str, mark: str, now: datetime) -> Delivery:
    """The same line once more, marked with why; it answers the first one where the receiver had that."""
    marks = json.dumps(json.loads(base.payload or "{}") | {"mark": mark})
    own = channel == base.channel
    kind, references = (MessageType.UPDATE, (base.id,)) if own else (MessageType.ALERT, ())
    return replace(
        base, id=id, channel=channel, type=kind, created=now, due=now, payload=marks, references=references, state=DeliveryState.WAITING
    )


def acknowledge(store: Store, line: Delivery, who: str, now: datetime, hearing: Collection[str] = ()) -> bool:
    """Keep that somebody acknowledged a line's situation: no more reminders or escalations until it gets worse. False when known.

    `hearing` are channels that want to know, because somebody else would go on ringing: an incident is acknowledged there.
    """
    if settled(store, line):
        return False
    note = json.dumps({"note": "acknowledged", "who": who})
    kept = Delivery(
        id=stable_id("ack", line.id, who, now.isoformat()),
        channel="",
        type=MessageType.UPDATE,
        changes=line.changes,
        created=now,
        due=now,
        situation=line.situation,
        group=line.group,
        state=DeliveryState.SKIPPED,
        why=f"{ACKNOWLEDGED} {who}",
        references=(line.id,),
        settled=now,
    )
    told = {d.channel for d in store.delivered_to(line.situation) if lines.heard(d)} & set(hearing)
    words = [replace(kept, id=stable_id(kept.id, c), channel=c, changes=(), payload=note, state=DeliveryState.WAITING, why="", settled=None)
             for c in sorted(told)]  # fmt: skip
    store.enqueue([kept, *words])
    return True


def wanting(channels: Mapping[str, object]) -> tuple[str, ...]:
    """The channels that want to hear of acknowledgements."""
    return tuple(name for name, channel in channels.items() if getattr(channel, "wants_acknowledgements", False))


def acknowledgements(store: Store, situation: str) -> tuple[tuple[datetime, str], ...]:
    """Who acknowledged a situation, and when, oldest first."""
    kept = [d for d in store.delivered_to(situation) if d.why.startswith(ACKNOWLEDGED)]
    return tuple((d.created, d.why.removeprefix(ACKNOWLEDGED).strip()) for d in kept)
