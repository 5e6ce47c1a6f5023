"""Several governments and the press at once: one thread for each place, first movers in their order, nothing told twice."""

from __future__ import annotations

import json
import tarfile
import tomllib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from monitor.cli import lines
from monitor.model import Authority, Change, ChangeKind
from monitor.rehearsal import rehearsal
from tests.paths import GOLD, RECORDINGS
from tests.replay.test_recordings import scorer

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.slow,
    pytest.mark.skipif(not (RECORDINGS and GOLD), reason="the recordings are not beside this checkout"),
]

WINTER = ("canada-ukraine", "press-2022")
"""The months before and after February 2022: a register, a ministry's releases and four outlets."""
FROM = "20211225"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Change]:
    """Every change of the recordings played as one, from the winter on; the register once a day."""
    folder = tmp_path_factory.mktemp("together")
    settings = "\n".join(unpacked(name, folder) for name in WINTER)
    (folder / "recording.toml").write_text(settings, "utf-8")
    with rehearsal(folder, None) as (polls, _):
        return [change for changes in polls for change in changes]


def unpacked(name: str, folder: Path) -> str:
    """Lay a recording's bodies into the folder; what its recording.toml says."""
    assert RECORDINGS is not None
    with tarfile.open(RECORDINGS / f"{name}.tar.xz") as tar:
        for member in _chosen(tar):
            source, file = member.name.split("/")[-2:]
            body = tar.extractfile(member)
            assert body is not None
            (folder / source).mkdir(exist_ok=True)
            (folder / source / file).write_bytes(body.read())
        settings = tar.extractfile(next(m for m in tar if m.name.endswith("recording.toml")))
        assert settings is not None
        return settings.read().decode()


def _chosen(tar: tarfile.TarInfo | tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    bodies = [m for m in tar if m.isfile() and m.name.count("/") and not m.name.endswith(".toml")]  # type: ignore[union-attr]
    late = [m for m in bodies if m.name.rpartition("/")[2] >= FROM]
    for _, days in groupby(late, key=lambda m: (m.name.split("/")[-2], m.name.rpartition("/")[2][:8])):
        polls = list(days)
        yield from polls if polls[0].name.split("/")[-2] != "canada" else polls[-1:]


def test_each_place_has_one_thread(told: list[Change]) -> None:
    shown = [c for c in told if not c.held and not c.kind.about_sight]
    for place in {c.place for c in shown}:
        threads = [id for id, _ in groupby(c.situation for c in shown if c.place == place)]
        assert len(threads) == len(set(threads)), f"{place}: a thread that was left is taken up again"
    ukraine = [c for c in shown if c.place == "UA"]
    assert len({c.situation for c in ukraine}) == 1 and {c.issuer for c in ukraine} >= {"US", "GB", "CA"}


def test_first_movers_come_in_their_order(told: list[Change]) -> None:
    """The press ahead of the US order, the US ahead of Canada, Canada's raise in the thread that is open already."""
    ukraine = [c for c in told if c.place == "UA" and not c.held and c.direction == "worse"]
    assert [c.at for c in ukraine] == sorted(c.at for c in ukraine)
    first = {}
    for c in ukraine:
        first.setdefault((c.issuer, c.kind is ChangeKind.REPORTED), c.at)
    assert first["US", True] < first["CA", False] < first["US", False], "reported, then Canada's level, then the ministry's own words"
    assert f"{first['CA', False]:%Y-%m}" == "2022-02" and f"{first['US', True]:%Y-%m-%d}" == "2022-01-22"


def test_nothing_is_told_twice(told: list[Change]) -> None:
    shown = [c for c in told if not c.held]
    assert len({c.id for c in shown}) == len(shown)
    levels = [(c.issuer, c.place, c.before, c.after) for c in shown if c.kind in (ChangeKind.LEVEL_RAISED, ChangeKind.LEVEL_LOWERED)]
    for one in set(levels):
        again = [c for c in shown if (c.issuer, c.place, c.before, c.after) == one and c.kind.value.startswith("level")]
        assert len({c.at for c in again}) == len(again)


def test_together_they_are_read_as_each_alone(told: list[Change], tmp_path: Path) -> None:
    assert GOLD is not None and RECORDINGS is not None
    with tarfile.open(RECORDINGS / "press-2022.tar.xz") as tar:
        settings = tar.extractfile(next(m for m in tar if m.name.endswith("recording.toml")))
        assert settings is not None
        own = {s["id"] for s in tomllib.loads(settings.read().decode())["source"]}
    out = tmp_path / "press.jsonl"
    out.write_text("".join(json.dumps(lines.change(c), default=str) + "\n" for c in told if c.source in own), "utf-8")
    score = scorer().run("press-2022", out, GOLD, RECORDINGS)
    assert (score["must_told"], score["false_alarms"], score["repeats"], score["early_betterments"]) == (score["must"], 0, 0, 0), score


def test_press_is_never_taken_for_a_government(told: list[Change]) -> None:
    assert all(c.kind in (ChangeKind.REPORTED, ChangeKind.DENIED, ChangeKind.REWORDED, ChangeKind.WITHDRAWN, ChangeKind.CONFIRMED)
               for c in told if c.source in {"bbc", "cnn", "guardian", "wire"} and not c.kind.about_sight), Authority.PRESS  # fmt: skip
