"""The parsing process: same answers as in-process, and its death or slowness costs one body only."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from monitor.errors import BadBody
from monitor.model import Source
from monitor.sources import parser
from monitor.sources.base import BodyFault
from monitor.sources.parser import Workers, inline
from tests.sources.golden import BODIES, source_of

GOOD = next(b for b in BODIES if b.name == "feed.rss.xml")
SOURCE = source_of(GOOD)

ROGUE = '''
import os, time
from datetime import datetime, UTC
from monitor.sources.base import Parsed
def parse(body, source):
    """What an adapter of somebody else might do."""
    word = body.decode()
    if word == "sleep": time.sleep(60)
    if word == "loop":
        while True: pass
    if word == "die": os._exit(7)
    if word == "kill": os.kill(os.getpid(), 11)
    if word == "eat": bytearray(4_000_000_000)
    if word == "raise": raise KeyError("no such thing")
    if word.startswith("write "): os.write(os.open(word[6:], os.O_CREAT | os.O_WRONLY), b"x")
    if word == "environment": return Parsed((), 0, problems=tuple(sorted(k for k in os.environ if not k.startswith("LC_"))))
    if word == "strange": return lambda: None
    return Parsed((), 0, generated=datetime.now(UTC))
'''


@pytest.fixture(scope="module")
def rogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """An installed distribution that brings an adapter which misbehaves on request."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "rogue_adapter.py").write_text(ROGUE)
    info = folder / "rogue_adapter-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rogue-adapter\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[advisory_monitor.adapters]\nrogue = rogue_adapter:parse\nfeed = rogue_adapter:parse\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield Source("r", "rogue", "")


@pytest.fixture
def workers() -> Iterator[Workers]:
    with Workers(deadline=1.0, memory=700_000_000) as running:
        yield running


@pytest.mark.parametrize("body", BODIES, ids=lambda p: p.name)
def test_the_same_answer_as_in_process(body: Path, shared: Workers) -> None:
    source = source_of(body)
    assert shared(source, body.read_bytes()) == inline(source, body.read_bytes())


@pytest.fixture(scope="module")
def shared() -> Iterator[Workers]:
    with Workers() as running:
        yield running


def test_a_bad_body_is_refused_with_the_same_words(shared: Workers) -> None:
    body = b"<!DOCTYPE html><title>Just a moment...</title>"
    with pytest.raises(BadBody) as near:
        inline(SOURCE, body)
    with pytest.raises(BadBody) as far:
        shared(SOURCE, body)
    assert (far.value.why, far.value.detail, far.value.blocked) == (near.value.why, near.value.detail, True)


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("sleep", BodyFault.TOO_SLOW),
        ("loop", BodyFault.TOO_SLOW),
        ("die", BodyFault.CRASHED),
        ("kill", BodyFault.CRASHED),
        ("raise", BodyFault.CRASHED),
        ("strange", BodyFault.CRASHED),
        ("eat", BodyFault.TOO_LARGE),
    ],
)
def test_whatever_happens_costs_one_body(workers: Workers, rogue: Source, word: str, why: BodyFault) -> None:
    with pytest.raises(BadBody) as caught:
        workers(rogue, word.encode())
    assert caught.value.why == why
    assert workers(SOURCE, GOOD.read_bytes()).total == 3


def test_nothing_can_be_written(workers: Workers, rogue: Source, tmp_path: Path) -> None:
    with pytest.raises(BadBody, match="crashed: OSError"):
        workers(rogue, f"write {tmp_path / 'file'}".encode())
    assert (tmp_path / "file").read_bytes() == b""


def test_an_installed_adapter_cannot_replace_ours(workers: Workers, rogue: Source) -> None:
    assert workers(rogue, b"fine").total == 0
    assert workers(SOURCE, GOOD.read_bytes()).total == 3


def test_the_parser_sees_no_environment(workers: Workers, rogue: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_PASSWORD", "secret")
    assert workers(rogue, b"environment").problems == ()


def test_a_hanging_body_holds_up_no_other(rogue: Source) -> None:
    with Workers(deadline=5.0) as workers:
        workers(SOURCE, GOOD.read_bytes())
        refused: list[str] = []

        def hang() -> None:
            with pytest.raises(BadBody) as caught:
                workers(rogue, b"sleep")
            refused.append(caught.value.why)

        thread = threading.Thread(target=hang)
        thread.start()
        for _ in range(3):
            assert workers(SOURCE, GOOD.read_bytes()).total == 3
        assert thread.is_alive() and not refused
        thread.join(timeout=20)
        assert refused == [BodyFault.TOO_SLOW]


def test_an_idle_process_that_was_killed_is_replaced(workers: Workers) -> None:
    workers(SOURCE, GOOD.read_bytes())
    os.kill(workers._idle[0][0]._process.pid, signal.SIGKILL)
    with pytest.raises(BadBody, match="crashed"):
        workers(SOURCE, GOOD.read_bytes())
    assert workers(SOURCE, GOOD.read_bytes()).total == 3


def test_processes_are_kept_for_the_next_bodies_until_nobody_needs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "_PATIENCE", 0.0)
    with Workers(most=2) as workers:
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda _: workers(SOURCE, GOOD.read_bytes()), range(8)))
        kept = [process for process, _ in workers._idle]
        assert len(kept) == 2 and all(process._process.poll() is None for process in kept)
        monkeypatch.setattr(parser, "_SPARE", -1.0)
        workers(SOURCE, GOOD.read_bytes())
        assert len(workers._idle) == 1 and sum(process._process.poll() is None for process in kept) == 1


def test_the_process_ends_with_its_parser() -> None:
    with Workers() as workers:
        workers(SOURCE, GOOD.read_bytes())
        process = workers._idle[0][0]._process
    assert process.wait(timeout=5) != 0
    with pytest.raises(BadBody, match="closed"):
        workers(SOURCE, GOOD.read_bytes())


def test_the_process_ends_when_nobody_listens() -> None:
    process = parser._Process(700_000_000, 5)
    process._wait_until_ready()
    process._socket.close()
    assert process._process.wait(timeout=10) == 0


def test_only_our_own_values_are_read_back(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "was-here"),)

    import io

    for payload in (pickle.dumps(Evil()), pickle.dumps(time.sleep), pickle.dumps(BadBody("x"))):
        with pytest.raises(pickle.UnpicklingError):
            parser._Answers(io.BytesIO(payload)).load()
    assert not (tmp_path / "was-here").exists()
