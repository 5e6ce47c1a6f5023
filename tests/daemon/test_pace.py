"""When a source is asked again, through real HTTP and a real ledger: alternates, validity, Retry-After, and a crisis."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.app import App, opened
from monitor.model import SourceState
from monitor.service.wake import wake
from monitor.settings.load import load
from tests.service.world import Clock
from tests.sources.server import Hostile, response

from .world import Advisory, newspaper, register

CALM = Advisory("Oman", "MU", 2, "Exercise Increased Caution", "Exercise increased caution because of crime in the larger towns.")
RAISED = Advisory("Oman", "MU", 4, "Do Not Travel", "Do not travel to Oman because of armed conflict.", day=0)
MINUTE = timedelta(minutes=1)


class Site(Hostile):
    """Answers each path with what was put there."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, bytes] = {}

    def _misbehave(self, connection: socket.socket, path: str) -> None:
        connection.sendall(self.answers.get(path, response("404 Not Found")))


@contextmanager
def watching(folder: Path, more: str = "") -> Iterator[tuple[Site, App, Clock]]:
    clock = Clock(datetime.now(UTC).replace(microsecond=0))
    with Site() as site:
        path = folder / "monitor.toml"
        path.write_text(f"""
[egress]
allow = ["127.0.0.1/32"]
[web]
listen = ""
[[source]]
id = "us"
kind = "us-state"
url = "{site.url("/first")}"
alternates = ["{site.url("/second")}", "{site.url("/third")}"]
issuer = "US"
options = {{ records = 1 }}
[[source]]
id = "slow"
kind = "feed"
url = "{site.url("/slow")}"
every = "1h"
[[source]]
id = "quick"
kind = "feed"
url = "{site.url("/quick")}"
every = "1h"
fastest = "5m"
{more}""")
        site.answers |= {
            "/first": response("200 OK", register(CALM)),
            "/slow": response("200 OK", newspaper(("Rain", "It rains."))),
            "/quick": response("200 OK", newspaper(("Sun", "It shines."))),
        }
        with opened(load(path), clock) as app:
            list(app.poll(["us", "slow", "quick"]))
            yield site, app, clock


def wait(app: App, clock: Clock, id: str) -> timedelta:
    due = app.store.record(id).due
    assert due is not None
    return due - clock()


def test_alternates_are_asked_in_order_and_the_first_again_when_it_is_well(tmp_path: Path) -> None:
    with watching(tmp_path) as (site, app, clock):
        site.answers |= {
            "/first": response("403 Forbidden"),
            "/second": response("500 Broken"),
            "/third": response("200 OK", register(RAISED)),
        }
        site.asked.clear()
        clock.forward(15 * MINUTE)
        (polled,) = app.poll(["us"])
        assert [c.kind for c in polled.changes] == ["level_raised"] and polled.state is SourceState.HEALTHY
        assert list(site.asked) == ["/first", "/second", "/third"]
        site.answers["/first"] = response("200 OK", register(RAISED))
        site.asked.clear()
        clock.forward(15 * MINUTE)
        assert [p.changes for p in app.poll(["us"])] == [()]
        assert list(site.asked) == ["/first"]
        site.answers = dict.fromkeys(("/first", "/second", "/third"), response("403 Forbidden"))
        for _ in range(3):
            (polled,) = app.poll(["us"])
            clock.forward(timedelta(hours=3))
        assert polled.state is SourceState.BLOCKED and "403" in polled.why


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("max-age=60", 54, 66),
        ("public, max-age=5400", 81, 99),
        ("max-age=5400, no-cache", 54, 66),
        ("max-age=864000", 108, 132),
        ("max-age=-1", 54, 66),
        ("", 54, 66),
    ],
)
def test_an_answer_that_calls_itself_valid_is_waited_for_up_to_twice_the_cadence(tmp_path: Path, said: str, least: int, most: int) -> None:
    with watching(tmp_path) as (site, app, clock):
        site.answers["/slow"] = response("200 OK", newspaper(("News", "Some.")), Cache_Control=said)
        list(app.poll(["slow"]))
        assert least * MINUTE <= wait(app, clock, "slow") <= most * MINUTE


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_retry_after_is_never_undercut_and_bounded_by_a_day(tmp_path: Path, status: str) -> None:
    with watching(tmp_path) as (site, app, clock):
        site.answers["/slow"] = response(status, Retry_After="7200")
        list(app.poll(["slow"]))
        assert wait(app, clock, "slow") >= timedelta(hours=2)
        site.answers["/slow"] = response(status, Retry_After="99999999")
        list(app.poll(["slow"]))
        assert timedelta(hours=23) < wait(app, clock, "slow") <= timedelta(hours=24, minutes=1)


def test_a_crisis_makes_those_quicker_that_allow_it_and_its_end_slows_them_again(tmp_path: Path) -> None:
    with watching(tmp_path) as (site, app, clock):
        assert wait(app, clock, "quick") > 50 * MINUTE
        site.answers["/first"] = response("200 OK", register(RAISED))
        list(app.poll(["us"]))
        assert wake(app.service, clock()) == (), "it was asked just now"
        clock.forward(6 * MINUTE)
        assert wake(app.service, clock()) == ("quick",)
        assert wait(app, clock, "quick") == timedelta(0) and wait(app, clock, "slow") > 45 * MINUTE
        list(app.poll(["quick"]))
        assert wait(app, clock, "quick") <= 5.5 * MINUTE
        clock.forward(timedelta(hours=25))
        list(app.poll(["quick"]))
        assert wait(app, clock, "quick") > 50 * MINUTE
