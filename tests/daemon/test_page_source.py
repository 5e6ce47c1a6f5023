"""A government without a feed, watched page by page: what changed is told with the heading it stands under, clocks are not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.app import App, opened
from monitor.settings.load import load
from tests.service.world import Clock

from .world import SECRET, Net, config, loopback

SECTIONS = {
    "Security": "<p>Pickpockets are active in the markets of the capital and on the coast road.</p>",
    "Do not travel": "<ul><li>the Arda valley and its passes</li><li>the border strip in the east</li></ul>",
    "Reconsider your travel": "<ul><li>the southern plain beyond the river</li></ul>",
    "Entry": "<p>A passport that is valid for six months is asked for at every border post.</p>",
}


def html(sections: dict[str, str], clock: str = "14:05", visits: int = 7) -> bytes:
    parts = "".join(f"<section><h2>{name}</h2>{words}</section>" for name, words in sections.items())
    return (
        f"<!doctype html><html><head><title>Ruritania</title></head><body><nav>Menu {visits}</nav><main><h1>Oman</h1>"
        f"<p>Current time: {clock}</p>{parts}<p>Views: {visits}</p><p>Last updated: {datetime.now(UTC):%Y-%m-%d}</p></main>"
        f"<footer>{clock}</footer></body></html>"
    ).encode()


@contextmanager
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Net, App, Clock]]:
    monkeypatch.setenv("DESK_SECRET", SECRET)
    clock = Clock(datetime.now(UTC))
    with loopback() as net:
        path = config(tmp_path, net, every="1h")
        text = path.read_text().partition("[[source]]")[0] + path.read_text()[path.read_text().index("[channel.desk]") :]
        path.write_text(
            f'{text}\n[[source]]\nid = "fr"\nkind = "page"\nurl = "{net.url}/oman"\nissuer = "FR"\noptions = {{ place = "OM" }}\n'
        )
        net.pages["oman"] = html(SECTIONS)
        with opened(load(path), clock) as app:
            yield net, app, clock


def told(net: Net) -> list[dict[str, Any]]:
    return [change for _, body in net.received for change in body["data"].get("changes", ())]


def again(app: App, clock: Clock) -> None:
    clock.forward(timedelta(hours=1))
    list(app.poll(["fr"]))
    app.deliver()


def test_a_change_names_its_section_and_a_clock_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(tmp_path, monkeypatch) as (net, app, clock):
        again(app, clock)
        net.pages["oman"] = html(SECTIONS, clock="15:21", visits=9_204)
        again(app, clock)
        assert told(net) == [], "a clock, a counter and a menu are no news"
        visa = SECTIONS["Entry"] + "<p>Visas on arrival are suspended for everybody until further notice.</p>"
        net.pages["oman"] = html(SECTIONS | {"Entry": visa}, clock="16:00")
        again(app, clock)
        (change,) = told(net)
        assert change["kind"] == "reworded"
        (evidence,) = change["evidence"]
        assert evidence["section"] == "Entry" and evidence["quote"].startswith("Visas on arrival")
        assert "Entry: “Visas on arrival" in net.received[-1][1]["data"]["summary"]


def test_the_same_words_under_another_heading_are_news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a country moves from one list into a graver one; no word of the page is new."""
    moved = SECTIONS | {
        "Do not travel": SECTIONS["Do not travel"].replace("</ul>", "<li>the southern plain beyond the river</li></ul>"),
        "Reconsider your travel": "<p>None.</p>",
    }
    with watched(tmp_path, monkeypatch) as (net, app, clock):
        again(app, clock)
        net.pages["oman"] = html(moved)
        again(app, clock)
        (change,) = told(net)
        assert [(e["section"], e["quote"]) for e in change["evidence"]] == [("Do not travel", "the southern plain beyond the river")]
        again(app, clock)
        net.pages["oman"] = html(SECTIONS)
        again(app, clock)
        assert len(told(net)) == 1, "an edition that was there before is no news again"


def test_several_sections_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with watched(tmp_path, monkeypatch) as (net, app, clock):
        again(app, clock)
        new = {name: f"{words}<p>Something entirely different is said of {name.casefold()} now.</p>" for name, words in SECTIONS.items()}
        net.pages["oman"] = html(new)
        again(app, clock)
        assert [e["section"] for change in told(net) for e in change["evidence"]] == list(SECTIONS)[:3]


def test_what_is_understood_names_its_section_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leave = SECTIONS["Security"] + "<p>French nationals in Oman should leave the country immediately by any means that are available.</p>"
    with watched(tmp_path, monkeypatch) as (net, app, clock):
        again(app, clock)
        net.pages["oman"] = html(SECTIONS | {"Security": leave})
        again(app, clock)
        (change,) = told(net)
        assert change["kind"] == "leave_now"
        assert change["evidence"][0]["section"] == "Security"
