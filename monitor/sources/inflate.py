"""Unpacks a body while it comes, and stops when it grows beyond what was agreed."""

from __future__ import annotations

import zlib

__all__ = ["Inflater", "Undecodable"]

_AUTO = 32 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS


class Undecodable(Exception):
    """A body is not packed as its header says; `cut` when its end is missing."""

    def __init__(self, what: str, *, cut: bool = False) -> None:
        super().__init__(what)
        self.cut = cut


class Inflater:
    """Takes chunks of one content encoding (gzip, deflate or none) and holds at most `limit` bytes of what is in them."""

    def __init__(self, encoding: str, limit: int) -> None:
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise Undecodable(f"content-encoding {name[:40]!r} was not asked for")
        self._name = name
        self._unpack = zlib.decompressobj(_AUTO) if name not in ("", "identity") else None
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._began = False

    def take(self, chunk: bytes) -> bool:
        """Unpack one chunk; False when the whole has become too large. Raises Undecodable."""
        if self._unpack is None:
            return self._keep(chunk)
        while chunk:
            if self._unpack.eof:
                # several gzip members in a row are one body; anything else behind the end is padding
                if self._name == "deflate" or not chunk.startswith(b"\x1f\x8b"):
                    return True
                self._unpack = zlib.decompressobj(_AUTO)
            part = self._inflate(chunk)
            if not self._keep(part):
                return False
            chunk = self._unpack.unconsumed_tail or self._unpack.unused_data
        return True

    def whole(self) -> bytes:
        """Everything unpacked; raises Undecodable when the packing is not finished."""
        if self._unpack is not None and self._began and not self._unpack.eof:
            raise Undecodable("the packed body ends too early", cut=True)
        return b"".join(self._parts)

    def _keep(self, part: bytes) -> bool:
        self._size += len(part)
        if self._size > self._limit:
            return False
        self._parts.append(part)
        return True

    def _inflate(self, chunk: bytes) -> bytes:
        assert self._unpack is not None
        room = self._limit - self._size + 1
        try:
            part = self._unpack.decompress(chunk, room)
        except zlib.error as error:
            if self._name != "deflate" or self._began:
                raise Undecodable(f"not {self._name}: {error}") from error
            # some servers send the bare stream under this name
            self._unpack = zlib.decompressobj(_RAW)
            part = self._raw(chunk, room)
        self._began = True
        return part

    def _raw(self, chunk: bytes, room: int) -> bytes:
        assert self._unpack is not None
        try:
            return self._unpack.decompress(chunk, room)
        except zlib.error as error:
            raise Undecodable(f"not {self._name}: {error}") from error
