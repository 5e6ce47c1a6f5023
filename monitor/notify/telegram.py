"""`telegram`: a bot writes to a chat."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from ..model import Severity
from ..route.message import Message
from .answers import MAX_WAIT
from .base import HttpChannel, SecretRef, reveal
from .safe import fitted, no_mentions

_LONGEST = 4000
_MESSAGE = re.compile(r"message (\d+)")


class Telegram(HttpChannel):
    """Sends as the bot that `token` belongs to, to `chat`; what is minor makes no sound. `api` is for a server of one's own."""

    kind: ClassVar[str] = "telegram"
    wants_receipts: ClassVar[bool] = True
    token: SecretRef
    chat: str
    api: str = "https://api.telegram.org"

    def send(self, message: Message) -> str:
        """Send plain text without a parse mode, so that nothing in the words is markup; an update answers the first message."""
        body: dict[str, object] = {
            "chat_id": self.chat,
            "text": fitted_utf16(no_mentions(message.text)),
            "disable_notification": message.severity is Severity.MINOR,
            "link_preview_options": {"is_disabled": True},
        }
        if first := next((found[1] for a in message.answers if (found := _MESSAGE.search(a))), None):
            body["reply_parameters"] = {"message_id": int(first), "allow_sending_without_reply": True}
        receipt, raw = self.post(f"{self.api}/bot{reveal(self.token)}/sendMessage", json=body)
        return f"{receipt} message {_field(raw, 'result', 'message_id')}"

    def reach(self) -> str:
        """Whether the bot is who it says it is."""
        return f"the bot answers ({self.post(f'{self.api}/bot{reveal(self.token)}/getMe', method='GET')[0]})"

    def asked_wait(self, headers: Mapping[str, str], body: bytes) -> timedelta | None:
        """Telegram says in the body how long to wait."""
        seconds = _field(body, "parameters", "retry_after")
        if isinstance(seconds, int) and seconds >= 0:
            return min(timedelta(seconds=min(seconds, 10**6)), MAX_WAIT)
        return super().asked_wait(headers, body)


def fitted_utf16(text: str) -> str:
    """Telegram counts UTF-16 units: characters outside the first plane count twice."""
    while len(text.encode("utf-16-le", "replace")) // 2 > _LONGEST:
        text = fitted(text, len(text) * 9 // 10)
    return text


def _field(raw: bytes, outer: str, inner: str) -> object:
    try:
        return json.loads(raw)[outer][inner]
    except (ValueError, KeyError, TypeError):
        return None
