"""Judges how well a poll let us see: whether a body is complete, thin, damaged or frozen, compared with what was."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache
from statistics import median
from typing import Any

from monitor.data import seed
from monitor.errors import BadBody, FetchError
from monitor.ledger import SourceRecord
from monitor.model import Source, SourceState
from monitor.sources.base import Parsed

__all__ = ["Contract", "Verdict", "contract_of", "judge", "still"]

_FUTURE = timedelta(days=2)
_NEW_NORMAL = timedelta(days=7)
"""A source that has shown fewer records for so long does not miss them any more."""
_DURATION = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Contract:
    """What a healthy poll looks like; the fields are described in seeds/contracts.toml."""

    records: int = 0
    tolerance: float = 1.0
    level_share: float = 0.0
    place_share: float = 0.0
    damaged_share: float = 0.02
    silent_after: timedelta | None = None
    empty: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state a poll leaves a source in and why; from an incomplete body nothing may be removed or bettered."""

    state: SourceState
    why: str = ""
    complete: bool = True


def judge(source: Source, answer: Parsed | BadBody | FetchError, record: SourceRecord, now: datetime) -> Verdict:
    """The verdict on one poll, given the record before it."""
    if not isinstance(answer, Parsed):
        return Verdict(SourceState.BLOCKED if answer.blocked else SourceState.BROKEN, str(answer), complete=False)
    contract = contract_of(source)
    if doubt := next(_doubts(contract, answer, record, now), ""):
        return Verdict(SourceState.DEGRADED, doubt, complete=False)
    dates = [item.published for item in answer.items if item.published and item.published <= now + _FUTURE]
    return _alive(contract, max(dates, default=None), now)


def still(source: Source, record: SourceRecord, now: datetime) -> Verdict:
    """The verdict on a poll that showed exactly the good body of before: alive, unless it has stood still for too long."""
    newest = record.newest if record.newest and record.newest <= now + _FUTURE else None
    return _alive(contract_of(source), newest, now)


def contract_of(source: Source) -> Contract:
    """The contract of a source: the default, its kind's, and what its own options say."""
    contract = _of_kind(source.kind)
    names = {f.name for f in fields(Contract)}
    own = {name: _value(name, value) for name, value in source.options if name in names}
    return replace(contract, **{name: value for name, value in own.items() if value is not None})


def _doubts(contract: Contract, parsed: Parsed, record: SourceRecord, now: datetime) -> Iterator[str]:
    """What speaks against the body being whole, the gravest first."""
    usable, expected = len(parsed.items), _expected(contract, record)
    if record.state is SourceState.DEGRADED and record.since and now - record.since > _NEW_NORMAL:
        expected = min(expected, usable)
    if parsed.partial:
        yield "the end of the body is missing"
    if not usable and (not contract.empty or expected >= 3):
        yield f"no records where {expected or 'some'} were expected"
    if usable < (1 - contract.tolerance) * expected:
        yield f"{usable} records where about {expected} were expected"
    if parsed.damaged > contract.damaged_share * parsed.total:
        yield f"{parsed.damaged} of {parsed.total} records could not be read"
    if usable and (share := _share(parsed, lambda item: item.level is not None)) < contract.level_share:
        yield f"only {share:.0%} of the records carry a level"
    if usable and (share := _share(parsed, lambda item: bool(item.places))) < contract.place_share:
        yield f"only {share:.0%} of the places are known"


def _expected(contract: Contract, record: SourceRecord) -> int:
    """The median of what came before; what the contract says while there is no history."""
    return round(median(record.counts)) if record.counts else contract.records


def _share(parsed: Parsed, holds: Callable[[Any], bool]) -> float:
    return sum(map(holds, parsed.items)) / len(parsed.items)


def _alive(contract: Contract, newest: datetime | None, now: datetime) -> Verdict:
    """A good body is not believed to be alive when its newest date stands still for longer than is plausible."""
    if contract.silent_after is None or newest is None or now - newest <= contract.silent_after:
        return Verdict(SourceState.HEALTHY)
    return Verdict(SourceState.SILENT, f"nothing newer than {newest:%Y-%m-%d} for {(now - newest).days} days")


# --- the data ---------------------------------------------------------------------------------------------------------


@cache
def _of_kind(kind: str) -> Contract:
    tables: dict[str, dict[str, Any]] = tomllib.loads(seed("contracts.toml").decode())
    table = {**tables["default"], **tables.get(kind, {})}
    return Contract(**{name: _value(name, value) for name, value in table.items()})


def _value(name: str, value: Any) -> Any:
    """A field as its type; None for what is no such value, so that a slip in an option leaves the kind's contract."""
    try:
        match name:
            case "silent_after":
                found = _DURATION.fullmatch(value)
                return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
            case "records":
                return int(value)
            case "empty":
                return value in (True, "true", "True")
            case _:
                return float(value)
    except (TypeError, ValueError):
        return None
