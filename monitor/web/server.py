"""Serves an application from a thread of the daemon; the address is taken before the thread starts, so a taken port is told at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import WrongUse

STOP = 5
"""Seconds that open answers get when we stop."""


class _Switch:
    """The application of the moment."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and where it can be reached. `show` puts another application in its place, for a new configuration."""

    url: str
    stopping: threading.Event
    _switch: _Switch
    _uvicorn: uvicorn.Server
    _thread: threading.Thread

    def show(self, app: ASGIApp) -> None:
        """Answer with another application from the next request on; streams of the old one go on until their page asks anew."""
        self._switch.app = app

    def stop(self) -> None:
        """End the streams, let open answers finish, and wait for the thread."""
        self.stopping.set()
        self._uvicorn.should_exit = True
        self._thread.join(STOP + 5)

    @property
    def alive(self) -> bool:
        """Whether the thread still serves."""
        return self._thread.is_alive()


def serve(app: ASGIApp, listen: str, stopping: threading.Event, *, proxies: str = "127.0.0.1") -> Server:
    """Serve at `host:port` (port 0: any free one); `stopping` is the site's. WrongUse when the address cannot be taken.

    `proxies` are the addresses whose X-Forwarded-For and -Proto are believed.
    """
    taken, switch = _take(listen), _Switch(app)
    config = uvicorn.Config(
        switch, log_config=None, access_log=False, lifespan="off", server_header=False, date_header=True, forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=STOP, timeout_keep_alive=20, limit_concurrency=500,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, name="web", daemon=True)
    host, port = taken.getsockname()[:2]
    thread.start()
    shown = f"[{host}]" if ":" in host else host
    return Server(f"http://{shown}:{port}", stopping, switch, server, thread)


@contextmanager
def serving(app: ASGIApp, listen: str, stopping: threading.Event) -> Iterator[Server]:
    """A server for as long as a block runs."""
    server = serve(app, listen, stopping)
    try:
        yield server
    finally:
        server.stop()


def local(listen: str) -> bool:
    """Whether an address is reached from this machine alone, so that everybody who can ask may read."""
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""What this machine is called from itself; other names in a request were put there by somebody else's page."""


def _take(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        taken = socket.socket(family, kind, protocol)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(128)
    except (OSError, ValueError) as error:
        raise WrongUse(f"[web] listen = {listen!r}: {error}") from error
    return taken
