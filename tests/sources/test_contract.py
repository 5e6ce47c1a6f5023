"""Verdicts: what is thin, damaged, empty or frozen may add but not remove or better anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import BadBody, FetchError
from monitor.ledger import SourceRecord
from monitor.model import Item, Source, SourceState
from monitor.sources.base import Parsed, kinds
from monitor.sources.contract import Contract, contract_of, judge

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
US = Source("us", "us-state", "")
WIRE = Source("w", "feed", "")
RECORD = SourceRecord("us", counts=(211, 213, 329, 212))


def body(
    items: int, *, level: int | None = 2, age: timedelta = timedelta(days=1), places: tuple[str, ...] = ("TD",), **more: object
) -> Parsed:
    made = tuple(Item("us", str(n), "x", places=places, level=level, published=NOW - age) for n in range(items))
    return Parsed(made, items + int(str(more.get("damaged", 0))), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "parsed", "record", "state", "complete", "why"),
    [
        (US, body(211), RECORD, SourceState.HEALTHY, True, ""),
        (US, body(181), RECORD, SourceState.HEALTHY, True, ""),
        (US, body(150), RECORD, SourceState.DEGRADED, False, "150 records where about 212 were expected"),
        (US, body(20), SourceRecord("us"), SourceState.DEGRADED, False, "about 200"),
        (US, body(6), SourceRecord("us", counts=(6,)), SourceState.HEALTHY, True, ""),
        (US, body(0), RECORD, SourceState.DEGRADED, False, "no records"),
        (US, body(211, level=None), RECORD, SourceState.DEGRADED, False, "0% of the records carry a level"),
        (US, body(211, places=()), RECORD, SourceState.DEGRADED, False, "places"),
        (US, body(211, damaged=1), RECORD, SourceState.HEALTHY, True, ""),
        (US, body(211, damaged=20), RECORD, SourceState.DEGRADED, False, "20 of 231"),
        (US, body(211, partial=True), RECORD, SourceState.DEGRADED, False, "end of the body"),
        (US, body(211, age=timedelta(days=31)), RECORD, SourceState.SILENT, True, "2026-01-31 for 31 days"),
        (US, body(211, age=timedelta(days=-3650)), RECORD, SourceState.HEALTHY, True, ""),
        (WIRE, body(0), SourceRecord("w"), SourceState.HEALTHY, True, ""),
        (WIRE, body(0), SourceRecord("w", counts=(40, 38)), SourceState.DEGRADED, False, "no records where 39"),
        (WIRE, body(1, level=None, places=()), SourceRecord("w", counts=(40, 38)), SourceState.HEALTHY, True, ""),
        (WIRE, body(3, level=None, age=timedelta(days=61)), SourceRecord("w"), SourceState.SILENT, True, "61 days"),
    ],
)
def test_verdicts(source: Source, parsed: Parsed, record: SourceRecord, state: SourceState, complete: bool, why: str) -> None:
    verdict = judge(source, parsed, record, NOW)
    assert (verdict.state, verdict.complete) == (state, complete)
    assert why in verdict.why and bool(why) == bool(verdict.why)


def test_failures_are_broken_or_blocked() -> None:
    for error in (BadBody("challenge", blocked=True), FetchError("blocked", "403", blocked=True)):
        assert judge(US, error, RECORD, NOW).state is SourceState.BLOCKED
    for error in (BadBody("html"), FetchError("timeout")):
        verdict = judge(US, error, RECORD, NOW)
        assert verdict.state is SourceState.BROKEN and not verdict.complete and verdict.why


def test_a_source_may_say_otherwise() -> None:
    own = replace(WIRE, options=(("silent_after", "2d"), ("records", "10"), ("tolerance", "0.5"), ("empty", "false"), ("other", "x")))
    assert contract_of(own) == Contract(records=10, tolerance=0.5, damaged_share=0.02, silent_after=timedelta(days=2), empty=False)
    assert judge(own, body(3), SourceRecord("w"), NOW).state is SourceState.DEGRADED
    assert judge(own, body(9, age=timedelta(days=3)), SourceRecord("w"), NOW).state is SourceState.SILENT
    assert contract_of(replace(WIRE, options=(("silent_after", "soon"), ("records", "many")))) == contract_of(WIRE)


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_a_sound_contract(kind: str) -> None:
    contract = contract_of(Source("s", kind, ""))
    assert 0 <= contract.tolerance <= 1 and 0 <= contract.level_share <= 1 and 0 <= contract.damaged_share < 1
