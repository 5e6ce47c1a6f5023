"""What an answer over HTTP means for a delivery, and how long and how much of it is waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ..errors import Refused, TryLater

if TYPE_CHECKING:
    import httpx

ANSWER_CAP = 64 * 1024
"""So much of an answer is read; receivers have little to say."""

MAX_WAIT = timedelta(days=1)
"""Nobody is waited for longer, whatever it asks."""

_AND_AGAIN = 0.05
"""Seconds after which a connection that should be cut is cut once more."""

_AGAIN = frozenset({408, 409, 423, 425, 429})


@contextmanager
def no_longer_than(deadline: timedelta, sock: Callable[[], Any]) -> Iterator[float]:
    """Cuts the connection when the whole exchange takes too long: time-outs of single reads cannot end a slow drip.

    Gives the end on the monotonic clock. `sock` is asked for the socket then, and may answer None.
    """
    over = threading.Event()

    def cut() -> None:
        late = over.wait(deadline.total_seconds())
        while not late:  # the connection may only be made when time is over already
            _shut(sock())
            late = over.wait(_AND_AGAIN)

    threading.Thread(target=cut, name="deadline", daemon=True).start()
    try:
        yield time.monotonic() + deadline.total_seconds()
    finally:
        over.set()


def _shut(sock: Any) -> None:
    import socket

    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except (OSError, TypeError, ValueError):
        return


def bounded(answer: httpx.Response, deadline: float) -> bytes:
    """The beginning of the body. The status has decided already: a body that does not come changes nothing."""
    import httpx

    raw = b""
    try:
        for chunk in answer.iter_raw():
            raw += chunk
            if len(raw) > ANSWER_CAP or time.monotonic() > deadline:
                break
    except (httpx.HTTPError, httpx.StreamError, OSError):
        return raw[:ANSWER_CAP]
    return raw[:ANSWER_CAP]


def judge(status: int, asked: timedelta | None) -> None:
    """What a status means for the delivery: fine, later, never."""
    if 200 <= status < 300:
        return
    if status == 410:
        raise Refused("HTTP 410 gone", gone=True)
    if status >= 500 or status in _AGAIN or 300 <= status < 400:
        raise TryLater(f"HTTP {status}", asked)
    raise Refused(f"HTTP {status}")


def wait(headers: Mapping[str, str]) -> timedelta | None:
    """What Retry-After asks for (seconds or a date), within a day."""
    asked = headers.get("retry-after", "").strip()
    if not asked:
        return None
    if asked.isascii() and asked.isdigit():
        return min(timedelta(seconds=min(int(asked), 10**6)), MAX_WAIT)
    try:
        left = parsedate_to_datetime(asked) - datetime.now(UTC)
    except (ValueError, TypeError):
        return None
    return min(max(left, timedelta(0)), MAX_WAIT)
