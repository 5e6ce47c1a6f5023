"""The command line: what it has is here, what each command does in the modules beside; heavy things load when used."""

from __future__ import annotations

import os
import sys

from .. import __version__
from ..errors import MonitorError, SettingsError, WrongUse
from . import answer, catalogue, init, keep, look, practice, silence, start, understand, work
from .arguments import Command, Group, parse

COMMANDS: dict[str, Command | Group] = {
    "run": work.run,
    "worker": work.worker,
    "poll": work.poll,
    "check": work.check,
    "explain": understand.explain,
    "replay": understand.replay,
    "status": look.status,
    "alerts": look.alerts,
    "history": look.history,
    "deliveries": look.deliveries,
    "sources": catalogue.SOURCES,
    "ack": answer.ack,
    "confirm": answer.confirm,
    "reject": answer.reject,
    "redeliver": answer.redeliver,
    "silence": silence.SILENCE,
    "test": work.test,
    "drill": practice.drill,
    "route": practice.ROUTE,
    "backup": keep.backup,
    "restore": keep.restore,
    "export": keep.export,
    "demo": start.demo,
    "init": init.init,
    "schema": start.schema,
}

_ABOUT = "Tells people, first and surely, that a government has changed what it says about a place."
_EPILOG = "Exit codes: 0 fine, 1 something is wrong with the world, 2 wrong use or configuration."
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code; what was expected to go wrong is one sentence and no traceback."""
    from ..lean import no_plugins, seldom_sweep

    command = parse("monitor", _ABOUT, _EPILOG, __version__, COMMANDS, arguments)
    no_plugins()
    seldom_sweep()
    try:
        command()
        sys.stdout.flush()
    except SettingsError as error:
        sys.exit(_complain(str(error), 2))
    except WrongUse as error:
        sys.exit(_complain(f"monitor: {error}", 2))
    except MonitorError as error:
        sys.exit(_complain(f"monitor: {error}", 1))
    except (KeyboardInterrupt, EOFError):
        sys.exit(_complain("", _INTERRUPTED))
    except BrokenPipeError:
        # whoever read our output has gone; what is left of it goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(0)


def _complain(text: str, code: int) -> int:
    from ..harmless import harmless

    sys.stderr.write("\n".join(map(harmless, text.split("\n"))) + "\n")
    return code
