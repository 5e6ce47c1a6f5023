"""systemd hears what it must over its socket, and nothing breaks where there is none."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.engine.systemd import notify, watchdog


def test_states_arrive_as_one_datagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        assert notify("READY=1", "STATUS=watching")
        assert listener.recv(1000) == b"READY=1\nSTATUS=watching"


def test_the_abstract_namespace_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0monitor-test-{id(listener)}")
        listener.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@monitor-test-{id(listener)}")
        assert notify("STOPPING=1")
        assert listener.recv(1000) == b"STOPPING=1"


def test_nobody_listening_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    assert not notify("READY=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert not notify("READY=1")


@pytest.mark.parametrize(
    ("usec", "pid", "every"), [("30000000", None, 15), ("", None, None), ("junk", None, None), ("30000000", "1", None)]
)
def test_the_watchdog_is_fed_at_half_its_time(monkeypatch: pytest.MonkeyPatch, usec: str, pid: str | None, every: int | None) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", pid) if pid else monkeypatch.delenv("WATCHDOG_PID", raising=False)
    assert watchdog() == (timedelta(seconds=every) if every else None)
