"""What the daemon counts about itself for Prometheus: from publication to detection to delivery, decisions, polls, gaps."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ..errors import StoreError
from ..ledger import ChangeQuery, Store
from ..model import DeliveryState, Reason, SourceState
from .reconcile import Reconciled

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_DETECTION = (_MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY)
_DELIVERY = (1, 2, 5, 10, 30, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 6 * _HOUR, _DAY)
_PAGE = 500
_SETTLED = (DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.SKIPPED)
_OVERLAP = timedelta(minutes=10)
"""The ledger is read again from so long before the last look: what was saved meanwhile may carry an earlier time."""


class Figures:
    """Counters of one process, which begin at nought with it, as Prometheus expects. For several threads."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry(auto_describe=False)
        self._lock = threading.Lock()
        self._counted: OrderedDict[str, None] = OrderedDict()
        self._looked: datetime | None = None
        self.compared: tuple[datetime, Reconciled] | None = None
        self._polls = Counter("advisory_polls", "Polls by source and by the state they left it in", ["source", "state"], registry=registry)
        self._decisions = Counter("advisory_decisions", "Decisions about items, by reason", ["reason"], registry=registry)
        self._detection = Histogram(
            "advisory_detection_latency_seconds", "From publication to detection", buckets=_DETECTION, registry=registry
        )
        self._delivery = Histogram(
            "advisory_delivery_latency_seconds", "From detection to delivery, by channel", ["channel"], buckets=_DELIVERY, registry=registry
        )
        self._settled = Counter(
            "advisory_deliveries", "Messages that came to an end, by channel and state", ["channel", "state"], registry=registry
        )
        self._changes = Counter("advisory_changes", "Changes that were told, by kind and severity", ["kind", "severity"], registry=registry)
        self._state = Gauge("advisory_source_state", "1 for the state a source is in", ["source", "state"], registry=registry)
        self._gaps = Gauge("advisory_reconcile_gaps", "Changes that somebody was due and that the ledger lacks", registry=registry)
        self._jumps = Counter("advisory_clock_jumps", "Times the clock was put forward or back", registry=registry)
        self._bytes = Gauge("advisory_ledger_bytes", "Bytes the database takes on its disk", registry=registry)

    def polled(self, source: str, state: SourceState, tally: Mapping[Reason, int]) -> None:
        """A poll was saved."""
        self._polls.labels(source, state.value).inc()
        for reason, times in tally.items():
            self._decisions.labels(reason.value).inc(times)

    def reconciled(self, found: Reconciled, now: datetime) -> None:
        """The ledger was compared with what was due to whom; the page shows it as well."""
        self._gaps.set(len(found.gaps))
        self.compared = (now, found)

    def clock_jumped(self) -> None:
        """The clock went on by more or less than time did."""
        self._jumps.inc()

    def text(self, store: Store, now: datetime) -> bytes:
        """Everything in the text format; what a ledger that does not answer would add is left out."""
        with self._lock:
            try:
                self._look(store, now)
            except StoreError:
                self._state.clear()
            return generate_latest(self._registry)

    def _look(self, store: Store, now: datetime) -> None:
        """Count what the ledger has got since the last look."""
        since = (self._looked or now) - _OVERLAP
        for change in store.changes(ChangeQuery(held=False, since=since, limit=_PAGE)):
            if self._is_new(change.id):
                self._changes.labels(change.kind.value, change.severity.value).inc()
                if change.published and change.published <= change.at:
                    self._detection.observe((change.at - change.published).total_seconds())
        for line in store.deliveries(_SETTLED, limit=_PAGE):
            if line.settled and line.settled >= since and self._is_new(f"{line.id} {line.settled.isoformat()}"):
                self._settled.labels(line.channel, line.state.value).inc()
                if line.state is DeliveryState.SENT:
                    self._delivery.labels(line.channel).observe(max((line.settled - line.created).total_seconds(), 0))
        self._state.clear()
        for record in store.records():
            for state in SourceState:
                self._state.labels(record.id, state.value).set(record.state is state)
        self._bytes.set(store.size())
        self._looked = now

    def _is_new(self, id: str) -> bool:
        """Whether this was not counted before; remembers some thousands."""
        if id in self._counted:
            return False
        self._counted[id] = None
        while len(self._counted) > 8 * _PAGE:
            self._counted.popitem(last=False)
        return True
