"""What Prometheus may scrape: how well we see, what waits, what goes on; read from the ledger, so that every process says the same."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..model import DeliveryState, Severity
from .overview import Overview, seen_well
from .site import Site

_NEWEST = 500


class Ledgered(Collector):
    """Collects from the ledger at the time of the scrape."""

    def __init__(self, site: Site, overview: Overview) -> None:
        self._site, self._overview = site, overview

    def collect(self) -> Iterator[Metric]:
        """One family after another."""
        yield from self._sources()
        yield from self._lines()
        picture = self._overview.picture()
        yield _plain("advisory_held_changes", "Changes that were seen and wait for a confirmation", len(picture.held))
        threads = GaugeMetricFamily("advisory_situations", "Active situations by their severity", labels=["severity"])
        for severity in Severity:
            threads.add_metric([severity.value], sum(t.severity is severity for t in picture.threads))
        yield threads
        yield _plain("advisory_alive", "1 while the daemon's heart beats", 0 if self._site.alive() else 1)

    def _sources(self) -> Iterator[Metric]:
        well = GaugeMetricFamily("advisory_source_seen_well", "1 when a source is healthy and was read in time", labels=["source"])
        age = GaugeMetricFamily("advisory_source_age_seconds", "Seconds since a source was last read well", labels=["source"])
        failures = GaugeMetricFamily("advisory_source_failures", "Failed polls in a row", labels=["source"])
        now = self._site.now()
        for record in self._site.store.records():
            well.add_metric([record.id], int(seen_well(record, self._site, now)))
            failures.add_metric([record.id], record.failures)
            if record.seen_well:
                age.add_metric([record.id], (now - record.seen_well).total_seconds())
        yield from (well, age, failures)

    def _lines(self) -> Iterator[Metric]:
        open_lines = self._site.store.deliveries((DeliveryState.WAITING, DeliveryState.SENDING), None, _NEWEST)
        unsettled = GaugeMetricFamily("advisory_lines_unsettled", "Ledger lines that wait or are being sent", labels=["channel"])
        for channel in self._site.channels:
            unsettled.add_metric([channel], sum(d.channel == channel for d in open_lines))
        now = self._site.now()
        late = max(((now - d.due).total_seconds() for d in open_lines), default=0.0)
        yield unsettled
        yield _plain("advisory_lines_late_seconds", "How long the most overdue line has been due", max(late, 0.0))
        dead = self._site.store.deliveries((DeliveryState.DEAD,), None, _NEWEST)
        yield _plain("advisory_lines_dead", f"Lines that could not be delivered, of those kept; at most {_NEWEST} are counted", len(dead))


def text(site: Site, overview: Overview) -> bytes:
    """Everything in the text format, the daemon's own figures behind it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Ledgered(site, overview))
    return generate_latest(registry) + site.metrics()


def _plain(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(name, what, value=value)
