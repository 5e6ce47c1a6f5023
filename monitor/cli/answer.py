"""The commands with which people answer: seen it, believe it, reject it, send it again."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import argument, takes
from .common import CONFIG, say, settings

if TYPE_CHECKING:
    from ..operate import Operator

LINE = argument("line", metavar="ID", help="Id of a delivery, as `monitor deliveries` and every message name it.")
HELD_CHANGE = argument("change", metavar="ID", help="Id of a held change, as `monitor alerts --held --json` names it.")
BY = argument("--by", metavar="NAME", default="", help="Who says so; without it, the name you are logged in by.")


@takes(LINE, CONFIG, BY)
def ack(line: str, config: Path | None, by: str) -> None:
    """Say that you have seen an alert: reminders and escalations end until it gets worse."""
    with operator(config) as acts:
        acts.acknowledge(line, by or getpass.getuser())
    say(f"{line}: acknowledged")


@takes(HELD_CHANGE, CONFIG, BY)
def confirm(change: str, config: Path | None, by: str) -> None:
    """Believe a held change: it is told now."""
    with operator(config) as acts:
        acts.confirm(change, by or getpass.getuser())
        acts.app.deliver()
    say(f"{change}: confirmed and told")


@takes(HELD_CHANGE, CONFIG, BY)
def reject(change: str, config: Path | None, by: str) -> None:
    """Do not believe a held change: it is never told."""
    with operator(config) as acts:
        acts.reject(change, by or getpass.getuser())
    say(f"{change}: rejected")


@takes(LINE, CONFIG, BY)
def redeliver(line: str, config: Path | None, by: str) -> None:
    """Send a message that has ended once more, under its own id."""
    with operator(config) as acts:
        acts.redeliver(line, by or getpass.getuser())
        acts.app.deliver()
        state = acts.app.store.delivery(line).state
    say(f"{line}: {state}")


@contextmanager
def operator(config: Path | None) -> Iterator[Operator]:
    """Somebody who acts on the ledger of a configuration."""
    read = settings(config)
    from ..app import opened
    from ..operate import Operator

    with opened(read) as app:
        yield Operator(app)
