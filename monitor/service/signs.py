"""Looks up what early signs need to know about a place, and what recordings say of how often each came true."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from ..data import seed
from ..detect.signs import SignPolicy, signs
from ..ledger import ChangeQuery, Reader
from ..model import WORLD, Change, ChangeKind, Posture, Severity, Sign
from .policies import value_of

Signs = Callable[[Sequence[Change], Sequence[Posture], Reader, datetime], Sequence[Change]]
"""The early signs that the changes of one poll complete, given the postures that the poll makes."""

FOLLOWED_WITHIN = timedelta(days=7)
"""A sign came true when an official departure of the same place was told within this time."""

_TRIGGERS = frozenset({ChangeKind.LEVEL_RAISED, ChangeKind.MISSION_SUSPENDED, ChangeKind.REPORTED, ChangeKind.SECURITY_ALERT})
_DEPARTURES = frozenset({ChangeKind.DEPARTURE_AUTHORIZED, ChangeKind.DEPARTURE_ORDERED, ChangeKind.EVACUATION})
_PAST = 300


def none_of(_changes: Sequence[Change], _postures: Sequence[Posture], _store: Reader, _now: datetime) -> Sequence[Change]:
    """For who wants no signs."""
    return ()


def finder(policy: SignPolicy) -> Signs:
    """The function by which a poll learns which signs its changes complete; quiet polls cost nothing."""

    def of(changes: Sequence[Change], postures: Sequence[Posture], store: Reader, now: datetime) -> Sequence[Change]:
        places: dict[str, list[Change]] = {}
        for change in changes:
            if not change.held and not change.kind.about_sight and change.place not in ("", WORLD):
                places.setdefault(change.place, []).append(change)
        if len(places) > policy.blanket:
            return ()
        found: list[Change] = []
        for place, fresh in places.items():
            if any(c.kind in _TRIGGERS for c in fresh):
                past = store.changes(ChangeQuery(place=place, held=False, since=now - policy.reach, limit=_PAST))
                held = {p.issuer: p for p in (*store.postures(place), *(p for p in postures if p.place == place))}
                found += signs(fresh, past, tuple(held.values()), policy, now)
        return found

    return of


# --- how often they came true ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a sign was seen, how often an official departure followed in time, and how often time was not over yet."""

    seen: int = 0
    followed: int = 0
    open: int = 0


def tally(changes: Iterable[Change], end: datetime) -> dict[Sign, Tally]:
    """What became of every sign among these changes, which end at a time; one whose week is not over counts as open."""
    told = [c for c in changes if not c.held]
    departures = [(c.place, c.at) for c in told if c.kind in _DEPARTURES]
    counts: dict[Sign, Tally] = {sign: Tally() for sign in Sign}
    for change in told:
        if change.kind is not ChangeKind.EARLY_SIGN or not change.after:
            continue
        sign = Sign(change.after)
        came = any(place == change.place and change.at < at <= change.at + FOLLOWED_WITHIN for place, at in departures)
        before = counts[sign]
        if came or end - change.at >= FOLLOWED_WITHIN:
            counts[sign] = replace(before, seen=before.seen + 1, followed=before.followed + came)
        else:
            counts[sign] = replace(before, open=before.open + 1)
    return counts


def record_text(counts: Mapping[Sign, Tally], recordings: int, days: int) -> str:
    """The record as the file that travels with the program."""
    head = (
        "# How often each early sign was seen in recordings, and how often the same place had an official departure (authorized, ordered,\n"
        "# evacuation) within seven days. Written by `monitor replay RECORDING... --signs FILE`; `open`: the recording ended before the\n"
        "# week was over. The numbers are few: they say how little is known, not how good a sign is.\n\n"
    )
    tables = "".join(f"\n[{sign}]\nseen = {t.seen}\nfollowed = {t.followed}\nopen = {t.open}\n" for sign, t in counts.items())
    return f"{head}recordings = {recordings}\ndays = {days}\n{tables}"


@cache
def _seeds() -> tuple[dict[str, Any], dict[str, Any]]:
    return tomllib.loads(seed("policy.toml").decode()).get("signs", {}), tomllib.loads(seed("signs.toml").decode())


def policy(skip: Iterable[Sign] = (), **otherwise: Any) -> SignPolicy:
    """The policy that travels with the program, with what a configuration says otherwise (None: nothing)."""
    table, record = _seeds()
    said: dict[str, Any] = {key: Severity(value) if key == "severity" else value_of(value) for key, value in table.items()}
    said |= {key: value for key, value in otherwise.items() if value is not None}
    known = {Sign(name): (t["seen"], t["followed"]) for name, t in record.items() if isinstance(t, dict)}
    return SignPolicy(**said, skip=frozenset(skip), record=known, recordings=record.get("recordings", 0))
