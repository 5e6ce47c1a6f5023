"""`apprise`: everything that the Apprise library knows, through one address of its kind."""

from __future__ import annotations

from typing import Any, ClassVar

from .. import guard
from ..errors import Refused, TryLater
from ..hold import held
from ..model import Severity
from ..route.message import Message
from .base import UNFIT, BaseChannel, SecretRef, reveal
from .safe import fitted, no_mentions, one_line

_KIND = {Severity.EXTREME: "failure", Severity.SEVERE: "warning", Severity.MODERATE: "info", Severity.MINOR: "info"}


class ViaApprise(BaseChannel):
    """Sends through the Apprise address `url` (as in `matrixs://…`, a secret). Its connections are held to `[egress]`."""

    kind: ClassVar[str] = "apprise"
    url: SecretRef

    def send(self, message: Message) -> str:
        """Send title and plain text; Apprise only says whether it worked, so what failed is tried again."""
        words = {
            "title": no_mentions(one_line(message.headline, 200)),
            "body": no_mentions(fitted("\n".join(filter(None, (message.summary, message.url))) or message.headline, 3500)),
            "notify_type": _KIND[message.severity],
            "body_format": "text",
            "interpret_escapes": False,
        }
        service = self._service()
        try:
            with held(self._net.allow):
                sent = service.notify(**words)
        except guard.Refused:
            raise Refused(UNFIT) from None
        if not sent:
            raise TryLater("apprise could not send it")
        return "apprise sent it"

    def reach(self) -> str:
        """Whether Apprise understands the address; it cannot ask a service without sending."""
        self._service()
        return "apprise understands the address; only a test message tells more"

    def _service(self) -> Any:
        import apprise

        service = apprise.Apprise()
        if not service.add(reveal(self.url)):
            raise Refused("apprise does not understand this address")
        return service
