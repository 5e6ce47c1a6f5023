"""SIGHUP reloads, SIGTERM ends, in a real process."""

from __future__ import annotations

import signal
import subprocess
import sys

PROGRAM = """
from monitor.engine.signals import listening
with listening() as signals:
    print("ready", flush=True)
    signals.wait(lambda: print("reload", flush=True))
print("end", flush=True)
"""


def test_hangups_reload_and_terminate_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(2):
            process.send_signal(signal.SIGHUP)
            assert process.stdout.readline() == "reload\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "end\n"
        assert process.wait(30) == 0
