"""The command one starts with: asks, or takes flags, and leaves a monitor that works and has told its first test message."""

from __future__ import annotations

import os
import shutil
import sys
from argparse import BooleanOptionalAction
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .arguments import argument, flag, takes
from .common import interactive, say


@takes(
    argument("folder", type=Path, nargs="?", default=Path(), help="Where to write; made when it is not there."),
    argument("--places", default="", help="Names in any of our languages, codes or regions, with commas; * is everywhere."),
    argument("--channel", action="append", default=[], help='Who is told, as console or "ntfy:topic=our-desk"; may come again.'),
    argument("--lang", default="", help="The language of messages: en, de, fr, es."),
    argument("--zone", default="", help="The time zone of receivers, as Europe/Berlin."),
    argument("--sources", type=Path, metavar="FOLDER", help="A folder of sources to copy, instead of the catalogue that comes along."),
    argument("--allow", action="append", default=[], help="A private address range that may be reached, as 10.20.0.0/16."),
    flag("--yes", "-y", help="Ask nothing."),
    flag("--force", help="Replace what is there; the old files are kept as *.bak."),
    argument(
        "--try", action=BooleanOptionalAction, default=True, dest="try_it", help="Try it: connect, send a test, look once at every source."
    ),
)
def init(
    folder: Path,
    places: str,
    channel: list[str],
    lang: str,
    zone: str,
    sources: Path | None,
    allow: list[str],
    yes: bool,
    force: bool,
    try_it: bool,
) -> None:
    """Write a commented configuration and its sources, then try them: asks for places and receivers, or takes them as flags."""
    from ..data import folder as bundled
    from .first import tried

    _free(folder, force)
    asking = not yes and not places and not channel and sys.stdin.isatty()
    chosen = bool(asking or yes or places or channel)
    text, files = _wished(asking, places, channel, lang, zone, allow, kept_token=(folder / "secrets/web.token").is_file())
    path = _placed(folder, text, files, sources or bundled("config") / "sources")
    say(f"wrote {path} and {len(list((folder / 'sources').iterdir()))} files in {folder / 'sources'}")
    fine = tried(path) if chosen and try_it else True
    if interactive() or chosen:
        say(f"next: `monitor run -c {path}`; the page asks for the token in {folder / 'secrets/web.token'} before it changes anything")
    if not fine:
        raise SystemExit(1)


def _free(folder: Path, force: bool) -> None:
    """Raises WrongUse when something would be overwritten."""
    from ..errors import WrongUse

    there = [path for path in (folder / "monitor.toml", folder / "sources") if path.exists()]
    if there and not force:
        raise WrongUse(f"{there[0]} is there already; nothing was written (--force replaces it and keeps the old as *.bak)")


def _wished(
    asking: bool, places: str, channels: list[str], lang: str, zone: str, allow: list[str], *, kept_token: bool
) -> tuple[str, dict[str, str]]:
    """The text of the configuration, and the secrets that stand beside it."""
    import secrets

    from ..data import folder as bundled
    from ..knowledge.places import name
    from ..route.words import languages
    from ..settings.starter import NewChannel, Wishes, written
    from . import wish

    keep = wish.Keep()
    zone = zone or _local_zone()
    if asking:
        say("Enter takes what stands in brackets; Ctrl-C leaves everything as it was.\n")
        places = wish.ask_places()
        lang = lang or wish.ask_one(f"Which [bold]language[/] should messages have? {', '.join(languages())}", "en", languages())
        made = list(wish.ask_channels(keep))
    else:
        made = []
        for one in channels:
            made.append(wish.channel_of(one, keep, [m.name for m in made]))
    codes, regions = wish.places_of(places)
    token = keep.reference("web.token", secrets.token_urlsafe(24))
    if kept_token:
        del keep.files["secrets/web.token"]
    wishes = Wishes(codes, regions, tuple(made) or (NewChannel("console", "console"),), lang or "en", zone, tuple(allow), token)
    return written((bundled("config") / "monitor.toml").read_text("utf-8"), wishes, name), keep.files


def _local_zone() -> str:
    """The time zone of this machine, UTC when it does not say."""
    from zoneinfo import available_timezones

    link = Path("/etc/localtime")
    told = os.environ.get("TZ", "") or (str(link.resolve()).rpartition("zoneinfo/")[2] if link.is_symlink() else "")
    return told.removeprefix("Etc/") if told.removeprefix("Etc/") in available_timezones() else "UTC"


# --- all of it or nothing --------------------------------------------------------------------------------------------


def _placed(folder: Path, text: str, files: Mapping[str, str], sources: Path) -> Path:
    """Write everything aside, check it there, and put it in its place at the end; an interruption leaves nothing behind.

    Raises SettingsError for a configuration that `monitor check` would not accept.
    """
    import tempfile

    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".monitor-init-", dir=folder) as name:
            aside = Path(name)
            shutil.copytree(sources, aside / "sources")
            (aside / "secrets").mkdir(mode=0o700)
            for old in (folder / "secrets").glob("*"):
                shutil.copy2(old, aside / "secrets" / old.name)
            for file, secret in files.items():
                _write_secret(aside / file, secret)
            (aside / "monitor.toml").write_text(text, "utf-8")
            _check(aside / "monitor.toml", folder / "monitor.toml")
            with _together(folder) as put:
                for part in ("sources", "secrets", "monitor.toml"):
                    put(aside / part)
    except BaseException:
        for path in made:
            _forget(path)
        raise
    return folder / "monitor.toml"


def _check(path: Path, target: Path) -> None:
    """Raises SettingsError as `monitor check` would, with the place where the file would have stood."""
    from ..errors import Mistake, SettingsError
    from ..settings.load import load

    try:
        load(path)
    except SettingsError as error:
        raise SettingsError(tuple(Mistake(str(target), m.line, m.key, m.what) for m in error.mistakes)) from None


def _write_secret(path: Path, secret: str) -> None:
    """A file that nobody but us may ever have read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(secret + "\n")


@contextmanager
def _together(folder: Path) -> Iterator[Callable[[Path], None]]:
    """Moves parts into a folder, and back out again when not all of them can be; what was there is kept as *.bak."""
    done: list[tuple[Path, Path | None]] = []

    def put(part: Path) -> None:
        target, kept = folder / part.name, None
        if target.exists():
            kept = target.with_name(target.name + ".bak")
            shutil.rmtree(kept) if kept.is_dir() else kept.unlink(missing_ok=True)
            target.rename(kept)
        done.append((target, kept))
        part.rename(target)

    try:
        yield put
    except BaseException:
        for target, kept in reversed(done):
            shutil.rmtree(target) if target.is_dir() else target.unlink(missing_ok=True)
            if kept:
                kept.rename(target)
        raise
    secrets = folder / "secrets.bak"
    if secrets.exists():
        shutil.rmtree(secrets)  # every one of them was taken along


def _forget(path: Path) -> None:
    """A folder that we made, if nothing is in it."""
    if path.is_dir() and not any(path.iterdir()):
        path.rmdir()
