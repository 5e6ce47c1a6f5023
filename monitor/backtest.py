"""Runs recordings through the real pipe and their changes through real configurations, for a report."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from .errors import WrongUse
from .knowledge.places import name
from .ledger import Store
from .model import Authority, Change, ChangeKind, Severity, Sign, Source
from .rehearsal import apart, nobody
from .route.message import compose
from .route.routes import Receiver, Route
from .service import replay, report, signs, worlds
from .service.planner import planner
from .service.rehearse import rehearse
from .settings.load import load, sources_of, unchecked
from .settings.values import Settings
from .store import open_store

Step = Callable[[], None]
"""Called after each poll, for a progress bar."""

_CONSOLE = Receiver("console", "console")
_EVERYTHING = Route("everything", ("console",), directions=frozenset({"worse", "better"}))


def backtest(recordings: Sequence[worlds.Recorded], configs: Sequence[Path], step: Step = lambda: None) -> report.Report:
    """What each of these configurations would have told of these recordings; without one, everything to a console."""
    lived = [_lived(world, step) for world in worlds.together(recordings)]
    counts: dict[Sign, signs.Tally] = {sign: signs.Tally() for sign in Sign}
    for world in lived:
        for sign, more in signs.tally(world.changes, world.last).items():
            had = counts[sign]
            counts[sign] = signs.Tally(had.seen + more.seen, had.followed + more.followed, had.open + more.open)
    loaded: list[tuple[str, Settings | None]] = [(str(path), load(path, unchecked)) for path in configs]
    choices = tuple(_choice(label, settings, lived) for label, settings in loaded or [("everything", None)])
    return report.Report(tuple(lived), choices, counts)


@contextmanager
def _store() -> Iterator[Store]:
    store = open_store("sqlite://")
    try:
        yield store
    finally:
        store.close()


def _lived(world: Sequence[worlds.Recorded], step: Step) -> report.World:
    """Every change of a world, early signs included, on its own clock and in a store that is thrown away."""
    sources = _sources(world)
    with apart(sources, nobody, signs.finder(signs.policy())) as service:
        changes: list[Change] = []
        for _, found in replay.replay(worlds.bodies(world), service, sources):
            changes += found
            step()
    return report.World(
        names=tuple(r.name for r in world),
        first=min(r.first for r in world),
        last=max(r.last for r in world),
        polls=sum(r.polls for r in world),
        issuers=tuple(sorted({s.issuer for s in sources if s.issuer})),
        press=sum(s.authority is Authority.PRESS for s in sources),
        changes=tuple(changes),
    )


def _sources(world: Sequence[worlds.Recorded]) -> list[Source]:
    try:
        return [source for r in world for source in sources_of(r.sources)]
    except ValueError as error:
        raise WrongUse(f"{', '.join(r.name for r in world)}: recording.toml: {error}") from None


def _choice(label: str, settings: Settings | None, lived: Sequence[report.World]) -> report.Choice:
    """What one configuration would have told of every world, each with an empty ledger to begin with."""
    receivers = {c.name: c.receiver for c in settings.channels} if settings else {_CONSOLE.name: _CONSOLE}
    told: dict[str, list[report.Told]] = {name: [] for name in receivers}
    untold = 0
    for world in lived:
        changes = [c for c in world.told if _wanted(c, settings)]
        by_id = {c.id: c for c in changes}
        heard: set[str] = set()
        for channel, message in _messages(changes, by_id, settings, receivers, world.last):
            told[channel].append(message)
            heard.update(message.ids)
        untold += len(by_id.keys() - heard)
    return report.Choice(label, tuple(report.Heard(n, receivers[n].kind, tuple(told[n])) for n in receivers), untold)


def _wanted(change: Change, settings: Settings | None) -> bool:
    """Early signs as a configuration wants them; none in a report without one would hide what is new, so there they are."""
    if change.kind is not ChangeKind.EARLY_SIGN or settings is None:
        return True
    return settings.signs is not None and Sign(str(change.after)) not in settings.signs.skip


def _messages(
    changes: Sequence[Change], by_id: dict[str, Change], settings: Settings | None, receivers: dict[str, Receiver], last: datetime
) -> Iterator[tuple[str, report.Told]]:
    routes, watches = (settings.routes, settings.watches) if settings else ((_EVERYTHING,), ())
    with _store() as spare:
        for _, lines in rehearse(changes, planner(routes, receivers, watches), spare):
            for line in lines:
                of = [by_id[id] for id in line.changes]
                message = compose(line, of, receivers[line.channel], names=name, watches=watches)
                places = tuple(dict.fromkeys(c.place for c in of))
                at = min(line.due, last) if line.due.year > 8000 else line.due
                worst = max((message.severity, Severity.MINOR), key=lambda s: s.rank)
                yield line.channel, report.Told(at, str(line.type), worst, message.headline, places, line.changes, min(c.at for c in of))


DEMO = Path("demo")
"""What stands for the bundled story among recordings."""


@contextmanager
def opened_demo(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """These paths, with the bundled story as a recording where it is meant and no file is called so."""
    with tempfile.TemporaryDirectory(prefix="monitor-demo-") as name:
        meant = DEMO in paths and not DEMO.exists()
        story = _story(Path(name) / "demo") if meant else DEMO
        yield [story if path == DEMO else path for path in paths]


def _story(folder: Path) -> Path:
    """The bundled story as a recording in a folder: a body whenever a source shows something else."""
    from .demo.bodies import body
    from .demo.story import load as story_of

    story = story_of()
    lines = []
    for source in story.sources:
        table = {**source, "every": "30m", "url": f"https://demo.example/{source['id']}"}
        written = "\n".join(f"{key} = {str(v).lower() if isinstance(v, bool) else repr(v)}" for key, v in table.items())
        lines.append(f"[[source]]\n{written}\n")
        (folder / str(source["id"])).mkdir(parents=True)
        before = b""
        for moment, _ in story.moments():
            content, _type = body(str(source["kind"]), story.shown(str(source["id"]), moment))
            if content != before:
                (folder / str(source["id"]) / f"{moment:%Y%m%dT%H%M%SZ}.body").write_bytes(content)
            before = content
    (folder / "recording.toml").write_text("\n".join(lines), "utf-8")
    return folder
