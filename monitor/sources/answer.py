"""What fetching answers: the values that cross from the network to the shell, and the bounds they were fetched under."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from monitor.errors import FetchError
from monitor.ledger import Cursor

__all__ = ["Fetched", "Limits", "Status", "Why"]


class Status(StrEnum):
    """What one request came to."""

    NOT_MODIFIED = "not_modified"
    BODY = "body"
    FAILED = "failed"


class Why(StrEnum):
    """Why there is no body; the closed set of words in `FetchError.why`."""

    BAD_URL = "bad_url"
    REFUSED_ADDRESS = "refused_address"
    NO_CONNECTION = "no_connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    DEADLINE = "deadline"
    TOO_LARGE = "too_large"
    CUT_OFF = "cut_off"
    BAD_ENCODING = "bad_encoding"
    REDIRECTS = "redirects"
    HTTP_STATUS = "http_status"
    BLOCKED = "blocked"
    PROTOCOL = "protocol"
    ROBOTS = "robots"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one batch may take; times in seconds, sizes in bytes. `total` runs from the first connection to the last byte."""

    in_flight: int = 64
    per_host: int = 2
    connect: float = 10.0
    read: float = 20.0
    total: float = 60.0
    wire_bytes: int = 16_000_000
    body_bytes: int = 48_000_000
    redirects: int = 5
    retry_after: timedelta = timedelta(days=1)


_NOWHERE = Cursor()


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer. `cursor` is what to send next time if this body is understood; `url_final` is without credentials.

    `fresh` is for how long the answer calls itself valid, None when it says nothing.
    `more` says that others came at the same time and follow at once, so that small work may wait and be done together.
    """

    source_id: str
    status: Status
    body: bytes = b""
    cursor: Cursor = _NOWHERE
    content_type: str = ""
    url_final: str = ""
    error: FetchError | None = None
    took: float = 0.0
    retry_after: timedelta | None = None
    fresh: timedelta | None = None
    more: bool = False
