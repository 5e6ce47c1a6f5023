"""The golden samples: invented bodies in every format and what our adapters make of them; run it to write them anew."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from monitor.model import Item, Source
from monitor.sources.base import Parsed, adapter_for

SAMPLES = Path(__file__).parent / "samples"
BODIES = sorted(p for p in SAMPLES.iterdir() if not p.name.endswith(".golden.json"))
ISSUERS = {
    "us-state": "US",
    "us-cadataapi": "US",
    "canada": "CA",
    "fcdo": "GB",
    "auswaertiges-amt": "DE",
    "mofa": "JP",
    "smartraveller": "AU",
}


def source_of(body: Path) -> Source:
    """The source a sample stands for; its kind is the file name up to the first dot."""
    kind = body.name.split(".")[0]
    return Source(kind, kind, f"https://{kind}.example.org/", ISSUERS.get(kind))


def parse(body: Path) -> Parsed:
    source = source_of(body)
    return adapter_for(source.kind)(body.read_bytes(), source)


def as_json(parsed: Parsed) -> str:
    """What is printed into a golden file: every field that is not its default."""
    report = {
        "total": parsed.total,
        "damaged": parsed.damaged,
        "problems": list(parsed.problems),
        "generated": parsed.generated.isoformat() if parsed.generated else None,
        "items": [_fields(item) for item in parsed.items],
    }
    return json.dumps(report, indent=1, ensure_ascii=False, default=str) + "\n"


def _fields(item: Item) -> dict[str, object]:
    bare = Item(source="", key="", title="")
    return {f.name: value for f in dataclasses.fields(item) if (value := getattr(item, f.name)) != getattr(bare, f.name)}


def golden_of(body: Path) -> Path:
    return body.with_name(f"{body.name}.golden.json")


if __name__ == "__main__":
    for sample in BODIES:
        golden_of(sample).write_text(as_json(parse(sample)), encoding="utf-8")
