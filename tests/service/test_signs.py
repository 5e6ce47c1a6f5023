"""Early signs through the real poll: three governments raise a place within a day, and it is told once, with those that have not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import main
from monitor.demo.bodies import body
from monitor.demo.story import Entry

START = datetime(2026, 3, 1, 6, tzinfo=UTC)
SOURCES = {"us": ("us-state", "US"), "uk": ("fcdo", "GB"), "ca": ("canada", "CA")}
DETAILS: Mapping[str, Any] = {
    "us": lambda level: (("level", level), ("tag", "LE")),
    "uk": lambda level: (("slug", "lebanon"), ("status", [[], [], ["avoid_all_but_essential_travel_to_whole_country"]][level - 1])),
    "ca": lambda level: (("iso", "LB"), ("state", level - 1)),
}


def recording(folder: Path, *polls: Mapping[str, int]) -> Path:
    """Levels of Lebanon by source, six hours apart."""
    tables = "".join(
        f'[[source]]\nid = "{id}"\nkind = "{kind}"\nurl = "https://x.example/{id}"\nissuer = "{who}"\noptions = {{ records = 1 }}\n'
        for id, (kind, who) in SOURCES.items()
    )
    (folder / "recording.toml").write_text(tables, "utf-8")
    for number, levels in enumerate(polls):
        at = START + timedelta(hours=6 * number)
        for id, level in levels.items():
            (folder / id).mkdir(exist_ok=True)
            words = (f"The advice for Lebanon is at level {level} because of what happened there.",)
            entry = Entry(at, id, "Lebanon", text=words, details=DETAILS[id](level))
            (folder / id / f"{at:%Y%m%dT%H%M%SZ}.body").write_bytes(body(SOURCES[id][0], [entry])[0])
    return folder


def told(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    with pytest.raises(SystemExit) as left:
        main(["replay", str(folder), "--json", "--with-signs"])
    assert not left.value.code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_three_that_raise_within_a_day_are_a_sign_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calm = {"us": 2, "uk": 1, "ca": 2}
    changes = told(recording(tmp_path, calm, {"us": 3}, {"ca": 3}, {"uk": 3}, {"ca": 3, "uk": 3}), capsys)
    raised = [c["issuer"] for c in changes if c["kind"] == "level_raised"]
    assert raised == ["US", "CA", "GB"]
    signs = {c["after"]: c for c in changes if c["kind"] == "early_sign"}
    assert list(signs) == ["first_mover", "several_raised"]
    assert signs["first_mover"]["issuer"] == "US" and signs["first_mover"]["at"] == "2026-03-01T12:00:00Z"
    assert (
        "3 of 3 governments raised their advice within 24 h (United States, Canada, United Kingdom)" in signs["several_raised"]["headline"]
    )
    assert signs["several_raised"]["at"] == "2026-03-02T00:00:00Z"
    facts = {c["id"] for c in changes if c["kind"] == "level_raised"}
    assert set(signs["several_raised"]["references"]) == facts


def test_what_stands_at_the_first_look_is_no_sign(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(recording(tmp_path, {"us": 3, "uk": 3, "ca": 3}, {"us": 3, "uk": 3, "ca": 3}), capsys) == []
