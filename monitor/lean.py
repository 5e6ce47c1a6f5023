"""Keeps libraries, and Python itself, from doing what nobody here needs and everybody would wait for."""

from __future__ import annotations

import gc
import os
import sys


def no_plugins() -> None:
    """pydantic would look through every installed distribution for plugins, and none may look at what it checks for us."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def seldom_sweep() -> None:
    """Look for garbage in circles after 10,000 new objects, not 700: a body makes thousands that all live on, and hardly a circle."""
    gc.set_threshold(10_000, 10, 10)


def plain_log() -> None:
    """Load structlog without rich, which takes longer to load than all of it and would only draw tracebacks; ours are written."""
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog  # noqa: F401
    finally:
        del sys.modules["rich"]
