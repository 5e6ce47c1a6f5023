"""Signed one-tap links by which whoever got a message acknowledges it, without a login and without anything to guess."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import WrongUse
from ..ledger import Delivery

PATH = "/ack/"
SHORTEST = 16
"""Bytes that the key must have at least."""


@dataclass(frozen=True, slots=True)
class AckLinks:
    """Makes and checks links; `base` is the address of the status page as receivers reach it, `key` a secret of at least 16 bytes."""

    base: str
    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) < SHORTEST:
            raise ValueError(f"the key that signs links is too short: at least {SHORTEST} bytes")

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


def kept_key(path: Path) -> bytes:
    """The key in a file that only we may read; made when it is not there. Raises WrongUse when it cannot be kept or read."""
    try:
        if not path.exists():
            _make(path)
        return path.read_bytes().strip()
    except OSError as error:
        raise WrongUse(f"{path}: the key for links cannot be kept: {error.strerror}; set [web] ack_key") from None


def _make(path: Path) -> None:
    """The whole key or no file, whoever else begins at the same moment."""
    made = path.with_name(f"{path.name}.{os.getpid()}")
    made.touch(0o600)
    try:
        made.write_text(secrets.token_hex(32), "ascii")
        with suppress(FileExistsError):
            os.link(made, path)
    finally:
        made.unlink()
