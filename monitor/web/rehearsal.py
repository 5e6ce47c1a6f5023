"""What receivers would have got under another configuration: a replay in the background, with its progress."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field, replace
from typing import Literal

from ..errors import MonitorError, UnknownName, WrongUse
from . import shapes
from .site import Site, Step

KEPT = 8
"""Rehearsals that are remembered; they live in memory and end with the process."""
LINES = 500
"""Lines of a rehearsal that are shown; more are counted only."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One rehearsal as it stands."""

    id: str
    state: Literal["running", "done", "failed"] = "running"
    step: Step = field(default=Step(0, 0))
    why: str = ""


class Rehearsals:
    """Runs one at a time, because each one reads the whole ledger."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._all: dict[str, Rehearsal] = {}

    def start(self, config: str) -> Rehearsal:
        """Begin one; WrongUse when another is running or the configuration cannot be rehearsed here."""
        if self._site.rehearse is None:
            raise WrongUse("rehearsals are not available here")
        with self._lock:
            if any(r.state == "running" for r in self._all.values()):
                raise WrongUse("another rehearsal is running")
            new = Rehearsal(secrets.token_hex(8))
            self._all = dict(list(self._all.items())[-KEPT + 1 :]) | {new.id: new}
        threading.Thread(target=self._run, args=(new, config), name="rehearsal", daemon=True).start()
        return new

    def get(self, id: str) -> Rehearsal:
        """One rehearsal; UnknownName when there is none."""
        with self._lock:
            if id not in self._all:
                raise UnknownName(f"{id}: no rehearsal of that name")
            return self._all[id]

    def newest(self) -> Rehearsal | None:
        """The one that was started last."""
        with self._lock:
            return next(reversed(self._all.values()), None)

    def _run(self, rehearsal: Rehearsal, config: str) -> None:
        assert self._site.rehearse is not None
        try:
            for step in self._site.rehearse(config):
                rehearsal = replace(rehearsal, step=replace(step, lines=step.lines[:LINES]))
                self._put(rehearsal)
                if self._site.stopping.is_set():
                    return
            self._put(replace(rehearsal, state="done"))
        except MonitorError as error:
            self._put(replace(rehearsal, state="failed", why=str(error)))
        except Exception as error:
            self._put(replace(rehearsal, state="failed", why=type(error).__name__))
            raise

    def _put(self, rehearsal: Rehearsal) -> None:
        with self._lock:
            self._all[rehearsal.id] = rehearsal


def out(r: Rehearsal) -> shapes.RehearsalOut:
    """A rehearsal as JSON."""
    lines = [{"at": at.isoformat(), "channel": channel, "headline": words} for at, channel, words in r.step.lines]
    return shapes.RehearsalOut(id=r.id, state=r.state, done=r.step.done, total=r.step.total, why=r.why, lines=lines)
