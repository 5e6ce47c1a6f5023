"""Watches end to end: a table and a calendar at an address, an alert for those affected by it, an operator who hears of trouble."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.app import opened
from monitor.model import DeliveryState
from monitor.settings.load import load
from tests.cli.conftest import CALM, ORDER, QUIET, Ran, register
from tests.cli.test_wiring import put, running
from tests.world import World

Run = Callable[..., Ran]
TODAY = datetime.now(UTC).date()


def calendar(who: str) -> bytes:
    day = f"{TODAY:%Y%m%d}"
    head = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//t//t//\nBEGIN:VEVENT\nUID:1"
    days = f"DTSTART;VALUE=DATE:{day}\nDTEND;VALUE=DATE:{TODAY + timedelta(days=5):%Y%m%d}"
    text = f"{head}\n{days}\nSUMMARY:{who}\nLOCATION:Kyiv\\, Ukraine\nEND:VEVENT\nEND:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def watching(config: Path, world: World) -> None:
    """A table, a calendar, a family that hears of the calendar's trips with names, and a desk that hears of nothing else."""
    (config.parent / "people.csv").write_text(
        f"name,place,start,end,contact\nOld trip,UA,2020-01-01,2020-01-05,x\nBen,Polen,{TODAY},,+49 30\n", "utf-8"
    )
    world.feeds["/trips.ics"] = calendar("Anna Exempel")
    put(config, "[[watchlist]]", 'name = "staff"', 'csv = "people.csv"')
    config.write_text(
        config.read_text("utf-8").replace('[[route]]\nchannels = ["desk"]', '[[route]]\nchannels = ["desk"]\nwatches = ["staff", "travel"]')
        + f'[[watchlist]]\nname = "travel"\ncalendar = "{world.url}/trips.ics"\nchannels = ["family"]\nevery = "1s"\n'
        + f'[channel.family]\nkind = "webhook"\nurl = "{world.url}/told"\nwatch_details = true\n',
        "utf-8",
    )


def test_those_affected_are_told_with_names_only_where_names_were_asked_for(config: Path, run: Run, world: World) -> None:
    watching(config, world)
    checked = run("check", "--deep", "-c", config)
    assert checked.code == 0 and "travel\tok\t1 watches" in checked.out
    assert run("poll", "-c", config).code == 0
    world.feeds["/us"] = register(Ukraine=(4, ORDER), **QUIET)
    assert run("poll", "-c", config).code == 0
    told = sorted((t["data"]["watches"] for t in world.alerts), key=len)
    assert sorted(str(w[0]["name"]) for w in told) == ["Anna Exempel", "a trip"]
    (severity,) = {t["data"]["severity"] for t in world.alerts}
    assert severity == "extreme"


def test_a_calendar_that_fails_is_told_to_the_operator_and_still_counts(config: Path, world: World) -> None:
    watching(config, world)
    with running(config) as app:
        app.read_watches()
        assert [w.name for w in app.desk.watches] == ["Old trip", "Ben", "Anna Exempel"]
    world.feeds["/trips.ics"] = b"<html>please log in</html>"
    with running(config) as app:
        assert [w.name for w in app.desk.watches] == ["Old trip", "Ben", "Anna Exempel"]
        app.read_watches()
        assert len(app.desk.watches) == 3
        app.deliver()
    (told,) = [t for t in world.told if t["type"] == "operator"][:1]
    assert told["data"]["headline"] == "The list travel cannot be read as it should"
    assert "this is no calendar" in told["data"]["summary"]


def test_a_table_with_mistakes_is_refused_with_its_lines(config: Path, run: Run, world: World) -> None:
    watching(config, world)
    (config.parent / "people.csv").write_text("name,place\nAnna,Atlantis\nBen,PL\n", "utf-8")
    checked = run("check", "-c", config)
    assert checked.code == 2
    assert "people.csv:2: staff: no country is named" in checked.err
    assert run("poll", "-c", config).code == 2


def test_an_address_inside_is_not_asked_unless_it_is_allowed(config: Path, world: World) -> None:
    watching(config, world)
    config.write_text(config.read_text("utf-8").replace('allow = ["127.0.0.0/8"]', "allow = []"), "utf-8")
    with running(config) as app:
        app.read_watches()
        assert "Anna Exempel" not in [w.name for w in app.desk.watches]
    assert "/trips.ics" not in world.asked


@pytest.mark.parametrize("changes", [1, 2])
def test_a_digest_says_what_is_ahead_however_short_it_is(config: Path, world: World, changes: int) -> None:
    watching(config, world)
    text = config.read_text("utf-8").replace('watches = ["staff", "travel"]', 'watches = ["staff", "travel"]\n').replace(
        f'[channel.desk]\nkind = "webhook"\nurl = "{world.url}/told"\n',
        f'[channel.desk]\nkind = "webhook"\nurl = "{world.url}/told"\ndigest = "daily"\ndigest_below = "extreme"\n',
    ).replace('channels = ["family"]\n', "")  # fmt: skip
    config.write_text(text, "utf-8")
    world.feeds["/us"] = register(Ukraine=(1, CALM), **QUIET)
    later = [datetime.now(UTC)]
    with opened(load(config), lambda: later[0]) as app:
        app.read_watches()
        list(app.poll(["us"]))
        world.feeds["/us"] = register(**{**QUIET, "Ukraine": (2, CALM), **({"Poland": (2, CALM)} if changes == 2 else {})})
        list(app.poll(["us"]))
        app.deliver()
        assert world.told == []
        later[0] += timedelta(days=1)
        app.deliver()
        (told,) = world.told
        assert told["type"] == ("digest" if changes == 2 else "alert")
        (line,) = app.store.deliveries((DeliveryState.SENT,), channel="desk")
        said = app.desk.message(line)
        assert "Your trips:" in said.summary and "• a trip (1), Ukraine" in said.summary and "United States: Level 2" in said.summary
        assert said.text == app.desk.message(line).text and "Anna" not in said.text
