"""The commands that understand: one text, or a whole recording."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import argument, flag, takes
from .common import AS_JSON, CONFIG, emit, hint, interactive, progress, say, settings

if TYPE_CHECKING:
    from ..model import Change, Item, Reading
    from ..service.report import Report as Backtest

TEXT = argument(
    "text", nargs="?", default="-", metavar="FILE|-|URL", help="An article as plain text, or items as JSON lines; - is standard input."
)
RECORDINGS = argument(
    "recordings",
    nargs="+",
    type=Path,
    metavar="RECORDING",
    help="A folder or .tar.xz with recording.toml and bodies; demo: the bundled story.",
)
CONFIGS = argument(
    "--config", "-c", action="append", default=[], type=Path, metavar="FILE",
    help="Whose routes decide about deliveries; twice: side by side in a report.",
)  # fmt: skip
REPORT = argument("--report", type=Path, metavar="FILE", help="Write a report: .html, .json or .txt; - prints it.")
SIGN_RECORD = argument("--signs", type=Path, metavar="FILE", help="Write how often each early sign was followed by a departure.")
WITH_SIGNS = flag("--with-signs", help="Print early signs too.")


@takes(TEXT, CONFIG, AS_JSON)
def explain(text: str, config: Path | None, json: bool) -> None:
    """Say what is understood of a text, and which words prove it."""
    from ..knowledge.reading import read
    from . import lines

    for number, item in enumerate(_items(text, config)):
        reading = read(item)
        if json:
            emit(lines.reading(item, reading))
        else:
            _show(item, reading, first=number == 0)


@takes(RECORDINGS, CONFIGS, AS_JSON, REPORT, SIGN_RECORD, WITH_SIGNS)
def replay(recordings: list[Path], config: list[Path], json: bool, report: Path | None, signs: Path | None, with_signs: bool) -> None:
    """Run recordings through the real pipe on their own clock, into a store that is thrown away; several give a report."""
    from ..log import configure

    configure("auto", "warning")
    if len(recordings) == 1 and len(config) < 2 and report is None and signs is None:
        _stream(recordings[0], config[0] if config else None, json=json, early=with_signs)
    else:
        _report(recordings, config, json=json, to=report, signs=signs)


def _stream(recording: Path, config: Path | None, *, json: bool, early: bool) -> None:
    """Every change as it comes."""
    from ..backtest import opened_demo
    from ..rehearsal import rehearsal
    from . import lines

    with (
        opened_demo([recording]) as (path,),
        rehearsal(path, config, early=early) as (bodies, total),
        progress(f"replaying {recording.name}", total) as step,
    ):
        for changes in bodies:
            step()
            for change in changes:
                emit(lines.change(change)) if json or not interactive() else _tell(change)


def _report(recordings: list[Path], configs: list[Path], *, json: bool, to: Path | None, signs: Path | None) -> None:
    """What would have been told, as text, JSON or a page."""
    from ..backtest import backtest, opened_demo
    from ..knowledge.places import name
    from ..service import worlds
    from ..service.report_data import as_json, as_text
    from ..service.signs import record_text

    with opened_demo(recordings) as paths:
        found = [worlds.look(path) for path in paths]
        with progress("replaying", sum(r.polls for r in found)) as step:
            made = backtest(found, configs, step)
    if signs:
        _write(signs, record_text(made.signs, len(found), round(made.weeks * 7)))
    if to is None or str(to) == "-":
        emit(as_json(made, name)) if json else say(as_text(made, name).rstrip("\n"))
    else:
        _write(to, _drawn(made, to.suffix))


def _drawn(made: Backtest, suffix: str) -> str:
    """A report in the form that the name of its file asks for. Raises WrongUse for a form there is not."""
    import json

    from ..errors import WrongUse
    from ..knowledge.places import name
    from ..route.words import headline
    from ..service.report_data import as_json, as_text
    from ..service.report_page import as_html

    match suffix.lower():
        case ".html":
            return as_html(made, name, lambda change: headline(change, "en", name))
        case ".json":
            return json.dumps(as_json(made, name), ensure_ascii=False, indent=1) + "\n"
        case ".txt":
            return as_text(made, name)
        case _:
            raise WrongUse(f"--report: a name that ends in .html, .json or .txt, not {suffix or 'nothing'}")


def _write(path: Path, text: str) -> None:
    from ..errors import WrongUse

    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}") from None
    hint(f"wrote {path}")


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
