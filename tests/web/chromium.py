"""A real Chromium for tests and pictures: Debian's own, with everything off by which it would call home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FOUND = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_QUIET = ("background-networking", "component-update", "sync", "default-apps", "extensions", "quic", "domain-reliability")
ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--no-pings", *(f"--disable-{x}" for x in _QUIET)]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@contextmanager
def browser() -> Iterator[Any]:
    """A browser for as long as a block runs."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=FOUND, args=ARGS)
        try:
            yield launched
        finally:
            launched.close()
