"""Runs a recording through the very same pipe, on its own clock, into a throw-away store."""

from __future__ import annotations

import tarfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import WrongUse
from ..ledger import Cursor
from ..model import Change, Source
from ..sources.fetch import Fetched, Status
from .context import Service
from .poll import take
from .step import expire_reports

_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Body:
    """One captured body: which source showed it, when."""

    at: datetime
    source: str
    content: bytes


def open_recording(path: Path) -> tuple[dict[str, Any], Iterator[Body]]:
    """The recording's settings and its bodies in time order, from a folder or a tar archive.

    Bodies are read as they are needed, so memory does not grow with the recording's length; only several sources that
    stand one after the other in an archive are indexed first. Raises WrongUse for what is no recording.
    """
    if path.is_dir():
        names = sorted((f for f in path.glob("*/*") if f.is_file()), key=lambda f: (f.name.split(".")[0], f.parent.name))
        settings = _settings((path / "recording.toml").read_bytes()) if (path / "recording.toml").is_file() else None
        if settings is None:
            raise WrongUse(f"{path}: there is no recording.toml in this folder")
        return settings, (Body(_time(f.name), f.parent.name, f.read_bytes()) for f in names)
    if not path.is_file() or not tarfile.is_tarfile(path):
        raise WrongUse(f"{path}: neither a folder nor a tar archive")
    return _archive(path)


def count(path: Path) -> int:
    """How many bodies a recording has, for a progress bar."""
    return len(times(path))


def times(path: Path) -> list[datetime]:
    """When the bodies of a recording were captured."""
    if path.is_dir():
        return [_time(f.name) for f in path.glob("*/*") if f.is_file()]
    with tarfile.open(path) as tar:
        return [_time(m.name.rpartition("/")[2]) for m in tar if m.isfile() and "/" in m.name]


def _archive(path: Path) -> tuple[dict[str, Any], Iterator[Body]]:
    with tarfile.open(path) as tar:
        members = [m for m in tar if m.isfile()]
        found = next((m for m in members if m.name == "recording.toml"), None)
        if found is None:
            raise WrongUse(f"{path}: there is no recording.toml in this archive")
        handle = tar.extractfile(found)
        assert handle is not None
        settings = _settings(handle.read())
    bodies = [m for m in members if "/" in m.name]
    order = sorted(bodies, key=lambda m: (m.name.rpartition("/")[2].split(".")[0], m.name))
    return settings, _in_order(path, order, in_place=order == bodies)


def _in_order(path: Path, order: list[tarfile.TarInfo], *, in_place: bool) -> Iterator[Body]:
    """Read a compressed archive once and forward when it is in time order; else unpack it beside itself in a temporary folder."""
    if in_place:
        with tarfile.open(path) as tar:
            for member in order:
                handle = tar.extractfile(member)
                assert handle is not None
                yield _body(member.name, handle.read())
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="monitor-replay-") as folder:
        with tarfile.open(path) as tar:
            tar.extractall(folder, filter="data")
        for member in order:
            yield _body(member.name, (Path(folder) / member.name).read_bytes())


def _body(name: str, content: bytes) -> Body:
    source, _, file = name.rpartition("/")
    return Body(_time(file), source.rpartition("/")[2], content)


def _settings(raw: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongUse(f"recording.toml: {error}") from error


def _time(name: str) -> datetime:
    try:
        return datetime.strptime(name.split(".", maxsplit=1)[0], _STAMP).replace(tzinfo=UTC)
    except ValueError as error:
        raise WrongUse(f"{name}: a body must be named like 20220121T060000Z.xml") from error


def replay(bodies: Iterable[Body], service: Service, sources: Iterable[Source]) -> Iterator[tuple[Body, tuple[Change, ...]]]:
    """Take every body through the pipe at its own time; yields what each poll came to."""
    known = {s.id for s in sources}
    registered = False
    for body in bodies:
        if body.source not in known:
            continue
        if not registered:
            service.store.register(tuple(service.sources.values()), body.at)
            registered = True
        ended = expire_reports(service, body.at)
        fetched = Fetched(source_id=body.source, status=Status.BODY, body=body.content, cursor=Cursor())
        polled = take(service, service.sources[body.source], fetched, body.at)
        yield body, (*ended, *polled.changes)
