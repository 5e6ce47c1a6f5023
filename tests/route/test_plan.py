"""Which lines a poll causes: everybody who is due a change, nobody twice, nothing at night that can wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.ledger import Delivery
from monitor.model import Certainty, Change, ChangeKind, DeliveryState, MessageType, Reason, Severity, Watch
from monitor.route.lines import ESCALATE, HOLD, IN_DIGEST, REMIND, digest_of, gather, pack, unpack
from monitor.route.matching import Answer, judge
from monitor.route.plan import Plan, plan
from monitor.route.regions import regions
from monitor.route.routes import Digest, Escalation, Quiet, Receiver, Route, Silence, Unknown
from tests.service.world import START, change


def planned(
    changes: Sequence[Change],
    routes: Sequence[Route] = (Route("all", ("a",)),),
    receivers: Sequence[Receiver] = (Receiver("a"), Receiver("b")),
    told: Mapping[str, Sequence[Delivery]] | None = None,
    **more: Any,
) -> Plan:
    by_name = {r.name: r for r in receivers}
    return plan(changes, routes=routes, receivers=by_name, told=told or {}, **({"now": START} | more))


def lowered(number: int = 9, **fields: Any) -> Change:
    base: dict[str, Any] = {"before": "4", "after": "2", "severity": Severity.MODERATE, "reason": Reason.BETTER_CONFIRMED}
    return change(number, ChangeKind.LEVEL_LOWERED, **(base | fields))


def after(first: Plan, state: DeliveryState = DeliveryState.SENT) -> dict[str, list[Delivery]]:
    """The ledger as it stands once the lines of a plan are settled."""
    told: dict[str, list[Delivery]] = {}
    for line in first.deliveries:
        told.setdefault(line.situation, []).append(replace(line, state=state) if line.state is DeliveryState.WAITING else line)
    return told


# --- routing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ({}, True),
        ({"places": frozenset({"UA"})}, True),
        ({"places": frozenset({"RU"})}, False),
        ({"regions": frozenset({"eastern-europe"})}, True),
        ({"regions": frozenset({"gulf"})}, False),
        ({"regions": frozenset({"gulf"}), "places": frozenset({"UA"})}, True),
        ({"kinds": frozenset({ChangeKind.LEVEL_RAISED})}, True),
        ({"kinds": frozenset({ChangeKind.TOWN_HALL})}, False),
        ({"issuers": frozenset({"US"})}, True),
        ({"issuers": frozenset({"GB"})}, False),
        ({"directions": frozenset({"worse"})}, True),
        ({"directions": frozenset({"better"})}, False),
        ({"sources": frozenset({"us"})}, True),
        ({"sources": frozenset({"uk"})}, False),
        ({"watches": frozenset({"office"})}, True),
        ({"watches": frozenset({"*"})}, True),
        ({"watches": frozenset({"other"})}, False),
        ({"min_severity": Severity.EXTREME}, True),
        ({"min_certainty": Certainty.OBSERVED}, True),
    ],
)
def test_every_filter(route: dict[str, Any], told: bool) -> None:
    made = planned([change()], [Route("r", ("a",), **route)], watches=[Watch("office", "UA", 3)])
    assert bool(made.deliveries) is told


@pytest.mark.parametrize(
    ("filter", "fields"),
    [
        ({"places": frozenset({"UA"})}, {"place": "*"}),
        ({"regions": frozenset({"gulf"})}, {"place": ""}),
        ({"issuers": frozenset({"US"})}, {"issuer": None}),
        ({"watches": frozenset({"*"})}, {"place": "*"}),
    ],
)
def test_unknown_has_a_policy(filter: dict[str, Any], fields: dict[str, Any]) -> None:
    told = planned([change(**fields)], [Route("r", ("a",), **filter)])
    assert len(told.deliveries) == 1 and '"unknown": ["' in told.deliveries[0].payload
    assert not planned([change(**fields)], [Route("r", ("a",), unknown=Unknown.DROP, **filter)]).deliveries


def test_a_verdict_names_every_rule() -> None:
    verdict = judge(change(issuer=None), Route("r", ("a",), issuers=frozenset({"US"}), places=frozenset({"RU"})))
    assert not verdict.takes and verdict.unknown == ("issuer",)
    assert [(r.name, r.answer) for r in verdict.rules][:2] == [("place", Answer.NO), ("issuer", Answer.UNKNOWN)]


def test_first_match_or_go_on() -> None:
    routes = [Route("one", ("a",)), Route("two", ("b",))]
    assert {d.channel for d in planned([change()], routes).deliveries} == {"a", "b"}
    assert {d.channel for d in planned([change()], [replace(routes[0], stop=True), routes[1]]).deliveries} == {"a"}
    assert {
        d.channel for d in planned([change(place="RU")], [replace(routes[0], stop=True, places=frozenset({"UA"})), routes[1]]).deliveries
    } == {"b"}


def test_a_watch_makes_it_worse() -> None:
    route = [Route("r", ("a",), min_severity=Severity.EXTREME)]
    severe = change(severity=Severity.SEVERE)
    assert not planned([severe], route).deliveries
    assert planned([severe], route, watches=[Watch("office", "UA", 3)]).deliveries
    assert not planned([lowered(severity=Severity.SEVERE)], route, watches=[Watch("office", "UA", 3)]).deliveries


def test_regions_are_data_that_fits() -> None:
    assert {"AE", "BH", "KW", "OM", "QA", "SA"} == regions()["gulf"]
    assert len(regions()["eu"]) == 27 and len(regions()["schengen"]) == 29 and len(regions()["nato"]) == 32
    assert regions()["africa"] >= regions()["sahel"]
    assert all(len(code) == 2 and code.isupper() for codes in regions().values() for code in codes)


# --- grouping, types, threads ----------------------------------------------------------------------------------------


def test_changes_of_one_issuer_about_one_place_are_one_message() -> None:
    both = [change(1), change(2, ChangeKind.DEPARTURE_ORDERED)]
    (line,) = planned(both).deliveries
    assert line.changes == ("chg_1", "chg_2") and line.type is MessageType.ALERT
    assert len(planned([change(1), change(2, issuer="GB")]).deliveries) == 2
    assert len(planned([change(1), change(2, place="RU")]).deliveries) == 2


def test_a_receiver_of_two_routes_is_told_once() -> None:
    made = planned([change()], [Route("x", ("a",)), Route("y", ("a", "b"))])
    assert sorted((d.channel, d.route) for d in made.deliveries) == [("a", "x, y"), ("b", "y")]


def test_what_is_held_is_told_to_nobody() -> None:
    assert planned([change(held=True)]) == Plan()


def test_an_update_and_a_cancel_refer_to_what_was_said() -> None:
    first = planned([change(1)])
    second = planned([change(2, ChangeKind.DEPARTURE_ORDERED)], told=after(first))
    assert second.deliveries[0].type is MessageType.UPDATE and second.deliveries[0].references == (first.deliveries[0].id,)
    end = planned([lowered()], told=after(first))
    assert end.deliveries[0].type is MessageType.CANCEL and end.deliveries[0].references == (first.deliveries[0].id,)
    still_bad = planned([lowered(after="3")], told=after(first))
    assert still_bad.deliveries[0].type is MessageType.UPDATE


def test_the_all_clear_goes_to_everyone_who_got_the_alarm() -> None:
    first = planned([change(1)], [Route("old", ("a", "b"))])
    nobody_now = [Route("new", ("b",), places=frozenset({"RU"}))]
    told = after(first)
    assert {d.channel for d in planned([lowered()], nobody_now, told=told).deliveries} == {"a", "b"}
    assert {d.channel for d in planned([change(2, ChangeKind.LEAVE_NOW)], nobody_now, told=told).deliveries} == set()
    other_government = planned([lowered(issuer="GB")], nobody_now, told=told)
    assert not other_government.deliveries
    gone = planned([lowered()], nobody_now, [Receiver("b")], told=told)
    assert {(d.channel, d.state, d.why) for d in gone.deliveries if d.channel == "a"} == {("a", DeliveryState.SKIPPED, "channel_removed")}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (ChangeKind.DENIED, Reason.DENIED_BY_OFFICIAL),
        (ChangeKind.REWORDED, Reason.REPORT_EXPIRED),
        (ChangeKind.WITHDRAWN, Reason.RETRACTED),
    ],
)
def test_a_retraction_goes_to_those_who_heard_the_report(kind: ChangeKind, reason: Reason) -> None:
    rumour = change(1, ChangeKind.REPORTED, issuer=None, certainty=Certainty.POSSIBLE)
    told = after(planned([rumour], [Route("press", ("a",))]))
    back = change(2, kind, reason=reason, references=("chg_1",), severity=Severity.MINOR)
    made = planned([back], [Route("severe", ("b",), min_severity=Severity.SEVERE)], told=told)
    assert [(d.channel, d.type) for d in made.deliveries] == [("a", MessageType.CANCEL)]


def test_ids_are_the_same_for_the_same_facts() -> None:
    assert planned([change()]).deliveries[0].id == planned([change()], now=START + timedelta(days=1)).deliveries[0].id


# --- our own sight ---------------------------------------------------------------------------------------------------


def test_sight_goes_to_operators_and_is_never_an_alert() -> None:
    blind = change(1, ChangeKind.SOURCE_BROKEN, place="*", severity=Severity.SEVERE)
    console = Receiver("screen", "console")
    asked = planned([blind], [Route("all", ("a",)), Route("ops", ("b",), operator=True)])
    assert [(d.channel, d.type) for d in asked.deliveries] == [("b", MessageType.OPERATOR)]
    by_kind = planned([blind], [Route("x", ("b",), kinds=frozenset({ChangeKind.SOURCE_BROKEN}))])
    assert [d.channel for d in by_kind.deliveries] == ["b"]
    default = planned([blind], receivers=[Receiver("a"), console])
    assert [d.channel for d in default.deliveries] == ["screen"]
    rather_than_nobody = planned([blind])
    assert {d.channel for d in rather_than_nobody.deliveries} == {"a", "b"}


def test_a_route_of_sight_does_not_take_the_world() -> None:
    made = planned([change()], [Route("ops", ("b",), operator=True)])
    assert not made.deliveries


# --- storms ----------------------------------------------------------------------------------------------------------


def many(count: int, severity: Severity = Severity.SEVERE, first: int = 0) -> list[Change]:
    return [change(n, place=f"X{n}", severity=severity) for n in range(first, first + count)]


def test_a_storm_is_one_digest_with_the_extreme_ones_alone() -> None:
    calm = planned(many(5))
    assert [d.type for d in calm.deliveries] == [MessageType.ALERT] * 5
    storm = planned([*many(8), change(99, place="UA"), *many(1, Severity.MINOR, 50)])
    sent = [d for d in storm.deliveries if not digest_of(d)]
    assert sorted(d.type for d in sent) == [MessageType.ALERT, MessageType.DIGEST]
    digest = next(d for d in sent if d.type is MessageType.DIGEST)
    assert len(digest.changes) == 9 and digest.changes[-1] == "chg_50"
    behind = [d for d in storm.deliveries if digest_of(d)]
    assert len(behind) == 9 and all(d.why == f"{IN_DIGEST} {digest.id}" for d in behind)
    better = planned([lowered(200, place="X3", situation="sit_X3")], [], told=after(storm))
    assert [d.type for d in better.deliveries] == [MessageType.CANCEL], "whoever heard it in a digest hears the all-clear"


def test_a_storm_of_one_hour_waits_for_its_end() -> None:
    heard = {"a": frozenset(f"X{n}" for n in range(5))}
    late = planned(many(1, first=7), recent=heard, now=START + timedelta(minutes=20))
    assert not late.deliveries and [t.due for t in late.timers] == [START + timedelta(hours=1)]
    assert planned([change(1, place="UA")], recent=heard).deliveries, "the extreme does not wait"
    assert planned(many(1, first=3), recent=heard).deliveries, "nor does what is new about a place already told"


# --- time ------------------------------------------------------------------------------------------------------------

NIGHT = Quiet(time(11), time(18))


def test_quiet_hours_hold_and_severity_overrides() -> None:
    asleep = [Receiver("a", quiet=NIGHT)]
    held = planned([change(severity=Severity.SEVERE)], receivers=asleep)
    assert not held.deliveries and [(t.kind, t.due.hour) for t in held.timers] == [(HOLD, 18)]
    assert unpack(held.timers[0].payload).changes == ("chg_1",)
    assert planned([change()], receivers=asleep).deliveries


def test_who_is_woken_hears_what_was_held_back_first() -> None:
    asleep = [Receiver("a", quiet=NIGHT)]
    held = planned([change(1, severity=Severity.SEVERE)], receivers=asleep)
    woken = planned([change(2, ChangeKind.LEAVE_NOW)], receivers=asleep, held=held.timers)
    assert woken.deliveries[0].changes == ("chg_1", "chg_2")


def test_a_digest_gathers_what_is_not_urgent() -> None:
    reader = [Receiver("a", digest=Digest.DAILY, digest_at=time(8))]
    made = planned([change(severity=Severity.MODERATE)], receivers=reader)
    assert [t.due.hour for t in made.timers] == [8] and not made.deliveries
    assert planned([change(severity=Severity.SEVERE)], receivers=reader).deliveries


def test_gathering_one_line_is_the_line_itself() -> None:
    (line,) = planned([change()]).deliveries
    assert gather([line], START) == [line]


# --- people ----------------------------------------------------------------------------------------------------------


def test_reminders_and_escalations_are_timers() -> None:
    route = Route("r", ("a",), repeat=timedelta(minutes=10), escalate=(Escalation(timedelta(minutes=30), ("b",)),))
    made = planned([change()], [route])
    assert [(t.kind, t.due - START) for t in made.timers] == [(REMIND, timedelta(minutes=10)), (ESCALATE, timedelta(minutes=30))]
    assert not planned([change(severity=Severity.SEVERE)], [route]).timers
    assert not planned([lowered(severity=Severity.EXTREME)], [route]).timers


def test_a_silence_is_kept_with_its_reason_and_spares_the_extreme() -> None:
    hush = Silence("sil_1", START + timedelta(hours=1), "anna", "known drill", places=frozenset({"UA"}))
    (line,) = planned([change(severity=Severity.SEVERE)], silences=[hush]).deliveries
    assert line.state is DeliveryState.SKIPPED and line.why == "silenced by sil_1"
    assert planned([change()], silences=[hush]).deliveries[0].state is DeliveryState.WAITING
    assert planned([change(severity=Severity.SEVERE)], silences=[hush], now=hush.until).deliveries[0].state is DeliveryState.WAITING
    not_told = {"sit_UA": [line]}
    assert planned([change(2)], told=not_told).deliveries[0].type is MessageType.ALERT, "what was silenced was not told"


def test_mild_notices_are_inhibited_after_something_extreme_where_that_is_asked_for() -> None:
    asked, not_asked = Receiver("a", inhibit=timedelta(hours=6)), Receiver("a")
    told = after(planned([change(1)]))
    notice = change(2, ChangeKind.SECURITY_ALERT, severity=Severity.MODERATE, issuer="GB", before=None, after=None)
    (line,) = planned([notice], receivers=[asked], told=told, now=START + timedelta(hours=5)).deliveries
    assert line.state is DeliveryState.SKIPPED and line.why == f"inhibited by {told['sit_UA'][0].id}"
    for receivers, news, hours in (
        ([not_asked], notice, 5),
        ([asked], notice, 7),
        ([asked], replace(notice, severity=Severity.EXTREME), 5),
        ([asked], change(3, severity=Severity.SEVERE), 5),
        ([asked], replace(notice, place="RU", situation="sit_RU"), 5),
    ):
        (line,) = planned([news], receivers=receivers, told=told, now=START + timedelta(hours=hours)).deliveries
        assert line.state is DeliveryState.WAITING


# --- laws ------------------------------------------------------------------------------------------------------------

places = st.sampled_from(["UA", "RU", "BY", "PL", "MD", "RO", "SK", "*", ""])
any_change = st.builds(
    lambda n, kind, place, issuer, severity, held: change(
        n, kind, place=place, issuer=issuer, severity=severity, held=held, situation=f"s_{place}"
    ),
    st.integers(0, 10**6),
    st.sampled_from(ChangeKind),
    places,
    st.sampled_from(["US", "GB", None]),
    st.sampled_from(Severity),
    st.booleans(),
)


def _route(n: int, channels: list[str], only: set[str], kinds: set[ChangeKind], low: Severity, stop: bool, operator: bool) -> Route:
    return Route(f"r{n}", tuple(channels), frozenset(only), kinds=frozenset(kinds), min_severity=low, stop=stop, operator=operator)


any_route = st.builds(
    _route,
    st.integers(0, 99),
    st.lists(st.sampled_from(["a", "b", "c", "removed"]), min_size=1, max_size=3, unique=True),
    st.sets(places.filter(lambda p: len(p) == 2), max_size=3),
    st.sets(st.sampled_from(ChangeKind), max_size=3),
    st.sampled_from(Severity),
    st.booleans(),
    st.booleans(),
)
any_receiver = st.builds(
    lambda quiet, digest, storm: (quiet, digest, storm), st.none() | st.just(NIGHT), st.sampled_from(Digest), st.integers(1, 6)
)


@given(
    changes=st.lists(any_change, max_size=12, unique_by=lambda c: c.id),
    routes=st.lists(any_route, max_size=4),
    settings=st.tuples(any_receiver, any_receiver, any_receiver),
)
def test_everybody_who_is_due_a_change_gets_it_once_and_nobody_else(changes: list[Change], routes: list[Route], settings: Any) -> None:
    receivers = [Receiver(n, "console", quiet=q, digest=d, storm=s) for n, (q, d, s) in zip("abc", settings, strict=True)]
    made = planned(changes, routes, receivers)
    assert made == planned(changes, routes, receivers)
    carried: list[tuple[str, str]] = []
    for line in [*made.deliveries, *(unpack(t.payload) for t in made.timers if t.kind == HOLD)]:
        if line.why.startswith(IN_DIGEST):
            continue
        carried += [(line.channel, c) for c in line.changes]
    assert len(carried) == len(set(carried)), "nobody twice"
    due = set()
    for c in changes:
        if c.held or c.kind.about_sight:
            continue
        for route in routes:
            if (not route.operator or route.kinds) and judge(c, route).takes:
                due |= {(channel, c.id) for channel in route.channels}
                if route.stop:
                    break
    sight = {c.id for c in changes if c.kind.about_sight}
    assert {(channel, id) for channel, id in carried if id not in sight} == due
    assert len({d.id for d in made.deliveries}) == len(made.deliveries)
    for line in made.deliveries:
        assert unpack(pack(line)).changes == line.changes
