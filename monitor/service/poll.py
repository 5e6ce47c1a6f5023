"""One poll: fetch, parse, read, detect, route, and save the whole of it in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import datetime

import structlog

from ..errors import BadBody, StalePoll, StoreError
from ..ledger import FAR, SourceRecord
from ..model import Source
from ..sources.base import Parsed
from ..sources.fetch import Fetched
from .context import Service
from .outcome import cheap, decided, failed
from .step import Polled, Step

__all__ = ["Polled", "poll", "take"]

log = structlog.get_logger()

_TRIES = 20
"""So often a poll is decided: each time it is overtaken somebody else has been saved, so this many are many busy workers."""
Parse = Callable[[Source, bytes], Parsed]

_turn = threading.Lock()
"""Those that were overtaken go one at a time in this process: they would only overtake each other."""

_TOGETHER = 100
_FEW = 20


def poll(ids: Sequence[str], service: Service) -> Iterator[Polled]:
    """Poll these sources; results come as they arrive, each one saved. A failing source raises nothing.

    Quiet polls that arrive together are saved with one commit: a commit costs more than all the rest of them.
    """
    records = _records(service, ids)
    waiting = _waiting_issuers(service, ids)
    together: list[tuple[Fetched, Step]] = []
    for fetched in service.fetch([(service.sources[i], records[i].cursor) for i in ids]):
        source, record, now = service.sources[fetched.source_id], records[fetched.source_id], service.now()
        mine = replace(service, parse=_once(service.parse))
        found = None if source.issuer in waiting else _early(mine, source, record, fetched, now)
        quiet = found is not None and found.quiet
        if found is not None and quiet:
            together.append((fetched, found))
        if not quiet or not fetched.more or len(together) >= _TOGETHER:
            yield from _saved(service, together, now)
            together = []
        if not quiet:
            yield _safely(mine, source, fetched, now, record, found)


def _early(service: Service, source: Source, record: SourceRecord, fetched: Fetched, now: datetime) -> Step | None:
    """What an answer comes to that can be decided before others are saved; None where they may matter, or it cannot be done."""
    found = cheap(service, source, record, fetched, now, calm=True)
    if found is not None or source.issuer:
        return found
    try:
        return decided(service, source, record, fetched, now)
    except StoreError:
        raise
    except Exception:
        return None  # it is tried again in its turn, and counted there


def _saved(service: Service, together: Sequence[tuple[Fetched, Step]], now: datetime) -> Iterator[Polled]:
    """Save quiet polls with one commit; one that somebody else overtook is decided anew."""
    problems = service.store.save_many([step.save for _, step in together]) if together else ()
    for (fetched, step), problem in zip(together, problems, strict=True):
        yield step.polled if problem is None else _safely(service, service.sources[fetched.source_id], fetched, now)


def _safely(
    service: Service,
    source: Source,
    fetched: Fetched,
    now: datetime,
    record: SourceRecord | None = None,
    found: Step | None = None,
) -> Polled:
    """A mistake of ours in one body must neither hold up the other sources nor blind us unnoticed: it counts as an unreadable body."""
    try:
        return take(service, source, fetched, now, record, found)
    except StoreError:
        raise
    except Exception as error:
        log.error("poll.crashed", source=source.id, error=type(error).__name__, exc_info=True)
        step = failed(service, source, service.store.record(source.id), BadBody("crashed", type(error).__name__), now)
        service.store.save(step.save)
        return step.polled


def take(
    service: Service,
    source: Source,
    fetched: Fetched,
    now: datetime,
    record: SourceRecord | None = None,
    found: Step | None = None,
) -> Polled:
    """Take one answer of one source through the pipe; a poll that somebody else overtook is decided anew.

    Polls overtake each other where they remember the same: when many newspapers tell of one place. One that is overtaken too
    often learned nothing and is left for the next look. `record` is where we stood with the source a moment ago, when somebody
    has looked already, `found` what was decided then.
    """
    for n in range(_TRIES):
        with _turn if n else nullcontext():
            step = found or decided(service, source, record or service.store.record(source.id), fetched, now)
            record, found = None, None
            with suppress(StalePoll):
                service.store.save(step.save)
                return step.polled
    log.warning("poll.overtaken", source=source.id, times=_TRIES)
    return Polled(source.id, step.polled.state, f"overtaken {_TRIES} times; it is asked again", 0, (), {})


def _once(parse: Parse) -> Parse:
    """A parse that makes the same of the same body without looking again: what is decided anew is not parsed anew."""
    made: dict[tuple[str, bytes], Parsed] = {}

    def parsed(source: Source, body: bytes) -> Parsed:
        if (found := made.get((source.id, body))) is None:
            found = made[source.id, body] = parse(source, body)
        return found

    return parsed


def _records(service: Service, ids: Sequence[str]) -> dict[str, SourceRecord]:
    """Where we stand with these sources; all at once when they are many, because one by one each costs as much as its poll."""
    known = {r.id: r for r in service.store.records()} if len(ids) * _FEW > len(service.sources) else {}
    return {i: known.get(i) or service.store.record(i) for i in ids}


def _waiting_issuers(service: Service, ids: Sequence[str]) -> frozenset[str]:
    """The issuers of which something waits for its confirmation."""
    if not any(service.sources[i].issuer for i in ids):
        return frozenset()
    return frozenset(key.split("/")[1] for key in service.store.remembered("posture/", due=FAR))
