"""What the rest of the program gets from a configuration: frozen values, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from ..detect.signs import SignPolicy
from ..ledger import Retention
from ..model import Source, Watch
from ..proxy import Proxy
from ..route.routes import Receiver, Route
from ..secret import Secret
from ..service.watchlists import WatchList
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
    """The page: where it listens ("" for none), the secret that lets people change things, the names and path it is reached by.

    `public` lets everybody read it who reaches it. `url` is its address for receivers, "" for none; `ack_key` signs the links
    by which they acknowledge, None leaves it to a key of our own.
    """

    listen: str
    token: Secret | None
    hosts: tuple[str, ...]
    prefix: str
    public: bool = False
    url: str = ""
    ack_key: Secret | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Whom we call while all is well, "" for nobody, and how often."""

    url: str | Secret
    every: timedelta


@dataclass(frozen=True, slots=True)
class Template:
    """Words of one's own for one channel, as Jinja2; an empty one leaves ours."""

    headline: str
    summary: str


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
    template: Template | None = None

    @property
    def name(self) -> str:
        """The channel's name, which is the receiver's."""
        return self.receiver.name


@dataclass(frozen=True, slots=True)
class Settings:
    """One whole configuration. `files` are all that it was read from, the main one first; `drill` is how often, 0 for never.

    `push` has the secret of the hub of each source that is pushed, by the source's id.
    """

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
    watchlists: tuple[WatchList, ...]
    heartbeat: Heartbeat
    drill: timedelta
    signs: SignPolicy | None
    proxy: Proxy | None = None
    push: Mapping[str, Secret] = field(default_factory=dict)
