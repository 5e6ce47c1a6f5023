"""The channels that need no network: the terminal, a program, and Apprise at its border."""

from __future__ import annotations

import json
import sys
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import Refused, SendError, TryLater
from monitor.notify.base import Net
from monitor.notify.registry import build, check
from tests.notify.servers import EVIL, message, receiver, status


def test_the_terminal_shows_words_and_obeys_none(capsys: pytest.CaptureFixture[str]) -> None:
    build("c", "console", {}).send(message(headline=EVIL, summary=EVIL))
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\u202e" not in out and "\x07" not in out
    assert out.splitlines()[0].startswith("2022-01-23 21:40 ALERT") and "https://advisories.example/ua" in out


def test_a_terminal_that_is_gone_is_tried_later(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    closed = (tmp_path / "out").open("w")
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    with pytest.raises((TryLater, ValueError)):
        build("c", "console", {}).send(message())


def program(tmp_path: Path, text: str) -> Any:
    script = tmp_path / "program.py"
    script.write_text(text)
    options, mistakes = check("command", {"argv": [sys.executable, str(script), "; touch pwned"]})
    assert not mistakes
    return build("c", "command", options, Net(deadline=timedelta(seconds=5)))


def test_a_program_gets_the_body_and_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_OURS", "canary")
    monkeypatch.chdir(tmp_path)
    sender = program(tmp_path, "import json, os, sys; json.dump([json.load(sys.stdin), dict(os.environ)], open('got.json', 'w'))")
    assert sender.send(message()) == "exit 0"
    body, env = json.loads((tmp_path / "got.json").read_text())
    assert body["type"] == "alert" and env["MONITOR_ID"] == "dlv_0123456789"
    assert "canary" not in json.dumps(env) and not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(("status", "error"), [(1, TryLater), (75, TryLater), (69, TryLater), (64, Refused), (78, Refused)])
def test_the_exit_status_decides(tmp_path: Path, status: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"exit {status}"):
        program(tmp_path, f"raise SystemExit({status})").send(message())


def test_a_program_that_reads_nothing_or_prints_much(tmp_path: Path) -> None:
    big = message(data={"filler": "x" * 1_000_000})
    assert program(tmp_path, "print('y' * 10_000_000)").send(big) == "exit 0"


def test_a_program_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    options = {"argv": ("/bin/sh", "-c", "sleep 60 & sleep 60")}
    sender = build("c", "command", options, Net(deadline=timedelta(seconds=0.3)))
    with pytest.raises(TryLater, match="too long"):
        sender.send(message())


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(TryLater):
        build("c", "command", {"argv": ("/no/such/program",)}).send(message())


def test_apprise_is_asked_and_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as server:
        monkeypatch.setenv("APPRISE", server.url.replace("http://", "json://"))
        options, mistakes = check("apprise", {"url": "env:APPRISE"})
        assert not mistakes
        sender = build("c", "apprise", options)
        assert sender.send(message(headline=EVIL)) == "apprise sent it"
        assert "@everyone" not in json.loads(server.got[0].body)["title"]
        server.answer = status(500)
        with pytest.raises(TryLater):
            sender.send(message())
        monkeypatch.setenv("APPRISE", "nonsense")
        with pytest.raises(Refused):
            sender.send(message())


def test_apprise_connects_to_private_addresses_only_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as server:
        monkeypatch.setenv("APPRISE", server.url.replace("http://", "json://"))
        options = check("apprise", {"url": "env:APPRISE"})[0]
        for allow in ((), (ip_network("10.0.0.0/8"),)):
            with pytest.raises(Refused, match="egress"):
                build("c", "apprise", options, Net(allow=allow)).send(message())
        assert not server.got
        assert build("c", "apprise", options, Net(allow=(ip_network("127.0.0.0/8"),))).send(message())
        assert len(server.got) == 1


def test_apprise_is_not_led_elsewhere_by_a_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another address of this machine stands for what must not be reached."""
    with receiver() as server, ThreadingHTTPServer(("127.0.0.2", 0), BaseHTTPRequestHandler) as inside:
        asked: list[object] = []
        monkeypatch.setattr(inside, "process_request", lambda *request: asked.append(request))
        threading.Thread(target=inside.serve_forever, daemon=True).start()
        server.answer = status(307, Location=f"http://127.0.0.2:{inside.server_address[1]}/")
        monkeypatch.setenv("APPRISE", server.url.replace("http://", "json://"))
        options = check("apprise", {"url": "env:APPRISE"})[0]
        with pytest.raises(SendError):
            build("c", "apprise", options, Net(allow=(ip_network("127.0.0.1/32"),))).send(message())
        assert len(server.got) == 1 and not asked
        inside.shutdown()


def test_every_address_of_one_apprise_option_is_held_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as first, receiver() as second:
        monkeypatch.setenv("APPRISE", f"{first.url},{second.url}".replace("http://", "json://"))
        options = check("apprise", {"url": "env:APPRISE"})[0]
        with pytest.raises(Refused):
            build("c", "apprise", options, Net(allow=())).send(message())
        assert not first.got and not second.got
        build("c", "apprise", options, Net(allow=(ip_network("127.0.0.0/8"),))).send(message())
        assert len(first.got) == len(second.got) == 1
