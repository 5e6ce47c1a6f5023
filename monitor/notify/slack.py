"""`slack`: an incoming webhook of Slack, or of anything that understands one (Mattermost, Rocket.Chat)."""

from __future__ import annotations

from typing import ClassVar

from ..model import Severity
from ..route.message import Message
from .base import Address, HttpChannel
from .safe import fitted, no_mentions, one_line

_MARK = {Severity.EXTREME: "🔴", Severity.SEVERE: "🟠", Severity.MODERATE: "🟡", Severity.MINOR: "⚪"}


class Slack(HttpChannel):
    """Posts to the address `url`, which is a secret: whoever knows it can post."""

    kind: ClassVar[str] = "slack"
    url: Address

    def send(self, message: Message) -> str:
        """Post blocks of plain text, in which neither mentions nor links nor markup exist; `text` is the notification."""
        head = f"{_MARK[message.severity]} {one_line(message.headline, 140)}"
        blocks: list[dict[str, object]] = [{"type": "header", "text": _plain(head)}]
        blocks += [{"type": "section", "text": _plain(fitted(part, 2900))} for part in (message.summary,) if part]
        body: dict[str, object] = {"text": _escaped(no_mentions(one_line(message.headline))), "blocks": blocks, "unfurl_links": False}
        buttons = [(label, url) for label, url in (("Source", message.url), ("OK", message.ack_url)) if url]
        if buttons:
            blocks.append({"type": "actions", "elements": [_button(*b) for b in buttons]})
        return self.post(self.url, json=body)[0]


def _plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": no_mentions(text), "emoji": False}


def _button(label: str, url: str) -> dict[str, object]:
    return {"type": "button", "text": _plain(label), "url": url[:3000]}


def _escaped(text: str) -> str:
    """What Slack asks for: with these three escaped, `<!channel>` and `<http://…|words>` are only letters."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
