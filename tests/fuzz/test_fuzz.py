"""A short search of everything that `make fuzz` searches for long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found_in_a_short_search(name: str) -> None:
    strategy, holds = TARGETS[name]
    searched(strategy, holds)


def searched(strategy: st.SearchStrategy[Any], holds: Callable[[Any], None]) -> None:
    @given(strategy)
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    def attempt(value: Any) -> None:
        holds(value)

    attempt()


def test_a_defect_would_be_found() -> None:
    def fragile(body: bytes) -> None:
        assert b"\xe9" not in body

    with pytest.raises(AssertionError):
        searched(st.binary(min_size=1, max_size=5) | st.just(b"\xe9"), fragile)
