"""Whatever is asked, the answer is one that the OpenAPI description names: never a server error, never another type."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.store import SqlStore, open_store
from monitor.web import build

from .world import TOKEN, site

SPEC = build(site(open_store("sqlite://"))).openapi()
OPERATIONS = sorted((path, method) for path, of in SPEC["paths"].items() for method in of if path != "/events")
JUNK = st.one_of(
    st.text(max_size=40), st.sampled_from(["", "0", "-1", "UA", "us-state", "2022-02-12T00:00:00Z", "9" * 400, "\x00", "../..", "%", "*"])
)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema allows, roughly; junk for what it does not tell."""
    if "$ref" in schema:
        return fitting(SPEC["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return st.one_of([fitting(s) for s in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "integer":
            return st.integers(-3, 300)
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(fitting(schema["items"]), max_size=3)
        case "object":
            return st.fixed_dictionaries({}, optional={k: fitting(v) for k, v in schema.get("properties", {}).items()})
        case "null":
            return st.none()
        case _:
            return st.from_regex(schema["pattern"], fullmatch=True) if "pattern" in schema else JUNK


@pytest.fixture(scope="module")
def asked(store: SqlStore) -> TestClient:
    client = TestClient(build(site(store)), base_url="http://127.0.0.1", raise_server_exceptions=False)
    client.headers["authorization"] = f"Bearer {TOKEN}"
    return client


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_answer_is_as_described(asked: TestClient, path: str, method: str, data: st.DataObject) -> None:
    operation = SPEC["paths"][path][method]
    query, url = {}, path
    for parameter in operation.get("parameters", ()):
        value = data.draw(st.one_of(fitting(parameter["schema"]), JUNK), label=parameter["name"])
        if parameter["in"] == "path":
            text = re.sub(r"[^\w.:-]", "_", str(value)) or "_"
            url = url.replace("{" + parameter["name"] + "}", text if text.strip(".") else "_")
        elif value is not None:
            query[parameter["name"]] = value
    body = None
    if "requestBody" in operation:
        body = data.draw(st.one_of(fitting(operation["requestBody"]["content"]["application/json"]["schema"]), JUNK), label="body")
    answer = asked.request(method.upper(), url, params=query, json=body)
    described = operation["responses"]
    assert str(answer.status_code) in described, (answer.status_code, answer.text[:300])
    assert answer.status_code < 500 or answer.status_code == 503
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code >= 400 and kind:
        assert kind == "application/problem+json" or path in ("/healthz", "/readyz")
    elif answer.content:
        named = described[str(answer.status_code)].get("content", {})
        assert kind in named or not named
