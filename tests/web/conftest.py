"""One filled ledger for all who only read, and a site with its recorder for those who act."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from monitor.store import SqlStore
from monitor.web import build

from .desk import TOKEN, Recorder, site
from .world import ledger

OWN = "http://127.0.0.1"


@pytest.fixture(scope="session")
def store() -> Iterator[SqlStore]:
    filled = ledger()
    yield filled
    filled.close()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def client(store: SqlStore, recorder: Recorder) -> TestClient:
    """A reader."""
    return TestClient(build(site(store, recorder)), base_url=OWN)


@pytest.fixture
def officer(client: TestClient) -> TestClient:
    """Somebody with the token."""
    client.headers["authorization"] = f"Bearer {TOKEN}"
    return client
