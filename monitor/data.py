"""Finds the data that travels with the program: seeds/ and config/, in a checkout or inside an installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def folder(name: str) -> Path:
    """The folder `seeds` or `config`: beside the package in a checkout, under `_data` in a wheel.

    Raises FileNotFoundError when the installation is incomplete.
    """
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"the folder {name}/ is missing from this installation")


def seed(name: str) -> bytes:
    """The bytes of one file under seeds/, e.g. `seed("levels.toml")`."""
    return (folder("seeds") / name).read_bytes()
