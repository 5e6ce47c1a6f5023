"""What the daemon counts about itself for Prometheus: from publication to detection to delivery, decisions, polls, gaps."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

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
        self._lock = threading.RLock()
        self._made: _Meters | None = None
        self._counted: OrderedDict[str, None] = OrderedDict()
        self._looked: datetime | None = None
        self.compared: tuple[datetime, Reconciled] | None = None

    def begin(self) -> None:
        """Load Prometheus' client; a daemon does it before its work begins, and who polls only once does without."""
        with self._lock:
            self._made = self._made or _Meters()

    @property
    def _meters(self) -> _Meters:
        if self._made is None:
            self.begin()
        assert self._made
        return self._made

    def polled(self, source: str, state: SourceState, tally: Mapping[Reason, int]) -> None:
        """A poll was saved."""
        self._meters.polls.labels(source, state.value).inc()
        for reason, times in tally.items():
            self._meters.decisions.labels(reason.value).inc(times)

    def reconciled(self, found: Reconciled, now: datetime) -> None:
        """The ledger was compared with what was due to whom; the page shows it as well."""
        self._meters.gaps.set(len(found.gaps))
        self.compared = (now, found)

    def clock_jumped(self) -> None:
        """The clock went on by more or less than time did."""
        self._meters.jumps.inc()

    def text(self, store: Store, now: datetime) -> bytes:
        """Everything in the text format; what a ledger that does not answer would add is left out."""
        with self._lock:
            try:
                self._look(store, now)
            except StoreError:
                self._meters.state.clear()
            return self._meters.text()

    def _look(self, store: Store, now: datetime) -> None:
        """Count what the ledger has got since the last look."""
        since = (self._looked or now) - _OVERLAP
        for change in store.changes(ChangeQuery(held=False, since=since, limit=_PAGE)):
            if self._is_new(change.id):
                self._meters.changes.labels(change.kind.value, change.severity.value).inc()
                if change.published and change.published <= change.at:
                    self._meters.detection.observe((change.at - change.published).total_seconds())
        for line in store.deliveries(_SETTLED, limit=_PAGE):
            if line.settled and line.settled >= since and self._is_new(f"{line.id} {line.settled.isoformat()}"):
                self._meters.settled.labels(line.channel, line.state.value).inc()
                if line.state is DeliveryState.SENT:
                    self._meters.delivery.labels(line.channel).observe(max((line.settled - line.created).total_seconds(), 0))
        self._meters.state.clear()
        for record in store.records():
            for state in SourceState:
                self._meters.state.labels(record.id, state.value).set(record.state is state)
        self._meters.bytes.set(store.size())
        self._looked = now

    def _is_new(self, id: str) -> bool:
        """Whether this was not counted before; remembers some thousands."""
        if id in self._counted:
            return False
        self._counted[id] = None
        while len(self._counted) > 8 * _PAGE:
            self._counted.popitem(last=False)
        return True


class _Meters:
    """What is counted, as Prometheus' client keeps it."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = registry = CollectorRegistry(auto_describe=False)
        self.polls = Counter("advisory_polls", "Polls by source and by the state they left it in", ["source", "state"], registry=registry)
        self.decisions = Counter("advisory_decisions", "Decisions about items, by reason", ["reason"], registry=registry)
        self.detection = Histogram(
            "advisory_detection_latency_seconds", "From publication to detection", buckets=_DETECTION, registry=registry
        )
        self.delivery = Histogram(
            "advisory_delivery_latency_seconds", "From detection to delivery, by channel", ["channel"], buckets=_DELIVERY, registry=registry
        )
        self.settled = Counter(
            "advisory_deliveries", "Messages that came to an end, by channel and state", ["channel", "state"], registry=registry
        )
        self.changes = Counter("advisory_changes", "Changes that were told, by kind and severity", ["kind", "severity"], registry=registry)
        self.state = Gauge("advisory_source_state", "1 for the state a source is in", ["source", "state"], registry=registry)
        self.gaps = Gauge("advisory_reconcile_gaps", "Changes that somebody was due and that the ledger lacks", registry=registry)
        self.jumps = Counter("advisory_clock_jumps", "Times the clock was put forward or back", registry=registry)
        self.bytes = Gauge("advisory_ledger_bytes", "Bytes the database takes on its disk", registry=registry)

    def text(self) -> bytes:
        """All of it in the text format."""
        from prometheus_client import generate_latest

        return generate_latest(self._registry)
