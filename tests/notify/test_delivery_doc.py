"""docs/delivery.md names tests that exist and every channel there is."""

from __future__ import annotations

import re

from monitor.notify.registry import channel_class, kinds
from tests.paths import ROOT

TEXT = (ROOT / "docs" / "delivery.md").read_text()


def test_every_test_it_names_is_there() -> None:
    named, file = [], ""
    for path, name in re.findall(r"`(tests/[\w/]+\.py)?(?:::(\w+))?`", TEXT):
        file = path or file
        if path or name:
            named.append((file, name))
    assert len(named) > 50
    missing = [(f, n) for f, n in named if not (ROOT / f).is_file() or (n and f"def {n}(" not in (ROOT / f).read_text())]
    assert not missing


def test_every_channel_and_its_options_stand_there() -> None:
    for kind in kinds():
        row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{kind}` |"))
        options = set(re.findall(r"`(\w+)`", row.split("|")[2]))
        assert options == set(channel_class(kind).model_fields) - {"name"}, kind
