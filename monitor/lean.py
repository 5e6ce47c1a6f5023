"""Keeps libraries, and Python itself, from doing what nobody here needs and everybody would wait for."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module


def no_plugins() -> None:
    """pydantic would look through every installed distribution for plugins, and none may look at what it checks for us."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def seldom_sweep() -> None:
    """Look for garbage in circles after 10,000 new objects, not 700: a body makes thousands that all live on, and hardly a circle."""
    gc.set_threshold(10_000, 10, 10)


def plain_log() -> None:
    """Load structlog without rich, which takes longer to load than all of it and would only draw tracebacks; ours are written."""
    _load("structlog", without="rich")


def plain_http() -> None:
    """Load httpx without the command that it has for people, for which it loads click, rich and pygments: 6 MB, 60 ms."""
    _load("httpx", without="httpx._main")


def _load(library: str, *, without: str) -> None:
    """Load a library that can do without another one, and goes without if that is not there."""
    if library in sys.modules or without in sys.modules:
        return
    sys.modules[without] = None  # type: ignore[assignment]
    try:
        import_module(library)
    finally:
        del sys.modules[without]
