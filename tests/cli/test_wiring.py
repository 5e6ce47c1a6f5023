"""What the configuration promises beside sources and routes is there in the running program: links, words, heartbeat, drills, page."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.app import App, opened
from monitor.daemon import Daemon
from monitor.errors import SettingsError
from monitor.front import served, site_of
from monitor.life import reload
from monitor.model import DeliveryState
from monitor.service.drill import DRILL
from monitor.service.planner import FAR
from monitor.settings.load import load
from tests.cli.conftest import ORDER, QUIET, register
from tests.world import World

TOKEN = "open sesame, but longer"


def put(config: Path, table: str, *lines: str) -> None:
    """More lines in a table of the configuration, which is made when it is not there."""
    text = config.read_text("utf-8")
    more = "\n".join((table, *lines, ""))
    config.write_text(text.replace(f"{table}\n", more, 1) if f"{table}\n" in text else f"{text}\n{more}", "utf-8")


@contextmanager
def running(config: Path) -> Iterator[App]:
    with opened(load(config)) as app:
        yield app


def told(app: App, world: World) -> dict[str, Any]:
    """Ukraine gets worse, and the desk hears of it."""
    list(app.poll(["us"]))
    world.feeds["/us"] = register(Ukraine=(4, ORDER), **QUIET)
    list(app.poll(["us"]))
    app.deliver()
    (line,) = app.store.deliveries((DeliveryState.SENT,), channel="desk")
    return {"line": line, "message": app.desk.message(line)}


@pytest.fixture
def public(config: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page with a token and an address for receivers."""
    monkeypatch.setenv("PAGE_TOKEN", TOKEN)
    config.write_text(config.read_text("utf-8").replace('listen = ""', 'listen = "127.0.0.1:0"'), "utf-8")
    put(config, "[web]", 'url = "https://desk.example/monitor/"', 'token = "env:PAGE_TOKEN"')
    return config


def test_whoever_got_a_message_acknowledges_it_with_its_link(public: Path, world: World) -> None:
    with running(public) as app, served() as show:
        sent = told(app, world)
        link = sent["message"].ack_url
        assert link.startswith("https://desk.example/monitor/ack/dlv_")
        here = show(app) + link.removeprefix("https://desk.example/monitor")
        assert httpx.get(here).status_code == 200, "looking acknowledges nothing"
        assert site_of(app).acknowledged(sent["line"].situation) is None
        assert httpx.post(here).status_code == 200
        seen = site_of(app).acknowledged(sent["line"].situation)
        assert seen and seen.by == "desk"
        assert httpx.post(f"{here[:-1]}{'A' if here[-1] != 'A' else 'B'}").status_code == 403
        assert httpx.get(show(app), headers={"host": "desk.example"}).status_code == 200
        assert httpx.get(show(app), headers={"host": "evil.example"}).status_code == 421


def test_the_key_of_the_links_is_kept_beside_the_database_for_us_alone(public: Path) -> None:
    links = []
    for _ in range(2):
        with running(public) as app:
            links.append(app.links)
    assert links[0] == links[1] is not None
    (kept,) = (public.parent / "data").glob("*.ack-key*")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        (('ack_key = "env:NOT_THERE"',), "NOT_THERE is not set"),
        (('ack_key = "file:short"',), "too short"),
        (('url = "ftp://x"',), r"web\.url: not an address of the web"),
    ],
)
def test_mistakes_about_links_are_told_at_once(config: Path, lines: tuple[str, ...], mistake: str) -> None:
    (config.parent / "short").write_text("short")
    put(config, "[web]", *lines)
    with pytest.raises(SettingsError, match=mistake):
        load(config)


def test_several_processes_on_postgresql_sign_with_one_key(config: Path) -> None:
    put(config, "[web]", 'url = "https://desk.example"')
    config.write_text(config.read_text("utf-8").replace("sqlite:///data/monitor.db", "postgresql://x/y"), "utf-8")
    with pytest.raises(SettingsError, match="needed with PostgreSQL"):
        load(config)


def test_a_channel_speaks_in_its_own_words(config: Path, world: World) -> None:
    put(config, "[channel.desk]", 'template = { headline = "{{ severity|upper }} in {{ place.name }}" }')
    config.write_text(config.read_text("utf-8").replace("{{ place.name }}", "{{ place.name if place else 'the monitor' }}"), "utf-8")
    with running(config) as app:
        message = told(app, world)["message"]
        assert message.headline == "EXTREME in Ukraine"
        assert message.data["headline"] != message.headline, "the webhook's body stays the contract's"


