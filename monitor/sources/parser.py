"""Parsing at arm's length: in processes that have limits, that can be killed, and whose death costs one body only."""

from __future__ import annotations

import contextlib
import datetime
import enum
import io
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from monitor.errors import BadBody
from monitor.model import Source
from monitor.sources.base import BodyFault, Parsed, bad
from monitor.sources.worker import HEADER, inline, receive

__all__ = ["Parse", "Workers", "inline"]

Parse = Callable[[Source, bytes], Parsed]
"""What parses a body for the shell: `inline`, or a `Workers`. Raises BadBody and nothing else."""

_START = 30.0
_SPARE = 60.0
"""Seconds for which a process waits for work: starting one costs more than a hundred bodies do."""

_PATIENCE = 0.5
"""Seconds for which a body waits for a process that is at work before another one is started: most take some milliseconds."""

_BOOT = (
    "import sys; sys.path[:] = sys.argv[4:]; from monitor.sources.worker import serve; "
    "serve(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))"
)


class Workers:
    """A few parsing processes, started when needed and kept for the next bodies; those that nobody needed for a minute end.

    `deadline` is the time one body may take in seconds, `memory` the address space of one process in bytes, `most` how many
    bodies are parsed at once: a body that hangs holds up no other as long as there is another process.
    """

    def __init__(self, *, deadline: float = 20.0, memory: int = 1_000_000_000, most: int = 4) -> None:
        self._deadline = deadline
        self._memory = memory
        self._slots = threading.BoundedSemaphore(most)
        self._idle: list[tuple[_Process, float]] = []
        self._changed = threading.Condition()
        self._at_work = 0
        self._closed = False

    def __call__(self, source: Source, body: bytes) -> Parsed:
        """Parse a body; raises BadBody, also when it takes too long or brings its process down."""
        with self._slots:
            process = self._take()
            try:
                answer = process.ask(source, body, self._deadline)
            except BaseException:
                process.kill()
                self._give_back(None)
                raise
            self._give_back(process)
        if isinstance(answer, Parsed):
            return answer
        why, detail, blocked = answer
        raise BadBody(why, detail, blocked=blocked)

    def close(self) -> None:
        """End the processes; nothing can be parsed afterwards."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            idle, self._idle = self._idle, []
        for process, _ in idle:
            process.kill()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _take(self) -> _Process:
        """A process that is free, or will be in a moment; else a new one."""
        with self._changed:
            if self._at_work:
                self._changed.wait_for(lambda: self._idle or self._closed, timeout=_PATIENCE)
            if self._closed:
                raise bad(BodyFault.CRASHED, "the parser is closed")
            self._at_work += 1
            if self._idle:
                return self._idle.pop()[0]
        try:
            return _Process(self._memory, int(self._deadline) + 1)
        except BaseException:
            self._give_back(None)
            raise

    def _give_back(self, process: _Process | None) -> None:
        """Keep a process for the next body (None: it is no more) and end those that nobody needed for long."""
        now = time.monotonic()
        with self._changed:
            self._at_work -= 1
            spare = [p for p, since in self._idle if now - since > _SPARE]
            self._idle = [(p, since) for p, since in self._idle if now - since <= _SPARE]
            if process is not None and self._closed:
                spare.append(process)
            elif process is not None:
                self._idle.append((process, now))
            self._changed.notify()
        for one in spare:
            one.kill()


class _Process:
    """One parsing process and the socket to it. It gets no environment: there may be secrets in ours."""

    def __init__(self, memory: int, seconds: int) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-c", _BOOT, str(theirs.fileno()), str(memory), str(seconds), *sys.path]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                command,
                env={},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._socket = ours
        self._ready = False

    def ask(self, source: Source, body: bytes, deadline: float) -> Any:
        """What the process makes of a body; raises BadBody when it makes nothing of it in time."""
        request = pickle.dumps((source, body), pickle.HIGHEST_PROTOCOL)
        try:
            self._wait_until_ready()
            until = time.monotonic() + deadline
            self._socket.settimeout(deadline)
            self._socket.sendall(HEADER.pack(len(request)) + request)
            return _Answers(io.BytesIO(receive(self._socket, until))).load()
        except TimeoutError:
            raise bad(BodyFault.TOO_SLOW, f"not parsed in {deadline:g} s") from None
        except (EOFError, OSError):
            raise bad(BodyFault.CRASHED, f"the parser died: {self._ended()}") from None
        except (pickle.UnpicklingError, ValueError, TypeError, AttributeError) as error:
            raise bad(BodyFault.CRASHED, f"no answer of ours: {error}") from None

    def kill(self) -> None:
        self._socket.close()
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)

    def _wait_until_ready(self) -> None:
        if not self._ready:
            self._socket.settimeout(_START)
            if not self._socket.recv(1):
                raise EOFError
            self._ready = True

    def _ended(self) -> str:
        try:
            return f"exit status {self._process.wait(timeout=2)}"
        except subprocess.TimeoutExpired:
            return "still there"


class _Answers(pickle.Unpickler):
    """Reads answers made of our own values only: the process that wrote them has seen hostile bytes."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in (("datetime", "datetime"), ("datetime", "timezone"), ("datetime", "timedelta")):
            return getattr(datetime, name)
        if module in ("monitor.model", "monitor.sources.base") or module.startswith("monitor.model."):
            found = super().find_class(module, name)
            if isinstance(found, type) and (issubclass(found, enum.Enum) or hasattr(found, "__dataclass_fields__")):
                return found
        raise pickle.UnpicklingError(f"{module}.{name}")
