"""The backtest: recordings of one time are one world, two configurations stand side by side, and the page needs nothing but itself."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.backtest import backtest, opened_demo
from monitor.cli import main
from monitor.errors import WrongUse
from monitor.knowledge.places import name
from monitor.model import Change, ChangeKind, Reason, Severity, Sign
from monitor.route.words import headline
from monitor.service import report, worlds
from monitor.service.report_data import as_json, as_text
from monitor.service.report_page import as_html
from monitor.service.signs import Tally, record_text, tally
from tests.web.chromium import DESK, FOUND, PHONE, browser

START = datetime(2026, 3, 1, tzinfo=UTC)

LOUD = '[channel.desk]\nkind = "console"\n[[route]]\nchannels = ["desk"]\ndirections = ["worse", "better"]\n'
CALM = (
    '[signs]\nenabled = false\n[channel.family]\nkind = "console"\nzone = "Europe/Kyiv"\nquiet = { start = "22:00", end = "07:00" }\n'
    '[[route]]\nchannels = ["family"]\nplaces = ["UA"]\nmin_severity = "severe"\n'
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> report.Report:
    """The bundled story under two configurations."""
    folder = tmp_path_factory.mktemp("configs")
    for file, text in (("loud.toml", LOUD), ("calm.toml", CALM)):
        (folder / file).write_text(text, "utf-8")
    with opened_demo([Path("demo")]) as (path,):
        return backtest([worlds.look(path)], [folder / "loud.toml", folder / "calm.toml"])


def recorded(label: str, first: int, last: int, *ids: str) -> worlds.Recorded:
    days = [START + timedelta(days=n) for n in (first, last)]
    return worlds.Recorded(label, Path(label), tuple({"id": id} for id in ids), 2, *days)


def test_recordings_of_one_time_and_other_sources_are_one_world() -> None:
    winter, press, later = recorded("winter", 0, 50, "us"), recorded("press", 20, 90, "bbc", "cnn"), recorded("spring", 60, 99, "us")
    other = recorded("autumn", 200, 210, "uk")
    names = [[r.name for r in w] for w in worlds.together([other, later, press, winter])]
    assert names == [["winter", "press"], ["spring"], ["autumn"]], "the second register of one source begins with a baseline of its own"


def test_what_each_receiver_would_have_got_and_when(made: report.Report) -> None:
    loud, calm = made.choices
    (desk,), (family,) = loud.heard, calm.heard
    assert desk.receiver == "desk" and len(desk.told) > len(family.told) > 3
    assert {p for t in family.told for p in t.places} == {"UA"}
    assert [t.at for t in desk.told] == sorted(t.at for t in desk.told)
    assert all(t.at >= t.noticed for t in (*desk.told, *family.told))
    assert any("United States orders families" in t.headline for t in family.told)
    both, first, second = report.differences(loud, calm)
    assert both > 0 and first > 0 and second == 0
    assert sum(report.by_week(desk.told).values()) == len(desk.told)


def test_signs_are_told_as_a_configuration_wants_them(made: report.Report) -> None:
    (world,) = made.worlds
    found = {c.id for c in world.told if c.kind is ChangeKind.EARLY_SIGN}
    loud, calm = ({id for h in c.heard for t in h.told for id in t.ids} for c in made.choices)
    assert found and found <= loud and not found & calm


def test_who_was_first(made: report.Report) -> None:
    (world,) = made.worlds
    leads = report.press_leads(world)
    assert [(lead.place, lead.after, lead.kind) for lead in leads] == [("UA", "US", "departure_ordered")]
    assert timedelta(days=2) < leads[0].lead < timedelta(days=3)
    assert {(p.who, p.after) for p in report.pairs(report.government_leads(world))} >= {("US", "GB")}
    assert report.held(world)[0].change.reason is Reason.PLACEHOLDER and report.held(world)[0].told is None


def test_text_and_json_say_the_same(made: report.Report) -> None:
    data = json.loads(json.dumps(as_json(made, name)))
    text = as_text(made, name)
    counts = {r["receiver"]: r["messages"] for c in data["configurations"] for r in c["receivers"]}
    assert all(f"  {receiver}: {n} messages" in text for receiver, n in counts.items())
    assert data["press_before_official"][0]["place"] == "UA" and "1 times" in text
    assert data["signs"]["press_ahead"] == {"seen": 1, "followed": 1, "open": 0}


def page(made: report.Report) -> str:
    return as_html(made, name, lambda change: headline(change, "en", name))


def test_the_page_escapes_what_strangers_said(made: report.Report) -> None:
    (world,) = made.worlds
    evil = "<script>alert(1)</script>\u202e"
    worse = replace(world, changes=tuple(replace(c, after_words=evil) for c in world.changes))
    told = tuple(replace(t, headline=evil) for t in made.choices[0].heard[0].told)
    choice = replace(made.choices[0], name=evil, heard=(replace(made.choices[0].heard[0], told=told),))
    html = page(replace(made, worlds=(worse,), choices=(choice,)))
    assert "<script" not in html and "\u202e" not in html and "&lt;script&gt;" in html


@pytest.mark.browser
@pytest.mark.skipif(not FOUND, reason="there is no Chromium here")
def test_the_page_shows_pictures_fits_a_phone_and_asks_nobody(made: report.Report, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(page(made), "utf-8")
    with browser() as chromium:
        for theme, size in (("light", DESK), ("dark", PHONE)):
            _looked_at(chromium.new_context(viewport=size, color_scheme=theme), f"file://{tmp_path}/report.html")


def _looked_at(context: Any, url: str) -> None:
    opened = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: said.append(message.text))
    opened.goto(url)
    assert asked == [url] and said == []
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.locator("svg .mark").count() > 10 and opened.locator("svg .bar").count() > 3
    colours = opened.evaluate("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    assert _contrast(*colours) > 7
    context.close()


def _contrast(*colours: str) -> float:
    def light(colour: str) -> float:
        parts = [int(n) / 255 for n in re.findall(r"\d+", colour)[:3]]
        r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted(map(light, colours))
    return (high + 0.05) / (low + 0.05)


# --- the command -----------------------------------------------------------------------------------------------------


def ran(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return int(left.value.code or 0), captured.out, captured.err


def test_a_replay_tells_no_signs_unless_it_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = [json.loads(line)["kind"] for line in ran(capsys, "replay", "demo", "--json")[1].splitlines()]
    asked = [json.loads(line)["kind"] for line in ran(capsys, "replay", "demo", "--json", "--with-signs")[1].splitlines()]
    assert "early_sign" not in kinds and "early_sign" in asked
    assert [k for k in asked if k != "early_sign"] == kinds


def test_a_report_and_a_record_are_written_where_they_are_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ran(capsys, "replay", "demo", "--report", tmp_path / "r.json", "--signs", tmp_path / "signs.toml")
    assert (code, json.loads((tmp_path / "r.json").read_text("utf-8"))["configurations"][0]["name"]) == (0, "everything"), err
    import tomllib

    record = tomllib.loads((tmp_path / "signs.toml").read_text("utf-8"))
    assert record["recordings"] == 1 and record["press_ahead"] == {"seen": 1, "followed": 1, "open": 0}


def test_a_report_of_an_unknown_form_or_of_no_recording_is_refused(tmp_path: Path) -> None:
    (tmp_path / "recording.toml").write_text("", "utf-8")
    with pytest.raises(WrongUse, match="no body"):
        worlds.look(tmp_path)
    with pytest.raises(WrongUse):
        worlds.look(tmp_path / "nothing")


def sign(at: datetime, sign: Sign = Sign.PRESS_AHEAD) -> Change:
    return Change("s" + at.isoformat(), at, "s", "UA", "US", ChangeKind.EARLY_SIGN, Reason.FACTS_TOGETHER, Severity.MODERATE, after=sign)


@pytest.mark.parametrize(
    ("days", "place", "expected"),
    [
        (3, "UA", Tally(1, 1, 0)),
        (8, "UA", Tally(1, 0, 0)),
        (-1, "UA", Tally(1, 0, 0)),
        (3, "PL", Tally(1, 0, 0)),
        (None, "UA", Tally(1, 0, 0)),
    ],
)
def test_a_sign_came_true_when_its_place_was_left_within_a_week(days: int | None, place: str, expected: Tally) -> None:
    order = (
        []
        if days is None
        else [replace(sign(START), id="o", at=START + timedelta(days=days), place=place, kind=ChangeKind.DEPARTURE_ORDERED)]
    )
    assert tally([sign(START), *order], START + timedelta(days=30))[Sign.PRESS_AHEAD] == expected


def test_a_sign_whose_week_is_not_over_counts_for_nothing() -> None:
    counts = tally([sign(START)], START + timedelta(days=6))
    assert counts[Sign.PRESS_AHEAD] == Tally(0, 0, 1)
    assert "open = 1" in record_text(counts, 1, 6)
