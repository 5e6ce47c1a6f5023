"""A configuration is understood whole, or every mistake in it is told with file, line and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import Mistake, SettingsError, WrongUse
from monitor.model import Authority, Severity
from monitor.settings.load import load, sources_of


def anything(kind: str, options: Mapping[str, Any], folder: Path) -> tuple[Mapping[str, Any], Sequence[tuple[str, str]]]:
    return options, ()


def write(folder: Path, text: str, name: str = "monitor.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def mistakes(path: Path) -> list[Mistake]:
    with pytest.raises(SettingsError) as caught:
        load(path, anything)
    return list(caught.value.mistakes)


GOOD = """
include = ["sources/*.toml"]
[store]
url = "sqlite:///data/x.db"
[web]
listen = "127.0.0.1:0"
[egress]
allow = ["127.0.0.0/8"]
[http]
contact = "ops@example.org"
timeout = "30s"
[channel.desk]
kind = "console"
zone = "Europe/Berlin"
quiet = { start = "22:00", end = "06:30" }
[[route]]
channels = ["desk"]
places = ["UA", "PL"]
min_severity = "severe"
escalate = [{ after = "10m", channels = ["desk"] }]
[[watch]]
name = "Kyiv office"
place = "UA"
people = 14
"""
SOURCE = """
[[source]]
id = "us"
kind = "us-state"
url = "https://example.org/rss.xml"
issuer = "US"
every = "5m"
lists_all = true
options = { depth = 2 }
[[source]]
id = "off"
kind = "feed"
url = "https://example.org/off.xml"
enabled = false
"""


def test_a_good_configuration_becomes_values(tmp_path: Path) -> None:
    write(tmp_path, SOURCE, "sources/a.toml")
    settings = load(write(tmp_path, GOOD), anything)
    assert settings.store_url == f"sqlite:///{tmp_path / 'data/x.db'}"
    assert settings.egress == (ip_network("127.0.0.0/8"),)
    assert "ops@example.org" in settings.http.user_agent
    assert settings.http.timeout == timedelta(seconds=30)
    (source,) = settings.sources
    assert (source.id, source.issuer, source.every, source.lists_all) == ("us", "US", timedelta(minutes=5), True)
    assert source.options == (("depth", "2"),)
    assert source.authority is Authority.OFFICIAL
    (channel,) = settings.channels
    assert channel.receiver.quiet and channel.receiver.quiet.end == time(6, 30)
    (route,) = settings.routes
    assert route.places == {"UA", "PL"}
    assert route.min_severity is Severity.SEVERE
    assert route.escalate[0].after == timedelta(minutes=10)
    assert settings.watches[0].people == 14
    assert settings.files == (tmp_path / "monitor.toml", tmp_path / "sources/a.toml")


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
[[source]]
id = "us"
kind = "us-state"
url = "https://example.org/a"
evry = "5m"

[[source]]
id = "uk"
kind = "fdco"
url = "ftp://example.org/a"
every = "five minutes"
""",
        "sources/a.toml",
    )
    main = write(
        tmp_path,
        """\
include = ["sources/*.toml", "missing.toml"]
[webb]
[[source]]
id = "us"
kind = "feed"
url = "https://example.org/b"
[channel.desk]
kind = "console"
quiet = { start = "22:00", end = "22:00" }
[[route]]
channels = ["dsk"]
places = ["Ukraine"]
min_severity = "awful"
sources = ["usa"]
""",
    )
    told = {(Path(m.file).name, m.line, m.key): m.what for m in mistakes(main)}
    assert next(iter(told))[0] == "monitor.toml", "the main file comes first"
    assert 'did you mean "web"?' in told["monitor.toml", 2, "webb"]
    assert "no file" in told["monitor.toml", 1, "include[1]"]
    assert "quiet hours" in told["monitor.toml", 9, "channel.desk.quiet"]
    assert 'there is no channel "dsk"; did you mean "desk"?' in told["monitor.toml", 11, "route[0].channels[0]"]
    assert "did you mean UA?" in told["monitor.toml", 12, "route[0].places[0]"]
    assert "'extreme'" in told["monitor.toml", 13, "route[0].min_severity"]
    assert 'there is no source "usa"' in told["monitor.toml", 14, "route[0].sources[0]"]
    assert "there are two sources" in told["a.toml", 2, "source[0].id"]
    assert "monitor.toml:4" in told["a.toml", 2, "source[0].id"]
    assert 'did you mean "every"?' in told["a.toml", 5, "source[0].evry"]
    assert 'did you mean "fcdo"?' in told["a.toml", 9, "source[1].kind"]
    assert "http" in told["a.toml", 10, "source[1].url"]
    assert '"5m"' in told["a.toml", 11, "source[1].every"]
    assert len(told) == 12


