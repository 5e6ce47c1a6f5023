"""The one ledger: what was seen, what became of it, who is to be told and who was."""

from .sql import SqlStore, open_store

__all__ = ["SqlStore", "open_store"]
