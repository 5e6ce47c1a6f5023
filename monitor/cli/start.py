"""The commands one starts with: the demo, the schema of the configuration."""

from __future__ import annotations

import json as codec
import sys
from typing import Annotated

import typer

from .common import emit, interactive

Keep = Annotated[bool, typer.Option("--keep", help="Stay up after the story.")]
Speed = Annotated[float, typer.Option(min=0.1, max=1000, help="How many times as fast as the minute it takes.")]


def demo(keep: Keep = False, speed: Speed = 1.0) -> None:
    """Play the bundled scenario through the real pipe and a real loopback web server: about a minute, no internet."""
    from ..demo.play import play

    if not play(keep=keep, speed=speed):
        raise typer.Exit(1)


def schema() -> None:
    """Print the JSON Schema of the configuration."""
    from ..settings.schema import Document

    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Document.model_json_schema()}
    if interactive():
        sys.stdout.write(codec.dumps(described, indent=2, ensure_ascii=False) + "\n")
    else:
        emit(described)
