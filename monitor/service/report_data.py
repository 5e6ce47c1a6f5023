"""A backtest as one JSON value, and as text for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from ..model import Severity
from . import report
from .report import Choice, Heard, Report, World

Names = Callable[[str], str]

_FIRST = 20
"""Lines of a list that a terminal shows; the JSON has all of them."""


def as_json(of: Report, names: Names) -> dict[str, Any]:
    """All figures and every message."""
    return {
        "recordings": [_world(w) for w in of.worlds],
        "configurations": [_choice(c) for c in of.choices],
        "held": [
            {"at": at(h.change.at), "place": h.change.place, "issuer": h.change.issuer, "kind": h.change.kind, "reason": h.change.reason,
             "told": at(h.told) if h.told else None}
            for w in of.worlds for h in report.held(w)
        ],
        "press_before_official": [_lead(lead) for w in of.worlds for lead in report.press_leads(w)],
        "press_never_official": sum(map(report.never_official, of.worlds)),
        "government_before_government": [_lead(lead) for w in of.worlds for lead in report.government_leads(w)],
        "signs": {sign: {"seen": t.seen, "followed": t.followed, "open": t.open} for sign, t in of.signs.items()},
    }  # fmt: skip


def at(moment: datetime) -> str:
    """A time as RFC 3339."""
    return moment.isoformat().replace("+00:00", "Z")


def _world(w: World) -> dict[str, Any]:
    return {"names": w.names, "first": at(w.first), "last": at(w.last), "polls": w.polls, "issuers": w.issuers, "changes": len(w.told)}


def _choice(choice: Choice) -> dict[str, Any]:
    heard = [{"receiver": h.receiver, "kind": h.kind, **_counts(h), "told": [_told(t) for t in h.told]} for h in choice.heard]
    return {"name": choice.name, "untold": choice.untold, "receivers": heard}


def _counts(heard: Heard) -> dict[str, Any]:
    weeks = report.by_week(heard.told)
    return {"messages": len(heard.told), "weeks": {str(day): n for day, n in weeks.items()}}


def _told(told: report.Told) -> dict[str, Any]:
    return {"at": at(told.at), "noticed": at(told.noticed), "type": told.type, "severity": told.severity, "headline": told.headline,
            "places": told.places, "changes": told.ids}  # fmt: skip


def _lead(lead: report.Lead) -> dict[str, Any]:
    who = {"who": lead.who or "press", "before": lead.after}
    return {"place": lead.place, **who, "kind": lead.kind, "at": at(lead.at), "hours": hours(lead.lead)}


def hours(length: timedelta) -> float:
    """A length in hours, to a tenth."""
    return round(length / timedelta(hours=1), 1)


def long(length: timedelta) -> str:
    """A length for people: "3 d 4 h", "5 h", "12 min"."""
    minutes = round(length.total_seconds() / 60)
    days, rest = divmod(minutes, 1440)
    if days:
        return f"{days} d {rest // 60} h" if rest >= 60 else f"{days} d"
    return f"{rest // 60} h" if rest >= 60 else f"{rest} min"


# --- text ------------------------------------------------------------------------------------------------------------


def as_text(of: Report, names: Names) -> str:
    """The report for a terminal."""
    return "\n".join([*_recordings(of, names), *(line for c in of.choices for line in _told_lines(c, of)), *_side_by_side(of),
                      *_held_lines(of), *_lead_lines(of, names), *_sign_lines(of)]) + "\n"  # fmt: skip


def _recordings(of: Report, names: Names) -> Iterator[str]:
    for w in of.worlds:
        who = ", ".join([*map(names, w.issuers), *([f"{w.press} press"] if w.press else [])]) or "no government"
        yield f"{' + '.join(w.names)}: {w.first:%Y-%m-%d} to {w.last:%Y-%m-%d}, {w.polls} polls ({who}), {len(w.told)} changes told"


def _told_lines(choice: Choice, of: Report) -> Iterator[str]:
    yield f"\n{choice.name}: what would have been told in {of.weeks:.0f} weeks"
    for heard in choice.heard:
        weeks = report.by_week(heard.told)
        loud = sum(t.severity is Severity.EXTREME for t in heard.told)
        worst = f"; busiest week {max(weeks.values())}, from {max(weeks, key=lambda d: weeks[d])}" if weeks else ""
        yield f"  {heard.receiver}: {len(heard.told)} messages, {len(heard.told) / of.weeks:.1f} a week{worst}; {loud} extreme"
        yield from (f"    {t.at:%Y-%m-%d %H:%M} {t.type:<7} {t.headline}" for t in heard.told[:_FIRST])
        if len(heard.told) > _FIRST:
            yield f"    and {len(heard.told) - _FIRST} more"
    if choice.untold:
        yield f"  {choice.untold} changes would have been told to nobody"


def _side_by_side(of: Report) -> Iterator[str]:
    if len(of.choices) == 2:
        both, first, second = report.differences(*of.choices)
        yield f"\nside by side: {both} changes told by both, {first} by {of.choices[0].name} alone, {second} by {of.choices[1].name} alone"


def _held_lines(of: Report) -> Iterator[str]:
    counted = report.reasons(of.worlds)
    later = sum(h.told is not None for w in of.worlds for h in report.held(w))
    why = ", ".join(f"{reason} {n}" for reason, n in counted.most_common()) or "none"
    yield f"\nheld: {sum(counted.values())}, of which {later} were told later ({why})"


def _lead_lines(of: Report, names: Names) -> Iterator[str]:
    press = [lead for w in of.worlds for lead in report.press_leads(w)]
    never = sum(map(report.never_official, of.worlds))
    yield f"\nthe press before the government: {len(press)} times; {never} stories never became official"
    for lead in press:
        yield f"  {lead.at:%Y-%m-%d} {names(lead.place)}: {lead.kind} by {names(lead.after)}, {long(lead.lead)} earlier"
    found = report.pairs(lead for w in of.worlds for lead in report.government_leads(w))
    yield f"one government before another: {sum(p.times for p in found)} times"
    yield from (f"  {names(p.who)} before {names(p.after)}: {p.times} times, {p.hours} h in the middle" for p in found)


def _sign_lines(of: Report) -> Iterator[str]:
    yield "\nearly signs, and official departures within a week"
    yield from (f"  {sign}: {t.followed} of {t.seen}" + (f", {t.open} still open" if t.open else "") for sign, t in of.signs.items())
