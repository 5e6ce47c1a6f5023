"""The commands that keep: a copy of the ledger, its return, and the changes for other programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from .arguments import argument, flag, one_of, takes
from .common import AS_JSON, CONFIG, config_path, emit, ledger, say

if TYPE_CHECKING:
    from ..ledger import Reader
    from ..model import Change

COPY = argument("file", type=Path, metavar="FILE", help="The copy.")
SINCE = argument("--since", metavar="TIME", help='How far back, as "30d"; without it everything.')
OF_PLACE = argument("--place", help="Only this place: its two-letter code.")
HELD = flag("--held", help="Also what was decided but not told.")

_PAGE = 500


class Format(StrEnum):
    """How changes are written."""

    JSON = "json"
    CSV = "csv"


WRITTEN = argument(
    "--format", type=one_of(Format), default=Format.JSON, metavar="FORMAT", help="json: one value a line; csv: for spreadsheets."
)


@takes(COPY, CONFIG, AS_JSON)
def backup(file: Path, config: Path | None, json: bool) -> None:
    """A consistent, checked copy of the ledger in one file, while the daemon goes on."""
    from ..store.database import Database
    from ..store.housekeeping import backup as copy
    from ..store.housekeeping import check

    url = _store_url(config)
    database = Database(url)
    try:
        copy(database, file)
    finally:
        database.close()
    rows = check(file)
    if json:
        emit({"file": str(file), "bytes": file.stat().st_size, "rows": rows})
    else:
        say(f"{file}: {file.stat().st_size} bytes, {rows['changes']} changes, {rows['deliveries']} messages, checked")


@takes(COPY, CONFIG, AS_JSON)
def restore(file: Path, config: Path | None, json: bool) -> None:
    """Put a copy in the ledger's place. It is checked first, and nothing is ever overwritten."""
    from ..store.housekeeping import restore as put

    path = _path(_store_url(config, must_exist=False))
    rows = put(file, path)
    if json:
        emit({"file": str(path), "rows": rows})
    else:
        say(f"{path}: {rows['changes']} changes, {rows['deliveries']} messages, checked; what happened since is polled anew")


@takes(CONFIG, WRITTEN, SINCE, OF_PLACE, HELD)
def export(config: Path | None, format: Format, since: str | None, place: str | None, held: bool) -> None:
    """Every change that was told, newest first, for other programs."""
    from . import lines

    with ledger(config) as (_, store):
        found = (lines.change(c) for c in _changes(store, since, place, held))
        if format is Format.JSON:
            for line in found:
                emit(line)
        else:
            _sheet(found)


def _changes(store: Reader, since: str | None, place: str | None, held: bool) -> Iterator[Change]:
    """Page after page, so that memory stays bounded."""
    from dataclasses import replace

    from ..errors import WrongUse
    from ..ledger import ChangeQuery
    from ..settings.words import duration

    try:
        begin = datetime.now(UTC) - duration(since) if since else None
    except ValueError as error:
        raise WrongUse(f"--since: {error}") from None
    query = ChangeQuery(place=place.upper() if place else None, held=None if held else False, since=begin, limit=_PAGE)
    while page := store.changes(query):
        yield from page
        query = replace(query, before=(page[-1].at, page[-1].id))


def _sheet(found: Iterator[dict[str, object]]) -> None:
    """CSV that no spreadsheet takes for formulas: what begins like one gets an apostrophe in front."""
    import csv
    import json

    columns: list[str] = []
    writer = csv.writer(sys.stdout, lineterminator="\n")
    for line in found:
        if not columns:
            columns = list(line)
            writer.writerow(columns)
        cells = (v if v is None or isinstance(v, str | bool) else json.dumps(v, ensure_ascii=False) for v in line.values())
        writer.writerow([f"'{c}" if isinstance(c, str) and c[:1] in tuple("=+-@\t\r") else c for c in cells])


def _store_url(config: Path | None, must_exist: bool = True) -> str:
    from ..errors import WrongUse
    from ..settings.load import load, unchecked

    url = load(config_path(config), unchecked).store_url
    if must_exist and url.startswith("sqlite:///") and not _path(url).exists():
        raise WrongUse(f"nothing was watched yet: {_path(url)} does not exist")
    return url


def _path(url: str) -> Path:
    from ..errors import WrongUse

    if not url.startswith("sqlite:///"):
        raise WrongUse("the ledger is no file: use pg_restore")
    return Path(url.removeprefix("sqlite:///"))
