"""The commands one starts with: the demo, the schema of the configuration."""

from __future__ import annotations

import json as codec
import sys

from .arguments import argument, between, flag, takes
from .common import emit, interactive

KEEP = flag("--keep", help="Stay up after the story.")
SPEED = argument("--speed", type=between(0.1, 1000.0), metavar="N", default=1.0, help="How many times as fast as the minute it takes.")


@takes(KEEP, SPEED)
def demo(keep: bool, speed: float) -> None:
    """Play the bundled scenario through the real pipe and a real loopback web server: about a minute, no internet."""
    from ..demo.play import play

    if not play(keep=keep, speed=speed):
        raise SystemExit(1)


def schema() -> None:
    """Print the JSON Schema of the configuration."""
    from ..settings.schema import Document

    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Document.model_json_schema()}
    if interactive():
        sys.stdout.write(codec.dumps(described, indent=2, ensure_ascii=False) + "\n")
    else:
        emit(described)
