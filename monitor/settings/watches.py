"""The watches of a configuration: its own, those of its tables and calendars, and who hears of each beside the routes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..errors import Mistake, WrongUse
from ..model import Watch, WatchKind
from ..route.routes import Route
from ..secret import FORMS, Secret
from ..service.watchlists import Form, WatchList, entries
from .mistakes import File, shown
from .receivers import WatchlistTable, WatchTable
from .schema import Included

_DIRECTIONS = frozenset({"worse", "better"})
Parts = Sequence[tuple[File, Included]]


def watch(table: WatchTable) -> Watch:
    """One watch; what has a day to begin or to end is a trip."""
    kind = table.kind or (WatchKind.TRIP if table.start or table.end else WatchKind.SITE)
    private = kind is not WatchKind.SITE if table.private is None else table.private
    same = {name: getattr(table, name) for name in ("name", "place", "people", "area", "start", "end", "lead", "contact")}
    return Watch(**same, kind=kind, private=private)


def watchlists(parts: Parts) -> tuple[WatchList, ...]:
    """Every list that is named."""
    return tuple(_list(table, file.path.parent) for file, part in parts for table in part.watchlist)


def _list(table: WatchlistTable, folder: Path) -> WatchList:
    form = Form.CSV if table.csv else Form.CALENDAR
    written = table.csv or table.calendar
    at: Path | str | Secret = folder / Path(written).expanduser()
    if form is Form.CALENDAR and written.startswith(("https://", "http://", "webcal://")):
        at = written.replace("webcal://", "https://", 1)
    elif form is Form.CALENDAR and written.partition(":")[0] in FORMS:
        at = Secret(written, folder)
    return WatchList(table.name, form, at, table.every, table.place or "", table.lead)


def local(lists: Sequence[WatchList]) -> tuple[tuple[Watch, ...], tuple[Mistake, ...]]:
    """What the lists that are files here say now, and every mistake in them."""
    watches: list[Watch] = []
    mistakes: list[Mistake] = []
    for one in lists:
        if not isinstance(one.at, Path):
            mistakes += _missing(one)
            continue
        try:
            found = entries(one.at.read_bytes(), one, datetime.now(UTC))
        except OSError as error:
            mistakes.append(Mistake(shown(one.at), 1, one.name, f"cannot be read: {error.strerror}"))
        except ValueError as error:
            mistakes.append(Mistake(shown(one.at), 1, one.name, str(error)))
        else:
            watches += found.watches
            mistakes += (Mistake(shown(one.at), line, one.name, what) for line, what in found.wrong)
    return tuple(watches), tuple(mistakes)


def _missing(one: WatchList) -> Iterator[Mistake]:
    """A secret address that is not there."""
    try:
        if isinstance(one.at, Secret):
            one.at.reveal()
    except WrongUse as error:
        yield Mistake("watchlist", 1, one.name, str(error))


def routes(parts: Parts) -> Iterator[Route]:
    """A route of its own for each watch or list that names channels."""
    named = [*((t.name, t.channels) for _, p in parts for t in p.watch), *((t.name, t.channels) for _, p in parts for t in p.watchlist)]
    for number, (name, channels) in enumerate((pair for pair in named if pair[1]), 1):
        yield Route(f"watch {number}", channels, watches=frozenset({name}), directions=_DIRECTIONS)
