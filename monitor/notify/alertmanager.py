"""`alertmanager`: alerts for Prometheus Alertmanager through its API v2."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from ..model import MessageType, Severity
from ..route.message import Message, iso
from .base import Address, HttpChannel
from .safe import fitted, one_line

_TEST = timedelta(minutes=15)


class Alertmanager(HttpChannel):
    """Posts to `url` (without `/api/v2/alerts`). An alert that nothing ends fires for `hours`, a test for some minutes."""

    kind: ClassVar[str] = "alertmanager"
    url: Address
    hours: int = Field(72, ge=1, le=24 * 30)

    def send(self, message: Message) -> str:
        """Post the alert under its severity and end it under the others: a label that changes is another alert there."""
        base = self.url if isinstance(self.url, str) else self.url.reveal()
        alerts = [self._alert(message, s) for s in Severity]
        return self.post(f"{base.rstrip('/')}/api/v2/alerts", json=alerts)[0]

    def _alert(self, message: Message, severity: Severity) -> dict[str, object]:
        fires = severity is message.severity and message.type is not MessageType.CANCEL
        place = message.data.get("place") or {}
        labels = {
            "alertname": f"monitor_{message.type}" if message.type in (MessageType.OPERATOR, MessageType.TEST) else "travel_advisory",
            "situation": message.situation or message.id,
            "place": str(place.get("code", "")),
            "issuer": str(message.data.get("issuer") or ""),
            "severity": str(severity),
        }
        return {
            "labels": {name: one_line(value, 200) for name, value in labels.items() if value},
            "annotations": {"summary": one_line(message.headline), "description": fitted(message.summary, 4000), "id": message.id},
            "startsAt": iso(message.at if fires else message.at - timedelta(seconds=1)),
            "endsAt": iso(message.at + self._lasts(message) if fires else message.at),
            **({"generatorURL": message.url} if message.url else {}),
        }

    def _lasts(self, message: Message) -> timedelta:
        return _TEST if message.type is MessageType.TEST else timedelta(hours=self.hours)
