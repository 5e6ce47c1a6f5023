"""What is saved of a poll, and of what is decided without one: the step from a decision to rows and ledger lines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..detect.decide import Decision, expire
from ..detect.memory import Memory, Situation, decode_place, decode_situation, encode, place_key
from ..detect.sight import Sight
from ..ledger import FAR, Edition, PollSave, Remembered, SourceRecord
from ..model import Authority, Change, Reason, Source, SourceState
from .context import Service


@dataclass(frozen=True, slots=True)
class Polled:
    """What one poll of one source came to, for the log and the command line."""

    source: str
    state: SourceState
    why: str
    items: int
    changes: tuple[Change, ...]
    tally: Mapping[Reason, int]


@dataclass(frozen=True, slots=True)
class Step:
    """What one answer comes to, before it is saved."""

    save: PollSave
    polled: Polled

    @property
    def quiet(self) -> bool:
        """Whether nothing in it depends on what other polls say, or could matter to them."""
        return not (self.save.changes or self.save.memory)


def step(
    service: Service,
    source: Source,
    record: SourceRecord,
    decision: Decision,
    sight: Sight | None,
    now: datetime,
    *,
    versions: Mapping[str, int] | None = None,
    seen: Mapping[str, str] | None = None,
    shown: Collection[str] = (),
    editions: tuple[Edition, ...] = (),
    items: int = 0,
) -> Step:
    postures = tuple(m.posture for m in decision.places.values() if m.posture.standings)
    early = service.signs(decision.changes, postures, service.store, now) if decision.changes else ()
    changes = (*decision.changes, *early, *((sight.change,) if sight and sight.change else ()))
    deliveries, timers = service.plan([c for c in changes if not c.held], service.store, now)
    policy = service.policy(source)
    save = PollSave(
        record=replace(record, poll=record.poll + 1),
        at=now,
        seen=seen or {},
        shown=shown,
        editions=editions,
        memory=tuple(_remembered(decision, versions or {}, policy.report_life)),
        postures=postures,
        changes=changes,
        deliveries=tuple(deliveries),
        timers=tuple(timers),
        tally=dict(decision.tally),
    )
    return Step(save, Polled(source.id, record.state, record.why, items, changes, dict(decision.tally)))


def _remembered(decision: Decision, versions: Mapping[str, int], report_life: timedelta) -> Iterator[Remembered]:
    for key, memory in decision.places.items():
        due = min((p.since for p in memory.pending), default=None)
        yield Remembered(key, encode(memory), versions.get(key, 0), due)
    for key, situation in decision.situations.items():
        due = min((r.last + report_life for r in situation.reports if r.state == "open"), default=None)
        yield Remembered(key, encode(situation), versions.get(key, 0), due)


def recall(service: Service, source: Source, keys: set[str]) -> tuple[Memory, dict[str, int]]:
    """The memory under these keys, and whatever of this source's issuer waits for something; with the versions loaded."""
    found = service.store.remember(keys) if keys else {}
    if source.issuer and source.authority is Authority.OFFICIAL:
        waiting = service.store.remembered(place_key(source.issuer, ""), due=FAR)
        places = {key.rpartition("/")[2] for key in waiting}
        found = {**waiting, **service.store.remember({f"situation/{p}" for p in places}), **found}
    memory = Memory()
    for key, piece in found.items():
        if key.startswith("situation/"):
            memory.situations[key] = decode_situation(piece.payload)
        else:
            memory.places[key] = decode_place(piece.payload)
    return memory, {key: piece.version for key, piece in found.items()}


# --- without a poll -----------------------------------------------------------------------------------------------------


def expire_reports(service: Service, now: datetime, limit: int = 500) -> tuple[Change, ...]:
    """End the press stories whose time has run out, and tell those who heard them."""
    found = service.store.remembered("situation/", due=now)
    chosen = dict(list(found.items())[:limit])
    told: list[Change] = []
    for key, piece in chosen.items():
        situation = decode_situation(piece.payload)
        source = _source_of(service, situation)
        decision = expire(Memory(situations={key: situation}), service.policy(source), now)
        if not decision.situations:
            decision.situations[key] = situation
        save_decision(service, source, decision, now, {key: piece.version})
        told.extend(decision.changes)
    return tuple(told)


def save_decision(service: Service, source: Source, decision: Decision, now: datetime, versions: Mapping[str, int]) -> None:
    """Save something that was decided without a poll (an expiry, an operator's answer) in the name of a source."""
    service.store.save(step(service, source, service.store.record(source.id), decision, None, now, versions=versions).save)


def _source_of(service: Service, situation: Situation) -> Source:
    """The source in whose name a situation's end is saved: the one that reported it, else any."""
    names = [p for r in situation.reports for p in r.publishers if p in service.sources]
    return service.sources[names[0]] if names else next(iter(service.sources.values()))
