"""The commands that understand: one text, or a whole recording."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .common import AsJson, Config, emit, interactive, progress, say, settings

if TYPE_CHECKING:
    from ..model import Change, Item, Reading

Text = Annotated[str, typer.Argument(metavar="[FILE|-|URL]", help="An article as plain text, or items as JSON lines; - is standard input.")]
Recording = Annotated[Path, typer.Argument(help="A recording: a folder or a .tar.xz with recording.toml and bodies.")]


def explain(text: Text = "-", config: Config = None, json: AsJson = False) -> None:
    """Say what is understood of a text, and which words prove it."""
    from ..knowledge.reading import read
    from . import lines

    for number, item in enumerate(_items(text, config)):
        reading = read(item)
        if json:
            emit(lines.reading(item, reading))
        else:
            _show(item, reading, first=number == 0)


def replay(recording: Recording, config: Config = None, json: AsJson = False) -> None:
    """Run a recording through the real pipe on its own clock, into a store that is thrown away."""
    from ..app import rehearsal
    from ..log import configure
    from . import lines

    configure("auto", "warning")

    with rehearsal(recording, config) as (bodies, total), progress(f"replaying {recording.name}", total) as step:
        for changes in bodies:
            step()
            for change in changes:
                emit(lines.change(change)) if json or not interactive() else _tell(change)


def _items(text: str, config: Path | None) -> Iterator[Item]:
    """The items of a file: one a line when its lines are JSON objects, else the whole as one article."""
    import json

    from ..errors import WrongUse
    from ..knowledge.items import item_of

    raw = _raw(text, config)
    if not raw.lstrip().startswith("{"):
        yield item_of(raw)
        return
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise WrongUse(f"{text}: line {number} is not JSON: {error}") from None
        if not isinstance(record, dict):
            raise WrongUse(f"{text}: line {number} is not a JSON object")
        yield item_of(record)


def _raw(text: str, config: Path | None) -> str:
    from ..errors import WrongUse

    if text == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    if text.startswith(("http://", "https://")):
        from ..app import page_text

        return page_text(text, settings(config) if config else None)
    try:
        return Path(text).read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise WrongUse(f"{text}: {error.strerror}") from None


def _tell(change: Change) -> None:
    from ..knowledge.places import name
    from ..route.words import headline

    mark = "held  " if change.held else "      "
    say(f"{change.at:%Y-%m-%d %H:%M} {mark}{headline(change, 'en', name)} [{change.source}, {change.reason}]")


def _show(item: Item, reading: Reading, first: bool) -> None:
    """A reading for people: the text with the proving words marked, then what follows from them."""
    if not first:
        say()
    _marked(item, reading)
    say()
    for label, value in _conclusions(reading):
        say(f"{label + ':':<12} {value}")
    for signal in reading.signals:
        words = ", ".join(filter(None, (signal.kind, signal.stage, "restated" if signal.restated else "", *sorted(signal.audiences))))
        say(f'  + {words}: "{signal.evidence.quote}" [{signal.evidence.rule}]')
    for note in reading.notes:
        say(f'  · {note.name}: "{note.evidence.quote}" [{note.evidence.rule}]')
    for rejected in reading.rejected:
        say(f'  - not taken, {rejected.why}: "{rejected.evidence.quote}" [{rejected.evidence.rule}]')


def _conclusions(reading: Reading) -> Iterator[tuple[str, Any]]:
    from ..knowledge.places import name

    yield "relevant", "yes" if reading.relevant else "no"
    if not reading.relevant:
        return
    yield "places", ", ".join(f"{name(p)} ({p})" for p in reading.places) or "none named"
    yield "issuer", f"{name(reading.issuer)} ({reading.issuer})" if reading.issuer else "not known"
    yield "kind", ", ".join(reading.kinds)
    yield "stage", reading.stage or "not said"
    yield "level", reading.level or "not said"
    yield "audiences", ", ".join(sorted(reading.audiences)) or "not said"
    yield "severity", reading.severity
    yield "certainty", reading.certainty


def _marked(item: Item, reading: Reading) -> None:
    from rich.console import Console
    from rich.text import Text

    from ..harmless import harmless

    shown = Text(harmless(item.title), style="bold")
    body = Text("\n".join(harmless(line) for line in item.text.split("\n")))
    for part in (shown, body):
        for quote in dict.fromkeys(e.quote for e in (*reading.evidence, *(s.evidence for s in reading.signals))):
            part.highlight_words([harmless(quote)], style="reverse", case_sensitive=False)
    console = Console(highlight=False)
    for part in (shown, body):
        if part.plain.strip():
            console.print(part)