def test_a_template_that_fails_on_some_message_is_a_mistake_with_its_line(config: Path) -> None:
    put(config, "[channel.desk]", 'template = { headline = "{{ nothing.there }}" }')
    with pytest.raises(SettingsError, match=r"monitor\.toml:\d+: channel\.desk\.template: the template fails"):
        load(config)


def test_the_daemon_calls_the_address_of_the_heartbeat(config: Path, world: World) -> None:
    put(config, "[heartbeat]", f'url = "{world.url}/heart"', 'every = "1s"')
    world.feeds["/heart"] = b"ok"
    with running(config) as app:
        daemon = Daemon(app)
        daemon.start()
        try:
            world.next_polls("/heart")
        finally:
            daemon.stop()


def test_drills_are_scheduled_changed_and_ended_by_the_configuration(config: Path) -> None:
    def scheduled(app: App) -> list[str]:
        return [t.payload for t in app.store.timers(FAR, 100) if t.kind == DRILL]

    with running(config) as app:
        Daemon(app)
        assert scheduled(app) == []
    put(config, "[drill]", 'every = "7d"')
    with running(config) as app, served() as show:
        daemon = Daemon(app)
        assert scheduled(app) == ['{"every": 604800.0}']
        config.write_text(config.read_text("utf-8").replace('every = "7d"', 'every = "0s"'), "utf-8")
        assert reload(daemon, config, show)
        assert scheduled(app) == []


def test_a_reload_shows_the_new_configuration_at_the_same_address(public: Path, world: World) -> None:
    with running(public) as app, served() as show:
        page, daemon = show(app), Daemon(app)
        assert "us" in httpx.get(f"{page}/api/v1/sources").text
        put(public, "[[watch]]", 'name = "Kyiv office"', 'place = "UA"')
        assert reload(daemon, public, show)
        assert show(daemon.app) == page and httpx.get(page).status_code == 200
        assert site_of(daemon.app).watches[0].name == "Kyiv office"


def test_an_address_that_cannot_be_taken_leaves_all_as_it_was(public: Path) -> None:
    with running(public) as app, served() as show:
        page, daemon = show(app), Daemon(app)
        public.write_text(public.read_text("utf-8").replace("127.0.0.1:0", "192.0.2.1:1"), "utf-8")
        assert not reload(daemon, public, show)
        assert daemon.app is app and httpx.get(f"{page}/healthz").status_code == 200


def test_reading_is_open_beyond_this_machine_only_where_that_is_said(config: Path) -> None:
    config.write_text(config.read_text("utf-8").replace('listen = ""', 'listen = "0.0.0.0:0"'), "utf-8")
    with running(config) as app:
        assert not site_of(app).open_reading
    put(config, "[web]", "public = true")
    with running(config) as app:
        assert site_of(app).open_reading


def test_another_configuration_is_rehearsed_on_what_happened(public: Path, world: World) -> None:
    with running(public) as app, served() as show:
        told(app, world)
        page, us = show(app), {"authorization": f"Bearer {TOKEN}"}
        other = '[channel.family]\nkind = "console"\n[[route]]\nchannels = ["family"]\nplaces = ["{}"]\n'

        def result(config: str) -> dict[str, Any]:
            begun = httpx.post(f"{page}/api/v1/rehearsals", json={"config": config}, headers=us)
            assert begun.status_code == 202, begun.text
            while (found := httpx.get(f"{page}/api/v1/rehearsals/{begun.json()['id']}").json())["state"] == "running":
                time.sleep(0.02)
            return dict(found)

        heard = result(other.format("UA"))
        assert (heard["state"], [line["channel"] for line in heard["lines"]]) == ("done", ["family"])
        assert "Ukraine" in heard["lines"][0]["headline"]
        assert result(other.format("FJ"))["lines"] == []
        wrong = result('include = ["../*.toml"]\n' + other.format("UA"))
        assert wrong["state"] == "failed" and "does not include" in wrong["why"]
        assert "frob" in result("frob = 1")["why"]
        assert len(app.store.deliveries()) == 1, "nothing of it stands in the ledger"


def test_a_page_of_the_web_is_explained_through_the_page(public: Path, world: World) -> None:
    world.feeds["/article"] = f"<html><body><p>{ORDER[0]}</p><p>{ORDER[1]}</p></body></html>".encode()
    with running(public) as app, served() as show:
        asked = {"url": f"{world.url}/article"}
        answer = httpx.post(f"{show(app)}/api/v1/explain", json=asked, headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200 and "UA" in answer.json()["countries"], answer.text
        assert "ordered the departure" in answer.json()["signals"][0]["quote"]
