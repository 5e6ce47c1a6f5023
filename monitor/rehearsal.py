"""Plays a recording through the real pipe, apart from any daemon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from .app import read, utc_now
from .errors import WrongUse
from .ledger import Store
from .model import Change, Source
from .service import replay
from .service.context import Plan, Service
from .service.planner import planner
from .service.policies import policy_of
from .service.signs import Signs, finder, none_of, policy
from .settings.load import load, sources_of, unchecked
from .sources.parser import inline
from .store import open_store


@contextmanager
def rehearsal(recording: Path, config: Path | None, *, early: bool = False) -> Iterator[tuple[Iterator[tuple[Change, ...]], int]]:
    """The changes of a recording, poll by poll, through the real pipe into a store that is thrown away; and how many polls.

    Early signs are among them only with `early`: a recording is measured by what others did, not by our conclusions.

    With a configuration, its routes decide about deliveries, which nobody sends. Raises WrongUse for what is no recording.
    """
    settings, bodies = replay.open_recording(recording)
    try:
        sources = sources_of(settings.get("source", ()))
    except ValueError as error:
        raise WrongUse(f"{recording}: recording.toml: {error}") from None
    chosen = load(config, unchecked) if config else None
    receivers = {c.name: c.receiver for c in chosen.channels} if chosen else {}
    plan = planner(chosen.routes, receivers, chosen.watches) if chosen else nobody
    found = finder((chosen.signs if chosen else None) or policy()) if early else none_of
    with apart(sources, plan, found) as service:
        yield (changes for _, changes in replay.replay(bodies, service, sources)), replay.count(recording)


@contextmanager
def apart(sources: Sequence[Source], plan: Plan, found: Signs) -> Iterator[Service]:
    """The pipe without a network, on a store that is thrown away; bodies come from whoever replays them."""
    store = open_store("sqlite://")
    by_id = {source.id: source for source in sources}
    try:
        yield Service(
            store, by_id, fetch=lambda batch: iter(()), parse=inline, read=read, policy=policy_of, plan=plan, now=utc_now, signs=found
        )
    finally:
        store.close()


def nobody(_changes: Sequence[Change], _store: Store, _now: datetime) -> tuple[tuple[()], tuple[()]]:
    """For a replay without routes."""
    return (), ()
