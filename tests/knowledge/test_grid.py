"""Headlines as a grid: the usual verbs, with the usual people and places, are all understood, and how far along the act is."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from monitor.knowledge.items import item_of
from monitor.knowledge.reading import read
from monitor.model import Reading

GRID: dict[str, Any] = tomllib.loads((Path(__file__).parent / "grid.toml").read_text("utf-8"))


def _reading(headline: str) -> Reading:
    return read(item_of({"title": headline, "source": "A wire", "source_kind": "press", "published": "2025-06-10"}))


@pytest.mark.parametrize("grid", GRID["grid"], ids=lambda grid: grid["name"])
def test_every_usual_verb_says_the_act(grid: dict[str, Any]) -> None:
    missed = []
    for words in product(*grid["parts"]):
        headline = " ".join(words)
        reading = _reading(headline)
        if not reading.relevant or reading.kind is None or reading.kind.value not in grid["kinds"] or reading.places != ("ML",):
            missed.append(f"{headline}: {reading.kind} at {reading.places}")
    assert not missed, f"{len(missed)} missed, such as {missed[:10]}"


def _staged() -> Iterator[tuple[str, str, str]]:
    for stage, templates in GRID["stages"].items():
        for template in templates:
            for act, (ing, noun, kind) in GRID["acts"].items():
                yield template.format(act=act, ing=ing, noun=noun), stage, kind


def test_how_far_along_an_act_is() -> None:
    wrong = []
    for headline, stage, kind in _staged():
        reading = _reading(headline)
        found = (reading.kind and reading.kind.value, reading.stage and reading.stage.value, reading.issuer)
        if found != (kind, stage, "ES"):
            wrong.append(f"{headline}: {found}")
    assert not wrong, f"{len(wrong)} wrong, such as {wrong[:10]}"
