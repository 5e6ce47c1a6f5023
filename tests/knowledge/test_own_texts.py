"""The reading of our own labelled texts never falls behind what was reached."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from monitor.knowledge import item_of, read
from monitor.model import Reading, SignalKind, Stage

TEXTS = Path(__file__).parent / "texts"
FLOORS = json.loads((TEXTS / "floors.json").read_text("utf-8"))
URGENT = {
    SignalKind.ORDERED_DEPARTURE, SignalKind.EVACUATION, SignalKind.LEAVE_NOW, SignalKind.EMBASSY_CLOSURE, SignalKind.SHELTER_IN_PLACE,
}  # fmt: skip


@cache
def pairs(name: str) -> list[tuple[dict[str, Any], Reading]]:
    """Labels and readings of one set."""
    records = [json.loads(line) for line in (TEXTS / f"{name}.jsonl").read_text("utf-8").splitlines()]
    return [(r["labels"], read(item_of({k: v for k, v in r.items() if k != "labels"}))) for r in records]


def figures(name: str) -> dict[str, float]:
    """What is measured: shares between 0 and 1."""
    all_of = pairs(name)
    relevant = [(g, r) for g, r in all_of if g["relevant"]]
    noise = [r for g, r in all_of if not g["relevant"]]
    hit = sum(r.relevant for _, r in relevant)
    share = lambda right: sum(right(g, r) for g, r in relevant) / len(relevant)  # noqa: E731
    return {
        "precision": hit / max(1, hit + sum(r.relevant for r in noise)),
        "recall": hit / len(relevant),
        "places": share(lambda g, r: set(g["countries"]) == set(r.places)),
        "kind": share(lambda g, r: g["kind"] == r.kind),
        "stage": share(lambda g, r: g["stage"] == r.stage),
        "issuer": share(lambda g, r: g["issuer"] == r.issuer),
        "quiet": 1 - sum(_wakes(r) for r in noise) / len(noise),
    }


def _wakes(r: Reading) -> bool:
    return r.relevant and bool(URGENT & set(r.kinds)) and r.stage in (Stage.ANNOUNCED, Stage.IN_EFFECT)


@pytest.mark.parametrize(("name", "measure"), [(n, m) for n, floors in FLOORS.items() for m in floors])
def test_no_worse_than_before(name: str, measure: str) -> None:
    assert figures(name)[measure] >= FLOORS[name][measure]


if __name__ == "__main__":  # prints what stands now, to raise the floors by
    for each in sorted(p.stem for p in TEXTS.glob("*.jsonl")):
        print(each, {measure: round(value, 3) for measure, value in figures(each).items()})
