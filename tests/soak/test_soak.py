"""A short soak: some weeks with restarts, failures and pruning tell everything once and stay within their budget."""

from __future__ import annotations

from pathlib import Path

import pytest

from .year import BUDGET, LIFE, live


@pytest.mark.slow
def test_some_weeks_tell_everything_once_within_the_budget(tmp_path: Path) -> None:
    evenings = list(live(2 * LIFE + 5, tmp_path))
    assert len(evenings) == 2 * LIFE + 5 and evenings[-1].told > 3
    assert evenings[-1].size < 2 * BUDGET
