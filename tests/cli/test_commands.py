"""The commands as a person or a program calls them: what they print, and the code they leave with."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import CALM, ORDER, QUIET, Ran, register
from tests.world import World

Run = Callable[..., Ran]


def test_a_round_tells_what_became_different_and_the_commands_show_it(run: Run, config: Path, world: World) -> None:
    first = run("poll", "-c", config, "--json")
    assert first.code == 0, first.err
    assert first.lines == [{"source": "us", "state": "healthy", "why": "", "items": 3, "changes": []}]
    assert world.alerts == []

    world.feeds["/us"] = register(Ukraine=(4, ORDER), **QUIET)
    second = run("poll", "us", "-c", config, "--json")
    assert len(second.lines[0]["changes"]) == 2
    (alert,) = world.alerts
    assert {c["kind"] for c in alert["data"]["changes"]} == {"level_raised", "departure_ordered"}

    alerts = run("alerts", "-c", config, "--json").lines
    assert {(c["kind"], c["before"], c["after"]) for c in alerts} == {("level_raised", "2", "4"), ("departure_ordered", None, "ordered")}
    assert all(c["held"] is False and c["place"] == "UA" and c["evidence"] for c in alerts)
    assert {c["id"] for c in run("alerts", "-c", config, "--place", "Ukraine", "--json").lines} == {c["id"] for c in alerts}
    assert run("alerts", "-c", config, "--place", "PL", "--json").lines == []
    assert run("alerts", "-c", config, "--held", "--json").lines == []

    *told, posture = run("history", "ukraine", "-c", config, "--json").lines
    assert len(told) == 2
    assert posture["posture"]["level"]["value"] == "4"

    (status,) = run("status", "-c", config, "--json").lines
    assert [s["state"] for s in status["sources"]] == ["healthy"]
    assert len(status["recent"]) == 2
    assert status["deliveries"]["last_sent"]

    (source,) = run("sources", "-c", config, "--json").lines
    assert (source["id"], source["items"], source["configured"]) == ("us", 3, True)

    human = run("alerts", "-c", config)
    assert human.out.splitlines()[0].startswith("at\tseverity"), "not a terminal: tab-separated, with a head"
    assert "1 of 1 sources seen well" in run("status", "-c", config).out


def test_a_source_that_cannot_be_read_makes_the_round_fail(run: Run, config: Path, world: World) -> None:
    world.feeds["/us"] = b"<html>please prove that you are human</html>"
    ran = run("poll", "-c", config, "--json")
    assert ran.code == 1
    assert ran.lines[0]["why"] == "html"
    assert "0 of 1 sources seen well: us new, last seen well never (html)" in run("status", "-c", config).out


def test_mistakes_are_told_all_at_once_with_their_place(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(
        '[stor]\n[channel.a]\nkind = "webhook"\nurl = "https://example.org"\nsecret = "env:MONITOR_NO_SUCH_SECRET"\n'
        '[[route]]\nchannels = ["b"]\n[[source]]\nid = "x"\nkind = "feed"\nurl = "https://e.org/"\nevery = "5 min"\n'
        '[[source]]\nid = "x"\nkind = "feed"\nurl = "https://e.org/2"\n'
    )
    ran = run("check", "-c", path)
    assert ran.code == 2
    told = ran.err.splitlines()
    assert [line.split(": ")[0].rpartition(":")[2] for line in told] == ["1", "5", "7", "12", "14"]
    for word in ('did you mean "store"', "MONITOR_NO_SUCH_SECRET", 'no channel "b"', "not a duration", 'two sources "x"'):
        assert word in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("option", "mistake"),
    [('url = "ftp://x"', "url"), ('frob = "x"', "frob"), ('url = "https://e.org"\nsecret = "hunter2hunter2"', "secret")],
)
def test_a_channels_own_mistakes_are_told_like_the_others(run: Run, tmp_path: Path, option: str, mistake: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(f'[channel.desk]\nkind = "webhook"\n{option}\n')
    ran = run("check", "-c", path)
    assert ran.code == 2
    assert f"channel.desk.{mistake}" in ran.err
    assert "hunter2" not in ran.err, "a secret in the wrong place is not repeated"


def test_check_tells_what_is_allowed_but_hardly_meant(run: Run, config: Path) -> None:
    config.write_text(config.read_text() + '[channel.spare]\nkind = "console"\n')
    (checked,) = run("check", "-c", config, "--json").lines
    assert any("spare" in remark for remark in checked["remarks"])
    assert any("operator" in remark for remark in checked["remarks"])


def test_a_deep_check_tries_every_source_and_receiver(run: Run, config: Path, world: World) -> None:
    (fine,) = run("check", "--deep", "-c", config, "--json").lines
    assert {d["name"]: d["ok"] for d in fine["deep"]} == {"us": True, "desk": True}
    world.feeds["/us"] = b"{}"
    ran = run("check", "--deep", "-c", config, "--json")
    assert ran.code == 1
    assert {d["name"]: d["ok"] for d in ran.lines[0]["deep"]} == {"us": False, "desk": True}
    assert world.told == [], "a check tells nobody anything"


def test_a_test_message_goes_the_whole_way(run: Run, config: Path, world: World) -> None:
    assert run("test", "desk", "-c", config).code == 0
    (told,) = world.told
    assert told["type"] == "test"
    world.status = 400
    refused = run("test", "desk", "-c", config)
    assert refused.code == 1
    assert "400" in refused.out
    assert run("test", "nobody", "-c", config).code == 2


POLAND = ("Consider whether you have to travel to Poland at all; the police expect more unrest.",)
MOLDOVA = ("Consider whether you have to travel to Moldova at all; the police expect more unrest.",)
ITEM = {
    "id": "n1",
    "source_kind": "press",
    "source": "A newspaper",
    "published": "2022-01-21",
    "title": "US weighs evacuating diplomats' families from Ukraine",
    "summary": "",
}


def test_explain_reads_items_and_articles(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text(json.dumps(ITEM) + "\n\n" + json.dumps({"id": "n2", "title": "Villa evacuated in television show"}) + "\n")
    first, second = run("explain", file, "--json").lines
    assert (first["id"], first["relevant"], first["countries"], first["issuer"]) == ("n1", True, ["UA"], "US")
    assert first["evidence"][0]["quote"] in ITEM["title"]
    assert {"kind", "kinds", "stage", "level", "audiences", "severity", "certainty"} <= set(first)
    assert (second["id"], second["relevant"]) == ("n2", False)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ITEM["title"].encode())))
    shown = run("explain").out
    assert ITEM["title"] in shown
    assert "Ukraine (UA)" in shown


@pytest.mark.parametrize("text", ['{"id": 1}\nnot json\n', '{"id": 1}\n[]\n'])
def test_explain_says_which_line_is_wrong(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text(text)
    ran = run("explain", file)
    assert ran.code == 2
    assert "line 2" in ran.err


def test_replay_tells_a_recording_line_by_line(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "recording"
    (folder / "us").mkdir(parents=True)
    (folder / "recording.toml").write_text(
        '[[source]]\nid = "us"\nkind = "us-state"\nurl = "https://e.org/"\nissuer = "US"\n'
        'every = "1d"\noptions = { records = 3, silent_after = "9000d" }\n'
    )
    (folder / "us" / "20260301T060000Z.xml").write_bytes(register(Ukraine=(2, CALM), **QUIET))
    (folder / "us" / "20260302T060000Z.xml").write_bytes(register(Ukraine=(4, ORDER), **QUIET))
    (folder / "us" / "20260303T060000Z.xml").write_bytes(register(Ukraine=(4, ORDER), **QUIET))
    changes = run("replay", folder, "--json").lines
    assert {c["kind"] for c in changes} == {"level_raised", "departure_ordered"}
    contract = {
        "at",
        "source",
        "place",
        "issuer",
        "kind",
        "before",
        "after",
        "severity",
        "certainty",
        "held",
        "reason",
        "headline",
        "evidence",
    }
    assert all(contract <= set(c) and c["at"] == "2026-03-02T06:00:00Z" for c in changes)
    assert run("replay", tmp_path / "nothing").code == 2


def test_init_writes_what_check_accepts_and_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    assert run("init", tmp_path / "desk").code == 0
    checked = run("check", "-c", tmp_path / "desk/monitor.toml", "--json")
    assert checked.code == 0, checked.err
    assert checked.lines[0]["sources"] > 10
    again = run("init", tmp_path / "desk")
    assert again.code == 2
    assert "nothing was written" in again.err


def test_the_schema_describes_every_table(run: Run) -> None:
    (schema,) = run("schema").lines
    assert {"store", "source", "channel", "route", "watch"} <= set(schema["properties"])
    assert schema["$defs"]["SourceTable"]["required"] == ["id", "kind", "url"]


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("status", "-c", "/none/monitor.toml"), 2, "cannot be read"),
        (("history", "Atlantis"), 2, "no configuration found"),
        (("frob",), 2, "frob"),
        (("poll", "--frob"), 2, "--frob"),
        (("explain", "/none/article"), 2, "/none/article"),
        (("--version",), 0, ""),
        (("--help",), 0, ""),
    ],
)
def test_wrong_use_is_one_sentence_and_code_two(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, word: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run(*arguments)
    assert ran.code == code
    assert word in ran.err
    assert "Traceback" not in ran.err


def test_looking_before_anything_was_watched_says_what_to_do(run: Run, config: Path) -> None:
    ran = run("status", "-c", config)
    assert ran.code == 2
    assert "nothing was watched yet" in ran.err


def test_looking_needs_no_secret(run: Run, config: Path) -> None:
    run("poll", "-c", config)
    config.write_text(config.read_text().replace('/told"', '/told"\nsecret = "env:MONITOR_NO_SUCH_SECRET"'))
    assert run("status", "-c", config).code == 0
    assert run("poll", "-c", config).code == 2


def test_a_corrupt_database_is_refused_and_left_as_it_is(run: Run, config: Path) -> None:
    database = config.parent / "data/monitor.db"
    database.parent.mkdir()
    database.write_bytes(b"this is no database" * 1000)
    for command in ("poll", "status"):
        ran = run(command, "-c", config)
        assert ran.code == 1
        assert "Traceback" not in ran.err
    assert database.read_bytes() == b"this is no database" * 1000


def test_what_is_held_is_shown_and_can_be_believed_or_rejected(run: Run, config: Path, world: World) -> None:
    world.feeds["/us"] = register(Ukraine=(4, ORDER), Poland=(3, POLAND), Moldova=(3, MOLDOVA))
    run("poll", "-c", config)
    world.feeds["/us"] = register(Ukraine=(4, ORDER), Poland=(1, POLAND), Moldova=(1, MOLDOVA))
    run("poll", "-c", config)
    held = {c["place"]: c for c in run("alerts", "--held", "-c", config, "--json").lines}
    assert set(held) == {"PL", "MD"}
    assert world.alerts == [], "what is better is not told before it is confirmed"

    assert run("confirm", held["PL"]["id"], "-c", config).code == 0
    (told,) = world.alerts
    assert told["data"]["place"]["code"] == "PL"
    assert run("reject", held["MD"]["id"], "-c", config).code == 0
    assert run("alerts", "--held", "-c", config, "--json").lines == []
    assert len(world.alerts) == 1
    assert run("confirm", "chg_none", "-c", config).code == 2


def test_a_message_can_be_acknowledged_and_sent_again_under_its_own_id(run: Run, config: Path, world: World) -> None:
    run("poll", "-c", config)
    world.feeds["/us"] = register(Ukraine=(4, ORDER), **QUIET)
    run("poll", "-c", config)
    (line,) = run("deliveries", "-c", config, "--json").lines
    assert (line["state"], line["channel"]) == ("sent", "desk")
    assert run("redeliver", line["id"], "-c", config).code == 0
    assert [t["webhook-id"] for t in world.alerts] == [line["id"], line["id"]]
    assert run("ack", line["id"], "--by", "Ada", "-c", config).code == 0
    assert any("Ada" in d["why"] for d in run("deliveries", "-c", config, "--json").lines)
    assert run("ack", "dlv_none", "-c", config).code == 2
