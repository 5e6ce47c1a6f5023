"""The pictures of a report: timelines of places and messages by week, as SVG that takes its colours from the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from html import escape

from ..model import Change, ChangeKind
from .report import Choice, World, by_week

_WIDE, _LEFT, _RIGHT, _ROW, _TOP, _LABEL = 960, 150, 16, 24, 26, 56
_PLACES = 14
"""Rows of one timeline: the places with the gravest and most changes."""

_PRESS = (ChangeKind.REPORTED, ChangeKind.DENIED, ChangeKind.CONFIRMED)


def timeline(world: World, names: Callable[[str], str], headline: Callable[[Change], str]) -> str:
    """One row per place, one mark per change: round official, square from the press, a star our early sign, hollow held; "" without any."""
    places = _busiest(world)
    if not places:
        return ""
    height = _TOP + _ROW * len(places) + 8
    parts = [_open(height, f"What changed in {', '.join(map(names, places[:5]))} over time"), *_axis(world.first, world.last, height)]
    for row, place in enumerate(places):
        y = _TOP + _ROW * row + _ROW // 2
        parts.append(f'<line class="rule" x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">{escape(_short(names(place)))}</text>')
        parts += (_mark(c, _x(c.at, world.first, world.last), y, headline(c)) for c in _drawn(world, place))
    return "".join([*parts, "</svg>"])


def _busiest(world: World) -> list[str]:
    """Places by their gravest change, then by how many there are; in the order of the first one."""
    weight: dict[str, tuple[int, int]] = {}
    first: dict[str, datetime] = {}
    for c in world.told:
        grave, count = weight.get(c.place, (0, 0))
        weight[c.place] = (max(grave, c.severity.rank), count + 1)
        first.setdefault(c.place, c.at)
    chosen = sorted(weight, key=lambda p: weight[p], reverse=True)[:_PLACES]
    return sorted(chosen, key=lambda p: first[p])


def _drawn(world: World, place: str) -> list[Change]:
    """The changes of a row, mild ones first so that grave ones lie on top."""
    here = [c for c in world.changes if c.place == place and not c.kind.about_sight]
    return sorted(here, key=lambda c: (not c.held, c.severity.rank))


def _mark(c: Change, x: float, y: int, said: str) -> str:
    look = f'class="mark {c.severity}{" held" if c.held else ""}{" better" if c.direction == "better" else ""}"'
    title = f"<title>{c.at:%Y-%m-%d %H:%M} {'held: ' if c.held else ''}{escape(said)}</title>"
    if c.kind is ChangeKind.EARLY_SIGN:
        return f'<path {look} d="M{x:.1f} {y - 7}l2 5 5 .4-4 3.4 1.3 5.2-4.3-2.8-4.3 2.8 1.3-5.2-4-3.4 5-.4z">{title}</path>'
    if c.kind in _PRESS:
        return f'<rect {look} x="{x - 4:.1f}" y="{y - 4}" width="8" height="8">{title}</rect>'
    return f'<circle {look} cx="{x:.1f}" cy="{y}" r="5">{title}</circle>'


def weeks(choices: Sequence[Choice], world: World) -> str:
    """Messages by week in one world, one row of bars for each receiver of each configuration; "" when there is none."""
    rows = [(c, h, by_week([t for t in h.told if world.first <= t.at <= world.last + timedelta(days=8)])) for c in choices for h in c.heard]
    most = max((n for _, _, per in rows for n in per.values()), default=0)
    if not most:
        return ""
    tall = 64
    height = _TOP + (tall + 24) * len(rows) + 4
    parts = [_open(height, "Messages by week"), *_axis(world.first, world.last, height)]
    broad = max(2.0, (_WIDE - _LEFT - _RIGHT) / max(1, (world.last - world.first) / timedelta(days=7)) - 2)
    for row, (choice, heard, per) in enumerate(rows):
        base = _TOP + (tall + 24) * (row + 1) - 6
        label = heard.receiver if len(choices) == 1 else f"{heard.receiver} · {chr(65 + choices.index(choice))}"
        parts.append(f'<line class="rule" x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{base}" y2="{base}"/>')
        parts.append(f'<text x="{_LEFT - 10}" y="{base - 4}" text-anchor="end">{escape(_short(label))}</text>')
        parts += _bars(per, world, base, tall / most, broad)
    return "".join([*parts, "</svg>"])


def _bars(per: dict[date, int], world: World, base: int, unit: float, broad: float) -> Iterator[str]:
    for monday, n in per.items():
        x = _x(datetime(monday.year, monday.month, monday.day, tzinfo=world.first.tzinfo), world.first, world.last)
        left = max(x, _LEFT)
        tall = max(2.0, n * unit)
        yield f'<rect class="bar" x="{left:.1f}" y="{base - tall:.1f}" width="{min(broad, _WIDE - _RIGHT - left):.1f}" height="{tall:.1f}">'
        yield f"<title>week of {monday}: {n}</title></rect>"
        yield f'<text class="count" x="{left + broad / 2:.1f}" y="{base - tall - 3:.1f}" text-anchor="middle">{n}</text>'


# --- what both have in common ------------------------------------------------------------------------------------------


def _open(height: int, label: str) -> str:
    return f'<svg viewBox="0 0 {_WIDE} {height}" role="img" aria-label="{escape(label)}">'


def _x(at: datetime, first: datetime, last: datetime) -> float:
    span = (last - first) / timedelta(seconds=1) or 1.0
    share = min(max((at - first) / timedelta(seconds=1) / span, 0.0), 1.0)
    return _LEFT + share * (_WIDE - _LEFT - _RIGHT)


def _axis(first: datetime, last: datetime, height: int) -> Iterator[str]:
    """A line and a name for each month, or for every few days of a short time."""
    for moment, name in _ticks(first, last):
        x = _x(moment, first, last)
        if x > _WIDE - _LABEL:
            return
        yield f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 6}" y2="{height - 4}"/>'
        yield f'<text class="when" x="{x + 3:.1f}" y="14">{name}</text>'


def _ticks(first: datetime, last: datetime) -> Iterator[tuple[datetime, str]]:
    days = (last - first).days
    if days < 75:
        step = timedelta(days=max(1, days // 8))
        moment = first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        while moment <= last:
            yield moment, f"{moment:%-d %b}"
            moment += step
        return
    year, month = first.year, first.month
    while (year, month) < (last.year, last.month):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        moment = datetime(year, month, 1, tzinfo=first.tzinfo)
        yield moment, f"{moment:%b %Y}" if month == 1 else f"{moment:%b}"


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:19] + "…"
