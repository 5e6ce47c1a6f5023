"""A real HTTP proxy on 127.0.0.1: tunnels by CONNECT, forwards absolute requests, asks for a login, or misbehaves."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

LOGIN = "scott:tiger"


class Proxy:
    """`names` are the hosts only it can resolve. `asked` keeps request lines, `heads` whole heads; `act` replaces its answer."""

    def __init__(self, names: Mapping[str, str] | None = None, host: str = "127.0.0.1") -> None:
        self.names = dict(names or {})
        self.login = ""
        self.host = host
        self.act = b""
        self.asked: list[str] = []
        self.heads: list[str] = []
        self._socket = socket.create_server((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        socket.create_connection((self.host, self.port), timeout=1).close()
        self._thread.join(timeout=5)
        self._socket.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            connection, _ = self._socket.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near:
            try:
                self._answer(near)
            except OSError:
                return

    def _answer(self, near: socket.socket) -> None:
        near.settimeout(10)
        head = b""
        while b"\r\n\r\n" not in head:
            if not (chunk := near.recv(65_536)):
                return
            head += chunk
        text, _, rest = head.partition(b"\r\n\r\n")
        self.heads.append(text.decode("latin-1"))
        method, target, _ = self.heads[-1].split("\r\n")[0].split(" ")
        self.asked.append(f"{method} {target}")
        if self.act:
            near.sendall(self.act)
            if self.act.endswith(b"..."):
                self._over.wait(8)
        elif self.login and f"Basic {base64.b64encode(self.login.encode()).decode()}" not in self.heads[-1]:
            near.sendall(b'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n')
        elif method == "CONNECT":
            self._tunnel(near, target)
        else:
            self._forward(near, target, text, rest)

    def _far(self, host: str, port: int) -> socket.socket:
        return socket.create_connection((self.names[host], port), timeout=5)

    def _tunnel(self, near: socket.socket, target: str) -> None:
        host, _, port = target.rpartition(":")
        if host not in self.names:
            near.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with self._far(host, int(port)) as far:
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(far, near), daemon=True)
            back.start()
            _pump(near, far)
            back.join(5)

    def _forward(self, near: socket.socket, target: str, head: bytes, rest: bytes) -> None:
        parts = urlsplit(target)
        lines = [line for line in head.split(b"\r\n")[1:] if not line.lower().startswith(b"proxy-")]
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        with self._far(parts.hostname or "", parts.port or 80) as far:
            first = f"{head.split(b' ', 1)[0].decode()} {path} HTTP/1.1".encode()
            far.sendall(b"\r\n".join([first, *lines]) + b"\r\n\r\n" + rest)
            back = threading.Thread(target=_pump, args=(near, far), daemon=True)
            back.start()
            _pump(far, near)


def _pump(come: socket.socket, go: socket.socket) -> None:
    try:
        while chunk := come.recv(65_536):
            go.sendall(chunk)
        go.shutdown(socket.SHUT_WR)
    except OSError:
        return
