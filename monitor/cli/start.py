"""The commands one starts with: the demo, a first configuration, the schema of the configuration."""

from __future__ import annotations

import json as codec
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from .common import emit, interactive, say

Keep = Annotated[bool, typer.Option("--keep", help="Stay up after the story.")]
Speed = Annotated[float, typer.Option(min=0.1, max=1000, help="How many times as fast as the minute it takes.")]
Folder = Annotated[Path, typer.Argument(help="Where to write; made when it is not there.")]


def demo(keep: Keep = False, speed: Speed = 1.0) -> None:
    """Play the bundled scenario through the real pipe and a real loopback web server: about a minute, no internet."""
    from ..demo.play import play

    if not play(keep=keep, speed=speed):
        raise typer.Exit(1)


def init(folder: Folder = Path()) -> None:
    """Write a commented configuration and the catalogue of sources; overwrites nothing."""
    from ..data import folder as bundled
    from ..errors import WrongUse

    target, catalogue = folder / "monitor.toml", folder / "sources"
    if there := next((path for path in (target, catalogue) if path.exists()), None):
        raise WrongUse(f"{there} is there already; nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
    text = (bundled("config") / "monitor.toml").read_text("utf-8").replace("sqlite:///../var/", "sqlite:///var/")
    shutil.copytree(bundled("config") / "sources", catalogue)
    target.write_text(text, "utf-8")
    say(f"wrote {target} and {len(list(catalogue.iterdir()))} files in {catalogue}")
    if interactive():
        say(f"next: edit them, then `monitor check -c {target}` and `monitor run -c {target}`")


def schema() -> None:
    """Print the JSON Schema of the configuration."""
    from ..settings.schema import Document

    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Document.model_json_schema()}
    if interactive():
        sys.stdout.write(codec.dumps(described, indent=2, ensure_ascii=False) + "\n")
    else:
        emit(described)
