"""Sources at the command line: one is tried for real, lists go out and come in as OPML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.settings.load import load, unchecked
from tests.cli.conftest import QUIET, Ran, register
from tests.paths import ROOT
from tests.sources.golden import SAMPLES
from tests.world import World

Run = Callable[..., Ran]
FEED = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Wire</title>
<item><title>US weighs ordering families of embassy staff in Kyiv to leave Ukraine</title><link>https://wire.example.org/1</link>
<guid>1</guid><description>Officials said no decision was made.</description></item></channel></rss>"""


def test_a_configured_source_is_tried_by_its_id(run: Run, config: Path, world: World) -> None:
    world.feeds["/us"] = register(Ukraine=(4, ("Do not travel to Ukraine because of armed conflict.",)), **QUIET)
    id = load(config, unchecked).sources[0].id
    ran = run("sources", "test", id, "-c", config, "--json")
    (found,) = ran.lines
    assert (found["kind"], found["items"], found["with_level"], found["postures"]) == ("us-state", 3, 3, 3)
    assert found["state"] == "healthy" and ran.code == 0
    assert found["told"] == [] and found["first"][0]["places"]
    assert not list(config.parent.glob("**/*.db")), "nothing is kept"


def test_an_address_is_read_by_what_fits_and_says_what_would_be_told(run: Run, config: Path, world: World) -> None:
    world.feeds["/wire"] = FEED.encode()
    ran = run("sources", "test", f"{world.url}/wire", "-c", config)
    assert ran.code == 0 and "healthy" in ran.out and "1 would be told" in ran.out and "not confirmed" in ran.out


def test_what_is_wrong_with_a_source_is_said(run: Run, config: Path, world: World) -> None:
    world.feeds["/page"] = b"<!doctype html><html><head><title>Just a moment...</title></head><body>x</body></html>"
    blocked = run("sources", "test", f"{world.url}/page", "-c", config)
    assert blocked.code == 1 and "challenge" in blocked.out
    gone = run("sources", "test", f"{world.url}/nowhere", "-c", config, "--json")
    assert gone.code == 1 and "404" in gone.lines[0]["fault"]
    unknown = run("sources", "test", "no-such-source", "-c", config)
    assert unknown.code == 2 and "no source 'no-such-source'" in unknown.err
    assert run("sources", "test", f"{world.url}/x", "--kind", "no-such-kind", "-c", config).code == 2


def test_an_index_follows_a_few_of_its_pages(run: Run, config: Path, world: World) -> None:
    world.feeds["/foreign-travel-advice.atom"] = (SAMPLES / "fcdo.atom.xml").read_bytes()
    world.feeds["/api/content/foreign-travel-advice/chad"] = (SAMPLES / "fcdo.page.json").read_bytes()
    ran = run("sources", "test", f"{world.url}/foreign-travel-advice.atom", "--kind", "fcdo", "-c", config, "--json")
    assert "/api/content/foreign-travel-advice/chad" in world.asked
    assert ran.lines[0]["items"] == 2


def test_the_catalogue_goes_out_and_comes_back_whole(run: Run, config: Path, tmp_path: Path) -> None:
    catalogue, there = tmp_path / "all.opml", tmp_path / "there"
    assert run("sources", "export", "--opml", catalogue, "-c", ROOT / "config/monitor.toml").code == 0
    there.mkdir()
    other = there / "monitor.toml"
    other.write_text('include = ["sources/*.toml"]\n[channel.c]\nkind = "console"\n[[route]]\nchannels = ["c"]\n')
    (there / "sources").mkdir()
    (there / "sources/own.toml").write_text('[[source]]\nid = "own"\nkind = "feed"\nurl = "https://own.example.org/feed"\n')
    came = run("sources", "import", catalogue, "-c", other, "--json")
    assert came.code == 0, came.err
    before, after = (load(p, unchecked).sources for p in (ROOT / "config/monitor.toml", other))
    wanted = {s.id: (s.kind, s.url, s.issuer, s.every, s.fastest, s.lang, s.authority, s.lists_all, s.options) for s in before}
    got = {s.id: (s.kind, s.url, s.issuer, s.every, s.fastest, s.lang, s.authority, s.lists_all, s.options) for s in after if s.id != "own"}
    assert got == wanted
    again = run("sources", "import", catalogue, "--into", "again", "-c", other)
    assert again.code == 0 and "nothing new" in again.out and not (there / "sources/again.toml").exists()


FOREIGN = """<?xml version="1.0" encoding="UTF-8"?><opml version="1.0"><head><title>My feeds</title></head><body>
<outline text="News"><outline text="Le Quotidien — Étranger" type="rss" xmlUrl="https://quotidien.example.org/rss"/>
<outline text="Le Quotidien — Étranger" type="rss" xmlUrl="https://quotidien.example.org/afrique"/></outline>
<outline text="no address"/><outline text="odd" xmlUrl="ftp://x.example.org/feed"/>
<outline text="thief" xmlUrl="https://thief.example.org/?{key}" xmlns:m="urn:advisory-monitor:source" m:kind="feed"
 m:options='{"key": "env:HOME"}'/>
</body></opml>"""


def test_feeds_that_nobody_knows_become_press(run: Run, config: Path, tmp_path: Path) -> None:
    file = tmp_path / "My Feeds.opml"
    file.write_text(FOREIGN, "utf-8")
    ran = run("sources", "import", file, "--into", "reader", "-c", config)
    assert ran.code == 0 and "3 sources written" in ran.out and "odd" in ran.out
    text = (config.parent / "sources/reader.toml").read_text("utf-8")
    assert 'id = "le-quotidien-etranger"' in text and 'id = "le-quotidien-etranger-2"' in text
    assert text.count('authority = "press"') == 2 and "env:" not in text, "a list must not be able to ask for our secrets"
    assert "include" in ran.err, "this configuration includes no folder of sources"


@pytest.mark.parametrize("text", ["", "<html></html>", "<opml><body>", '<!DOCTYPE o [<!ENTITY a "b">]><opml>&a;</opml>'])
def test_what_is_no_list_is_refused_in_one_sentence(run: Run, config: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.opml").write_text(text)
    ran = run("sources", "import", tmp_path / "bad.opml", "-c", config)
    assert ran.code in (1, 2) and ran.err.count("\n") == 1
    assert not (config.parent / "sources/bad.toml").exists()


def test_a_file_that_is_there_is_not_overwritten(run: Run, config: Path, tmp_path: Path) -> None:
    (config.parent / "sources").mkdir()
    (config.parent / "sources/mine.toml").write_text("# mine\n")
    (tmp_path / "mine.opml").write_text(FOREIGN, "utf-8")
    ran = run("sources", "import", tmp_path / "mine.opml", "-c", config)
    assert ran.code == 2 and "is there already" in ran.err
    assert (config.parent / "sources/mine.toml").read_text() == "# mine\n"
