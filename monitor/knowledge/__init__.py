"""Understanding: what an item says, as pure functions over words and the seeds."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.knowledge.issuers import issuer_of
    from monitor.knowledge.items import item_of
    from monitor.knowledge.levels import level_of
    from monitor.knowledge.reading import read

__all__ = ["issuer_of", "item_of", "level_of", "read"]

_WHERE = {"issuer_of": "issuers", "item_of": "items", "level_of": "levels", "read": "reading"}


def __getattr__(name: str) -> object:
    # Whoever asks for the name of a place does not wait for all that reading needs.
    if name in _WHERE:
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    raise AttributeError(name)
