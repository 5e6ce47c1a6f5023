"""The one ledger: what was seen, what became of it, who is to be told and who was."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .glance import open_reader
    from .sql import SqlStore, open_store

__all__ = ["SqlStore", "open_reader", "open_store"]


def __getattr__(name: str) -> object:
    # Whoever only reads does not wait for SQLAlchemy, whose import takes longer than the reading.
    if name == "open_reader":
        from .glance import open_reader

        return open_reader
    if name in __all__:
        from . import sql

        return getattr(sql, name)
    raise AttributeError(name)
