"""Signed one-tap links by which whoever got a message acknowledges it, without a login and without anything to guess."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from ..ledger import Delivery

PATH = "/ack/"


@dataclass(frozen=True, slots=True)
class AckLinks:
    """Makes and checks links; `base` is the address of the status page as receivers reach it, `key` a secret of at least 16 bytes."""

    base: str
    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) < 16:
            raise ValueError("the key that signs links is too short: at least 16 bytes")

    def __repr__(self) -> str:
        return f"AckLinks({self.base!r})"

    def url(self, line: Delivery) -> str:
        """The link of a message; tests and notes to operators have none."""
        return f"{self.base.rstrip('/')}{PATH}{line.id}.{self._sign(line.id)}" if line.changes and line.situation else ""

    def opened(self, token: str) -> str | None:
        """The delivery that a link's last part stands for; None for one that we did not make."""
        id, _, signature = token.rpartition(".")
        return id if id and hmac.compare_digest(signature.encode(), self._sign(id).encode()) else None

    def _sign(self, id: str) -> str:
        return base64.urlsafe_b64encode(hmac.new(self.key, id.encode(), hashlib.sha256).digest()[:18]).decode()
