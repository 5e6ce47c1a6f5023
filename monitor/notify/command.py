"""`command`: a program of the operator's own, fed the JSON body on its standard input; no shell is involved."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from typing import ClassVar

from pydantic import Field, field_validator

from ..errors import Refused, TryLater
from ..route.message import Message
from .base import BaseChannel

_NEVER = {os.EX_USAGE, os.EX_DATAERR, os.EX_NOINPUT, os.EX_NOUSER, os.EX_NOHOST, os.EX_NOPERM, os.EX_CONFIG}
"""The statuses of sysexits.h that say: not like this. Every other failure is tried again."""

_KEPT = ("PATH", "HOME", "LANG", "TZ")


class Command(BaseChannel):
    """Runs `argv` once per message; exit 0 means told. The message's id is in MONITOR_ID, its type in MONITOR_TYPE."""

    kind: ClassVar[str] = "command"
    argv: tuple[str, ...] = Field(min_length=1)

    @field_validator("argv", mode="before")
    @classmethod
    def _a_program(cls, argv: object) -> object:
        return (argv,) if isinstance(argv, str) else argv

    def send(self, message: Message) -> str:
        """Run the program to its end; one that takes too long is killed with everything it started."""
        env = {name: os.environ[name] for name in _KEPT if name in os.environ}
        env |= {"MONITOR_ID": message.id, "MONITOR_TYPE": str(message.type)}
        body = json.dumps(message.body, ensure_ascii=False).encode("utf-8", "replace")
        try:
            program = subprocess.Popen(  # noqa: S603 - the operator's own argv, never a shell
                self.argv, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
        except OSError as error:
            raise TryLater(f"the program cannot be started ({type(error).__name__})") from None
        try:
            program.communicate(body, timeout=self._net.deadline.total_seconds())
        except subprocess.TimeoutExpired:
            raise TryLater("the program took too long and was killed") from None
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()
        return self._judged(program.returncode)

    def reach(self) -> str:
        """Whether the program is there and may be run."""
        found = shutil.which(self.argv[0])
        if found is None:
            raise Refused("there is no such program, or it may not be run")
        return "the program is there"

    @staticmethod
    def _judged(status: int) -> str:
        if status in _NEVER:
            raise Refused(f"the program said exit {status}")
        if status != 0:
            raise TryLater(f"the program said exit {status}")
        return "exit 0"
