"""What an answer says about for how long it is valid."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.request import valid_for


@pytest.mark.parametrize(
    ("printed", "age", "seconds"),
    [
        ("max-age=300", "", 300),
        ("public, Max-Age=300, must-revalidate", "40", 260),
        ('max-age="300"', "", 300),
        ("max-age=300", "900", 0),
        ("max-age=300, no-cache", "", None),
        ("no-store", "", None),
        ("max-age=-1", "", None),
        ("max-age=9999999999999999", "", None),
        ("s-maxage=300", "", None),
        ("", "", None),
    ],
)
def test_cache_control_as_printed(printed: str, age: str, seconds: int | None) -> None:
    assert valid_for(printed, age) == (None if seconds is None else timedelta(seconds=seconds))


@given(st.text(), st.text())
def test_nothing_printed_there_can_hurt(printed: str, age: str) -> None:
    found = valid_for(printed, age)
    assert found is None or timedelta(0) <= found < timedelta(seconds=10**9)
