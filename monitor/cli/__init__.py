"""The command line: what it has is here, what each command does in the modules beside; heavy things load when used."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from .. import __version__
from ..errors import MonitorError, SettingsError, WrongUse
from . import answer, catalogue, init, keep, look, practice, silence, start, understand, work
from .late import Late, late

app = typer.Typer(
    name="monitor",
    cls=Late,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Tells people, first and surely, that a government has changed what it says about a place.",
    epilog="Exit codes: 0 fine, 1 something is wrong with the world, 2 wrong use or configuration.",
)

for command in (
    work.run,
    work.worker,
    work.poll,
    work.check,
    understand.explain,
    understand.replay,
    look.status,
    look.alerts,
    look.history,
    look.deliveries,
    answer.ack,
    answer.confirm,
    answer.reject,
    answer.redeliver,
    work.test,
    practice.drill,
    keep.backup,
    keep.restore,
    keep.export,
    start.demo,
    init.init,
    start.schema,
):
    app.command()(command)
app.add_typer(catalogue.app, name="sources")
app.add_typer(silence.app, name="silence")
app.add_typer(practice.route, name="route")


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"monitor {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")] = False,
) -> None:
    from ..lean import no_plugins, seldom_sweep

    no_plugins()
    seldom_sweep()


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code; what was expected to go wrong is one sentence and no traceback."""
    try:
        late(app)(args=arguments, prog_name="monitor")
    except SettingsError as error:
        sys.exit(_complain(str(error), 2))
    except WrongUse as error:
        sys.exit(_complain(f"monitor: {error}", 2))
    except MonitorError as error:
        sys.exit(_complain(f"monitor: {error}", 1))


def _complain(text: str, code: int) -> int:
    from ..harmless import harmless

    sys.stderr.write("\n".join(map(harmless, text.split("\n"))) + "\n")
    return code
