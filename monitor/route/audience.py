"""Who is told: the takers of a change by routes, those who are owed its end, the operators; and who is spared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from ..ledger import Delivery
from ..model import Change, ChangeKind, MessageType, Reason, Severity, Watch
from .lines import INHIBITED, group_of, heard
from .matching import judge
from .routes import Receiver, Route

RETRACTIONS = frozenset({Reason.RETRACTED, Reason.REPORT_EXPIRED, Reason.DENIED_BY_OFFICIAL})
"""Why a change takes back what was said before."""

_NOTICES = frozenset({ChangeKind.SECURITY_ALERT, ChangeKind.HEALTH_ALERT, ChangeKind.TOWN_HALL, ChangeKind.REWORDED})
"""Changes that matter little to somebody who has just been told to leave."""


def takers(changes: Sequence[Change], routes: Sequence[Route], watches: Sequence[Watch]) -> dict[str, list[tuple[Route, Change]]]:
    """Which channels want which of these changes, and by which routes, in the routes' order."""
    wanted: dict[str, list[tuple[Route, Change]]] = {}
    for change in changes:
        for route in routes:
            if not judge(change, route, watches).takes:
                continue
            for channel in route.channels:
                wanted.setdefault(channel, []).append((route, change))
            if route.stop:
                break
    return wanted


def operators(changes: Sequence[Change], routes: Sequence[Route], receivers: Mapping[str, Receiver]) -> tuple[str, ...]:
    """The channels that hear of our own sight: those that ask for it; else every console; else, rather than nobody, all."""
    asked = [r for r in routes if r.operator or any(k.about_sight for k in r.kinds)]
    kinds = {c.kind for c in changes}
    fits = [r for r in asked if not any(k.about_sight for k in r.kinds) or not kinds or kinds & r.kinds]
    if asked:
        return tuple(dict.fromkeys(channel for r in fits for channel in r.channels))
    return tuple(n for n, r in receivers.items() if r.kind == "console") or tuple(receivers)


def owed(group: Sequence[Change], told: Sequence[Delivery]) -> Iterator[tuple[str, Change]]:
    """Better news and retractions go to everyone who got the alarm, whatever the routes say now."""
    for change in group:
        if change.direction != "better" and change.reason not in RETRACTIONS and change.kind is not ChangeKind.WITHDRAWN:
            continue
        for line in told:
            alarmed = line.group == group_of(change) or bool(set(line.changes) & set(change.references))
            if alarmed and heard(line) and line.channel:
                yield line.channel, change


def inhibited(changes: Sequence[Change], bad: Severity, told: Sequence[Delivery], receiver: Receiver | None, now: datetime) -> str:
    """Why mild notices need not be told: something extreme about the place was, a short while ago."""
    if receiver is None or bad is Severity.EXTREME or not all(c.kind in _NOTICES for c in changes):
        return ""
    extreme = (d for d in told if now - d.created < receiver.inhibit and json.loads(d.payload or "{}").get("severity") == Severity.EXTREME)
    return next((f"{INHIBITED} by {d.id}" for d in extreme if d.type is not MessageType.CANCEL), "")
