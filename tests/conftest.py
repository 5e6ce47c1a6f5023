"""What all tests share: nothing of the outside, logs where they can be read, and a reason for what is left out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
import structlog

from tests.paths import RECORDINGS
from tests.world import World, world


@pytest.fixture(autouse=True)
def _no_configuration_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test never meets the configuration or the state of the machine it runs on."""
    for name in ("MONITOR_CONFIG", "STATE_DIRECTORY", "NOTIFY_SOCKET", "WATCHDOG_USEC", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A test that sets up logging sets it up for itself alone."""
    yield
    structlog.reset_defaults()


@pytest.fixture(name="world")
def _world() -> Iterator[World]:
    with world() as made:
        yield made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need what is not here are skipped, each with the reason."""
    for item in items:
        if item.get_closest_marker("recordings") and RECORDINGS is None:
            item.add_marker(pytest.mark.skip(reason="no captures beside this checkout"))
        if item.get_closest_marker("browser") and not _browser():
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


def _browser() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
