"""Whatever is asked of the real application, its answer is one that the OpenAPI description names; `make api` asks for longer."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks
from schemathesis.config import SchemathesisConfig
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.store import SqlStore, open_store
from monitor.web import Step, build

from .desk import TOKEN, Recorder, site
from .world import CHANNELS, NOW, SOURCES, ledger

EXAMPLES = int(os.environ.get("EXAMPLES", "3"))
ASKED = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
IN_TURN = settings(ASKED, max_examples=2 * EXAMPLES, stateful_step_count=6)


@dataclass
class Late:
    """The application under test, so that its ledger is filled only when a test begins."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def rehearse(config: str) -> Iterator[Step]:
    """One line for any configuration."""
    yield Step(1, 1, ((NOW, "desk", config[:80]),))


load_all_checks()
late = Late(build(site(open_store("sqlite://"))))
KEYS = {"request-timeout": 120, "headers": {"authorization": f"Bearer {TOKEN}"}, "auth": {"openapi": {"token": {"bearer": TOKEN}}}}
described = schemathesis.openapi.from_asgi("/openapi.json", late, config=SchemathesisConfig.from_dict(KEYS), headers={"host": "127.0.0.1"})


@pytest.fixture(scope="module", autouse=True)
def filled() -> Iterator[SqlStore]:
    """A full ledger."""
    store = ledger()
    late.app = fresh(store)
    yield store
    store.close()


def fresh(store: SqlStore, rehearse: Any = rehearse) -> ASGIApp:
    """A site where nobody has done anything yet; it is stopping, so that its stream of news ends by itself."""
    over = threading.Event()
    over.set()
    return build(site(store, Recorder(), stopping=over, rehearse=rehearse))


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Where nothing in the description leads to a name that exists, some of the names do exist."""
    known = {"/api/v1/channels/{id}/test": CHANNELS, "/hooks/websub/{source}": ["wire"], "/api/v1/sources/{id}/poll": SOURCES}
    names = list(known.get(context.operation.path, ()))
    if not names or not path_parameters:
        return path_parameters
    return {k: names[len(str(v)) % len(names)] if len(str(v)) % 2 else v for k, v in path_parameters.items()}


@described.parametrize()
@ASKED
def test_an_answer_is_as_described(case: schemathesis.Case) -> None:
    case.call_and_validate()


def test_answers_stay_as_described_when_one_leads_to_another(filled: SqlStore) -> None:
    """Silences are made and ended, lines acknowledged and sent again."""

    class Story(described.as_state_machine()):
        def setup(self) -> None:
            late.app = fresh(filled, rehearse=None)  # one that runs beside the test would make it depend on the machine's mood

    Story.run(settings=IN_TURN)
