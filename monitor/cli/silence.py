"""The commands about silences: tell nobody of some changes until a time, with a reason that everybody can read."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..model import ChangeKind, Severity
from .answer import BY, operator
from .arguments import Argument, Group, argument, one_of, takes
from .common import AS_JSON, CONFIG, config_path, emit, say, table

if TYPE_CHECKING:
    from ..app import App
    from ..route.routes import Silence
    from ..settings.values import Settings


def _only(name: str, help: str, type: Callable[[str], Any] = str) -> Argument:
    return argument(name, action="append", default=[], type=type, metavar=name[2:].upper(), help=help)


UNTIL = argument("--until", required=True, help='When it ends: a length as "2h" or "3d", or a time as "2026-03-01T12:00Z".')
WHY = argument("--reason", required=True, help="Why; whoever wonders will read it.")
MOST = argument(
    "--max-severity", type=one_of(Severity), default=Severity.SEVERE, metavar="SEVERITY",
    help="What is worse than this is told all the same.",
)  # fmt: skip
ENDED = argument("id", metavar="ID", help="Id of a silence, as `monitor silence list` names it.")
ONLY = (
    _only("--place", "Only this place, by code or name; may be said again, as the others."),
    _only("--kind", "Only this kind of change.", one_of(ChangeKind)),
    _only("--issuer", "Only what this government says."),
    _only("--source", "Only what this source says."),
    _only("--channel", "Only for this channel."),
)


@takes(UNTIL, WHY, *ONLY, MOST, CONFIG, BY, AS_JSON)
def add(
    until: str, reason: str, place: list[str], kind: list[ChangeKind], issuer: list[str], source: list[str],
    channel: list[str], max_severity: Severity, config: Path | None, by: str, json: bool,
) -> None:  # fmt: skip
    """Silence what all the given options cover; the ledger keeps what was not told."""
    from ..errors import WrongUse
    from ..route.routes import Silence
    from ..service.planner import silence_id
    from .look import place_code

    author = by or getpass.getuser()
    if not reason.strip():
        raise WrongUse("--reason: say why")
    with operator(config) as acts:
        now = acts.app.desk.now()
        new = Silence(
            id=silence_id(author, reason, now), until=_end(until, now), author=author, reason=reason, max_severity=max_severity,
            places=frozenset(map(place_code, place)), kinds=frozenset(kind), issuers=frozenset(map(place_code, issuer)),
            sources=_known(acts.app, "source", source), channels=_known(acts.app, "channel", channel),
        )  # fmt: skip
        acts.silence(new)
    emit(_line(new)) if json else say(f"{new.id}: silent until {new.until:%Y-%m-%d %H:%M} UTC: {_covers(new)}")


@takes(CONFIG, AS_JSON)
def show(config: Path | None, json: bool) -> None:
    """The silences in force, the next to end first."""
    from ..settings.load import load, unchecked

    now = datetime.now(UTC)
    found = [s for s in kept(load(config_path(config), unchecked)) if s.until > now]
    if json:
        emit(*map(_line, found))
    else:
        rows = [(s.id, f"{s.until:%Y-%m-%d %H:%M}", s.author, s.reason, _covers(s)) for s in found]
        table(("id", "until (UTC)", "by", "why", "covers"), rows, "Nothing is silenced.")


@takes(ENDED, CONFIG, BY)
def end(id: str, config: Path | None, by: str) -> None:
    """End a silence before its time; what was not told meanwhile stays untold."""
    with operator(config) as acts:
        acts.unsilence(id, by or getpass.getuser())
    say(f"{id}: ended")


SILENCE = Group(
    "Tell nobody of some changes until a time; list silences, end one early.",
    {"add": add, "list": show, "end": end},
)


def kept(read: Settings) -> tuple[Silence, ...]:
    """The silences in the ledger; none where nothing was watched yet."""
    from ..service.planner import silences
    from ..store import open_store

    if read.store_url.startswith("sqlite:///") and not Path(read.store_url.removeprefix("sqlite:///")).exists():
        return ()
    store = open_store(read.store_url)
    try:
        return silences(store)
    finally:
        store.close()


def _end(text: str, now: datetime) -> datetime:
    from ..errors import WrongUse
    from ..settings.words import duration
    from .common import moment

    try:
        until = now + duration(text)
    except ValueError:
        until = moment(text, "--until")
    if until <= now:
        raise WrongUse("--until: that time is over already")
    return until


def _known(app: App, noun: str, names: list[str]) -> frozenset[str]:
    from ..errors import UnknownName

    there = app.service.sources if noun == "source" else app.desk.channels
    for name in names:
        if name not in there:
            raise UnknownName(f"there is no {noun} {name!r}; there are: {', '.join(sorted(there))}")
    return frozenset(names)


def _filters(silence: Silence) -> dict[str, list[str]]:
    names = ("places", "kinds", "issuers", "sources", "channels")
    return {name: sorted(map(str, getattr(silence, name))) for name in names}


def _covers(silence: Silence) -> str:
    said = [f"{name} {' '.join(values)}" for name, values in _filters(silence).items() if values]
    return ", ".join([*(said or ["everything"]), f"up to {silence.max_severity}"])


def _line(silence: Silence) -> dict[str, object]:
    from . import lines

    return {
        "id": silence.id, "until": lines.at(silence.until), "author": silence.author, "reason": silence.reason,
        "max_severity": silence.max_severity, **_filters(silence),
    }  # fmt: skip
