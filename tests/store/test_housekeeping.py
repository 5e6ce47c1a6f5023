"""Copies, their check, pruning, and giving room back."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.errors import StoreCorrupt, StoreTooNew, StoreUnavailable, UnknownName, WrongUse
from monitor.ledger import ChangeQuery, Retention, Settlement
from monitor.model import DeliveryState, Reason
from monitor.store import SqlStore, open_store
from monitor.store.housekeeping import check
from tests.store import databases
from tests.store.values import MINUTE, NOW, change, edition, line, memory, poll, posture, source

DAY = timedelta(days=1)
NOTHING = Retention(evidence=None, history=None, deliveries=None, tallies=None, seen=None)


@pytest.fixture(params=[pytest.param("file"), pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    store = open_store(databases.url(request.param, tmp_path))
    store.register([source()], NOW)
    yield store
    store.close()


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[SqlStore]:
    store = open_store(f"sqlite:///{tmp_path / 'ledger.db'}")
    store.register([source()], NOW)
    yield store
    store.close()


# --- copies ----------------------------------------------------------------------------------------------------------


def test_a_copy_made_while_polls_are_saved_is_one_moment_of_the_ledger(file_store: SqlStore, tmp_path: Path) -> None:
    stop = threading.Event()

    def save() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            body = edition(f"k{number}", raw=os.urandom(2000))
            file_store.save(poll(number=number, changes=(change(f"c{number}"),), deliveries=(line(f"l{number}"),), editions=(body,)))

    saving = threading.Thread(target=save)
    saving.start()
    try:
        for n in range(5):
            file_store.backup(tmp_path / f"copy{n}.db")
    finally:
        stop.set()
        saving.join()
    for n in range(5):
        rows = check(tmp_path / f"copy{n}.db")
        copy = open_store(f"sqlite:///{tmp_path / f'copy{n}.db'}")
        last = copy.record("us").poll
        assert rows["changes"] == rows["deliveries"] == rows["editions"] == last
        copy.save(poll(number=last + 1))  # a copy put in its place goes on
        copy.close()
    assert not list(tmp_path.glob("*.partial"))


def test_a_copy_replaces_an_older_copy_and_nothing_else(file_store: SqlStore, tmp_path: Path) -> None:
    file_store.backup(tmp_path / "copy.db")
    file_store.save(poll())
    file_store.backup(tmp_path / "copy.db")
    assert check(tmp_path / "copy.db")["sources"] == 1
    (tmp_path / "letter.txt").write_text("dear all")
    with pytest.raises(WrongUse, match="not overwritten"):
        file_store.backup(tmp_path / "letter.txt")
    with pytest.raises(WrongUse, match="the ledger itself"):
        file_store.backup(tmp_path / "ledger.db")
    with pytest.raises(StoreUnavailable, match="could not be written"):
        file_store.backup(tmp_path / "nowhere" / "copy.db")


def test_a_copy_that_is_no_use_is_found_out(file_store: SqlStore, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    file_store.save(poll(memory=tuple(memory(f"m{n}", "x" * 900) for n in range(200))))
    file_store.backup(copy)
    good = copy.read_bytes()
    copy.write_bytes(good[: len(good) // 2])
    with pytest.raises(StoreCorrupt, match="older one"):
        check(copy)
    copy.write_bytes(b"dear all")
    with pytest.raises(StoreCorrupt):
        check(copy)
    with pytest.raises(StoreCorrupt):
        check(tmp_path / "absent.db")
    assert not (tmp_path / "absent.db").exists()
    copy.write_bytes(good)
    newer = open_store(f"sqlite:///{copy}")
    with newer.database.write() as connection:
        connection.exec_driver_sql("UPDATE monitor_schema SET version_num = '9999'")
    newer.close()
    with pytest.raises(StoreTooNew):
        check(copy)


@pytest.mark.postgres
def test_a_server_is_copied_with_its_own_tool(tmp_path: Path) -> None:
    store = open_store(databases.postgres_url())
    with pytest.raises(WrongUse, match="pg_dump"):
        store.backup(tmp_path / "copy.db")
    store.close()


# --- pruning ---------------------------------------------------------------------------------------------------------


def test_a_policy_of_keeping_everything_keeps_everything(store: SqlStore) -> None:
    store.save(poll(seen={"k": "d"}, shown=("k",), changes=(change("c1"),), editions=(edition("k"),), tally={Reason.TOUCH: 1}))
    before = store.counts()
    assert set(store.prune(NOW + 9999 * DAY, NOTHING).values()) == {0}
    assert store.counts() == before


def test_old_evidence_goes_with_its_bodies_unless_a_younger_edition_has_the_same(store: SqlStore) -> None:
    old = (edition("a", raw=b"only old"), edition("b", raw=b"shared"))
    store.save(poll(editions=old))
    store.save(poll(number=2, editions=(edition("c", seen=NOW + 9 * DAY, raw=b"shared"),)))
    assert store.prune(NOW + 10 * DAY, Retention(evidence=5 * DAY))["editions"] == 2
    assert [(e.key, e.raw) for e in store.editions("UA")] == [("c", b"shared")]
    assert store.counts() | {"blobs": 1, "editions": 1, "edition_places": 1} == store.counts()


def test_evidence_is_kept_within_its_bytes_oldest_first_out(store: SqlStore) -> None:
    kept = tuple(edition(f"k{n:02}", seen=NOW + n * MINUTE, raw=os.urandom(1000)) for n in range(20))
    store.save(poll(editions=kept))
    store.prune(NOW, Retention(evidence_bytes=5_500))
    left = [e.key for e in store.editions("UA")]
    assert left == [f"k{n:02}" for n in range(19, 19 - len(left), -1)]
    assert 4 <= len(left) <= 5
    store.prune(NOW, Retention(evidence_bytes=0))
    assert store.counts()["blobs"] == 0


def test_history_goes_but_what_held_at_the_limit_stays_known(store: SqlStore) -> None:
    for number, value in enumerate("1234", start=1):
        store.save(poll(number=number, at=NOW + number * DAY, postures=(posture(value),)))
    store.prune(NOW + 5 * DAY, Retention(history=timedelta(days=1, hours=12)))
    assert [at for at, _ in store.history("UA")] == [NOW + 3 * DAY, NOW + 4 * DAY]
    store.prune(NOW + 900 * DAY, Retention(history=DAY))
    assert [at for at, _ in store.history("UA")] == [NOW + 4 * DAY]
    assert store.postures() == (posture("4"),)


def test_changes_that_are_held_or_still_to_be_told_are_never_pruned(store: SqlStore) -> None:
    told, held, waiting = change("told"), change("held", held=True), change("waiting")
    store.save(poll(changes=(told, held, waiting), deliveries=(line("l1", changes=("waiting",)),)))
    store.prune(NOW + 900 * DAY, Retention(history=DAY))
    assert {change.id for change in store.changes(ChangeQuery())} == {"held", "waiting"}


def test_settled_lines_go_with_their_attempts_and_unsettled_ones_stay(store: SqlStore) -> None:
    store.enqueue([line("l1"), line("l2")])
    (first,) = store.claim(NOW, "w", 1, MINUTE)
    store.settle(first, Settlement(DeliveryState.SENT, NOW))
    (second,) = store.claim(NOW, "w", 1, MINUTE)
    store.settle(second, Settlement(DeliveryState.WAITING, NOW, "503", due=NOW + DAY))
    assert store.prune(NOW + 900 * DAY, Retention(deliveries=DAY))["deliveries"] == 1
    with pytest.raises(UnknownName):
        store.delivery("l1")
    assert store.attempts("l1") == ()
    assert len(store.attempts("l2")) == 1


def test_tallies_go_by_day(store: SqlStore) -> None:
    for number in (1, 2):
        store.save(poll(number=number, at=NOW + number * 10 * DAY, tally={Reason.TOUCH: 1}))
    assert store.prune(NOW + 21 * DAY, Retention(tallies=5 * DAY))["tallies"] == 1
    assert store.tallies("us", NOW) == {Reason.TOUCH: 1}


def test_keys_are_forgotten_only_by_their_sources_own_account(store: SqlStore) -> None:
    store.save(poll(seen={"stays": "d", "goes": "d"}, shown=("stays", "goes")))
    limit = Retention(seen=30 * DAY)
    store.prune(NOW + 900 * DAY, limit)
    assert store.seen("us").keys() == {"stays", "goes"}  # the source was silent for years: it has let go of nothing
    store.save(poll(number=2, at=NOW + 900 * DAY, shown=("stays",)))
    store.prune(NOW + 900 * DAY, limit)
    assert store.seen("us").keys() == {"stays"}


def test_a_source_that_never_says_what_it_shows_keeps_all_its_keys(store: SqlStore) -> None:
    store.save(poll(seen={"k": "d"}))
    store.save(poll(number=2, at=NOW + 900 * DAY, seen={"l": "d"}))
    store.prune(NOW + 900 * DAY, Retention(seen=DAY))
    assert store.seen("us").keys() == {"k", "l"}


def test_more_than_one_batch_is_pruned(store: SqlStore) -> None:
    store.save(poll(changes=tuple(change(f"c{n}") for n in range(1_234))))
    assert store.prune(NOW + 9 * DAY, Retention(history=DAY))["changes"] == 1_234


def test_room_is_given_back_to_the_disk_bit_by_bit(file_store: SqlStore) -> None:
    file_store.save(poll(editions=tuple(edition(f"k{n}", raw=os.urandom(20_000)) for n in range(100))))
    full = file_store.size()
    file_store.prune(NOW + 900 * DAY, Retention(evidence=DAY))
    assert file_store.size() == full
    assert 0 < file_store.give_back(pages=50) <= 51 * 4096
    while file_store.give_back():
        pass
    assert file_store.size() < full / 5
    assert file_store.record("us").poll == 1
