"""The life of a daemon: from a configuration file to a signal, with a new configuration in between."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import structlog

from . import __version__, log
from .app import App, Clock, build, opened, utc_now
from .daemon import Daemon, Hands
from .engine.signals import listening
from .engine.systemd import notify
from .errors import WrongUse
from .settings.load import load

logger = structlog.get_logger()

Show = Callable[[App], str]
"""Shows an app to people instead of the one before; gives the address, "" for none. After a WrongUse the old one stays."""

Front = Callable[[], AbstractContextManager[Show]]
"""Something that stands before the daemon while it runs, such as the page."""


def run(path: Path, front: Front, now: Clock = utc_now, *, cluster: bool = False) -> None:
    """Run the daemon on a configuration file until SIGTERM or SIGINT; SIGHUP reads the file anew.

    With `cluster` it is one of many on the same PostgreSQL: each looks for what is due, any of them polls it.
    """
    settings = load(path)
    log.configure(settings.log.format, settings.log.level)
    hands = _cluster(settings.store_url, settings.engine.workers) if cluster else None
    with listening() as signals, opened(settings, now) as app, front() as show:
        daemon = Daemon(app, hands)
        page = show(app)
        daemon.start()
        logger.info("daemon.started", version=__version__, sources=len(settings.sources), channels=len(settings.channels), page=page)
        notify("READY=1", f"STATUS=watching {len(settings.sources)} sources")
        signals.wait(lambda: reload(daemon, path, show))
        notify("STOPPING=1")
        clean = daemon.stop()
        logger.info("daemon.stopped", clean=clean)


def _cluster(url: str, size: int) -> Hands:
    """Pollers on many machines. Raises WrongUse without PostgreSQL or the extra."""
    if not url.startswith("postgres"):
        raise WrongUse("workers share one PostgreSQL: [store] url must begin with postgresql://")
    try:
        from .engine.cluster import Cluster
    except ModuleNotFoundError as missing:
        raise WrongUse("a worker needs the extra: pip install 'advisory-monitor[cluster]'") from missing
    return lambda work: Cluster(url, size, work)


def reload(daemon: Daemon, path: Path, show: Show) -> bool:
    """Read the configuration anew and go on with it; one with mistakes changes nothing. False when it was refused."""
    notify("RELOADING=1")
    before = daemon.app
    try:
        settings = load(path)
        if settings.store_url != before.settings.store_url:
            raise WrongUse("[store] url cannot be changed while running; restart instead")
        built = build(settings, before.store, before.service.now, before.service.parse)
        after = replace(built, figures=before.figures)
        page = show(after)
        daemon.replace(after)
    except WrongUse as error:
        logger.error("reload.refused", why=str(error))
        return False
    else:
        log.configure(settings.log.format, settings.log.level)
        logger.info("reload.done", page=page, **_difference(before, daemon.app))
        return True
    finally:
        notify("READY=1")


def _difference(before: App, after: App) -> dict[str, list[str]]:
    """What a reload added, removed and changed."""
    old = {s.id: s for s in before.settings.sources} | {c.name: c for c in before.settings.channels}
    new = {s.id: s for s in after.settings.sources} | {c.name: c for c in after.settings.channels}
    changed = sorted(name for name in old.keys() & new.keys() if old[name] != new[name])
    return {"added": sorted(new.keys() - old.keys()), "removed": sorted(old.keys() - new.keys()), "changed": changed}
