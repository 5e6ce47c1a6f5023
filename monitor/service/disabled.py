"""Receivers that said they do not exist any more: kept as rows, so that no restart and no other process forgets it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..ledger import FAR, Reader, Store, Timer

DISABLED = "disabled"
_MANY = 100_000


@dataclass(frozen=True, slots=True)
class Disabled:
    """A channel that gets nothing but tests, since when, and what it said. `options` is a digest of its configuration then."""

    channel: str
    since: datetime
    why: str
    options: str = ""

    def __str__(self) -> str:
        how = f"`monitor test {self.channel}` enables it again when the test arrives"
        return f'the channel "{self.channel}" is disabled since {self.since:%Y-%m-%d %H:%M} UTC: it said {self.why}; {how}'


def disabled(store: Reader) -> dict[str, Disabled]:
    """The channels that are disabled, by name."""
    return {timer.subject: _read(timer) for timer in store.timers(FAR, _MANY) if timer.kind == DISABLED}


def away(store: Store, channels: Mapping[str, object]) -> dict[str, datetime]:
    """The channels to leave alone and since when; one that is configured otherwise than it was is enabled again."""
    found = disabled(store)
    for name in [n for n, one in found.items() if n in channels and one.options != options_of(channels[n])]:
        enable(store, name, "it is configured otherwise")
        del found[name]
    return {name: one.since for name, one in found.items()}


def options_of(channel: object) -> str:
    """What differs when a channel is configured otherwise; "" for a channel that cannot tell."""
    return str(getattr(channel, "options_digest", ""))


def disable(store: Store, one: Disabled) -> None:
    """Send a channel nothing more until a test reaches it or it is configured otherwise."""
    payload = json.dumps({"since": one.since.isoformat(), "why": one.why, "options": one.options})
    store.enqueue((), [Timer(_id(one.channel), DISABLED, FAR, one.channel, payload)])
    _log("error", "channel.disabled", channel=one.channel, why=one.why)


def enable(store: Store, channel: str, why: str) -> None:
    """Send to a channel again; safe for one that is not disabled."""
    store.enqueue((), (), [_id(channel)])
    _log("info", "channel.enabled", channel=channel, why=why)


def _id(channel: str) -> str:
    return f"{DISABLED}/{channel}"


def _read(timer: Timer) -> Disabled:
    fields = json.loads(timer.payload)
    return Disabled(timer.subject, datetime.fromisoformat(fields["since"]), fields["why"], fields["options"])


def _log(level: str, event: str, **fields: str) -> None:
    import structlog  # slow to import, and who only asks what is disabled writes no log

    getattr(structlog.get_logger(), level)(event, **fields)
