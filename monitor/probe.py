"""Tries a configuration for real: every source is asked once, every receiver connected to; nothing is saved or sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .app import body_of, limits_of, net_of, utc_now
from .errors import BadBody, MonitorError, SendError
from .ledger import Cursor
from .notify.base import HttpChannel, Net
from .notify.registry import build as build_channel
from .secret import Secret
from .service.watchlists import WatchList, entries
from .settings.values import Channel, Settings
from .sources.fetch import fetch
from .sources.parser import inline


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of trying one source or receiver for real."""

    name: str
    ok: bool
    what: str


def probe(settings: Settings) -> Iterator[Finding]:
    """Ask every source once and connect to every receiver; nothing is saved or sent."""

    limits = limits_of(settings.http)
    by_id = {source.id: source for source in settings.sources}
    batch = [(source, Cursor()) for source in settings.sources]
    agent = settings.http.user_agent
    for fetched in fetch(batch, limits=limits, allow=settings.egress, user_agent=agent, proxy=settings.proxy):
        if fetched.error:
            yield Finding(fetched.source_id, False, str(fetched.error))
            continue
        try:
            parsed = inline(by_id[fetched.source_id], fetched.body)
        except BadBody as error:
            yield Finding(fetched.source_id, False, str(error))
        else:
            yield Finding(fetched.source_id, True, f"{len(parsed.items)} items")
    for channel in settings.channels:
        yield _reached(channel, net_of(settings))
    if settings.heartbeat.url:
        yield _heartbeat(settings)
    yield from map(partial(_listed, settings=settings), settings.watchlists)


def _listed(one: WatchList, settings: Settings) -> Finding:
    """Whether a list of watches can be read."""
    try:
        at = one.at.reveal() if isinstance(one.at, Secret) else one.at
        found = entries(at.read_bytes() if isinstance(at, Path) else body_of(at, settings), one, utc_now())
    except (MonitorError, OSError, ValueError) as error:
        return Finding(one.name, False, str(error))
    return Finding(
        one.name, not found.wrong, f"{len(found.watches)} watches" + (f", {len(found.wrong)} not understood" if found.wrong else "")
    )


def _reached(channel: Channel, net: Net) -> Finding:
    """Whether a receiver can be reached, as far as its kind can ask without sending."""
    try:
        made: Any = build_channel(channel.name, channel.receiver.kind, channel.options, net)
        return Finding(channel.name, True, made.reach() if hasattr(made, "reach") else "cannot be asked without sending")
    except SendError as error:
        return Finding(channel.name, False, str(error))


def _heartbeat(settings: Settings) -> Finding:
    """Whether the address of the heartbeat answers. OPTIONS is no beat: whoever listens there must not think that we live."""
    caller: Any = HttpChannel(name="heartbeat").using(net_of(settings))
    try:
        status = caller.ask(settings.heartbeat.url, "OPTIONS")
    except SendError as error:
        return Finding("heartbeat", False, str(error))
    return Finding("heartbeat", status not in (404, 410), f"answers (HTTP {status})")
