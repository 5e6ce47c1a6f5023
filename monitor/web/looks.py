"""How values look on a page: times, words for enum members, and the template engine itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

from ..model import Aspect, address, plain
from . import grave
from .site import Site

_HERE = Path(__file__).parent
_NUMBERED = re.compile(r"^\s*\w{1,12} [1-4]\s*[:–—-]\s*(?=\S)")
View = Callable[..., Response]
"""Renders a page: request, template, values."""
LONG = "%A, %-d %B %Y, %H:%M UTC"
GLYPHS = {"extreme": "▲", "severe": "◆", "moderate": "●", "minor": "○"}
"""A shape for each severity, so that it never rests on colour alone."""


def engine(site: Site) -> Environment:
    """The templates of a site; everything that comes from outside is escaped, and nothing undefined passes."""
    env = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    shown = {"when": when, "ago": ago(site), "span": span, "words": words, "glyph": GLYPHS.__getitem__}
    env.filters |= shown | {"clean": plain, "link": link, "country": site.name, "own": own, "publisher": publisher(site)}
    env.globals |= {"base": site.prefix, "grades": grave.NAMES, "asset": _asset(site), "name": site.name, "Aspect": Aspect}
    return env


def when(at: datetime | None) -> Markup:
    """A moment: UTC to read, with the machine's form beside it."""
    if at is None:
        return Markup('<span class="none">never</span>')
    utc = at.astimezone(UTC)
    return Markup('<time datetime="{}">{}</time>').format(utc.isoformat(), utc.strftime("%-d %b %Y, %H:%M UTC"))


def ago(site: Site) -> Callable[[datetime | None], Markup]:
    """How long ago a moment was, as a filter."""

    def filter(at: datetime | None) -> Markup:
        if at is None:
            return Markup('<span class="none">never</span>')
        utc, gone = at.astimezone(UTC), site.now() - at
        text = f"{span(gone)} ago" if gone >= timedelta(0) else f"in {span(-gone)}"
        full = utc.strftime("%A, %-d %B %Y, %H:%M UTC")
        return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(
            utc.isoformat(), full, "now" if abs(gone) < timedelta(minutes=1) else text
        )

    return filter


def span(length: timedelta) -> str:
    """A length of time in at most two units."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, days = minutes // 60, minutes // 1440
    if hours < 48:
        return f"{hours} h {minutes % 60} min" if hours < 6 and minutes % 60 else f"{hours} h"
    return f"{days} days" if days < 90 else f"{days // 30} months"


def words(value: object) -> str:
    """An enum member or a name with underscores as words."""
    return str(value).replace("_", " ")


def own(words: str) -> str:
    """A government's words for its level without the number, which stands beside them already."""
    return _NUMBERED.sub("", plain(words).replace("_", " "))


def publisher(site: Site) -> Callable[[str], str]:
    """What people call a newspaper that was named by its source, as a filter."""
    return lambda name: plain(site.sources[name].name or name if name in site.sources else name)


def link(url: str) -> str:
    """An address that may stand in a link; "" for one that may not."""
    return address(url)


def _asset(site: Site) -> Callable[[str], str]:
    """The address of a static file, with its fingerprint, so that it can be kept by browsers."""
    marks = {p.name: sha256(p.read_bytes()).hexdigest()[:10] for p in (_HERE / "static").iterdir()}
    return lambda name: f"{site.prefix}/static/{name}?{marks[name]}"
