"""A backtest as one HTML page that needs nothing but itself: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..data import seed
from ..harmless import harmless
from ..model import Change, Severity
from . import report
from .report import Choice, Heard, Report, World
from .report_data import Names, long
from .report_pictures import timeline, weeks

MOST = 300
"""Messages of one receiver that the page lists; the JSON has all of them."""


def as_html(of: Report, names: Names, headline: Callable[[Change], str]) -> str:
    """The page."""
    from jinja2 import Environment, StrictUndefined

    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        seed("report/page.html").decode()
    )
    return page.render(
        style=seed("report/page.css").decode(),
        worlds=[_world(w, of, names, headline) for w in of.worlds],
        choices=[_choice(c, of) for c in of.choices],
        difference=report.differences(*of.choices) if len(of.choices) == 2 else None,
        press=[lead for w in of.worlds for lead in report.press_leads(w)],
        never=sum(map(report.never_official, of.worlds)),
        pairs=report.pairs(lead for w in of.worlds for lead in report.government_leads(w)),
        reasons=report.reasons(of.worlds).most_common(),
        signs=of.signs,
        weeks=of.weeks,
        polls=sum(w.polls for w in of.worlds),
        changes=sum(len(w.told) for w in of.worlds),
        names=names,
        long=long,
        harmless=harmless,
    )


def _world(world: World, of: Report, names: Names, headline: Callable[[Change], str]) -> dict[str, Any]:
    held = [(h, names(h.change.place), headline(h.change)) for h in report.held(world)]
    pictures = {"timeline": timeline(world, names, headline), "weeks": weeks(of.choices, world)}
    return {"world": world, "who": ", ".join(map(names, world.issuers)), "held": held[:MOST], "held_count": len(held), **pictures}


def _choice(choice: Choice, of: Report) -> dict[str, Any]:
    return {"name": choice.name, "untold": choice.untold, "receivers": [_receiver(h, of) for h in choice.heard]}


def _receiver(heard: Heard, of: Report) -> dict[str, Any]:
    weeks_ = report.by_week(heard.told)
    return {
        "name": heard.receiver,
        "kind": heard.kind,
        "count": len(heard.told),
        "a_week": len(heard.told) / of.weeks,
        "busiest": max(weeks_.values(), default=0),
        "busiest_week": max(weeks_, key=lambda d: weeks_[d], default=None),
        "extreme": sum(t.severity is Severity.EXTREME for t in heard.told),
        "waited": sum(bool(t.waited) for t in heard.told),
        "told": heard.told[:MOST],
    }
