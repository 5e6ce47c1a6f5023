"""`who would get it and why` agrees with what really happens."""

from __future__ import annotations

from datetime import time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Change, ChangeKind, Severity, Watch
from monitor.route.plan import plan
from monitor.route.routes import Quiet, Receiver, Route, Silence
from monitor.route.trace import SERIOUS, holes, trace
from tests.route.test_plan import any_change, any_route
from tests.service.world import START, change


@given(told=any_change, routes=st.lists(any_route, max_size=4))
def test_the_answer_before_is_what_happens(told: Change, routes: list[Route]) -> None:
    if told.held or told.kind.about_sight:
        return
    receivers = {n: Receiver(n) for n in "abc"}
    said = {leg.channel for step in trace(told, routes, receivers, START) for leg in step.legs if leg.at}
    done = {d.channel for d in plan([told], routes=routes, receivers=receivers, told={}, now=START).deliveries if not d.why}
    assert said == done


def test_every_reason_is_said() -> None:
    receivers = {"a": Receiver("a", quiet=Quiet(time(11), time(18))), "b": Receiver("b")}
    routes = [Route("first", ("a", "b", "c"), stop=True), Route("second", ("b",)), Route("other", ("b",), places=frozenset({"RU"}))]
    hush = Silence("s", START + timedelta(hours=1), "anna", "known", channels=frozenset({"b"}))
    first, second, other = trace(change(severity=Severity.SEVERE), routes, receivers, START, silences=[hush])
    assert [leg.why for leg in first.legs] == [
        "held until 2026-03-01 18:00 UTC (quiet hours or digest)",
        "silenced by anna until 2026-03-01 13:00 UTC: known",
        "there is no such channel",
    ]
    assert second.hidden == "first" and not second.legs
    assert next((r.name, str(r.answer), r.wanted, r.found) for r in other.verdict.rules) == ("place", "no", "RU", "UA")


def test_watched_places_that_nobody_would_hear_of() -> None:
    office, site = Watch("office", "UA", 3), Watch("site", "SD")
    routes = [
        Route("ukraine", ("a",), places=frozenset({"UA"}), min_severity=Severity.SEVERE),
        Route("us", ("a",), places=frozenset({"SD"}), issuers=frozenset({"US"})),
    ]
    receivers = {"a": Receiver("a")}
    found = holes(routes, receivers, [office, site], ["US"])
    assert [(h.watch.name, h.severity) for h in found] == [("office", Severity.MINOR)], "a watch makes moderate severe"
    assert {h.watch.name for h in holes(routes, receivers, [site], ["US", "GB"])} == {"site"}
    assert {h.kinds for h in holes([], receivers, [site], ["US"])} == {SERIOUS}
    assert holes([Route("all", ("a",))], receivers, [office, site], ["US", "GB"]) == ()
    kinds = [Route("levels", ("a",), kinds=frozenset({ChangeKind.LEVEL_RAISED}))]
    assert ChangeKind.LEVEL_RAISED not in holes(kinds, receivers, [site], ["US"])[0].kinds
