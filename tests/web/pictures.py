"""Takes the pictures of the README: `python -m tests.web.pictures docs`, or every page in both themes with `--all`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor.web import build, serve

from .chromium import DESK, FOUND, PHONE, browser
from .world import STORY, TOKEN, as_change, ledger, site

NEWEST = f"/change/{as_change(STORY[-1]).id}"
PAGES = {
    "now": "/",
    "place": "/place/UA",
    "texts": "/place/UA/texts",
    "alert": NEWEST,
    "sources": "/sources",
    "deliveries": "/deliveries",
    "explain": "/explain",
    "login": "/login",
}


def take(folder: Path, *, everything: bool, running: Any = None) -> Iterator[Path]:
    """The pictures, one after another, in a browser that is running already or in one of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = site(ledger())
    server = serve(build(shown), "127.0.0.1:0", shown.stopping)
    try:
        with contextlib.nullcontext(running) if running else browser() as chromium:
            for theme in ("light", "dark"):
                for size, view in (("wide", DESK), ("phone", PHONE)):
                    context = chromium.new_context(viewport=view, color_scheme=theme, device_scale_factor=1)
                    page = context.new_page()
                    for name, path in PAGES.items():
                        if not everything and (name, theme, size) not in {("now", "light", "wide"), ("place", "dark", "wide")}:
                            continue
                        if name in ("deliveries", "sources", "explain"):
                            log_in(page, server.url)
                        page.goto(f"{server.url}{path}")
                        file = folder / (f"{name}-{theme}-{size}.png" if everything else f"{name}.png")
                        page.screenshot(path=file, full_page=everything)
                        yield file
                    context.close()
    finally:
        server.stop()
        shown.store.close()


def log_in(page, url: str) -> None:
    """Log in as somebody who may answer."""
    page.goto(f"{url}/login")
    if page.locator("[name=token]").count():
        page.fill("[name=name]", "Ana")
        page.fill("[name=token]", TOKEN)
        page.click("main button")


if __name__ == "__main__":
    if not FOUND:
        sys.exit("no Chromium here: install Debian's package `chromium`")
    for picture in take(Path(sys.argv[1]), everything="--all" in sys.argv):
        print(picture)
