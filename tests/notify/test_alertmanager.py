"""Against a real Alertmanager where one is installed (Debian: prometheus-alertmanager)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.model import MessageType, Severity
from monitor.notify.registry import build
from tests.notify.servers import EVIL, message

BINARY = os.environ.get("ALERTMANAGER") or shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if BINARY is None:
        pytest.skip("no prometheus-alertmanager is installed")
    folder = tmp_path_factory.mktemp("am")
    (folder / "config.yml").write_text("route:\n  receiver: none\nreceivers:\n  - name: none\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [BINARY, f"--config.file={folder / 'config.yml'}", f"--storage.path={folder}", f"--web.listen-address=127.0.0.1:{port}",
         "--cluster.listen-address="],
        stdout=subprocess.DEVNULL, stderr=(Path(folder) / "log").open("w"),
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address)
        yield address
    finally:
        server.terminate()
        server.wait()


def _wait(address: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/-/ready").status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise TimeoutError("alertmanager did not start")


def firing(address: str, situation: str) -> list[dict[str, Any]]:
    alerts: list[dict[str, Any]] = httpx.get(f"{address}/api/v2/alerts").json()
    return [a["labels"] for a in alerts if a["labels"]["situation"] == situation]


def test_an_alert_fires_gets_worse_and_ends(url: str) -> None:
    now = datetime.now(UTC)
    channel = build("am", "alertmanager", {"url": url})
    channel.send(message(id="dlv_1", situation="sit_1", severity=Severity.SEVERE, at=now))
    assert [(a["severity"], a["place"], a["issuer"]) for a in firing(url, "sit_1")] == [("severe", "UA", "US")]
    channel.send(message(id="dlv_2", situation="sit_1", severity=Severity.EXTREME, type=MessageType.UPDATE, at=datetime.now(UTC)))
    time.sleep(1.5)
    assert [a["severity"] for a in firing(url, "sit_1")] == ["extreme"]
    channel.send(message(id="dlv_3", situation="sit_1", severity=Severity.MODERATE, type=MessageType.CANCEL, at=datetime.now(UTC)))
    time.sleep(1.5)
    assert firing(url, "sit_1") == []


def test_any_words_are_taken(url: str) -> None:
    build("am", "alertmanager", {"url": url}).send(message(situation="sit_2", headline=EVIL, summary=EVIL * 100, at=datetime.now(UTC)))
    assert firing(url, "sit_2")


def test_a_test_does_not_fire_for_days(url: str) -> None:
    now = datetime.now(UTC)
    build("am", "alertmanager", {"url": url}).send(message(type=MessageType.TEST, situation="", id="dlv_t", at=now))
    (alert,) = [a for a in httpx.get(f"{url}/api/v2/alerts").json() if a["labels"]["alertname"] == "monitor_test"]
    assert datetime.fromisoformat(alert["endsAt"]) - now <= timedelta(minutes=15)
