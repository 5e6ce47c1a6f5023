"""What goes wrong with a database under us: a full disk, a damaged page, a lock that is held, no permission, a lost server."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.errors import StoreCorrupt, StoreUnavailable
from monitor.ledger import ChangeQuery
from monitor.store import SqlStore, database, open_store
from tests.store import databases
from tests.store.values import MINUTE, NOW, change, edition, line, memory, poll, source


def filled(path: Path) -> SqlStore:
    store = open_store(f"sqlite:///{path}")
    store.register([source()], NOW)
    store.save(poll(changes=(change("c1"),), deliveries=(line("l1"),)))
    return store


def big(number: int) -> object:
    """A poll that needs half a megabyte which does not compress."""
    bodies = tuple(edition(f"k{number}-{n}", raw=os.urandom(16_384)) for n in range(32))
    return poll(number=number, editions=bodies, changes=(change(f"big{number}"),), deliveries=(line(f"big{number}"),))


def saved_until_full(store: SqlStore) -> int:
    """Save big polls until one is refused for want of room; the number of the one that was."""
    for number in range(2, 200):
        try:
            store.save(big(number))  # type: ignore[arg-type]
        except StoreUnavailable as refusal:
            assert "make room" in str(refusal) or "has room" in str(refusal)
            return number
    raise AssertionError("the disk never became full")


def whole_up_to(store: SqlStore, last: int) -> None:
    polls = {f"big{number}" for number in range(2, last + 1)}
    assert store.record("us").poll == last
    assert {change.id for change in store.changes(ChangeQuery(limit=1000))} == polls | {"c1"}
    assert {line.id for line in store.deliveries(limit=1000)} == polls | {"l1"}
    assert len(store.editions("UA", limit=10_000)) == 32 * len(polls)


# --- a full disk -----------------------------------------------------------------------------------------------------


@pytest.fixture
def tiny_disk() -> Iterator[Path]:
    folder = databases.tiny_disk()
    if folder is None:
        pytest.skip("only root may mount a small disk to fill")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_a_full_disk_is_said_leaves_whole_polls_and_is_recovered_from(tiny_disk: Path) -> None:
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(b"x" * 500_000)
    store = filled(tiny_disk / "ledger.db")
    refused = saved_until_full(store)
    whole_up_to(store, refused - 1)
    ballast.unlink()
    store.save(poll(number=refused, changes=(change(f"big{refused}"),)))
    (claim, *_) = store.claim(NOW, "w", 1, MINUTE)
    assert claim.delivery.id == "l1"
    store.close()


def test_a_database_that_may_not_grow_is_said_and_recovered_from(tmp_path: Path) -> None:
    store = filled(tmp_path / "ledger.db")
    with store.database.outside() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 400}")  # this one pooled connection
    refused = saved_until_full(store)
    whole_up_to(store, refused - 1)
    with store.database.outside() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    store.save(big(refused))  # type: ignore[arg-type]
    whole_up_to(store, refused)
    store.close()


# --- a damaged file --------------------------------------------------------------------------------------------------


def test_a_damaged_page_is_said_with_what_to_do_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    store = filled(path)
    store.save(poll(number=2, memory=tuple(memory(f"m{n:04}", "x" * 500) for n in range(500))))
    store.close()
    with path.open("r+b") as file:
        size = path.stat().st_size
        for page in range(4096 * 10, size - 4096, 4096):
            file.seek(page)
            file.write(b"\xa5" * 4096)
    before = path.read_bytes()
    with pytest.raises(StoreCorrupt) as caught:  # on opening or at the first reading, whichever meets it first
        broken = open_store(f"sqlite:///{path}")
        try:
            broken.remembered("")
        finally:
            broken.close()
    assert str(path) in str(caught.value)
    assert "newest backup" in str(caught.value)
    assert path.read_bytes() == before


# --- locks and permissions -------------------------------------------------------------------------------------------


def test_a_lock_that_is_held_too_long_is_said_and_reading_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY", 0.05)
    store = filled(tmp_path / "ledger.db")
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="another process is writing"):
            store.save(poll(number=2))
        assert store.record("us").poll == 1
        other.execute("ROLLBACK")
    store.save(poll(number=2))
    store.close()


def test_a_file_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    filled(path).close()
    store = open_store(f"sqlite:///{path}?mode=ro&uri=true".replace("sqlite:///", "sqlite:///file:"))
    assert store.record("us").poll == 1
    with pytest.raises(StoreUnavailable, match="may not be written"):
        store.save(poll(number=2))
    store.close()


def test_a_failure_in_the_middle_of_a_save_leaves_the_store_usable(tmp_path: Path) -> None:
    store = filled(tmp_path / "ledger.db")
    with pytest.raises(ZeroDivisionError), store.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM deliveries")
        raise ZeroDivisionError
    assert store.delivery("l1").id == "l1"
    store.save(poll(number=2))
    store.close()


# --- a server that goes away -----------------------------------------------------------------------------------------


@pytest.mark.postgres
def test_connections_cut_by_the_server_are_replaced_and_a_cut_save_left_no_trace() -> None:
    import psycopg

    url = databases.postgres_url()
    store = open_store(url)
    store.register([source()], NOW)
    others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    def cut() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(others)

    with pytest.raises(StoreUnavailable, match="out of reach"), store.database.write() as connection:
        connection.exec_driver_sql("UPDATE sources SET poll = 99")
        cut()
        connection.exec_driver_sql("UPDATE sources SET poll = 100")
    assert store.record("us").poll == 0
    cut()
    store.save(poll())
    assert store.record("us").poll == 1
    store.close()
