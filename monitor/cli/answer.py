"""The commands with which people answer: seen it, believe it, reject it, send it again."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .common import Config, say, settings

if TYPE_CHECKING:
    from ..operate import Operator

Line = Annotated[str, typer.Argument(metavar="ID", help="Id of a delivery, as `monitor deliveries` and every message name it.")]
HeldChange = Annotated[str, typer.Argument(metavar="ID", help="Id of a held change, as `monitor alerts --held --json` names it.")]
By = Annotated[str, typer.Option("--by", help="Who says so; without it, the name you are logged in by.")]


def ack(line: Line, config: Config = None, by: By = "") -> None:
    """Say that you have seen an alert: reminders and escalations end until it gets worse."""
    with operator(config) as acts:
        acts.acknowledge(line, by or getpass.getuser())
    say(f"{line}: acknowledged")


def confirm(change: HeldChange, config: Config = None, by: By = "") -> None:
    """Believe a held change: it is told now."""
    with operator(config) as acts:
        acts.confirm(change, by or getpass.getuser())
        acts.app.deliver()
    say(f"{change}: confirmed and told")


def reject(change: HeldChange, config: Config = None, by: By = "") -> None:
    """Do not believe a held change: it is never told."""
    with operator(config) as acts:
        acts.reject(change, by or getpass.getuser())
    say(f"{change}: rejected")


def redeliver(line: Line, config: Config = None, by: By = "") -> None:
    """Send a message that has ended once more, under its own id."""
    with operator(config) as acts:
        acts.redeliver(line, by or getpass.getuser())
        acts.app.deliver()
        state = acts.app.store.delivery(line).state
    say(f"{line}: {state}")


@contextmanager
def operator(config: Path | None) -> Iterator[Operator]:
    """Somebody who acts on the ledger of a configuration."""
    from ..app import opened
    from ..operate import Operator

    with opened(settings(config)) as app:
        yield Operator(app)
