"""Cursors and ETags: how a list is read page by page, and how an answer that did not change costs nothing."""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from ..errors import UnknownName

Mark = tuple[datetime, str]


def cursor(mark: Mark | None) -> str | None:
    """A place in a list as an opaque word."""
    if mark is None:
        return None
    at, id = mark
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{id}".encode()).decode().rstrip("=")


def mark(word: str | None) -> Mark | None:
    """The place that a cursor names; UnknownName when it is none of ours."""
    if not word:
        return None
    try:
        at, bar, id = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode().partition("|")
        when = datetime.fromisoformat(at)
    except (ValueError, binascii.Error):
        raise UnknownName("cursor: not one that this list gave out") from None
    if not bar or when.tzinfo is None:
        raise UnknownName("cursor: not one that this list gave out")
    return when.astimezone(UTC), id


def tagged(request: Request, content: bytes, media_type: str, *, last: datetime | None = None, private: bool = False) -> Response:
    """An answer with its ETag; 304 without a body when the asker has it already."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = {"etag": etag, "cache-control": "private, no-cache" if private else "no-cache"}
    if last is not None:
        headers["last-modified"] = last.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    wanted = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in wanted or "*" in wanted:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
