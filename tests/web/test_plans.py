"""No page and no answer reads through a table that grows: the plan of every statement behind them is looked at, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from monitor.store import SqlStore
from monitor.web import build
from tests.store import databases
from tests.store.test_plans import Plan, postgres_plan, reads_through, sqlite_plan, statements

from .desk import TOKEN, site
from .pictures import NEWEST, PAGES
from .world import ledger

ALSO = (
    "/?", "/place/UA?days=365", "/deliveries?state=dead", "/deliveries?channel=desk", "/find?q=UA", "/feeds/alerts.atom", "/feeds/cap.atom",
    "/feeds/dates.ics", "/export/changes.csv?place=UA&limit=5", "/export/changes.json?kind=leave_now", "/metrics", "/readyz",
    "/api/v1/alerts?issuer=GB&limit=3", "/api/v1/changes?source=us-state&since=2022-02-01T00:00:00Z", "/api/v1/changes?held=true",
    "/api/v1/changes?situation=sit_UA&limit=2", "/api/v1/deliveries?state=sent&channel=desk&limit=2", "/api/v1/postures?issuer=US",
    "/api/v1/places/UA/editions", "/api/v1/places/UA/history", "/api/v1/sources/us-state",
)  # fmt: skip


def everything(store: SqlStore) -> None:
    """Every page and every list once, and the second page of those that have one."""
    client = TestClient(build(site(store)), base_url="http://127.0.0.1")
    client.headers["authorization"] = f"Bearer {TOKEN}"
    plain = [p for p, of in client.get("/openapi.json").json()["paths"].items() if "get" in of and p.startswith("/api/v1") and "{" not in p]
    for path in (*PAGES.values(), *ALSO, *(p for p in plain if p != "/api/v1/postures")):
        answer = client.get(path)
        assert answer.status_code == 200, path
        if path.startswith("/api/") and (cursor := answer.json().get("next")):
            assert client.get(path, params={**answer.url.params, "cursor": cursor}).status_code == 200
    line = store.deliveries(limit=1)[0]
    for path in (f"/delivery/{line.id}", f"/api/v1/deliveries/{line.id}", client.get(NEWEST).url.path):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("kind", "plan"),
    [("file", sqlite_plan), pytest.param("postgres", postgres_plan, marks=pytest.mark.postgres)],
    ids=["sqlite", "postgres"],
)
def test_no_page_reads_through_a_growing_table(kind: str, plan: Plan, tmp_path: Path) -> None:
    store = ledger(databases.url(kind, tmp_path), ("UA", "RU", "SD", "KP"))
    said = statements(store, everything)
    assert len(said) > 20
    offending = {statement: bad for statement, p in said.items() if (bad := reads_through(statement, plan(store, statement, p)))}
    store.close()
    assert offending == {}
