"""What the rest of the program gets from a configuration: frozen values, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from ..ledger import Retention
from ..model import Source, Watch
from ..route.routes import Receiver, Route
from ..secret import Secret
from .words import Network


@dataclass(frozen=True, slots=True)
class Http:
    """How we ask: who we say we are, and the bounds of one answer."""

    user_agent: str
    timeout: timedelta
    max_bytes: int
    per_host: int
    in_flight: int


@dataclass(frozen=True, slots=True)
class Web:
    """The page: where it listens ("" for none), the secret that lets people change things, the names and path it is reached by."""

    listen: str
    token: Secret | None
    hosts: tuple[str, ...]
    prefix: str


@dataclass(frozen=True, slots=True)
class Log:
    """What is written to standard error: `auto`, `human` or `json`, from which level on."""

    format: str
    level: str


@dataclass(frozen=True, slots=True)
class Engine:
    """How the daemon breathes: how often it looks, how much it does at a time."""

    tick: timedelta
    workers: int
    senders: int
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Channel:
    """A receiver and what its kind of channel needs; secrets among the options are references until they are used."""

    receiver: Receiver
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The channel's name, which is the receiver's."""
        return self.receiver.name


@dataclass(frozen=True, slots=True)
class Settings:
    """One whole configuration. `files` are all that it was read from, the main one first."""

    files: tuple[Path, ...]
    store_url: str
    web: Web
    egress: tuple[Network, ...]
    http: Http
    keep: Retention
    log: Log
    engine: Engine
    sources: tuple[Source, ...]
    channels: tuple[Channel, ...]
    routes: tuple[Route, ...]
    watches: tuple[Watch, ...]
