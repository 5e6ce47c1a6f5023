"""`webhook`: the JSON body of the contract, signed as the Standard Webhooks specification says."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import ClassVar

from pydantic import field_validator

from ..route.message import Message
from ..secret import Secret
from .base import Address, HttpChannel, SecretRef, reveal

_PREFIX = "whsec_"


class Webhook(HttpChannel):
    """Posts to `url`; `secret` (`whsec_` and base64) signs, so that the receiver knows it was us. The id is equal over retries."""

    kind: ClassVar[str] = "webhook"
    url: Address
    secret: SecretRef | None = None

    @field_validator("secret")
    @classmethod
    def _usable(cls, secret: Secret | None) -> Secret | None:
        if secret is not None:
            _key(secret.reveal())
        return secret

    def send(self, message: Message) -> str:
        """Post the body; the receiver's status is the receipt."""
        body = json.dumps(message.body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json", **self._signed(message.id, int(time.time()), body)}
        return self.post(self.url, content=body, headers=headers)[0]

    def _signed(self, id: str, at: int, body: bytes) -> dict[str, str]:
        headers = {"webhook-id": id, "webhook-timestamp": str(at)}
        if self.secret is not None:
            headers["webhook-signature"] = sign(reveal(self.secret), id, at, body)
        return headers


def sign(secret: str, id: str, at: int, body: bytes) -> str:
    """The `webhook-signature` header of version 1: HMAC-SHA256 over id, time and body."""
    digest = hmac.new(_key(secret), f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError('the secret is not base64, as in "whsec_…"') from None
    if len(key) < 16:
        raise ValueError("the secret is too short: at least 16 bytes, better 32")
    return key
