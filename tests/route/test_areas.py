"""Which parts of a place are meant stands in the message, in every language, and no longer than it may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model import Area
from monitor.route.words import languages, summary
from tests.service.world import change

PARTS = (Area("the coast", 3), Area("Lac Province", 4))


@pytest.mark.parametrize("lang", languages())
def test_the_worst_part_comes_first(lang: str) -> None:
    text = summary([replace(change(), areas=PARTS)], lang)
    line = next(line for line in text.splitlines() if "Lac Province" in line)
    assert line.index("Lac Province") < line.index("the coast") and "4" in line and "3" in line


def test_many_parts_are_counted() -> None:
    many = tuple(Area(f"district {n}", 4) for n in range(30))
    text = summary([replace(change(), areas=many)], "en")
    assert "district 7" in text and "district 8" not in text and "22 more" in text


def test_a_place_without_parts_has_no_line_about_them() -> None:
    assert "parts" not in summary([change()], "en")
