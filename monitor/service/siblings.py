"""The other sources of an issuer: which of them we see well enough to let them speak against a transition."""

from __future__ import annotations

from datetime import datetime

from ..detect.memory import Memory
from ..detect.policy import Policy
from ..model import Source
from .context import Service


def siblings(service: Service, source: Source, memory: Memory, policy: Policy, now: datetime) -> frozenset[str]:
    """The sources beside this one that grade the places in memory, are still configured, and were seen well lately."""
    named = {v.source for m in memory.places.values() for v in m.others(source.id)}
    seen = ((id, service.store.record(id).seen_well) for id in sorted(named & service.sources.keys()))
    return frozenset(id for id, at in seen if at is not None and now - at <= policy.blind_patience)
