"""The commands about sources: how well each is seen, trying one, and lists of them in and out as OPML."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import Group, argument, between, takes
from .common import AS_JSON, CONFIG, config_path, emit, hint, say, table
from .look import sources as shown

if TYPE_CHECKING:
    from ..settings.values import Settings
    from ..trial import Trial

WHAT = argument("what", metavar="URL|ID", help="An address, or the id of a source, also of one that is switched off.")
KIND = argument("--kind", default="", help="Which adapter reads an address; without it what fits is found.")
OUT = argument("--opml", type=Path, metavar="FILE", required=True, help="Where to write; - is standard output.")
LIST = argument("list", type=Path, metavar="FILE.opml", help="A list of feeds, as feed readers export it.")
INTO = argument("--into", metavar="NAME", default="", help="Name of the new file, beside the others; without it that of the list.")
ROWS = argument("--rows", type=between(0, 10_000), metavar="N", default=10, help="How many of the entries are shown.")


@takes(WHAT, CONFIG, AS_JSON, KIND, ROWS)
def test(what: str, config: Path | None, json: bool, kind: str, rows: int) -> None:
    """Ask one source now: is it healthy, what does its adapter make of it, what would be told. Keeps and sends nothing."""
    from datetime import UTC, datetime

    from ..trial import attempt, candidates

    settings = _settings(config)
    tried = attempt(candidates(what, settings, _kind(kind)), settings, datetime.now(UTC))
    emit(_lines(tried, rows)) if json else _shown(tried, rows)
    if not tried.fine:
        raise SystemExit(1)


@takes(OUT, CONFIG)
def export(opml: Path, config: Path | None) -> None:
    """Write every source of the configuration as OPML, switched off or not, for feed readers and for other monitors."""
    from ..settings.catalogue import written
    from ..settings.opml import exported

    sources = written(_settings(config).files)
    body = exported(sources)
    if str(opml) == "-":
        sys.stdout.write(body.decode())
        return
    opml.write_bytes(body)
    say(f"wrote {len(sources)} sources to {opml}")


@takes(LIST, CONFIG, INTO, AS_JSON)
def import_(list: Path, config: Path | None, into: str, json: bool) -> None:
    """Add the feeds of a list as sources, in a file beside the others; feeds nobody knows are read as press."""
    from ..errors import SettingsError, WrongUse
    from ..settings.catalogue import written
    from ..settings.load import load, unchecked
    from ..settings.opml import imported, toml

    settings, main = _settings(config), config_path(config)
    known = written(settings.files)
    tables, left = imported(_read(list), [s.id for s in known], [a for s in known for a in (s.url, *s.alternates)])
    target = main.parent / "sources" / f"{into or list.stem}.toml"
    if target.exists():
        raise WrongUse(f"{target} is there already; --into names another file")
    if tables:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(toml(tables, f"Imported from {list.name}."), "utf-8")
        try:
            added = target.resolve() in {f.resolve() for f in load(main, unchecked).files}
        except SettingsError:
            target.unlink()
            raise
        if not added:
            hint(f'{main} does not include it: add "sources/{target.name}" to `include`')
    if json:
        emit({"file": str(target) if tables else None, "added": [t["id"] for t in tables], "left": left})
        return
    say(f"{len(tables)} sources written to {target}" if tables else "nothing new in that list")
    if left:
        say(f"{len(left)} left out, known already or no address: {', '.join(left[:10])}{' …' if len(left) > 10 else ''}")


SOURCES = Group(
    "How well we see through each source; try one, import and export lists.",
    {"test": test, "export": export, "import": import_},
    alone=shown,
)


def _settings(config: Path | None) -> Settings:
    from ..log import configure
    from ..settings.load import load, unchecked

    read = load(config_path(config), unchecked)
    configure(read.log.format, "error")
    return read


def _kind(kind: str) -> str:
    from ..sources.base import adapter_for

    if kind:
        adapter_for(kind)  # raises UnknownName, which names those there are
    return kind


def _read(path: Path) -> bytes:
    from ..errors import WrongUse

    try:
        return path.read_bytes()
    except OSError as error:
        raise WrongUse(f"{path}: {error.strerror}") from None


# --- what a trial came to --------------------------------------------------------------------------------------------


def _lines(tried: Trial, rows: int) -> dict[str, Any]:
    """A trial as one JSON value."""
    from . import lines

    items = tried.items
    return {
        "id": tried.source.id,
        "kind": tried.source.kind,
        "url": tried.source.url,
        "status": tried.fetched.status,
        "bytes": len(tried.fetched.body),
        "took": round(tried.fetched.took, 3),
        "fault": tried.fault,
        "state": tried.verdict.state if tried.verdict else None,
        "why": tried.verdict.why if tried.verdict else tried.fault,
        "records": tried.parsed.total if tried.parsed else 0,
        "damaged": tried.parsed.damaged if tried.parsed else 0,
        "problems": list(tried.parsed.problems) if tried.parsed else [],
        "items": len(items),
        "with_level": sum(i.level is not None for i in items),
        "with_place": sum(bool(i.places) for i in items),
        "first": [{"title": i.title, "places": i.places, "level": i.level, "published": lines.at(i.published)} for i in items[:rows]],
        "told": [lines.change(c) for c in tried.told],
        "postures": len(tried.postures),
    }


def _shown(tried: Trial, rows: int) -> None:
    found = _lines(tried, rows)
    say(f"{found['id']} ({found['kind']}): {found['bytes']} bytes in {found['took']} s from {found['url']}")
    if tried.fault:
        say(f"cannot be read: {tried.fault}")
        return
    say(f"{found['state']}{': ' + found['why'] if found['why'] else ''}")
    say(f"{found['items']} entries, {found['with_place']} with a place, {found['with_level']} with a level, {found['damaged']} unreadable")
    for problem in found["problems"]:
        say(f"  odd: {problem}")
    shown = [((i["published"] or "")[:16], ",".join(i["places"]), i["level"] or "", i["title"]) for i in found["first"]]
    table(("published", "place", "level", "title"), shown)
    say(
        f"{found['postures']} places would be taken in silently on the first look; had it come just now, {len(found['told'])} would be told"
    )
    for change in found["told"]:
        say(f"  {change['severity']}: {change['headline']}{' (held: ' + change['reason'] + ')' if change['held'] else ''}")
