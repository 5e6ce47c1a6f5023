"""Reads web pages only where the site's robots.txt lets us; it is fetched like any source and remembered for a day."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ..errors import FetchError
from ..ledger import Cursor
from ..model import Source
from ..sources.fetch import Fetched, Status, Why
from ..sources.robots import allowed

Fetch = Callable[[Sequence[tuple[Source, Cursor]]], Iterator[Fetched]]

_KINDS = ("austria", "ireland", "new-zealand", "page")
"""Feeds and APIs are offered to programs; pages are not."""
_VALID, _AGAIN = timedelta(days=1), timedelta(minutes=30)
"""RFC 9309: not longer than a day. A robots.txt that could not be had is asked for again sooner."""
_COMPATIBLE, _FIRST = re.compile(r"\(compatible; ([A-Za-z_-]+)"), re.compile(r"([A-Za-z_-]+)")


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a site says, None where it could not be asked; and until when that holds."""

    text: str | None
    until: datetime


class Polite:
    """A fetch that leaves out what robots.txt forbids; the answer for that is a failure that says so. For several threads."""

    def __init__(self, fetch: Fetch, user_agent: str, now: Callable[[], datetime]) -> None:
        found = _COMPATIBLE.search(user_agent) or _FIRST.match(user_agent)
        self._agent = found[1] if found else "*"
        self._fetch, self._now = fetch, now
        self._rules: dict[str, _Rules] = {}
        self._lock = threading.Lock()

    def __call__(self, batch: Sequence[tuple[Source, Cursor]]) -> Iterator[Fetched]:
        """The answers of a batch, as they arrive."""
        asking = [source for source, _ in batch if source.kind in _KINDS]
        if not asking:
            yield from self._fetch(batch)
            return
        self._learn({_site(source.url) for source in asking})
        refused = {source.id: why for source in asking if (why := self._why_not(source.url))}
        for source in asking:
            if source.id in refused:
                error = FetchError(Why.ROBOTS, refused[source.id], blocked=True)
                yield Fetched(source.id, Status.FAILED, error=error)
        rest = [(source, cursor) for source, cursor in batch if source.id not in refused]
        yield from self._fetch(rest) if rest else ()

    def _learn(self, sites: set[str]) -> None:
        """Ask the sites whose rules we do not know or no longer."""
        now = self._now()
        with self._lock:
            stale = sorted(s for s in sites if s not in self._rules or self._rules[s].until <= now)
        asked = [(Source(site, "robots", f"{site}/robots.txt"), Cursor()) for site in stale]
        for answer in self._fetch(asked) if asked else ():
            rules = self._read(answer, now)
            with self._lock:
                self._rules[answer.source_id] = rules

    def _read(self, answer: Fetched, now: datetime) -> _Rules:
        if answer.status is Status.BODY:
            return _Rules(answer.body.decode("utf-8", "replace"), now + _VALID)
        code = answer.error.detail if answer.error else ""
        if re.fullmatch(r"4\d\d", code) and code != "429":
            return _Rules("", now + _VALID)  # there is none: everything may be read
        before = self._rules.get(answer.source_id)
        return _Rules(before.text if before else None, now + _AGAIN)

    def _why_not(self, url: str) -> str:
        with self._lock:
            rules = self._rules.get(_site(url))
        if rules is None or rules.text is None:
            return "robots.txt could not be asked"
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return "" if allowed(rules.text, self._agent, path) else f"robots.txt forbids {path[:100]}"


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
