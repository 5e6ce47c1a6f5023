"""A picture of who said what when: one lane per government, its levels as bars, its acts as marks, the press above them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model import Certainty, Change, ChangeKind, Posture
from .grave import gravity

LEFT, RIGHT, TOP, LANE = 150, 1000, 34, 34
SPANS = (14, 30, 90, 365)
"""Days that a timeline can show."""

_MARKS: dict[ChangeKind, str] = {
    ChangeKind.DEPARTURE_AUTHORIZED: "depart",
    ChangeKind.DEPARTURE_ORDERED: "depart",
    ChangeKind.DEPARTURE_LIFTED: "back",
    ChangeKind.EVACUATION: "depart",
    ChangeKind.MISSION_SUSPENDED: "mission",
    ChangeKind.MISSION_REOPENED: "back",
    ChangeKind.LEAVE_NOW: "leave",
    ChangeKind.SHELTER_IN_PLACE: "leave",
    ChangeKind.SECURITY_ALERT: "notice",
    ChangeKind.HEALTH_ALERT: "notice",
    ChangeKind.TOWN_HALL: "notice",
}
SHAPES = {
    "depart": "M0-7L7 6H-7z",
    "mission": "M-6-6H6V6H-6z",
    "leave": "M0-8L8 0L0 8L-8 0z",
    "back": "M0 7L7-6H-7z",
    "notice": "M-5-1.5H-1.5V-5H1.5V-1.5H5V1.5H1.5V5H-1.5V1.5H-5z",
    "press": "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
    "sign": "M0-8L2-2L8 0L2 2L0 8L-2 2L-8 0L-2-2z",
}
"""SVG path of each mark, round its middle."""
LEGEND = (
    ("depart", "staff or families leave"),
    ("mission", "embassy closes"),
    ("leave", "citizens told to leave or shelter"),
    ("back", "lifted or reopened"),
    ("notice", "alert or briefing"),
    ("press", "press report"),
    ("sign", "early sign: our conclusion"),
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time at one gravity."""

    x: float
    width: float
    grade: int
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One act or report."""

    x: float
    shape: str
    text: str
    id: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One government, or the press."""

    name: str
    y: int
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    """A line for a date."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole picture."""

    days: int
    height: int
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """When a government reached a step, and how long after the first one that did."""

    issuer: str
    at: datetime
    after: timedelta


def span(changes: Sequence[Change], now: datetime) -> int:
    """The shortest span that shows how the latest situation came about; `changes` are newest first."""
    thread = [c.at for c in changes if c.situation == changes[0].situation]
    return next((d for d in SPANS if thread and now - min(thread) <= timedelta(days=d * 0.95)), SPANS[-1] if thread else SPANS[2])


def build(
    history: Sequence[tuple[datetime, Posture]],
    changes: Sequence[Change],
    words: Mapping[str, str],
    names: Mapping[str, str],
    now: datetime,
    days: int,
) -> Timeline:
    """`words` are the lines of the changes by id, `names` those of the issuers."""
    start = now - timedelta(days=days)
    issuers = list(dict.fromkeys([*(p.issuer for _, p in history), *(c.issuer for c in changes if c.issuer)]))
    lanes: list[Lane] = []
    for name, shape, of in (("Early signs", "sign", _signs(changes)), ("Press", "press", _press(changes))):
        if marks := tuple(_mark(c, shape, words, start, now) for c in of if c.at >= start):
            lanes.append(Lane(name, TOP + LANE * len(lanes), marks=marks))
    for issuer in sorted(issuers, key=lambda i: _first(i, history, changes, start)):
        official = [c for c in changes if c.issuer == issuer and c.certainty is Certainty.OBSERVED and c.at >= start and c.kind in _MARKS]
        marks = tuple(_mark(c, _MARKS[c.kind], words, start, now) for c in official)
        bars = _bars([(a, p) for a, p in history if p.issuer == issuer], start, now)
        if bars or marks:
            lanes.append(Lane(names.get(issuer, issuer), TOP + LANE * len(lanes), bars, marks))
    return Timeline(days, TOP + LANE * len(lanes) + 6, tuple(lanes), _ticks(start, now, days))


def moves(history: Sequence[tuple[datetime, Posture]], step: int) -> tuple[Move, ...]:
    """Who is at a step or beyond it now, in the order in which they got there; baselines, where no step was seen, are left out."""
    reached: dict[str, datetime] = {}
    known: dict[str, int] = {}
    for at, posture in history:
        grade, before = gravity(posture), known.get(posture.issuer)
        if grade < step:
            reached.pop(posture.issuer, None)
        elif before is not None and before < step:
            reached[posture.issuer] = at
        known[posture.issuer] = grade
    order = sorted(reached.items(), key=lambda kv: kv[1])
    return tuple(Move(issuer, at, at - order[0][1]) for issuer, at in order)


def _signs(changes: Sequence[Change]) -> list[Change]:
    return [c for c in changes if c.kind is ChangeKind.EARLY_SIGN]


def _press(changes: Sequence[Change]) -> list[Change]:
    return [c for c in changes if c.certainty is not Certainty.OBSERVED and c.kind is not ChangeKind.EARLY_SIGN]


def _first(issuer: str, history: Sequence[tuple[datetime, Posture]], changes: Sequence[Change], start: datetime) -> tuple[datetime, str]:
    """Those that moved first in the span come first, those that did not move last."""
    moved = [c.at for c in changes if c.issuer == issuer and c.at >= start]
    return min(moved, default=datetime.max.replace(tzinfo=start.tzinfo)), issuer


def _bars(history: Sequence[tuple[datetime, Posture]], start: datetime, now: datetime) -> tuple[Bar, ...]:
    bars: list[Bar] = []
    for n, (at, posture) in enumerate(history):
        end = history[n + 1][0] if n + 1 < len(history) else now
        grade = gravity(posture)
        if end <= start or grade == 0:
            continue
        x, x2 = _x(max(at, start), start, now), _x(end, start, now)
        if bars and bars[-1].grade == grade and abs(bars[-1].x + bars[-1].width - x) < 1:
            last = bars.pop()
            x = last.x
        width = max(x2 - x, 1.5)
        bars.append(Bar(round(x, 1), round(width, 1), grade, _label(grade) if width > 46 else ""))
    return tuple(bars)


def _label(grade: int) -> str:
    return "Leaving" if grade == 5 else f"Level {grade}"


def _mark(change: Change, shape: str, words: Mapping[str, str], start: datetime, now: datetime) -> Mark:
    return Mark(
        round(_x(change.at, start, now), 1), shape, f"{change.at:%-d %B %Y, %H:%M} UTC: {words.get(change.id, change.kind)}", change.id
    )


def _x(at: datetime, start: datetime, now: datetime) -> float:
    return LEFT + (RIGHT - LEFT - 12) * ((at - start) / (now - start))


def _ticks(start: datetime, now: datetime, days: int) -> tuple[Tick, ...]:
    step = {14: 2, 30: 5, 90: 14, 365: 61}.get(days, max(days // 6, 1))
    day = (start + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    ticks = []
    while day < now:
        form = "%-d %b" if days < 200 else "%b %Y"
        ticks.append(Tick(round(_x(day, start, now), 1), day.strftime(form)))
        day += timedelta(days=step)
    return tuple(ticks)
