"""`apprise`: everything that the Apprise library knows, through one address of its kind."""

from __future__ import annotations

from typing import Any, ClassVar

from ..errors import Refused, TryLater
from ..model import Severity
from ..route.message import Message
from .base import BaseChannel, SecretRef, reveal
from .safe import fitted, no_mentions, one_line

_KIND = {Severity.EXTREME: "failure", Severity.SEVERE: "warning", Severity.MODERATE: "info", Severity.MINOR: "info"}


class ViaApprise(BaseChannel):
    """Sends through the Apprise address `url` (as in `matrixs://…`, a secret). Apprise does its own networking."""

    kind: ClassVar[str] = "apprise"
    url: SecretRef

    def send(self, message: Message) -> str:
        """Send title and plain text; Apprise only says whether it worked, so what failed is tried again."""
        if not self._service().notify(
            title=no_mentions(one_line(message.headline, 200)),
            body=no_mentions(fitted("\n".join(filter(None, (message.summary, message.url))) or message.headline, 3500)),
            notify_type=_KIND[message.severity],
            body_format="text",
            interpret_escapes=False,
        ):
            raise TryLater("apprise could not send it")
        return "apprise sent it"

    def _service(self) -> Any:
        import apprise

        service = apprise.Apprise()
        if not service.add(reveal(self.url)):
            raise Refused("apprise does not understand this address")
        return service
