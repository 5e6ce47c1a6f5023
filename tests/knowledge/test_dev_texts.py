"""The quality of the reading on labelled texts beside the checkout stays above what was reached; skipped where they are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from monitor.knowledge import item_of, read
from monitor.model import Reading
from tests.paths import GOLD

TEXTS = GOLD / "texts-dev.jsonl" if GOLD else None

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(TEXTS is None or not TEXTS.exists(), reason="the labelled texts are not beside this checkout"),
]

_INPUT = ("id", "source_kind", "source", "published", "title", "summary", "url", "lang")
_PAIRS: list[tuple[dict[str, Any], Reading]] = []


@pytest.fixture
def pairs() -> list[tuple[dict[str, Any], Reading]]:
    """Labels and readings of every text, read once."""
    if not _PAIRS:
        assert TEXTS is not None
        for line in TEXTS.read_text("utf-8").splitlines():
            record = json.loads(line)
            _PAIRS.append((record["labels"], read(item_of({k: record.get(k) for k in _INPUT}))))
    return _PAIRS


def _f1(pairs: list[tuple[set[str], set[str]]]) -> float:
    hit = sum(len(g & p) for g, p in pairs)
    return 2 * hit / max(1, sum(len(g) + len(p) for g, p in pairs))


def test_relevance(pairs: list[tuple[dict[str, Any], Reading]]) -> None:
    hit = sum(g["relevant"] and r.relevant for g, r in pairs)
    assert hit / sum(r.relevant for _, r in pairs) >= 0.985
    assert hit / sum(g["relevant"] for g, _ in pairs) >= 0.985


_SINGLE: list[tuple[str, Callable[[Reading], object], float]] = [
    ("kind", lambda r: r.kind.value, 0.96),
    ("stage", lambda r: r.stage.value if r.stage else None, 0.96),
    ("issuer", lambda r: r.issuer, 0.975),
]


@pytest.mark.parametrize(("name", "of", "floor"), _SINGLE)
def test_single_answers(pairs: list[tuple[dict[str, Any], Reading]], name: str, of: Callable[[Reading], object], floor: float) -> None:
    relevant = [(g, r) for g, r in pairs if g["relevant"]]
    assert sum(g[name] == of(r) for g, r in relevant) / len(relevant) >= floor


_SETS: list[tuple[str, Callable[[Reading], set[str]], float]] = [
    ("countries", lambda r: set(r.places), 0.97),
    ("kinds", lambda r: {k.value for k in r.kinds}, 0.95),
    ("audiences", lambda r: {a.value for a in r.audiences}, 0.94),
]


@pytest.mark.parametrize(("name", "of", "floor"), _SETS)
def test_sets(pairs: list[tuple[dict[str, Any], Reading]], name: str, of: Callable[[Reading], set[str]], floor: float) -> None:
    assert _f1([(set(g[name]), of(r)) for g, r in pairs if g["relevant"]]) >= floor


def test_levels(pairs: list[tuple[dict[str, Any], Reading]]) -> None:
    graded = [(g, r) for g, r in pairs if g["relevant"] and g["level"] is not None]
    assert sum(g["level"] == r.level for g, r in graded) / len(graded) >= 0.98


def test_nothing_irrelevant_pages_anybody(pairs: list[tuple[dict[str, Any], Reading]]) -> None:
    urgent = {"ordered_departure", "evacuation", "leave_now", "embassy_closure", "shelter_in_place"}
    woken = [r for g, r in pairs if not g["relevant"] and r.relevant and {k.value for k in r.kinds} & urgent]
    assert not woken
