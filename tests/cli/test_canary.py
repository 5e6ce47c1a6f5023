"""Secrets planted wherever a configuration takes one show in no log, no error, no command's output, no page and not in the database."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from monitor import log
from monitor.app import opened
from monitor.cli import main
from monitor.front import site_of
from monitor.probe import probe
from monitor.service.drill import drill
from monitor.settings.load import load
from monitor.web import build
from tests.cli.conftest import ORDER, QUIET, register
from tests.notify.servers import Receiver, receiver, status
from tests.web.test_pages import PAGES
from tests.world import World

CANARY = "tweety7d41"
SIGNING = "whsec_" + base64.b64encode(f"{CANARY}-signs-what-is-sent".encode()).decode()
LOUD = (CANARY, SIGNING[6:30], base64.b64encode(CANARY.encode()).decode().rstrip("=")[:-1])
"""The secret as it is and as it may be written."""

SECRETS = {
    "S_HOOK": "{url}/told/{canary}?key={canary}",
    "S_SIGN": SIGNING,
    "S_WORD": CANARY + "x" * 40,
    "S_BOT": "123:" + CANARY,
    "S_AM": "{url}/{canary}",
    "S_BEAT": "{url}/alive/{canary}",
    "S_APPRISE": "json://{canary}:{canary}@{host}/{canary}",
    "S_PUSH": CANARY + "-pushes-what-is-new",
}
CHANNELS = """
[channel.hook]
kind = "webhook"
url = "env:S_HOOK"
secret = "env:S_SIGN"
[channel.phone]
kind = "ntfy"
url = "{url}"
topic = "env:S_WORD"
token = "env:S_WORD"
[channel.team]
kind = "slack"
url = "env:S_HOOK"
[channel.bot]
kind = "slack"
token = "env:S_BOT"
channel = "C1"
api = "{url}"
[channel.chat]
kind = "telegram"
token = "env:S_BOT"
chat = "1"
api = "{url}"
[channel.pager]
kind = "pagerduty"
routing_key = "env:S_WORD"
url = "{url}"
[channel.prometheus]
kind = "alertmanager"
url = "env:S_AM"
[channel.post]
kind = "email"
host = "127.0.0.1"
port = 9
security = "none"
user = "us"
password = "env:S_WORD"
sender = "us@example.org"
to = "a@example.org"
[channel.other]
kind = "apprise"
url = "env:S_APPRISE"
[channel.own]
kind = "command"
argv = ["/bin/sh", "-c", "env; cat; exit 75"]
[[route]]
name = "everything"
channels = ["hook", "phone", "team", "bot", "chat", "pager", "prometheus", "post", "other", "own"]
[[route]]
name = "ops"
channels = ["desk"]
operator = true
[heartbeat]
url = "env:S_BEAT"
"""


@pytest.fixture
def server() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def planted(config: Path, server: Receiver, monkeypatch: pytest.MonkeyPatch) -> Path:
    host = server.url.removeprefix("http://")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value.format(url=server.url, canary=CANARY, host=host))
    page = 'listen = "127.0.0.1:0"\ntoken = "env:S_WORD"\nurl = "https://d.example"\nack_key = "env:S_WORD"'
    text = config.read_text("utf-8").replace('listen = ""', page).replace('issuer = "US"', 'issuer = "US"\npush = "env:S_PUSH"')
    config.write_text(text + CHANNELS.format(url=server.url), "utf-8")
    return config


def pages(config: Path) -> Iterator[tuple[str, str]]:
    """Everything that can be asked for, as a stranger and as somebody with the token."""
    with opened(load(config)) as app:
        client = TestClient(build(site_of(app)), base_url="http://127.0.0.1")
        lines = app.store.deliveries(limit=1000)
        changes = [id for line in lines for id in line.changes]
        values = {"place": "UA", "code": "UA", "id": changes[0], "delivery": lines[0].id, "situation": lines[-1].situation, "source": "us"}
        described = client.get("/openapi.json").json()["paths"]
        asked = [re.sub(r"{(\w+)}", lambda m: values.get(m[1], "UA"), path) for path, verbs in described.items() if "get" in verbs]
        asked += [f"/deliveries/{line.id}" for line in lines]
        for headers in ({}, {"authorization": f"Bearer {SECRETS['S_WORD']}"}):
            for path in (*PAGES, *(p for p in asked if "stream" not in p and "events" not in p)):
                answer = client.get(path, headers=headers)
                yield path, answer.text + str(answer.headers)


@pytest.mark.parametrize("code", [204, 401, 410, 503])
def test_a_planted_secret_shows_nowhere(
    planted: Path, server: Receiver, world: World, code: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server.answer = status(code, CANARY.encode())

    def run(*arguments: object) -> None:
        with pytest.raises(SystemExit):
            main([str(a) for a in (*arguments, "-c", planted)])

    run("poll")
    world.feeds["/us"] = register(Ukraine=(4, ORDER), **QUIET)
    run("poll", "--json")
    for command in ("status", "deliveries", "sources", "alerts", "check"):
        run(command)
        run(command, "--json")
    log.configure("json", "debug")
    with opened(load(planted)) as app:
        drill(app.store, app.desk.channels, app.desk.now())
        app.deliver()
        app.beat(app.desk.now())
    list(probe(load(planted)))
    said = list(pages(planted))
    assert len(said) > 60, "the pages were really asked for"
    printed = capfd.readouterr()
    said += [("standard output", printed.out), ("standard error", printed.err)]
    said += [(f.name, f.read_bytes().decode("latin-1")) for f in (tmp_path / "data").iterdir()]
    assert "dlv_" in "".join(text for where, text in said if where.startswith("monitor.db"))
    assert "deliver." in printed.err, "the log was really written"
    leaks = [(where, text[max(0, text.find(c) - 120) : text.find(c) + 60]) for where, text in said for c in LOUD if c in text]
    assert not leaks


@pytest.mark.usefixtures("world")
def test_the_receivers_get_the_secrets(planted: Path, server: Receiver) -> None:
    """Without this the test above could not fail."""
    with pytest.raises(SystemExit):
        main(["drill", "-c", str(planted)])
    got = "\n".join(f"{g.path} {g.headers} {g.body.decode()}" for g in server.got)
    for what in (
        f"/told/{CANARY}?key={CANARY}",
        f"'authorization': 'Bearer {CANARY}",
        f"'authorization': 'Bearer 123:{CANARY}",
        f"/bot123:{CANARY}/sendMessage",
        f'"routing_key":"{CANARY}',
        f"{CANARY}/api/v2/alerts",
        f"/{CANARY} ",
        base64.b64encode(f"{CANARY}:{CANARY}".encode()).decode(),
        "webhook-signature",
    ):
        assert what in got, what
