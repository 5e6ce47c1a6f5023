"""The receivers that the channels' own contract suite brings with it."""

from __future__ import annotations

from monitor.notify.suite import (
    EVIL,
    Answer,
    Got,
    Receiver,
    dripping_body,
    dripping_head,
    garbage,
    message,
    oversized,
    receiver,
    reset,
    silence,
    status,
)

__all__ = [
    "EVIL", "Answer", "Got", "Receiver", "dripping_body", "dripping_head", "garbage", "message", "oversized", "receiver", "reset",
    "silence", "status",
]  # fmt: skip
