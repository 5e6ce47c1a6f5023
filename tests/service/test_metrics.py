"""What Prometheus scrapes, the alerts and the dashboard that are made of it, and the sentence of the health page."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from monitor.errors import StoreUnavailable
from monitor.ledger import Store
from monitor.model import Reason, SourceState
from monitor.service.deliver import deliver
from monitor.service.health import ailing
from monitor.service.metrics import Figures
from tests.paths import ROOT
from tests.service.world import START, Clock, Recorder, change, desk, found, ledger

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: apt install prometheus)")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = ledger(tmp_path)
    yield opened
    opened.close()


def counted(figures: Figures, store: Store, clock: Clock) -> dict[str, float]:
    """`name{labels}` → value."""
    families = text_string_to_metric_families(figures.text(store, clock()).decode())
    return {
        s.name + (str(sorted(s.labels.values())) if s.labels else ""): s.value
        for f in families
        for s in f.samples
        if "created" not in s.name
    }


def worked(store: Store, clock: Clock) -> Figures:
    """A change that was published an hour before it was seen, delivered four seconds later."""
    d = desk(store, clock, [Recorder("a")])
    figures = Figures()
    counted(figures, store, clock)
    found(d, [change(published=START - timedelta(hours=1))])
    clock.forward(timedelta(seconds=4))
    deliver(d)
    figures.polled("us", SourceState.HEALTHY, {Reason.TOUCH: 3})
    return figures


def test_from_publication_to_detection_to_delivery_each_counted_once(store: Store) -> None:
    clock = Clock()
    figures = worked(store, clock)
    for _ in range(3):
        seen = counted(figures, store, clock)
        clock.forward(timedelta(minutes=1))
    assert seen["advisory_detection_latency_seconds_count"] == seen["advisory_changes_total['extreme', 'level_raised']"] == 1
    assert seen["advisory_detection_latency_seconds_sum"] == 3600
    assert seen["advisory_delivery_latency_seconds_sum['a']"] == 4
    assert seen["advisory_deliveries_total['a', 'sent']"] == 1
    assert seen["advisory_decisions_total['touch']"] == 3 and seen["advisory_polls_total['healthy', 'us']"] == 1
    assert seen["advisory_source_state['new', 'us']"] == 1 and seen["advisory_ledger_bytes"] == store.size()


def test_a_ledger_that_does_not_answer_leaves_the_rest(store: Store) -> None:
    class Lost:
        def __getattr__(self, name: str) -> object:
            raise StoreUnavailable("disk I/O error")

    figures = Figures()
    figures.clock_jumped()
    assert b"advisory_clock_jumps_total 1.0" in figures.text(Lost(), START)  # type: ignore[arg-type]
    assert "disk I/O error" in ailing(Lost(), {"us"}, {"a"}, (), START)  # type: ignore[arg-type]


def test_what_is_overdue_is_named(store: Store) -> None:
    clock = Clock()
    assert ailing(store, {"us"}, {"a"}, (), START) == ""
    assert "the source us has been due since 2026-03-01 12:00 UTC" in ailing(store, {"us"}, {"a"}, (), START + timedelta(hours=1))
    assert ailing(store, set(), {"a"}, (), START + timedelta(hours=1)) == "", "a source that is not configured any more is nobody's work"
    found(desk(store, clock, [Recorder("a")]), [change()])
    late = START + timedelta(minutes=30)
    assert re.search("the message dlv_.* for a has been due", ailing(store, {"us"}, {"a"}, (), late))
    assert ailing(store, {"us"}, {"a"}, {"a"}, late) == "", "what waits for a channel that fails is late for its sake"


@needs_promtool
def test_promtool_has_nothing_to_say(store: Store) -> None:
    clock = Clock()
    text = worked(store, clock).text(store, clock())
    checked = subprocess.run([str(PROMTOOL), "check", "metrics"], input=text, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")
    rules = subprocess.run([str(PROMTOOL), "check", "rules", str(ROOT / "docs/alert-rules.yml")], capture_output=True, check=False)
    assert rules.returncode == 0, rules.stdout + rules.stderr


def test_alerts_and_dashboard_ask_for_what_there_is(store: Store) -> None:
    clock = Clock()
    own = set(re.findall(r"^(advisory_[a-z_]+)", worked(store, clock).text(store, clock()).decode(), re.MULTILINE))
    shown = set(re.findall(r'"(advisory_[a-z_]+)"', (ROOT / "monitor/web/metrics.py").read_text("utf-8")))
    board = json.loads((ROOT / "docs/grafana-dashboard.json").read_text("utf-8"))
    asked = " ".join(t["expr"] for panel in board["panels"] for t in panel["targets"])
    asked += " " + " ".join(re.findall(r"expr: (.*)", (ROOT / "docs/alert-rules.yml").read_text("utf-8")))
    assert set(re.findall(r"\badvisory_[a-z_]+", asked)) <= own | shown
