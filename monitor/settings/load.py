"""From TOML files to checked settings: every mistake of every file is found before any is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .. import __version__
from ..detect.signs import SignPolicy
from ..errors import Mistake, SettingsError
from ..ledger import Retention
from ..model import Source, Watch
from ..proxy import Proxy
from ..route.routes import Escalation, Quiet, Receiver, Route
from ..secret import Secret
from ..service import signs
from ..service.watchlists import WatchList
from . import watches as watching
from .mistakes import File, found_by, parsed, read
from .names import wrong_names
from .receivers import ChannelTable, RouteTable
from .references import is_address, unusable
from .schema import Document, EgressTable, HeartbeatTable, HttpTable, Included, SignsTable, SourceTable, WebTable
from .values import Channel, Engine, Heartbeat, Http, Log, Settings, Template, Web

OptionCheck = Callable[[str, Mapping[str, Any], Path], tuple[Mapping[str, Any], Sequence[tuple[str, str]]]]
"""Checks what a kind of channel needs: (kind, written options, folder) → (options, mistakes as (key, what))."""


def unchecked(_kind: str, options: Mapping[str, Any], _folder: Path) -> tuple[Mapping[str, Any], Sequence[tuple[str, str]]]:
    """For commands that send nothing: they need no secret and do not wait for the channels to be loaded."""
    return options, ()


def _checked(kind: str, options: Mapping[str, Any], folder: Path) -> tuple[Mapping[str, Any], Sequence[tuple[str, str]]]:
    from ..notify.registry import check  # loads an HTTP client

    return check(kind, options, folder)


def load(path: Path, check_options: OptionCheck = _checked, *, rehearsed: str | None = None) -> Settings:
    """Read a configuration and all that it includes. Raises SettingsError with all mistakes, WrongUse when there is no file.

    With `rehearsed` that text stands for the file's; it may include no other files than the file does.
    """
    files, mistakes = _files(path, rehearsed)
    parts: list[tuple[File, Included]] = []
    for number, file in enumerate(files):
        model = Document if number == 0 else Included
        try:
            parts.append((file, model.model_validate(file.raw)))
        except ValidationError as error:
            mistakes.extend(found_by(error, file, model))
    mistakes.extend(wrong_names(files))
    channels = [channel for file in files for channel in _channels(file, check_options, mistakes)]
    if check_options is not unchecked:
        mistakes.extend(unusable(files))
    if mistakes:
        raise SettingsError(tuple(sorted(set(mistakes), key=lambda m: (m.file != str(path), m.file, m.line, m.key))))
    lists = watching.watchlists(parts)
    listed, wrong = watching.local(lists)
    if wrong and check_options is not unchecked:
        raise SettingsError(wrong)
    return _settings(parts, channels, lists, listed)


def sources_of(tables: Iterable[Mapping[str, Any]]) -> tuple[Source, ...]:
    """The sources of a recording. Raises pydantic's ValidationError, which is a ValueError."""
    return tuple(_source(table) for table in TypeAdapter(list[SourceTable]).validate_python(list(tables)))


def _files(path: Path, rehearsed: str | None = None) -> tuple[list[File], list[Mistake]]:
    """The file and those it includes, as far as they can be read."""
    main = read(path) if rehearsed is None else parsed(path, rehearsed)
    if isinstance(main, Mistake):
        raise SettingsError((main,))
    if rehearsed is not None and (others := _included(main) - _included(read(path))):
        raise SettingsError((main.mistake(("include",), f"the present configuration does not include {', '.join(sorted(others))}"),))
    files: list[File] = [main]
    mistakes: list[Mistake] = []
    patterns = main.raw.get("include", [])
    for number, pattern in enumerate(patterns if isinstance(patterns, list) else []):
        found = sorted(path.parent.glob(pattern)) if isinstance(pattern, str) and pattern and not Path(pattern).is_absolute() else []
        if not found:
            mistakes.append(main.mistake(("include", number), "no file is called so (relative to this file)"))
        for file in map(read, found):
            (mistakes if isinstance(file, Mistake) else files).append(file)  # type: ignore[arg-type]
    return files, mistakes


def _included(file: File | Mistake) -> set[str]:
    patterns = file.raw.get("include") if isinstance(file, File) else None
    return set(map(str, patterns)) if isinstance(patterns, list) else set()


def _channels(file: File, check_options: OptionCheck, mistakes: list[Mistake]) -> Iterable[Channel]:
    """The channels of a file that are well-formed; what is wrong with the rest is added to the mistakes."""
    tables = file.raw.get("channel")
    for name, raw in tables.items() if isinstance(tables, Mapping) else ():
        try:
            table = ChannelTable.model_validate(raw)
        except ValidationError:
            continue  # told with the file's other mistakes
        options, wrong = check_options(table.kind, table.model_extra or {}, file.path.parent)
        mistakes.extend(file.mistake(("channel", name, key), what) for key, what in wrong)
        template = Template(table.template.headline, table.template.summary) if table.template else None
        if template and check_options is not unchecked:
            mistakes.extend(_failing(template, file, name))
        yield Channel(_receiver(name, table), options, template)


