"""Looks behind the references of a configuration: is every secret there and fit, can the proxy be spoken to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..errors import Mistake, WrongUse
from ..proxy import hop_of
from ..secret import Secret
from ..service.acklink import SHORTEST
from .mistakes import File

_HUB_SECRET = (16, 199)
"""Bytes: so long that nobody guesses it, and less than the 200 that WebSub allows."""


def unusable(files: Sequence[File]) -> Iterator[Mistake]:
    """What is wrong with the secrets outside the channels and with the proxy, if anything; the main file comes first."""
    yield from _secrets(files[0])
    yield from _key(files[0])
    yield from _proxy(files[0])
    for file in files:
        yield from _hubs(file)


def is_address(text: str) -> bool:
    """Whether it is a web address and no reference to one."""
    return text.startswith(("https://", "http://"))


def _secrets(main: File) -> Iterable[Mistake]:
    """What is wrong with the secrets outside the channels, if anything."""
    for table, key in (("web", "token"), ("web", "ack_key"), ("heartbeat", "url")):
        raw = main.raw.get(table)
        reference = raw.get(key) if isinstance(raw, Mapping) else None
        if not isinstance(reference, str) or not reference or (key == "url" and is_address(reference)):
            continue
        try:
            secret = Secret(reference, main.path.parent).reveal()
        except (ValueError, WrongUse) as error:
            yield main.mistake((table, key), str(error))
            continue
        if key == "ack_key" and len(secret.encode()) < SHORTEST:
            yield main.mistake((table, key), f"the key is too short: at least {SHORTEST} bytes")


def _hubs(file: File) -> Iterable[Mistake]:
    """What is wrong with the secrets of hubs."""
    tables = file.raw.get("source")
    for number, raw in enumerate(tables if isinstance(tables, list) else ()):
        reference = raw.get("push") if isinstance(raw, Mapping) else None
        if not isinstance(reference, str) or not reference:
            continue
        try:
            secret = Secret(reference, file.path.parent).reveal()
        except (ValueError, WrongUse) as error:
            yield file.mistake(("source", number, "push"), str(error))
            continue
        if not _HUB_SECRET[0] <= len(secret.encode()) <= _HUB_SECRET[1]:
            yield file.mistake(("source", number, "push"), f"a hub's secret has {_HUB_SECRET[0]} to {_HUB_SECRET[1]} bytes")


def _key(main: File) -> Iterable[Mistake]:
    """Several processes on one PostgreSQL must sign with one key, and there is no file beside the database to keep it."""
    web, store = (table if isinstance(table := main.raw.get(name), Mapping) else {} for name in ("web", "store"))
    if web.get("url") and not web.get("ack_key") and str(store.get("url", "")).startswith("postgres"):
        yield main.mistake(("web", "ack_key"), "is needed with PostgreSQL, so that every process signs with the same key")


def _proxy(main: File) -> Iterable[Mistake]:
    """What is wrong with the proxy: it cannot be read, is none that we can speak to, or shows its password."""
    raw = main.raw.get("egress")
    written = raw.get("proxy") if isinstance(raw, Mapping) else None
    if not isinstance(written, str) or not written:
        return
    try:
        if "@" in written and is_address(written):
            raise WrongUse('no password in the configuration; put the whole address elsewhere and refer to it, as "file:PATH"')
        hop_of(written if is_address(written) else Secret(written, main.path.parent).reveal())
    except (ValueError, WrongUse) as error:
        yield main.mistake(("egress", "proxy"), str(error))
