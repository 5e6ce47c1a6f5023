"""`slack`: an app of Slack, whose updates answer in a thread, or an incoming webhook of Slack, Mattermost or Rocket.Chat."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from pydantic import model_validator

from ..errors import Refused, TryLater
from ..model import Severity
from ..route.message import Message
from ..secret import Secret
from .base import Address, HttpChannel, SecretRef, reveal
from .safe import fitted, no_mentions, one_line

_MARK = {Severity.EXTREME: "🔴", Severity.SEVERE: "🟠", Severity.MODERATE: "🟡", Severity.MINOR: "⚪"}
_THREAD = re.compile(r"thread (\d+\.\d+)")
_LATER = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error", "request_timeout", "service_unavailable"})
"""What `chat.postMessage` calls failures that pass; its other errors are about the message, the token or the channel."""


class Slack(HttpChannel):
    """Posts to the webhook `url` (a secret: whoever knows it can post), or as the bot of `token` to `channel`, with threads."""

    kind: ClassVar[str] = "slack"
    wants_receipts: ClassVar[bool] = True
    url: Address | None = None
    token: SecretRef | None = None
    channel: str = ""
    api: str = "https://slack.com/api"

    @model_validator(mode="after")
    def _one_way(self) -> Slack:
        if bool(self.url) == bool(self.token) or bool(self.token) != bool(self.channel):
            raise ValueError("either the url of a webhook, or the token of a bot and a channel")
        return self

    def send(self, message: Message) -> str:
        """Post blocks of plain text; what the bot said before about the same is answered in its thread, seen by all of the channel."""
        if self.token is None:
            return self.post(self.url or "", json=_body(message))[0]
        thread = next((found[1] for a in message.answers if (found := _THREAD.search(a))), "")
        body = _body(message) | {"channel": self.channel} | ({"thread_ts": thread, "reply_broadcast": True} if thread else {})
        receipt, said = self._call("chat.postMessage", self.token, json=body)
        first = thread or str(said.get("ts") or "")
        return f"{receipt} thread {first}" if first else receipt

    def reach(self) -> str:
        """Whether the webhook's server answers, or the bot is who it says it is."""
        return super().reach() if self.token is None else f"the bot answers ({self._call('auth.test', self.token)[0]})"

    def _call(self, name: str, token: Secret, **body: Any) -> tuple[str, dict[str, Any]]:
        """A method of the Web API, whose errors are answers with status 200."""
        receipt, raw = self.post(f"{self.api}/{name}", headers={"Authorization": f"Bearer {reveal(token)}"}, **body)
        said = _object(raw)
        if said.get("ok") is False:
            raise _refusal(one_line(str(said.get("error")), 60))
        return receipt, said


def _body(message: Message) -> dict[str, object]:
    """Blocks in which neither mentions nor links nor markup exist; `text` is the notification."""
    blocks: list[dict[str, object]] = [{"type": "header", "text": _plain(f"{_MARK[message.severity]} {one_line(message.headline, 140)}")}]
    blocks += [{"type": "section", "text": _plain(fitted(part, 2900))} for part in (message.summary,) if part]
    if buttons := [_button(label, url) for label, url in (("Source", message.url), ("OK", message.ack_url)) if url]:
        blocks.append({"type": "actions", "elements": buttons})
    return {"text": _escaped(no_mentions(one_line(message.headline))), "blocks": blocks, "unfurl_links": False}


def _plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": no_mentions(text), "emoji": False}


def _button(label: str, url: str) -> dict[str, object]:
    return {"type": "button", "text": _plain(label), "url": url[:3000]}


def _escaped(text: str) -> str:
    """What Slack asks for: with these three escaped, `<!channel>` and `<http://…|words>` are only letters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _refusal(error: str) -> TryLater | Refused:
    return TryLater(f"slack says {error}") if error in _LATER else Refused(f"slack says {error}")


def _object(raw: bytes) -> dict[str, Any]:
    """The answer where it is one; the status has decided what is not read."""
    try:
        said = json.loads(raw)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
