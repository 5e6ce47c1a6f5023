"""Ledger lines that tell several receivers the same, as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ..ledger import Delivery
from ..model import Change, MessageType
from .api import words_of
from .overview import Overview
from .site import Site


@dataclass(frozen=True, slots=True)
class Group:
    """The lines that tell several receivers the same."""

    words: str
    type: MessageType
    situation: str
    created: datetime
    lines: tuple[Delivery, ...]


def grouped(site: Site, overview: Overview, lines: Sequence[Delivery], read: Sequence[Change] = ()) -> list[Group]:
    """Lines about the same changes as one, in the order of the first of them; `read` are changes that are at hand."""
    known = {c.id: c for c in read}
    same: dict[tuple[tuple[str, ...], str], list[Delivery]] = {}
    for d in lines:
        same.setdefault((d.changes or (d.id,), d.created.isoformat()), []).append(d)
    said = {key: overview.always(("words", of[0].changes), partial(words_of, site, of[0].changes, known)) for key, of in same.items()}
    return [Group(said[key], of[0].type, of[0].situation, of[0].created, tuple(of)) for key, of in same.items()]
