"""What several of the daemon's tests need to stand on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store import databases


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small disk of its own, to be filled or made unwritable."""
    folder = databases.tiny_disk()
    if folder is None:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    shutil.rmtree(folder, ignore_errors=True)
