"""A channel of somebody else runs the suite that is shipped, and one that breaks its promises is found out."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

PACKAGE = """
from typing import ClassVar
import httpx
from monitor.notify.base import BaseChannel, HttpChannel
from monitor.notify.registry import build
from monitor.notify.suite import NET, ChannelContract

class Good(HttpChannel):
    kind: ClassVar[str] = "good"
    url: str
    def send(self, message):
        return self.post(self.url, json=message.body)[0]

class Careless(BaseChannel):
    kind: ClassVar[str] = "careless"
    url: str
    def send(self, message):
        httpx.post(self.url, json=message.body, follow_redirects=True, timeout=1)
        return "sent, I suppose"
"""


def suite(pytester: pytest.Pytester, name: str) -> pytest.RunResult:
    pytester.makepyfile(their=PACKAGE)
    pytester.makeconftest('pytest_plugins = ["monitor.notify.suite"]')
    pytester.makepyfile(
        test_their=f"""
from their import *
class TestTheirs(ChannelContract):
    def channel(self, url):
        return build("c", "their.{name}", {{"url": url}}, NET)
"""
    )
    return pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "test_their.py")


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch, pytester: pytest.Pytester) -> None:
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{root}:{pytester.path}")


def test_a_good_channel_passes(pytester: pytest.Pytester) -> None:
    suite(pytester, "Good").assert_outcomes(passed=24)


def test_a_careless_one_does_not(pytester: pytest.Pytester) -> None:
    outcome = suite(pytester, "Careless").parseoutcomes()
    assert outcome["failed"] >= 15, outcome
