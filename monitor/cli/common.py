"""What the commands share: finding the configuration, opening the ledger, and output for people or for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import WrongUse
from .arguments import argument, flag

if TYPE_CHECKING:
    from ..ledger import Reader
    from ..settings.values import Settings

PLACES = ("monitor.toml", "config/monitor.toml", "/etc/monitor/monitor.toml")
"""Where the configuration is looked for when neither --config nor $MONITOR_CONFIG names it."""

CONFIG = argument("--config", "-c", type=Path, metavar="FILE", help="The configuration; without it $MONITOR_CONFIG, then ./monitor.toml.")
AS_JSON = flag("--json", help="One JSON value a line, for programs.")
T = TypeVar("T")


def config_path(given: Path | None) -> Path:
    """The configuration file that is meant. Raises WrongUse when there is none."""
    if given or (named := os.environ.get("MONITOR_CONFIG")):
        return given or Path(named or "")
    for place in map(Path, PLACES):
        if place.is_file():
            return place
    raise WrongUse("no configuration found; `monitor init` writes one, --config names one")


def settings(given: Path | None) -> Settings:
    """The checked settings, secrets included; from here on warnings go to standard error. Asked for before what logs is loaded."""
    from ..lean import plain_log

    plain_log()
    from ..log import configure
    from ..settings.load import load

    read = load(config_path(given))
    configure(read.log.format, "warning")
    return read


@contextmanager
def ledger(given: Path | None) -> Iterator[tuple[Settings, Reader]]:
    """The settings and the store, for commands that only read: secrets need not be there, and a store must be."""
    from ..settings.load import load, unchecked
    from ..store import open_reader

    read = load(config_path(given), unchecked)
    path = Path(read.store_url.removeprefix("sqlite:///"))
    if read.store_url.startswith("sqlite:///") and not path.exists():
        raise WrongUse(f"nothing was watched yet: {path} does not exist; `monitor run` or `monitor poll` makes it")
    store = open_reader(read.store_url)
    try:
        yield read, store
    finally:
        store.close()


def moment(text: str, option: str) -> datetime:
    """A time with its zone, as "2026-03-01T12:00Z". Raises WrongUse that names the option."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise WrongUse(f'{option}: not a time with its zone, as in "2026-03-01T12:00Z"')
    return read.astimezone(UTC)


def emit(*values: Any) -> None:
    """One JSON value a line on standard output."""
    for value in values:
        sys.stdout.write(_readable(json.dumps(value, ensure_ascii=False, default=str)) + "\n")
    sys.stdout.flush()


def _readable(line: str) -> str:
    """JSON in which what would steer a terminal or hide is written as escapes; it reads the same."""
    return line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def say(text: str = "") -> None:
    """A line for people on standard output."""
    from ..harmless import harmless

    sys.stdout.write("\n".join(harmless(line) for line in text.split("\n")) + "\n")


def hint(text: str) -> None:
    """A line beside the result, on standard error, where it disturbs no program."""
    sys.stderr.write(text + "\n")


def interactive() -> bool:
    """Whether a person is looking."""
    return sys.stdout.isatty()


def table(head: Sequence[str], rows: Iterable[Sequence[Any]], empty: str = "") -> None:
    """A table: aligned on a terminal, tab-separated with its head elsewhere. `empty` is said instead when there is no row."""
    from ..harmless import harmless

    cells = [[harmless(str("" if cell is None else cell)) for cell in row] for row in rows]
    if not cells and empty and interactive():
        say(empty)
    elif not interactive():
        sys.stdout.writelines("\t".join(row) + "\n" for row in [list(head), *cells])
    else:
        _aligned(head, cells)


def _aligned(head: Sequence[str], cells: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        grid.add_column(name, overflow="fold")
    for row in cells:
        grid.add_row(*map(Text, row))
    Console().print(grid)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Any]:
    """A function to call after each step; draws a bar on standard error when that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
