"""A log line is one event, whatever strangers wrote into its fields."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from monitor import log

HOSTILE = 'x\n{"event":"forged"}\r\n12:00:00 info forged\x1b[2J\u202egnp\u200b\x00'


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    logging.basicConfig(force=True)


def test_json_lines_cannot_be_forged() -> None:
    out = io.StringIO()
    log.configure("json", "info", out)
    structlog.get_logger().info("poll.failed", source="us", why=HOSTILE)
    (line,) = out.getvalue().splitlines()
    event = json.loads(line)
    assert (event["event"], event["source"], event["why"]) == ("poll.failed", "us", HOSTILE)
    assert line.isprintable()


def test_human_lines_cannot_be_forged() -> None:
    out = io.StringIO()
    log.configure("human", "info", out)
    structlog.get_logger().info("poll.failed", source="us", why=HOSTILE)
    (line,) = out.getvalue().splitlines()
    assert line.isprintable()
    assert "poll.failed source=us why=" in line


def test_what_is_below_the_level_is_not_written() -> None:
    out = io.StringIO()
    log.configure("json", "warning", out)
    structlog.get_logger().info("poll.done")
    assert out.getvalue() == ""


def test_a_traceback_shows_no_values() -> None:
    out = io.StringIO()
    log.configure("human", "info", out)
    password = "hunter" + "2"
    try:
        _fail(password)
    except ValueError:
        structlog.get_logger().exception("tick.failed")
    assert "ValueError" in out.getvalue()
    assert password not in out.getvalue()


def test_libraries_speak_through_the_same_lines() -> None:
    out = io.StringIO()
    log.configure("json", "info", out)
    logging.getLogger("some.library").warning("went %s", "wrong")
    assert json.loads(out.getvalue())["why"] == "went wrong"


def _fail(secret: str) -> None:
    held = secret * 1
    raise ValueError(len(held))
