"""Silences, drills and questions to the routes, as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import ORDER, QUIET, Ran, register
from tests.cli.test_wiring import put
from tests.world import World

Run = Callable[..., Ran]


def test_a_silence_keeps_still_until_it_is_ended(run: Run, config: Path, world: World) -> None:
    run("poll", "-c", config)
    added = run("silence", "add", "-c", config, "--until", "2h", "--reason", "exercise", "--place", "Ukraine", "--max-severity", "extreme",
                "--by", "Ada", "--json")  # fmt: skip
    (silence,) = added.lines
    assert (added.code, silence["places"], silence["author"]) == (0, ["UA"], "Ada")
    assert [s["id"] for s in run("silence", "list", "-c", config, "--json").lines] == [silence["id"]]
    assert "exercise" in run("silence", "list", "-c", config).out

    world.feeds["/us"] = register(Ukraine=(4, ORDER), **QUIET)
    assert run("poll", "-c", config).code == 0
    assert world.alerts == []
    (line,) = [d for d in run("deliveries", "-c", config, "--json").lines if d["type"] == "alert"]
    assert line["state"] == "skipped" and silence["id"] in line["why"]

    assert run("silence", "end", silence["id"], "-c", config).code == 0
    assert run("silence", "list", "-c", config, "--json").lines == []
    assert run("silence", "end", silence["id"], "-c", config).code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--until", "yesterday"), "not a time"),
        (("--until", "2020-01-01T00:00Z"), "over already"),
        (("--until", "2h", "--channel", "nobody"), "there is no channel"),
        (("--until", "2h", "--source", "nothing"), "there is no source"),
        (("--until", "2h", "--place", "Atlantis"), "no single place"),
    ],
)
def test_a_silence_that_cannot_be_is_refused(run: Run, config: Path, arguments: tuple[str, ...], said: str) -> None:
    ran = run("silence", "add", "-c", config, "--reason", "x", *arguments)
    assert ran.code == 2 and said in ran.err


def test_nothing_is_silenced_before_anything_was_watched(run: Run, config: Path) -> None:
    assert run("silence", "list", "-c", config, "--json").lines == []
    assert not (config.parent / "data").exists()


def test_a_drill_says_what_arrived(run: Run, config: Path, world: World) -> None:
    put(config, "[channel.page]", 'kind = "webhook"', f'url = "{world.url}/told"')
    well = run("drill", "-c", config, "--json")
    assert well.code == 0 and [(a["channel"], a["state"]) for a in well.lines] == [("desk", "sent"), ("page", "sent")]
    assert [t["type"] for t in world.told] == ["test", "test"]
    world.status = 404
    sick = run("drill", "-c", config)
    assert sick.code == 1 and "dead" in sick.out


def test_a_receiver_that_is_gone_is_told_of_until_a_test_reaches_it(run: Run, config: Path, world: World) -> None:
    run("poll", "-c", config)
    world.status = 410
    world.feeds["/us"] = register(Ukraine=(4, ORDER), **QUIET)
    run("poll", "-c", config)
    said = run("status", "-c", config).out
    assert 'the channel "desk" is disabled since' in said and "`monitor test desk`" in said
    (status,) = run("status", "-c", config, "--json").lines
    assert [(d["channel"], d["why"]) for d in status["disabled"]] == [("desk", "HTTP 410 gone")]
    assert 'the channel "desk" is disabled since' in run("check", "-c", config).out
    assert run("test", "desk", "-c", config).code == 1
    world.status = 200
    assert run("test", "desk", "-c", config).code == 0
    assert run("status", "-c", config, "--json").lines[0]["disabled"] == []
    assert "is disabled" not in run("check", "-c", config).out


def test_a_deep_check_asks_the_heartbeat_without_a_beat(run: Run, config: Path, world: World) -> None:
    def deep() -> dict[str, tuple[bool, str]]:
        return {d["name"]: (d["ok"], d["what"]) for d in run("check", "--deep", "-c", config, "--json").lines[0]["deep"]}

    config.write_text(config.read_text("utf-8") + f'\n[heartbeat]\nurl = "{world.url}/alive"\n', "utf-8")
    assert deep()["heartbeat"] == (True, "answers (HTTP 501)"), "this server knows no OPTIONS, and is there"
    assert "/alive" not in world.asked, "nobody must think that a daemon lives"
    config.write_text(config.read_text("utf-8").replace(f"{world.url}/alive", "http://127.0.0.1:9/alive"), "utf-8")
    ok, what = deep()["heartbeat"]
    assert not ok and "no connection" in what
    assert run("check", "--deep", "-c", config).code == 1


ALERT = {
    "type": "alert",
    "data": {
        "id": "dlv_1", "place": {"code": "UA", "name": "Ukraine"}, "issuer": "US", "severity": "severe", "certainty": "observed",
        "source": {"id": "us", "url": ""}, "situation": "",
        "changes": [{"id": "chg_1", "kind": "level_raised", "stage": None, "before": "3", "after": "4", "evidence": []}],
    },
}  # fmt: skip


@pytest.fixture
def routed(config: Path) -> Path:
    put(config, "[channel.desk]", 'quiet = { start = "22:00", end = "06:00" }')
    put(config, "[[route]]", 'name = "ukraine"', 'places = ["UA"]', "stop = true")
    config.write_text(config.read_text("utf-8") + '\n[[route]]\nname = "rest"\nchannels = ["desk"]\n', "utf-8")
    return config


def test_the_routes_say_who_would_be_told_when_and_why(run: Run, routed: Path, tmp_path: Path) -> None:
    alert = tmp_path / "alert.json"
    alert.write_text(json.dumps(ALERT))
    (at_night,) = run("route", "test", alert, "-c", routed, "--at", "2026-03-01T23:30Z", "--json").lines
    first, second = at_night["routes"]
    assert first["takes"] and first["legs"][0]["at"] == "2026-03-02T06:00:00Z"
    assert {"name": "place", "answer": "yes", "wanted": "UA", "found": "UA"} in first["rules"]
    assert not second["takes"] and second["hidden_by"] == "ukraine"
    by_day = run("route", "test", alert, "-c", routed, "--at", "2026-03-01T12:00Z")
    assert by_day.code == 0 and "desk: at once" in by_day.out and "took it for itself" in by_day.out
    assert not (routed.parent / "data").exists(), "asking leaves no trace"


def test_a_line_of_our_own_output_can_be_asked_about(run: Run, routed: Path, world: World, tmp_path: Path) -> None:
    run("poll", "-c", routed)
    world.feeds["/us"] = register(Ukraine=(4, ORDER), **QUIET)
    run("poll", "-c", routed)
    alert = tmp_path / "alert.json"
    alert.write_text(json.dumps(run("alerts", "-c", routed, "--json").lines[0]))
    (answer,) = run("route", "test", alert, "-c", routed, "--json").lines
    assert answer["routes"][0]["takes"]
    run("silence", "add", "-c", routed, "--until", "1h", "--reason", "exercise", "--max-severity", "extreme")
    (answer,) = run("route", "test", alert, "-c", routed, "--json").lines
    assert "silenced by" in answer["routes"][0]["legs"][0]["why"]


@pytest.mark.parametrize("text", ["[]", "nothing", '{"place": "UA"}', '{"kind": "level_raised", "severity": "severe"}'])
def test_what_is_no_alert_is_told(run: Run, config: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "alert.json").write_text(text)
    ran = run("route", "test", tmp_path / "alert.json", "-c", config)
    assert ran.code == 2 and "alert.json" in ran.err


def test_check_tells_which_watched_place_nobody_would_hear_of(run: Run, config: Path) -> None:
    put(config, "[[route]]", 'places = ["PL"]')
    put(config, "[[watch]]", 'name = "Kyiv office"', 'place = "UA"')
    said = run("check", "-c", config).out
    assert '"Kyiv office" (Ukraine): nobody would hear of what is minor or moderate or severe or extreme' in said
    config.write_text(config.read_text("utf-8").replace('places = ["PL"]', 'places = ["UA"]'), "utf-8")
    assert "nobody would hear" not in run("check", "-c", config).out


def test_check_tells_when_nobody_hears_of_the_world(run: Run, config: Path) -> None:
    assert "every route is for the operator" not in run("check", "-c", config).out
    put(config, "[[route]]", "operator = true")
    assert "every route is for the operator" in run("check", "-c", config).out


def test_check_tells_who_may_read_a_page_that_others_reach(run: Run, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGE_TOKEN", "long enough for a test")
    assert "the page on" not in run("check", "-c", config).out
    config.write_text(config.read_text("utf-8").replace('listen = ""', 'listen = "0.0.0.0:8080"'), "utf-8")
    assert "has no token, so nobody there may read it" in run("check", "-c", config).out
    put(config, "[web]", 'token = "env:PAGE_TOKEN"')
    assert "the page on" not in run("check", "-c", config).out
    put(config, "[web]", "public = true")
    assert "may be read by everybody" in run("check", "-c", config).out
