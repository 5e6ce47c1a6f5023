"""A body that our own code stumbles over blinds one source, audibly, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.app import opened
from monitor.model import Item, Reading, SourceState
from monitor.service.poll import poll
from monitor.settings.load import load
from tests.cli.conftest import CALM, QUIET, register
from tests.world import World


def test_a_mistake_of_ours_in_one_body_is_told_and_holds_up_no_other_source(config: Path, world: World) -> None:
    config.write_text(
        config.read_text()
        + f'\n[[source]]\nid = "poison"\nkind = "us-state"\nurl = "{world.url}/poison"\nissuer = "GB"\noptions = {{ records = 3 }}\n'
        + '[[route]]\nchannels = ["desk"]\noperator = true\n'
    )
    world.feeds["/poison"] = register(Ukraine=(2, CALM), **QUIET)
    clock = [datetime(2026, 3, 1, tzinfo=UTC)]
    with opened(load(config), lambda: clock[0]) as app:

        def stumbling(item: Item) -> Reading:
            if item.source == "poison":
                raise ZeroDivisionError
            return app.service.read(item)

        service = replace(app.service, read=stumbling)
        for _ in range(6):
            polled = {p.source: p for p in poll(["poison", "us"], service)}
            assert polled["us"].state is SourceState.HEALTHY
            assert "crashed" in polled["poison"].why
            clock[0] += timedelta(hours=6)
        assert app.store.record("poison").state is SourceState.BROKEN
        assert app.store.record("poison").due > app.store.record("us").due, "it is asked less often while it lasts"
        app.deliver()
    assert [t["type"] for t in world.told] == ["operator"]