def _failing(template: Template, file: File, channel: str) -> Iterable[Mistake]:
    """What is wrong with a template, tried on every kind of message."""
    from ..notify.templates import Wording, Words  # loads Jinja2

    try:
        Words(Wording(template.headline, template.summary))
    except ValueError as error:
        yield file.mistake(("channel", channel, "template"), str(error))


def _secret(reference: str, file: File) -> Secret | None:
    return Secret(reference, file.path.parent) if reference else None


def _web(table: WebTable, file: File) -> Web:
    key = _secret(table.ack_key, file)
    return Web(table.listen, _secret(table.token, file), table.hosts, table.prefix, table.public, table.url.rstrip("/"), key)


def _proxy(table: EgressTable, file: File) -> Proxy | None:
    address = table.proxy if is_address(table.proxy) else _secret(table.proxy, file)
    return Proxy(address, table.no_proxy) if address else None


def _heartbeat(table: HeartbeatTable, file: File) -> Heartbeat:
    url = table.url if not table.url or is_address(table.url) else Secret(table.url, file.path.parent)
    return Heartbeat(url, table.every)


def _settings(
    parts: Sequence[tuple[File, Included]], channels: Sequence[Channel], lists: tuple[WatchList, ...], listed: tuple[Watch, ...]
) -> Settings:
    main_file, main = parts[0]
    assert isinstance(main, Document)
    every = [part for _, part in parts]
    return Settings(
        files=tuple(file.path for file, _ in parts),
        store_url=store_url(main.store.url, main_file.path.parent),
        web=_web(main.web, main_file),
        egress=main.egress.allow,
        http=_http(main.http),
        keep=Retention(**{name: value or None for name, value in main.keep}),
        log=Log(main.log.format, main.log.level),
        engine=Engine(main.engine.tick, main.engine.workers, main.engine.senders, main.engine.lease),
        sources=tuple(_source(table) for part in every for table in part.source if table.enabled),
        channels=tuple(channels),
        routes=(
            *(_route(table, number) for number, table in enumerate((t for part in every for t in part.route), 1)),
            *watching.routes(parts),
        ),
        watches=(*(watching.watch(t) for part in every for t in part.watch), *listed),
        watchlists=lists,
        heartbeat=_heartbeat(main.heartbeat, main_file),
        drill=main.drill.every,
        signs=_signs(main.signs) if main.signs.enabled else None,
        proxy=_proxy(main.egress, main_file),
        push={t.id: Secret(t.push, file.path.parent) for file, part in parts for t in part.source if t.push and t.enabled},
    )


def _signs(table: SignsTable) -> SignPolicy:
    return signs.policy(table.skip, severity=table.severity, several=table.several, window=table.window)


def store_url(url: str, folder: Path) -> str:
    """The database's address with a SQLite path made absolute; without one, a file in systemd's state directory or in `var/`."""
    if not url:
        state = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
        return f"sqlite:///{Path(state or folder / 'var').absolute() / 'monitor.db'}"
    if url.startswith("sqlite:///"):
        return f"sqlite:///{(folder / Path(url.removeprefix('sqlite:///')).expanduser()).resolve()}"
    return url


def _http(table: HttpTable) -> Http:
    contact = f"; +{table.contact}" if table.contact else ""
    user_agent = table.user_agent or f"Mozilla/5.0 (compatible; advisory-monitor/{__version__}{contact})"
    return Http(user_agent, table.timeout, table.max_bytes, table.per_host, table.in_flight)


def _source(table: SourceTable) -> Source:
    fields = {name: getattr(table, name) for name in Source.__dataclass_fields__ if name not in ("options", "authority")}
    return Source(**fields, authority=table.speaks_with, options=tuple(sorted((key, str(value)) for key, value in table.options.items())))


def _receiver(name: str, table: ChannelTable) -> Receiver:
    quiet = Quiet(table.quiet.start, table.quiet.end, table.quiet.override) if table.quiet else None
    same = {key: getattr(table, key) for key in Receiver.__dataclass_fields__ if key not in ("name", "quiet", "digest_day")}
    return Receiver(name=name, quiet=quiet, digest_day=table.day, **same)


def _route(table: RouteTable, number: int) -> Route:
    same = {key: getattr(table, key) for key in Route.__dataclass_fields__ if key not in ("name", "escalate")}
    escalate = tuple(Escalation(step.after, step.channels) for step in table.escalate)
    return Route(name=table.name or f"route {number}", escalate=escalate, **same)
