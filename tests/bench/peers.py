"""Other programs that poll feeds: what each needs to poll the farm once, from environments made for it outside of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.farm import Farm
from tests.bench.meter import MONITOR

HOME = Path(os.environ.get("MONITOR_BENCH_PEERS", "/tmp/peers"))
"""Where the environments are; made when they are not there."""

Command = tuple[list[str | Path], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Peer:
    """`prepare` writes its configuration into a folder, `command` polls every feed once."""

    name: str
    package: str
    prepare: Callable[[Path, Farm], None]
    command: Callable[[Path, bool], Command]

    def ready(self) -> bool:
        """Whether it can be run here; a package of the registry is installed first."""
        if not self.package:
            return shutil.which(self.name) is not None or self.name == "monitor"
        home = HOME / f"v-{self.name}"
        if not (home / "bin/python").exists():
            venv.create(home, with_pip=True)
            subprocess.run([home / "bin/pip", "install", "-q", *self.package.split()], check=False)
        return (home / "bin/python").exists()


def _bin(name: str, program: str) -> Path:
    return HOME / f"v-{name}" / "bin" / program


def _urls(farm: Farm) -> list[str]:
    return [farm.url(n) for n in range(farm.size)]


# --- ours ------------------------------------------------------------------------------------------------------------


def _monitor(folder: Path, farm: Farm) -> None:
    sources = "".join(
        f'[[source]]\nid = "f{n}"\nkind = "feed"\nurl = "{url}"\nevery = "1s"\nauthority = "press"\n\n' for n, url in enumerate(_urls(farm))
    )
    head = f'[store]\nurl = "sqlite:///{folder}/ledger.db"\n[web]\nlisten = ""\n[egress]\nallow = ["127.0.0.0/8"]\n'
    (folder / "monitor.toml").write_text(head + '[channel.out]\nkind = "console"\n[[route]]\nchannels = ["out"]\n' + sources)


def _monitor_command(folder: Path, _first: bool) -> Command:
    return [*MONITOR, "poll", "--config", folder / "monitor.toml", "--json"], {}


# --- theirs ----------------------------------------------------------------------------------------------------------


def _reader(folder: Path, farm: Farm) -> None:
    code = "import sys; from reader import make_reader; r = make_reader(sys.argv[1]); [r.add_feed(u) for u in sys.stdin.read().split()]"
    subprocess.run([_bin("reader", "python"), "-c", code, folder / "db.sqlite"], input="\n".join(_urls(farm)), text=True, check=True)


def _reader_command(folder: Path, _first: bool) -> Command:
    return [_bin("reader", "python"), "-m", "reader", "--db", folder / "db.sqlite", "update", "--no-scheduled", "--workers", "4"], {}


def _rss2email(folder: Path, farm: Farm) -> None:
    for name in ("cur", "new", "tmp"):
        (folder / "mail/box" / name).mkdir(parents=True)
    head = (
        f"[DEFAULT]\nfrom = a@localhost\nto = b@localhost\nemail-protocol = maildir\nmaildir-path = {folder}/mail\nmaildir-mailbox = box\n"
    )
    feeds = "".join(f"[feed.f{n}]\nurl = {url}\n\n" for n, url in enumerate(_urls(farm)))
    (folder / "r2e.cfg").write_text(head + "same-server-fetch-interval = 0\nverbose = error\n\n" + feeds)
    (folder / "data.json").write_text('{"version": 2, "feeds": []}')


def _rss2email_command(folder: Path, first: bool) -> Command:
    command = [_bin("rss2email", "r2e"), "-c", folder / "r2e.cfg", "-d", folder / "data.json", "run"]
    return [*command, *(["--no-send"] if first else [])], {}


def _urlwatch(folder: Path, farm: Farm) -> None:
    (folder / "urls.yaml").write_text("---\n".join(f"name: f{n}\nurl: {url}\n" for n, url in enumerate(_urls(farm))))
    display = "display: {error: true, new: false, unchanged: false}\nreport: {stdout: {enabled: true, color: false}}\n"
    (folder / "cfg.yaml").write_text(display)
    (folder / "hooks.py").write_text("")


def _urlwatch_command(folder: Path, _first: bool) -> Command:
    files = [("--urls", "urls.yaml"), ("--config", "cfg.yaml"), ("--cache", "cache.db"), ("--hooks", "hooks.py")]
    return [_bin("urlwatch", "urlwatch"), *(part for option, name in files for part in (option, folder / name))], {"HOME": str(folder)}


def _newsboat(folder: Path, farm: Farm) -> None:
    (folder / "urls").write_text("\n".join(_urls(farm)) + "\n")
    (folder / "config").write_text("reload-threads 4\nmax-items 0\nauto-reload no\n")


def _newsboat_command(folder: Path, _first: bool) -> Command:
    command: list[str | Path] = [
        "newsboat",
        "-C",
        folder / "config",
        "-u",
        folder / "urls",
        "-c",
        folder / "cache.db",
        "-q",
        "-x",
        "reload",
    ]
    return command, {"HOME": str(folder)}


PEERS = (
    Peer("monitor", "", _monitor, _monitor_command),
    Peer("rss2email", "rss2email", _rss2email, _rss2email_command),
    Peer("reader", "reader[cli] sgmllib3k", _reader, _reader_command),
    Peer("newsboat", "", _newsboat, _newsboat_command),
    Peer("urlwatch", "urlwatch", _urlwatch, _urlwatch_command),
)
