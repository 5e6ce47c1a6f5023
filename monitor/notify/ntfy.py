"""`ntfy`: push messages through ntfy.sh or a server of one's own."""

from __future__ import annotations

from typing import ClassVar

from ..model import Severity
from ..route.message import Message
from .base import Address, HttpChannel, SecretRef, reveal
from .safe import in_bytes, one_line

_PRIORITY = {Severity.EXTREME: 5, Severity.SEVERE: 4, Severity.MODERATE: 3, Severity.MINOR: 2}
_BYTES = 3900
"""The server takes 4096 bytes; longer ones become an attachment that a lock screen does not show."""


class Ntfy(HttpChannel):
    """Publishes to `topic` (a secret where the server is public) on `url`, with an access `token` where it asks for one."""

    kind: ClassVar[str] = "ntfy"
    url: Address = "https://ntfy.sh"
    topic: SecretRef | str
    token: SecretRef | None = None

    def send(self, message: Message) -> str:
        """Publish as JSON, where nothing in the words can become a header."""
        body: dict[str, object] = {
            "topic": reveal(self.topic),
            "title": one_line(message.headline, 200),
            "message": in_bytes(message.summary or message.headline, _BYTES),
            "priority": _PRIORITY[message.severity],
            "tags": [str(message.type), str(message.severity)],
        }
        if message.url:
            body["click"] = message.url
        if message.ack_url:
            body["actions"] = [{"action": "view", "label": "OK", "url": message.ack_url}]
        headers = {"Authorization": f"Bearer {reveal(self.token)}"} if self.token else {}
        return self.post(self.url, json=body, headers=headers)[0]
