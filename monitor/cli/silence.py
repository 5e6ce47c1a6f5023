"""The commands about silences: tell nobody of some changes until a time, with a reason that everybody can read."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..model import ChangeKind, Severity
from .answer import By, operator
from .common import AsJson, Config, config_path, emit, say, table

if TYPE_CHECKING:
    from ..app import App
    from ..route.routes import Silence
    from ..settings.values import Settings

Until = Annotated[str, typer.Option(help='When it ends: a length as "2h" or "3d", or a time as "2026-03-01T12:00Z".')]
Why = Annotated[str, typer.Option(help="Why; whoever wonders will read it.")]
Places = Annotated[list[str] | None, typer.Option("--place", help="Only this place, by code or name; may be said again, as the others.")]
Kinds = Annotated[list[ChangeKind] | None, typer.Option("--kind", help="Only this kind of change.")]
Issuers = Annotated[list[str] | None, typer.Option("--issuer", help="Only what this government says.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Only what this source says.")]
Channels = Annotated[list[str] | None, typer.Option("--channel", help="Only for this channel.")]
Most = Annotated[Severity, typer.Option("--max-severity", help="What is worse than this is told all the same.")]
Ended = Annotated[str, typer.Argument(metavar="ID", help="Id of a silence, as `monitor silence list` names it.")]

app = typer.Typer(no_args_is_help=True, help="Tell nobody of some changes until a time; list silences, end one early.")


@app.command()
def add(
    until: Until, reason: Why, place: Places = None, kind: Kinds = None, issuer: Issuers = None, source: Sources = None,
    channel: Channels = None, max_severity: Most = Severity.SEVERE, config: Config = None, by: By = "", json: AsJson = False,
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
            places=frozenset(map(place_code, place or ())), kinds=frozenset(kind or ()), issuers=frozenset(map(place_code, issuer or ())),
            sources=_known(acts.app, "source", source), channels=_known(acts.app, "channel", channel),
        )  # fmt: skip
        acts.silence(new)
    emit(_line(new)) if json else say(f"{new.id}: silent until {new.until:%Y-%m-%d %H:%M} UTC: {_covers(new)}")


@app.command("list")
def show(config: Config = None, json: AsJson = False) -> None:
    """The silences in force, the next to end first."""
    from ..settings.load import load, unchecked

    now = datetime.now(UTC)
    found = [s for s in kept(load(config_path(config), unchecked)) if s.until > now]
    if json:
        emit(*map(_line, found))
    else:
        rows = [(s.id, f"{s.until:%Y-%m-%d %H:%M}", s.author, s.reason, _covers(s)) for s in found]
        table(("id", "until (UTC)", "by", "why", "covers"), rows, "Nothing is silenced.")


@app.command()
def end(id: Ended, config: Config = None, by: By = "") -> None:
    """End a silence before its time; what was not told meanwhile stays untold."""
    with operator(config) as acts:
        acts.unsilence(id, by or getpass.getuser())
    say(f"{id}: ended")


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


def _known(app: App, noun: str, names: list[str] | None) -> frozenset[str]:
    from ..errors import UnknownName

    there = app.service.sources if noun == "source" else app.desk.channels
    for name in names or ():
        if name not in there:
            raise UnknownName(f"there is no {noun} {name!r}; there are: {', '.join(sorted(there))}")
    return frozenset(names or ())


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
