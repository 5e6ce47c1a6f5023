"""docs/delivery.md names tests that are really run, every channel there is, and where what it says of others is written."""

from __future__ import annotations

import re
import subprocess
import sys

from monitor.notify.registry import channel_class, kinds
from tests.paths import ROOT

TEXT = (ROOT / "docs" / "delivery.md").read_text()
OTHERS = TEXT[TEXT.index("## Beside others") :]


def named() -> list[str]:
    """Every test that stands there, by the name pytest gives it; a bare `::name` is in the file named before it."""
    found, file = [], ""
    for path, name in re.findall(r"`(tests/[\w/]+\.py)?(?:::(\w+))?`", TEXT):
        file = path or file
        if name:
            found.append(f"{file}::{name}")
    return list(dict.fromkeys(found))


def cells() -> list[list[str]]:
    """The features' table, row by row, without its head."""
    rows = [line for line in OTHERS.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if not row.startswith("| |")]


def test_every_test_it_names_is_collected() -> None:
    asked = named()
    assert len(asked) > 70
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *asked],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]


def test_every_cell_of_ours_names_a_test() -> None:
    assert len(cells()) > 20
    assert [row[0] for row in cells() if len(row) != 7 or not re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`", row[6])] == []


def test_what_is_said_of_others_can_be_looked_up() -> None:
    sources = dict(re.findall(r"^(\d+)\. (.*)$", OTHERS, re.M))
    assert all("](https://" in source for source in sources.values())
    said = [cell for row in cells() for cell in row[1:6] if cell != "–"]
    assert [cell for cell in said if not re.search(r" \[\d+\]$", cell)] == []
    assert {number for cell in said for number in re.findall(r"\[(\d+)\]", cell)} == set(sources)


def test_every_channel_and_its_options_stand_there() -> None:
    for kind in kinds():
        row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{kind}` |"))
        options = set(re.findall(r"`(\w+)`", row.split("|")[2]))
        assert options == set(channel_class(kind).model_fields) - {"name"}, kind
