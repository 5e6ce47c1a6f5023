"""A hostile HTTP server on 127.0.0.1: every path misbehaves in its own way; real sockets, one thread per connection."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable

GOOD = b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title><item><title>A headline</title></item></channel></rss>'
PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>x</body></html>"
Headers = dict[str, str]


def response(status: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole HTTP/1.1 answer; header names with underscores for hyphens."""
    fields = {"Content-Length": str(len(body)), "Connection": "close"} | {k.replace("_", "-"): v for k, v in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


class Hostile:
    """Started with `with Hostile() as server`; `server.url("/path")`. `asked` counts requests, `heads` keeps their headers."""

    def __init__(self, family: socket.AddressFamily = socket.AF_INET) -> None:
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0) if family == socket.AF_INET else ("::1", 0))
        self._socket.listen(128)
        self.port: int = self._socket.getsockname()[1]
        self.asked: Counter[str] = Counter()
        self.heads: dict[str, Headers] = {}
        self.busiest = 0
        self._busy = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Hostile:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        # closing a listening socket does not wake its accept
        socket.create_connection(self._socket.getsockname()[:2], timeout=1).close()
        self._thread.join(timeout=5)
        self._socket.close()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def _accept(self) -> None:
        while not self._over.is_set():
            connection, _ = self._socket.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(10)
            try:
                path = self._read_head(connection)
                if not path:
                    return
                self._misbehave(connection, path)
            except OSError:
                return

    def _read_head(self, connection: socket.socket) -> str:
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = connection.recv(65_536)
            if not chunk:
                return ""
            head += chunk
            if head.startswith(b"\x16\x03"):
                connection.sendall(response("400 Bad Request", b"this is no TLS"))
                return ""
        lines = head.decode("latin-1").split("\r\n")
        path = lines[0].split(" ")[1]
        with self._lock:
            self.asked[path] += 1
            self.heads[path] = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:] if ":" in line)}
        return path

    def _misbehave(self, connection: socket.socket, path: str) -> None:
        name = path.strip("/").partition("/")[0].partition("?")[0]
        act: Callable[[socket.socket], None] | None = getattr(self, f"_{name.replace('-', '_')}", None)
        if act is not None:
            act(connection)
        else:
            connection.sendall(ANSWERS.get(name, lambda port: response("404 Not Found"))(self.port))

    # --- the ways that take time -------------------------------------------------------------------------------------

    def _drip(self, connection: socket.socket) -> None:
        """One byte of the head now and then, for as long as anybody listens."""
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000:
            if self._over.wait(0.02):
                return
            connection.sendall(bytes([byte]))

    def _drip_body(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not self._over.wait(0.02):
            connection.sendall(b"x")

    def _silent(self, connection: socket.socket) -> None:
        self._over.wait(8)

    def _endless(self, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while not self._over.is_set():
            connection.sendall(b"x" * 65_536)

    def _slow(self, connection: socket.socket) -> None:
        # over before it is answered: whoever has the answer may ask again before this thread runs on
        with self._lock:
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)
        time.sleep(0.15)
        with self._lock:
            self._busy -= 1
        connection.sendall(response("200 OK", GOOD))

    def _bomb(self, connection: socket.socket) -> None:
        """Ten gigabytes of zeros, packed twice as well as anybody needs."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
        packer, zeros = zlib.compressobj(9, zlib.DEFLATED, 31), bytes(1_000_000)
        for _ in range(10_000):
            if self._over.is_set():
                return
            connection.sendall(packer.compress(zeros))

    def _reset(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def _redirect(to: str) -> Callable[[int], bytes]:
    return lambda port: response("302 Found", Location=to.replace("PORT", str(port)))


ANSWERS: dict[str, Callable[[int], bytes]] = {
    "good": lambda _: response(
        "200 OK", GOOD, ETag='"v1"', Last_Modified="Tue, 03 Mar 2026 09:00:00 GMT", Content_Type="application/rss+xml"
    ),
    "not-modified": lambda _: response("304 Not Modified", ETag='"v1"'),
    "gzip": lambda _: response("200 OK", gzip.compress(GOOD), Content_Encoding="gzip"),
    "gzip-twice": lambda _: response("200 OK", gzip.compress(GOOD[:50]) + gzip.compress(GOOD[50:]), Content_Encoding="gzip"),
    "deflate": lambda _: response("200 OK", zlib.compress(GOOD), Content_Encoding="deflate"),
    "bare-deflate": lambda _: response("200 OK", zlib.compress(GOOD)[2:-4], Content_Encoding="deflate"),
    "cut-gzip": lambda _: response("200 OK", gzip.compress(GOOD)[:-20], Content_Encoding="gzip"),
    "no-gzip": lambda _: response("200 OK", GOOD, Content_Encoding="gzip"),
    "brotli": lambda _: response("200 OK", GOOD, Content_Encoding="br"),
    "cut": lambda _: response("200 OK", GOOD[:40], Content_Length=str(len(GOOD))),
    "announced": lambda _: response("200 OK", b"", Content_Length="500000000"),
    "challenge": lambda _: response("200 OK", PAGE, Content_Type="text/html"),
    "mitigated": lambda _: response("503 Service Unavailable", PAGE, cf_mitigated="challenge"),
    "407": lambda _: response("407 Proxy Authentication Required"),
    "403": lambda _: response("403 Forbidden"),
    "451": lambda _: response("451 Unavailable For Legal Reasons"),
    "429": lambda _: response("429 Too Many Requests", Retry_After="120"),
    "503": lambda _: response("503 Service Unavailable", Retry_After="Fri, 01 Jan 2100 00:00:00 GMT"),
    "500": lambda _: response("500 Internal Server Error", Retry_After="soon"),
    "204": lambda _: response("204 No Content", Content_Length=""),
    "noise": lambda _: b"\x00\x01\x02 this is not HTTP\r\n\r\n",
    "nothing": lambda _: b"",
    "loop": _redirect("/loop"),
    "to-good": _redirect("/good"),
    "to-metadata": _redirect("http://169.254.169.254/latest/meta-data/"),
    "to-mapped": _redirect("http://[::ffff:127.0.0.2]:PORT/good"),
    "to-decimal": _redirect("http://2130706434:PORT/good"),
    "to-file": _redirect("file:///etc/hostname"),
    "to-nowhere": lambda _: response("302 Found"),
    "to-secret": _redirect("http://user:secret@127.0.0.1:PORT/good"),
}
