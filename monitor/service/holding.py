"""What is held: shown to the operator, who may believe it at once or reject it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ..detect.decide import Decision
from ..detect.memory import Pending, PlaceMemory, decode_place, decode_situation, situation_key
from ..detect.transitions import Scene
from ..detect.waiting import answer
from ..errors import UnknownName
from ..ledger import FAR, Remembered, Store
from ..model import Change, Item
from .context import Service
from .step import save_decision


@dataclass(frozen=True, slots=True)
class Held:
    """One transition that waits, with the memory it belongs to."""

    key: str
    version: int
    memory: PlaceMemory
    pending: Pending


def held(store: Store) -> Iterator[Held]:
    """Everything that waits for a confirmation, by place."""
    for key, piece in store.remembered("posture/", due=FAR).items():
        memory = decode_place(piece.payload)
        for pending in memory.pending:
            yield Held(key, piece.version, memory, pending)


def decide_held(service: Service, id: str, now: datetime, *, believe: bool) -> Change | None:
    """Tell a held change now (`believe`) or keep it back for good; the change that was told, if any.

    Raises UnknownName when nothing with this id is held.
    """
    one = next((h for h in held(service.store) if h.pending.held_id == id), None)
    if one is None:
        raise UnknownName(f"nothing is held under {id!r}; `monitor alerts --held` lists what is")
    source = service.sources.get(service.store.change(id).source)
    if source is None:
        raise UnknownName(f"the source of {id!r} is not configured any more")
    posture, pending = one.memory.posture, one.pending
    key = situation_key(posture.place)
    pieces = service.store.remember([key])
    situation = decode_situation(pieces[key].payload) if key in pieces else None
    item = Item(source.id, pending.alias, "", url=pending.url, published=pending.published)
    scene = Scene(source, item, now, service.policy(source), posture.place, posture.issuer, pending.alias)
    step = answer(one.memory, pending, replace(scene, situation=situation.id if situation else ""), believe=believe)
    decision = Decision(places={one.key: step.memory})
    decision.tally[step.reason] += 1
    if step.change is not None:
        decision.changes.append(step.change)
        if situation is not None:
            decision.situations[key] = situation.with_change(step.change.id, now)
    versions = {one.key: one.version, **_versions(pieces)}
    save_decision(service, source, decision, now, versions)
    return step.change


def _versions(pieces: dict[str, Remembered]) -> dict[str, int]:
    return {key: piece.version for key, piece in pieces.items()}
