"""Everything the shell works with, handed over once by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..detect.policy import Policy
from ..ledger import Cursor, Delivery, Store, Timer
from ..model import Change, Item, Reading, Source
from ..sources.base import Parsed
from ..sources.fetch import Fetched
from .signs import Signs, none_of

Plan = Callable[[Sequence[Change], Store, datetime], tuple[Sequence[Delivery], Sequence[Timer]]]
"""Which ledger lines changes cause; it may look in the store for what was told before."""


@dataclass(frozen=True, slots=True)
class Service:
    """What `poll` and `deliver` need. Functions, so that a replay or a test hands in others without patching."""

    store: Store
    sources: Mapping[str, Source]
    fetch: Callable[[Sequence[tuple[Source, Cursor]]], Iterator[Fetched]]
    parse: Callable[[Source, bytes], Parsed]
    read: Callable[[Item], Reading]
    policy: Callable[[Source], Policy]
    plan: Plan
    now: Callable[[], datetime]
    signs: Signs = none_of