@pytest.mark.parametrize(
    ("line", "key", "word"),
    [
        ('store = "x"', "store", "must be a table"),
        ("include = 3", "include", "must be a list"),
        ('web = { listen = "8080" }', "web.listen", "host:port"),
        ('web = { token = "hunter2hunter2" }', "web.token", "env:NAME"),
        ('web = { token = "env:MONITOR_NO_SUCH_SECRET" }', "web.token", "MONITOR_NO_SUCH_SECRET"),
        ('egress = { allow = ["10.0.0.1/8"] }', "egress.allow[0]", "range"),
        ('http = { timeout = "1 s" }', "http.timeout", "duration"),
        ('channel = { a = { kind = "console", zone = "Berlin" } }', "channel.a.zone", "IANA"),
        ("channel = { a = {} }", "channel.a.kind", "missing"),
        ('channel = { "a b" = { kind = "console" } }', "channel.a b", "look"),
        ('watch = [{ name = "x", place = "EN" }]', "watch[0].place", "ISO 3166"),
        ('source = [{ id = "a", kind = "feed", url = "https://u:p@example.org/" }]', "source[0].url", "password"),
        ('source = [{ id = "a", kind = "feed", url = "https://e.org/", every = "0s" }]', "source[0].every", "at least 1 second"),
        ('source = [{ id = "a", kind = "feed", url = "https://e.org/", authority = "press", issuer = "US" }]', "source[0].issuer", "press"),
        ('source = [{ id = "a", kind = "feed", url = "https://e.org/", options = { a = [] } }]', "source[0].options", "true/false"),
    ],
)
def test_each_mistake_names_its_key_and_what_would_be_right(tmp_path: Path, line: str, key: str, word: str) -> None:
    (mistake,) = mistakes(write(tmp_path, f"# first line\n{line}\n"))
    assert (mistake.line, mistake.key) == (2, key)
    assert word in mistake.what


def test_a_file_that_is_not_toml_says_where(tmp_path: Path) -> None:
    (mistake,) = mistakes(write(tmp_path, "[store]\nurl =\n"))
    assert mistake.line == 2
    assert "not TOML" in mistake.what


def test_no_file_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="cannot be read"):
        load(tmp_path / "none.toml", anything)


def test_an_empty_configuration_has_sound_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    settings = load(write(tmp_path, ""), anything)
    assert settings.store_url == f"sqlite:///{tmp_path}/var/monitor.db"
    assert settings.web.listen.startswith("127.0.0.1:"), "the page is for this machine alone unless the file says otherwise"
    assert settings.egress == ()


def test_systemd_says_where_the_database_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/monitor")
    assert load(write(tmp_path, ""), anything).store_url == "sqlite:////var/lib/monitor/monitor.db"


def test_a_recordings_sources_are_read_by_the_same_rules() -> None:
    (source,) = sources_of([{"id": "x", "kind": "feed", "url": "https://example.org/", "every": "6h"}])
    assert source.every == timedelta(hours=6)
    assert source.authority is Authority.PRESS
    with pytest.raises(ValueError, match="duration"):
        sources_of([{"id": "x", "kind": "feed", "url": "https://example.org/", "every": "6"}])


@pytest.mark.parametrize(
    ("table", "authority"),
    [
        ({"kind": "feed"}, Authority.PRESS),
        ({"kind": "feed", "issuer": "US"}, Authority.OFFICIAL),
        ({"kind": "feed", "authority": "official"}, Authority.OFFICIAL),
        ({"kind": "gdacs"}, Authority.OFFICIAL),
    ],
)
def test_a_feed_that_names_no_government_is_press(table: dict[str, str], authority: Authority) -> None:
    (source,) = sources_of([{"id": "x", "url": "https://example.org/", **table}])
    assert source.authority is authority


def test_a_hubs_secret_is_looked_at_where_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = '[[source]]\nid = "{0}"\nkind = "feed"\nurl = "https://{0}.example/feed"\npush = "env:{1}"\n'
    monkeypatch.setenv("HUB", "long enough for a hub")
    monkeypatch.setenv("SHORT", "short")
    main = write(tmp_path, 'include = ["more.toml"]\n' + source.format("wire", "HUB"))
    other = write(tmp_path, source.format("one", "HUB"), "more.toml")
    assert {id: secret.reveal() for id, secret in load(main, anything).push.items()} == dict.fromkeys(
        ("wire", "one"), "long enough for a hub"
    )
    write(tmp_path, source.format("one", "SHORT") + source.format("two", "NOWHERE"), "more.toml")
    assert [(m.file, m.line, m.key) for m in mistakes(main)] == [(str(other), 5, "source[0].push"), (str(other), 10, "source[1].push")]
