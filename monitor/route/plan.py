"""From the changes of one poll to ledger lines: who is told what, in one message or many, now or later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from ..ledger import Delivery, Timer
from ..model import Change, ChangeKind, DeliveryState, MessageType, Severity, Watch, stable_id
from .audience import RETRACTIONS, inhibited, operators, owed, takers
from .hours import release
from .lines import ESCALATE, HOLD, REMIND, SILENCED, gather, group_of, heard, hold, pack, situation_of, skipped, unpack, unsent
from .matching import judge, severity, silenced
from .routes import Receiver, Route, Silence

_CALM = frozenset({"1", "2", "none", "open"})
"""Values after a betterment at which nothing is left to be alarmed about."""

_REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """The ledger lines and timers that a poll's changes cause."""

    deliveries: tuple[Delivery, ...] = ()
    timers: tuple[Timer, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What has been said already: lines by situation, held timers, places per channel in its storm window, silences in force."""

    told: Mapping[str, Sequence[Delivery]]
    held: Sequence[Timer] = ()
    recent: Mapping[str, frozenset[str]] | None = None
    silences: Sequence[Silence] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """A delivery to be, with what decides how it travels."""

    delivery: Delivery
    severity: Severity
    changes: tuple[Change, ...]
    routes: tuple[Route, ...]


def plan(
    changes: Sequence[Change],
    *,
    routes: Sequence[Route],
    receivers: Mapping[str, Receiver],
    told: Mapping[str, Sequence[Delivery]],
    watches: Sequence[Watch] = (),
    now: datetime,
    held: Sequence[Timer] = (),
    recent: Mapping[str, frozenset[str]] | None = None,
    silences: Sequence[Silence] = (),
) -> Plan:
    """Which lines the changes of one poll cause; the same for the same arguments, so a repeated poll adds nothing.

    Held changes cause none. `told` are the ledger's lines by situation, `held` the timers that hold lines back, `recent` the
    places each channel heard of in its storm window.
    """
    known = Known(told, held, recent or {}, [s for s in silences if s.until > now])
    news = [c for c in changes if not c.held]
    sight, world = [c for c in news if c.kind.about_sight], [c for c in news if not c.kind.about_sight]
    lines = [line for group in _groups(world) for line in _lines(group, routes, receivers, known, watches, now)]
    lines += _operator_lines(sight, routes, receivers, now)
    by_channel: dict[str, list[_Line]] = {}
    for line in lines:
        by_channel.setdefault(line.delivery.channel, []).append(line)
    parts = [_travel(of, receivers.get(channel), known, now) for channel, of in by_channel.items()]
    return Plan(tuple(chain.from_iterable(p.deliveries for p in parts)), tuple(chain.from_iterable(p.timers for p in parts)))


# --- who -------------------------------------------------------------------------------------------------------------


def _groups(changes: Sequence[Change]) -> list[list[Change]]:
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((group_of(change), situation_of(change)), []).append(change)
    return list(groups.values())


def _lines(
    group: Sequence[Change],
    routes: Sequence[Route],
    receivers: Mapping[str, Receiver],
    known: Known,
    watches: Sequence[Watch],
    now: datetime,
) -> Iterator[_Line]:
    """One line per channel for the changes of one issuer about one place."""
    told = known.told.get(situation_of(group[0]), ())
    wanted = takers(group, [r for r in routes if not r.operator or r.kinds], watches)
    for channel, change in owed(group, told):
        wanted.setdefault(channel, []).append((Route("follow-up", (channel,)), change))
    for channel, pairs in wanted.items():
        mine = tuple(c for c in group if any(c is taken for _, taken in pairs))
        used = tuple(dict.fromkeys(route for route, _ in pairs))
        spoken = [d for d in told if d.channel == channel and heard(d)]
        bad = max((severity(c, watches) for c in mine), key=lambda s: s.rank)
        unknown = {u for c in mine for r in used for u in judge(c, r, watches).unknown}
        why = next((f"{SILENCED} by {s.id}" for s in known.silences if all(silenced(c, s, channel) for c in mine)), "")
        why = why or inhibited(mine, bad, spoken, receivers.get(channel), now)
        line = _delivery(channel, mine, used, spoken, now, {"severity": bad, "unknown": sorted(unknown)})
        yield _Line(skipped(line, why, now) if why else line, bad, mine, used)


def _delivery(
    channel: str, changes: Sequence[Change], routes: Sequence[Route], told: Sequence[Delivery], now: datetime, marks: Mapping[str, object]
) -> Delivery:
    return Delivery(
        id=stable_id("dlv", channel, *sorted(c.id for c in changes)),
        channel=channel,
        type=message_type(changes, told),
        changes=tuple(c.id for c in changes),
        created=now,
        due=now,
        route=", ".join(dict.fromkeys(r.name for r in routes)),
        situation=situation_of(changes[0]),
        group=group_of(changes[0]),
        payload=json.dumps(marks),
        references=_thread(told),
    )


def _thread(told: Sequence[Delivery]) -> tuple[str, ...]:
    """The messages that went before: always the first, which names the thread, and the latest."""
    ids = tuple(dict.fromkeys(d.id for d in told))
    return ids if len(ids) <= _REFERENCES else (ids[0], *ids[1 - _REFERENCES :])


def message_type(changes: Sequence[Change], told: Sequence[Delivery]) -> MessageType:
    """What a message is to somebody who was told this before: nothing yet, an update of it, or its end."""
    if not told:
        return MessageType.ALERT
    return MessageType.CANCEL if all(map(_ends, changes)) else MessageType.UPDATE


def _ends(change: Change) -> bool:
    """Whether a change leaves nothing to be alarmed about."""
    if change.kind is ChangeKind.WITHDRAWN or change.reason in RETRACTIONS:
        return True
    return change.direction == "better" and (change.after is None or change.after in _CALM)


def _operator_lines(sight: Sequence[Change], routes: Sequence[Route], receivers: Mapping[str, Receiver], now: datetime) -> Iterator[_Line]:
    """All changes of our own sight that one poll found, in one message for each operator."""
    if not sight:
        return
    for channel in operators(sight, routes, receivers):
        made = Delivery(
            id=stable_id("dlv", channel, *sorted(c.id for c in sight)),
            channel=channel,
            type=MessageType.OPERATOR,
            changes=tuple(c.id for c in sight),
            created=now,
            due=now,
            route="operator",
            situation=f"sight/{sight[0].source}",
            group=f"sight/{sight[0].source}",
        )
        yield _Line(made, max((c.severity for c in sight), key=lambda s: s.rank), tuple(sight), ())


# --- when, and in how many messages ----------------------------------------------------------------------------------


def _travel(lines: Sequence[_Line], receiver: Receiver | None, known: Known, now: datetime) -> Plan:
    """Send at once, hold, or gather what one receiver is due from one poll."""
    if receiver is None:
        return Plan(tuple(skipped(line.delivery, "channel_removed", now) for line in lines))
    settled = [line.delivery for line in lines if line.delivery.state is DeliveryState.SKIPPED]
    open_lines = [line for line in lines if line.delivery.state is not DeliveryState.SKIPPED]
    calm = [line for line in open_lines if line.severity is not Severity.EXTREME and line.delivery.type is not MessageType.OPERATOR]
    flood = len({line.changes[0].place for line in calm}) > receiver.storm
    alone = [line for line in open_lines if not (flood and line in calm)]
    timers, sent = [], []
    for line in alone:
        at = _when(line, receiver, known, now)
        if at > now:
            timers.append(hold(line.delivery, at))
        else:
            sent += _with_held(line.delivery, known, now)
        timers += _people(line, at)
    if flood:
        at = release(receiver, max((line.severity for line in calm), key=lambda s: s.rank), now)
        if at > now:
            timers += [hold(line.delivery, at) for line in calm]
        else:
            queued = {d.situation for of in known.told.values() for d in of if d.channel == receiver.name and unsent(d)}
            sent += gather([d for line in _worst_first(calm) for d in _with_held(line.delivery, known, now)], now, queued)
    return Plan((*settled, *sent), tuple(timers))


def _when(line: _Line, receiver: Receiver, known: Known, now: datetime) -> datetime:
    """When a line may go: at once, after the quiet hours, with the digest, or at the end of a stormy hour."""
    at = release(receiver, line.severity, now)
    places = (known.recent or {}).get(receiver.name, frozenset()) | {line.changes[0].place}
    new = line.changes[0].place not in (known.recent or {}).get(receiver.name, frozenset())
    if line.severity is Severity.EXTREME or line.delivery.type is MessageType.OPERATOR or not new or len(places) <= receiver.storm:
        return at
    return max(at, _window_end(receiver.storm_window, now))


def _window_end(window: timedelta, now: datetime) -> datetime:
    seconds = max(int(window.total_seconds()), 1)
    return datetime.fromtimestamp((int(now.timestamp()) // seconds + 1) * seconds, tz=now.tzinfo)


def _with_held(delivery: Delivery, known: Known, now: datetime) -> list[Delivery]:
    """Whoever is told of a situation now hears at once what was held back about it, in the order in which it came.

    What the same government said travels in the same message. The timers find later that there is nothing left to send.
    """
    told = {c for d in known.told.get(delivery.situation, ()) if d.channel == delivery.channel and heard(d) for c in d.changes}
    waiting = [unpack(t.payload) for t in known.held if t.kind == HOLD and t.subject == delivery.channel]
    left = [w for w in waiting if w.situation == delivery.situation and w.id != delivery.id and not set(w.changes) <= told]
    left.sort(key=lambda w: w.created)
    mine = [w for w in left if w.group == delivery.group]
    changes = dict.fromkeys(chain.from_iterable([*(w.changes for w in mine), delivery.changes]))
    whole = replace(delivery, changes=tuple(c for c in changes if c not in told))
    return [*(replace(w, due=now) for w in left if w not in mine), whole]


def _people(line: _Line, at: datetime) -> Iterator[Timer]:
    """Reminders and escalations, until somebody acknowledges."""
    base = line.delivery
    if base.type not in (MessageType.ALERT, MessageType.UPDATE) or all(c.direction != "worse" for c in line.changes):
        return
    for route in line.routes:
        if line.severity.rank < route.ack_from.rank:
            continue
        if route.repeat:
            note = json.dumps({"line": pack(base), "every": route.repeat.total_seconds(), "number": 1})
            yield Timer(stable_id("tmr", REMIND, base.id), REMIND, at + route.repeat, base.situation, note)
        for step in route.escalate:
            for channel in step.channels:
                note = json.dumps({"line": pack(base), "channel": channel})
                yield Timer(stable_id("tmr", ESCALATE, base.id, channel), ESCALATE, at + step.after, base.situation, note)


def _worst_first(lines: Iterable[_Line]) -> list[_Line]:
    return sorted(lines, key=lambda line: -line.severity.rank)
