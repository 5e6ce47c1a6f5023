"""Plays the story: starts the daemon on a world of our own, moves its clock along, and says at the end who was first."""

from __future__ import annotations

import base64
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe

from .. import log
from ..app import App, opened
from ..daemon import Daemon
from ..engine.signals import listening
from ..errors import MonitorError
from ..front import served
from ..model import DeliveryState
from ..settings.load import load as load_settings
from ..web import entry
from . import summary
from .stage import StoryClock, World, staged
from .story import load

LASTS = 60.0
"""Seconds, at speed 1."""

_EVENT, _MORNING = 8, 1
_TICK = timedelta(milliseconds=50)
_STUCK = timedelta(seconds=60)
_RETRIES, _PATIENCE = 3, timedelta(hours=1)
_DAY = 86_400.0
"""Seconds for which the link of the demo lets in; its token dies with the process."""
_SECRET = "MONITOR_DEMO_SECRET"  # noqa: S105 the name of an environment variable
_TOKEN = "MONITOR_DEMO_TOKEN"  # noqa: S105 the name of an environment variable


def play(keep: bool = False, speed: float = 1.0) -> bool:
    """Play the bundled story; True when everything that was seen was delivered."""
    story = load()
    with _secrets() as (secret, token), tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder:
        world = World(story, StoryClock(story.start), secret)
        with staged(world):
            settings = load_settings(_configuration(Path(folder), world))
            settings = replace(settings, engine=replace(settings.engine, tick=_TICK))
            log.configure("human", "error")
            with opened(settings, world.clock) as app, served() as show:
                page = show(app)
                sys.stdout.write(f"{story.title}\n{len(story.sources)} sources at {world.url}; the page:\n\n")
                sys.stdout.write(f"  {page}\n  {page}{entry(token, 'you', _DAY)}  (logs you in, once)\n\n")
                sys.stdout.flush()
                _perform(app, world, LASTS / speed)
                summary.show(app.store, world, sys.stdout)
                if keep:
                    _stay(page)
                left = app.store.deliveries((DeliveryState.WAITING, DeliveryState.DEAD))
                sys.stdout.writelines(f"not delivered: {x.channel} {x.state} {x.why} due {x.due:%Y-%m-%d %H:%M}\n" for x in left)
                return not left and not world.unsigned


def _perform(app: App, world: World, seconds: float) -> None:
    """Let the daemon live through the story."""
    daemon = Daemon(app, steady=False)
    daemon.start()
    try:
        moments = list(world.story.moments())
        weights = [_EVENT if event else _MORNING for _, event in moments]
        begun, passed = time.monotonic(), 0
        for (moment, _), weight in zip(moments, weights, strict=True):
            world.clock.move(moment)
            daemon.housekeep()  # its own minute is longer than the whole story
            _settle(app, moment)
            passed += weight
            _line(moment)
            time.sleep(max(0.0, begun + seconds * passed / sum(weights) - time.monotonic()))
        _wait_for_retries(app, world, moments[-1][0])
        _line(None)
    finally:
        daemon.stop()


def _settle(app: App, moment: datetime) -> None:
    """Wait until the daemon has done by itself what is due at a moment."""
    stuck = time.monotonic() + _STUCK.total_seconds()
    while left := _left_to_do(app, moment):
        if time.monotonic() > stuck:
            raise MonitorError(f"the demo hangs at {moment:%Y-%m-%d %H:%M} with {', '.join(left)}; please report this")
        time.sleep(0.01)


def _wait_for_retries(app: App, world: World, last: datetime) -> None:
    """Let the story last until what a busy machine could not send in time has been tried again."""
    for _ in range(_RETRIES):
        again = [line.due for line in app.store.deliveries((DeliveryState.WAITING,)) if line.due <= last + _PATIENCE]
        if not again:
            return
        world.clock.move(max(again))
        _settle(app, max(again))


def _left_to_do(app: App, moment: datetime) -> list[str]:
    """What is due at a moment. Sources are looked at first: what they bring becomes timers and lines, and timers become lines."""
    sources = app.store.due(moment)
    timers = [timer.kind for timer in app.store.timers(moment, 1000)]
    under_way = app.store.deliveries((DeliveryState.WAITING, DeliveryState.SENDING))
    return [*sources, *timers, *(f"{line.channel} {line.state} {line.why}" for line in under_way if line.due <= moment)]


def _configuration(folder: Path, world: World) -> Path:
    """A configuration as a user would write it, with the addresses of our own world."""
    parts = [
        f"[web]\nlisten = '127.0.0.1:0'\ntoken = 'env:{_TOKEN}'\n[egress]\nallow = ['127.0.0.0/8']\n[log]\nlevel = 'error'\n[store]\nurl = 'sqlite:///demo.db'",
        "[channel.console]\nkind = 'console'",
        f"[channel.desk]\nkind = 'webhook'\nurl = '{world.url}/told'\nsecret = 'env:{_SECRET}'",
        "[[watch]]\nname = 'Kyiv office'\nplace = 'UA'\npeople = 34",
        "[[route]]\nname = 'everything'\nchannels = ['console', 'desk']\ndirections = ['worse', 'better']",
    ]
    for source in world.story.sources:
        table = {**source, "every": "30m", "url": f"{world.url}/{source['id']}"}
        written = "\n".join(f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in table.items())
        parts.append(f"[[source]]\n{written}")
    path = folder / "monitor.toml"
    path.write_text("\n".join(parts), "utf-8")
    return path


@contextmanager
def _secrets() -> Iterator[tuple[str, str]]:
    """A webhook's secret and the page's token for this run, where the configuration refers to them."""
    made = {_SECRET: "whsec_" + base64.b64encode(os.urandom(32)).decode(), _TOKEN: token_urlsafe(32)}
    os.environ.update(made)
    try:
        yield made[_SECRET], made[_TOKEN]
    finally:
        for name in made:
            del os.environ[name]


def _line(moment: datetime | None) -> None:
    """The date, in place, while a person is looking."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\x1b[2m{moment:%d %B %Y}\x1b[0m\x1b[K\r" if moment else "\r\x1b[K")
        sys.stdout.flush()


def _stay(page: str) -> None:
    sys.stdout.write(f"\nstaying up, the page is at {page}; Ctrl-C ends\n")
    sys.stdout.flush()
    with listening() as signals:
        signals.wait(lambda: None)
