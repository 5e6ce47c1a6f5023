"""The process that parses: reads strangers' bytes under limits of its own, and may be killed at any moment."""

from __future__ import annotations

import contextlib
import pickle
import resource
import signal
import socket
import struct
import sys
import time

from monitor.errors import BadBody
from monitor.model import Source
from monitor.sources.base import BodyFault, Parsed, adapter_for, bad

__all__ = ["HEADER", "READY", "inline", "receive", "serve"]

HEADER = struct.Struct(">Q")
READY = b"!"


def inline(source: Source, body: bytes) -> Parsed:
    """Parse here and now: for replays and tests. A bug in an adapter is a fault of this body and of no other."""
    try:
        return adapter_for(source.kind)(body, source)
    except BadBody:
        raise
    except MemoryError:
        raise bad(BodyFault.TOO_LARGE, "not enough memory") from None
    except Exception as error:
        raise bad(BodyFault.CRASHED, f"{type(error).__name__}: {error}") from error


def receive(connection: socket.socket, until: float | None = None) -> bytes:
    """One message; raises EOFError when the other side is gone, TimeoutError when `until` (monotonic) has passed."""
    (size,) = HEADER.unpack(_exactly(connection, HEADER.size, until))
    return _exactly(connection, size, until)


def _exactly(connection: socket.socket, size: int, until: float | None) -> bytes:
    taken = bytearray()
    while len(taken) < size:
        if until is not None:
            connection.settimeout(max(until - time.monotonic(), 0.001))
        chunk = connection.recv(min(size - len(taken), 1 << 20))
        if not chunk:
            raise EOFError
        taken += chunk
    return bytes(taken)


def serve(descriptor: int, memory: int, seconds: int) -> None:
    """Answer requests until the other side is gone; `memory` in bytes, `seconds` of processor time for each body."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with socket.socket(fileno=descriptor) as connection, contextlib.suppress(EOFError, OSError):
        connection.sendall(READY)
        while True:
            source, body = pickle.loads(receive(connection))  # noqa: S301 - from the daemon itself
            _limit_processor(seconds)
            answer = _answer(source, body)
            connection.sendall(HEADER.pack(len(answer)) + answer)


def _answer(source: Source, body: bytes) -> bytes:
    try:
        return pickle.dumps(inline(source, body), pickle.HIGHEST_PROTOCOL)
    except BadBody as error:
        return pickle.dumps((error.why, error.detail, error.blocked), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return pickle.dumps((BodyFault.TOO_LARGE.value, "not enough memory", False), pickle.HIGHEST_PROTOCOL)


def _limit_processor(seconds: int) -> None:
    """Should the daemon die while this process loops, the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


if __name__ == "__main__":
    sys.exit("this is started by the parser")
