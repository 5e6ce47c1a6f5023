"""A message as a mail: text and HTML, and the headers by which a mail program makes one thread of a situation."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from ..model import Severity
from ..route.message import Message
from .safe import one_line, visible


def letter(message: Message, channel: str, sender: str, to: Sequence[str]) -> EmailMessage:
    """The mail of a message; the first mail of a situation is the one that later ones answer."""

    def id(delivery: str) -> str:
        return f"<{delivery}.{channel}@{sender.rpartition('@')[2].strip('>')}>"

    mail = EmailMessage(policy=SMTP.clone(raise_on_defect=False))
    mail["From"], mail["To"], mail["Date"] = sender, ", ".join(to), message.at
    mail["Subject"] = one_line(f"[{message.type.upper()}] {message.headline}", 200)
    mail["Message-ID"] = id(message.id)
    if message.references:
        mail["In-Reply-To"], mail["References"] = id(message.references[0]), " ".join(map(id, message.references))
    mail["Auto-Submitted"] = "auto-generated"
    if message.severity is Severity.EXTREME:
        mail["Importance"] = "high"
    mail.set_content(visible(message.text))
    mail.add_alternative(html(message), subtype="html")
    return mail


def html(message: Message) -> str:
    """The message as a small HTML page in which nothing that others wrote is markup."""
    lines = "".join(f"<p>{escape(visible(line))}</p>" for line in message.summary.splitlines())
    links = "".join(f'<p><a href="{escape(url, quote=True)}">{escape(url)}</a></p>' for url in (message.url, message.ack_url) if url)
    return f'<html lang="{message.lang}"><body><h3>{escape(visible(message.headline))}</h3>{lines}{links}</body></html>'
