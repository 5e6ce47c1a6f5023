"""Tells systemd how the service is doing: one datagram to the socket it named, nothing when it named none."""

from __future__ import annotations

import os
import socket
from datetime import timedelta


def notify(*states: str) -> bool:
    """Send states such as `READY=1`, `STATUS=…`, `WATCHDOG=1`; False when nobody listens. Never raises: it is a courtesy."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.settimeout(1)
            channel.sendto("\n".join(states).encode(), address)
    except OSError:
        return False
    return True


def watchdog() -> timedelta | None:
    """How often systemd wants to hear from us: half of what the unit says; None when it does not ask."""
    micros = os.environ.get("WATCHDOG_USEC", "")
    meant = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return timedelta(microseconds=int(micros) / 2) if micros.isdigit() and int(micros) and meant else None
