"""Takes the README's pictures of the demo: `python -m tests.web.pictures docs`; with `--all` every page of a fuller world."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from monitor.web import build, serve

from .chromium import DESK, FOUND, PHONE, browser
from .desk import TOKEN, site
from .world import STORY, as_change, ledger

NEWEST = f"/change/{as_change(STORY[-1]).id}"
PAGES = {
    "now": "/",
    "place": "/place/UA",
    "texts": "/place/UA/texts",
    "alert": NEWEST,
    "sources": "/sources",
    "source": "/source/us-state",
    "deliveries": "/deliveries",
    "explain": "/explain",
    "login": "/login",
}


def take(folder: Path, running: Any = None) -> Iterator[Path]:
    """Every page in both themes, at a desk and on a phone, in a browser that is running already or in one of its own."""
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
                        if name in ("deliveries", "sources", "explain"):
                            log_in(page, server.url)
                        page.goto(f"{server.url}{path}")
                        file = folder / f"{name}-{theme}-{size}.png"
                        page.screenshot(path=file, full_page=True)
                        yield file
                    context.close()
    finally:
        server.stop()
        shown.store.close()


@contextlib.contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """The demo's page and the link that logs in, when its story is over; played as fast as this machine can by the very command."""
    command = [sys.executable, "-m", "monitor", "demo", "--keep", "--speed", "1000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            shown = next(line for line in process.stdout if line.startswith("  http")).strip()
            link = next(process.stdout).split()[0]
            next(line for line in process.stdout if line.startswith("staying up"))
            yield shown, link
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


def of_demo(folder: Path, running: Any = None) -> Iterator[Path]:
    """The first page by day and a place by night, as the demo leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    with demo() as (url, _), contextlib.nullcontext(running) if running else browser() as chromium:
        for name, path, theme in (("now", "/", "light"), ("place", "/place/UA", "dark")):
            context = chromium.new_context(viewport=DESK, color_scheme=theme, device_scale_factor=1)
            page = context.new_page()
            page.goto(f"{url}{path}")
            page.screenshot(path=folder / f"{name}.png")
            yield folder / f"{name}.png"
            context.close()


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
    for picture in take(Path(sys.argv[1])) if "--all" in sys.argv else of_demo(Path(sys.argv[1])):
        print(picture)
