"""Copies of the ledger, their return, and the changes for other programs."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from monitor.cli import keep
from monitor.ledger import PollSave, Retention, SourceRecord
from monitor.model import Change, ChangeKind, Reason, Severity, Source
from monitor.service.keeping import tidy
from monitor.store import open_store
from tests.cli.conftest import ORDER, QUIET, Ran, register
from tests.world import World

Run = Callable[..., Ran]


def told(run: Run, config: Path, world: World) -> list[str]:
    """Two rounds, of which the second finds something; the ids of what was told."""
    run("poll", "-c", config)
    world.feeds["/us"] = register(Ukraine=(4, ORDER), **QUIET)
    run("poll", "-c", config)
    return [c["id"] for c in run("export", "-c", config).lines]


def test_a_copy_put_in_a_lost_ledgers_place_goes_on(run: Run, config: Path, world: World, tmp_path: Path) -> None:
    ids = told(run, config, world)
    assert len(ids) == 2
    (made,) = run("backup", tmp_path / "copy.db", "-c", config, "--json").lines
    assert made["rows"]["changes"] == 2
    shutil.rmtree(tmp_path / "data")
    put = run("restore", tmp_path / "copy.db", "-c", config)
    assert put.code == 0 and "2 changes" in put.out
    assert [c["id"] for c in run("export", "-c", config).lines] == ids
    heard = len(world.told)
    assert run("poll", "-c", config).code == 0
    assert len(world.told) == heard, "what was told before the copy is not told again"


def test_nothing_is_ever_overwritten(run: Run, config: Path, world: World, tmp_path: Path) -> None:
    told(run, config, world)
    run("backup", tmp_path / "copy.db", "-c", config)
    before = (tmp_path / "data/monitor.db").read_bytes()
    refused = run("restore", tmp_path / "copy.db", "-c", config)
    assert (refused.code, "nothing was touched" in refused.err) == (2, True)
    assert (tmp_path / "data/monitor.db").read_bytes() == before
    (tmp_path / "data/monitor.db").rename(tmp_path / "aside.db")
    (tmp_path / "data/monitor.db-wal").write_bytes(b"the log of another time")
    assert run("restore", tmp_path / "copy.db", "-c", config).code == 2, "an old log would be played into the copy"
    assert run("backup", config, "-c", config).code == 2, "the configuration is no earlier copy"


def test_a_damaged_copy_is_refused_and_nothing_is_left_behind(run: Run, config: Path, world: World, tmp_path: Path) -> None:
    told(run, config, world)
    copy = tmp_path / "copy.db"
    run("backup", copy, "-c", config)
    shutil.rmtree(tmp_path / "data")
    body = bytearray(copy.read_bytes())
    body[4096 * 3 : 4096 * 6] = b"\xa5" * 4096 * 3
    copy.write_bytes(body)
    refused = run("restore", copy, "-c", config)
    assert refused.code == 1 and "take an older one" in refused.err
    assert not (tmp_path / "data").exists() or list((tmp_path / "data").iterdir()) == []
    assert run("restore", tmp_path / "none.db", "-c", config).code == 2
    assert run("backup", tmp_path / "x.db", "-c", config).code == 2, "there is nothing to copy yet"


def test_a_sheet_has_every_change_and_no_formula(run: Run, config: Path, world: World, tmp_path: Path) -> None:
    ids = told(run, config, world)
    rows = list(csv.DictReader(io.StringIO(run("export", "-c", config, "--format", "csv").out)))
    assert [row["id"] for row in rows] == ids and rows[0]["place"] == "UA"
    assert run("export", "-c", config, "--place", "pl").lines == []
    assert run("export", "-c", config, "--since", "1 week").code == 2

    store = open_store(f"sqlite:///{tmp_path / 'data/monitor.db'}")
    evil = Change("=1+1", datetime.now(UTC), "us", "UA", "US", ChangeKind.REWORDED, Reason.NEW_NOTICE, Severity.MINOR, before="@SUM(A1)")
    store.save(PollSave(record=_next(store.record("us")), at=evil.at, changes=(evil,)))
    store.close()
    first = next(csv.DictReader(io.StringIO(run("export", "-c", config, "--format", "csv").out)))
    assert (first["id"], first["before"]) == ("'=1+1", "'@SUM(A1)")


def _next(record: SourceRecord) -> SourceRecord:
    return replace(record, poll=record.poll + 1)


def test_more_than_a_page_is_exported_once_each(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'm.db'}")
    at = datetime(2026, 3, 1, tzinfo=UTC)
    store.register([Source("us", "us-state", "https://x.example")], at)
    many = tuple(
        Change(f"c{n:04}", at, "us", "UA", "US", ChangeKind.REWORDED, Reason.NEW_NOTICE, Severity.MINOR) for n in range(2 * keep._PAGE + 3)
    )
    store.save(PollSave(record=_next(store.record("us")), at=at, changes=many))
    found = [c.id for c in keep._changes(store, None, None, False)]
    assert len(found) == len(set(found)) == len(many)
    size = store.size()
    done = tidy(store, datetime(2036, 3, 1, tzinfo=UTC), Retention(history=at - at))
    assert done.deleted == {"changes": len(many)} and done.returned > 0
    assert done.size == store.size() == size - done.returned
    store.close()


def test_secrets_that_others_may_read_are_remarked(run: Run, config: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-secret-of-some-length-0123456789")
    config.write_text(config.read_text().replace('listen = ""', 'listen = ""\ntoken = "file:token"'))
    (tmp_path / "token").chmod(0o640)
    (said,) = run("check", "-c", config, "--json").lines
    assert any("token may be read by others (mode 0640)" in remark for remark in said["remarks"])
    (tmp_path / "token").chmod(0o600)
    (said,) = run("check", "-c", config, "--json").lines
    assert not any("read by others" in remark for remark in said["remarks"])
