"""Which colour holds where, as Dutch prose says it: the examples stand beside the patterns."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from monitor.data import seed
from monitor.sources.nl import colours
from monitor.sources.where import named

EXAMPLES: list[dict[str, Any]] = tomllib.loads(seed("dutch_colours.toml").decode())["examples"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["text"][:60])
def test_examples(example: dict[str, Any]) -> None:
    places = named(example["country"], "nl")
    assert places
    assert colours(example["text"], places) == (example.get("level"), example.get("regional"))


def test_a_colour_of_a_part_is_never_that_of_the_country() -> None:
    for text in ("Kleurcode rood geldt voor de grensstreek.", "De kleurcode van het reisadvies voor Noord-Laos is rood."):
        assert colours(text, ("LA",)) == (None, 4)


def test_of_several_statements_about_the_country_the_worst_holds() -> None:
    assert colours("De kleurcode van het reisadvies voor Laos is geel. Voor heel Laos geldt kleurcode rood.", ("LA",)) == (4, None)
