"""`pagerduty`: one incident per situation through the Events API v2: triggered, acknowledged, resolved."""

from __future__ import annotations

from typing import ClassVar

from ..model import MessageType, Severity
from ..route.message import Message, iso
from .base import Address, HttpChannel, SecretRef, reveal
from .safe import fitted, one_line

_SEVERITY = {Severity.EXTREME: "critical", Severity.SEVERE: "error", Severity.MODERATE: "warning", Severity.MINOR: "info"}


class PagerDuty(HttpChannel):
    """Sends events with the integration's `routing_key`; a cancel resolves what the situation triggered."""

    kind: ClassVar[str] = "pagerduty"
    wants_acknowledgements: ClassVar[bool] = True
    routing_key: SecretRef
    url: Address = "https://events.pagerduty.com/v2/enqueue"

    def send(self, message: Message) -> str:
        """Send one event; the situation is its dedup_key, so an update joins the incident that is open. A test is over at once."""
        receipt = self._event(message, self.action(message))
        if message.type is MessageType.TEST:
            self._event(message, "resolve")
        return receipt

    def _event(self, message: Message, action: str) -> str:
        body: dict[str, object] = {
            "routing_key": reveal(self.routing_key),
            "event_action": action,
            "dedup_key": (message.situation or message.id)[:255],
            "client": "advisory-monitor",
            "payload": {
                "summary": one_line(message.headline, 1000),
                "source": one_line(str((message.data.get("source") or {}).get("id", "monitor")), 200),
                "severity": _SEVERITY[message.severity],
                "timestamp": iso(message.at),
                "class": str(message.type),
                "custom_details": {"summary": fitted(message.summary, 8000), "id": message.id},
            },
        }
        if message.url:
            body["links"] = [{"href": message.url, "text": "Source"}]
        return self.post(self.url, json=body)[0]

    @staticmethod
    def action(message: Message) -> str:
        """What an event does to its incident."""
        if message.data.get("note") == "acknowledged":
            return "acknowledge"
        return "resolve" if message.type is MessageType.CANCEL else "trigger"
