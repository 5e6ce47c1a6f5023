"""What every store must do, on a SQLite file, a throw-away SQLite and a real PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.errors import StalePoll, UnknownName, WrongUse
from monitor.ledger import ChangeQuery, Cursor, Settlement, SourceRecord, Timer
from monitor.model import WORLD, Aspect, ChangeKind, DeliveryState, Posture, Reason, Standing
from monitor.store import SqlStore, open_store
from tests.store import databases
from tests.store.values import (
    HOSTILE,
    MINUTE,
    NOW,
    change,
    changes,
    edition,
    line,
    lines,
    memory,
    poll,
    posture,
    postures,
    records,
    source,
)

LEASE = timedelta(minutes=2)
SENT = Settlement(DeliveryState.SENT, NOW)


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.postgres if kind == "postgres" else ()) for kind in databases.KINDS])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def reopen(kind: str, tmp_path: Path) -> Iterator[Callable[[], SqlStore]]:
    """Opens the test's database, as often as asked."""
    url, opened = databases.url(kind, tmp_path), []

    def open_it() -> SqlStore:
        opened.append(open_store(url))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Callable[[], SqlStore]) -> SqlStore:
    store = reopen()
    store.register([source()], NOW)
    return store


any_value = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


# --- sources ---------------------------------------------------------------------------------------------------------


def test_a_new_source_is_due_at_once_and_a_removed_one_never(store: SqlStore) -> None:
    store.register([source("us"), source("ca")], NOW + MINUTE)
    assert store.due(NOW) == ("us",)
    assert store.due(NOW + MINUTE) == ("us", "ca")
    store.register([source("ca")], NOW + MINUTE)
    assert store.due(NOW + 9 * MINUTE) == ("ca",)
    assert [record.id for record in store.records()] == ["ca"]
    assert store.record("us").due is None


def test_sources_polled_by_a_clock_that_was_ahead_are_found(store: SqlStore) -> None:
    store.register([source("us"), source("ca"), source("uk")], NOW)
    store.save(poll("us", at=NOW))
    store.save(poll("ca", at=NOW + MINUTE))
    assert [record.id for record in store.records(polled_after=NOW)] == ["ca"]
    assert store.records(polled_after=NOW + MINUTE) == ()
    assert [record.id for record in store.records()] == ["ca", "uk", "us"]


def test_a_source_that_comes_back_goes_on_where_it_was(store: SqlStore) -> None:
    store.save(poll(record=SourceRecord("us", poll=1, cursor=Cursor("tag"), due=NOW + MINUTE), seen={"k": "d"}))
    store.register([], NOW)
    store.register([source()], NOW + 5 * MINUTE)
    assert store.record("us").cursor == Cursor("tag")
    assert store.seen("us") == {"k": "d"}
    assert store.due(NOW + 5 * MINUTE) == ("us",)


def test_registering_again_moves_no_due_time(store: SqlStore) -> None:
    store.save(poll(at=NOW))
    before = store.record("us")
    store.register([source()], NOW + MINUTE)
    assert store.record("us") == before


@pytest.mark.parametrize("moved", [source(url="https://two.example/feed"), source(kind="us-state")])
def test_a_source_that_points_elsewhere_starts_without_a_cursor(store: SqlStore, moved: object) -> None:
    store.save(poll(record=SourceRecord("us", poll=1, cursor=Cursor("tag", "date", "hash"), touches=7, due=NOW)))
    store.register([moved], NOW)  # type: ignore[list-item]
    after = store.record("us")
    assert (after.cursor, after.touches) == (Cursor(), 7)
    with pytest.raises(StalePoll):  # a poll of the old address that was under way
        store.save(poll(number=2))
    store.save(poll(number=after.poll + 1))


def test_a_poll_of_a_source_removed_meanwhile_is_kept_and_makes_it_not_due(store: SqlStore) -> None:
    store.register([], NOW)
    store.save(poll(changes=(change("c1"),)))
    assert store.due(NOW + timedelta(days=9)) == ()
    assert store.change("c1").id == "c1"


def test_what_was_never_registered_is_an_unknown_name(store: SqlStore) -> None:
    with pytest.raises(UnknownName, match="nobody"):
        store.record("nobody")
    with pytest.raises(UnknownName, match="nobody"):
        store.save(poll("nobody"))


def test_due_sources_come_longest_overdue_first_and_no_more_than_asked(store: SqlStore) -> None:
    store.register([source(f"s{n}") for n in range(5)], NOW)
    for n in range(5):
        store.save(poll(f"s{n}", at=NOW - n * MINUTE))
    assert store.due(NOW + 12 * MINUTE, limit=1) == ("s4",)
    assert store.due(NOW + 12 * MINUTE) == ("s4", "s3")


@any_value
@given(records)
def test_any_record_comes_back_as_it_was_saved(store: SqlStore, record: SourceRecord) -> None:
    number = store.record("us").poll + 1
    store.save(poll(record=replace(record, poll=number)))
    assert store.record("us") == replace(record, poll=number)


def test_a_time_without_a_zone_is_refused_before_anything_is_written(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="zone"):
        store.save(poll(record=SourceRecord("us", poll=1, due=datetime(2022, 1, 1)), changes=(change("c1"),)))
    assert store.record("us").poll == 0


# --- one poll is saved whole or not at all ---------------------------------------------------------------------------


def everything(number: int, version: int = 0) -> dict[str, object]:
    return {
        "number": number,
        "seen": {"k": f"d{number}"},
        "editions": (edition("k", f"d{number}"),),
        "memory": (memory("posture/US/UA", "{}", version),),
        "postures": (posture(str(number)),),
        "changes": (change(f"c{number}"),),
        "deliveries": (line(f"l{number}"),),
        "timers": (Timer(f"t{number}", "digest", NOW, "mail"),),
        "tally": {Reason.TOUCH: 1},
    }


def picture(store: SqlStore) -> tuple[object, ...]:
    return (
        store.record("us"),
        store.seen("us"),
        store.editions("UA"),
        store.remembered(""),
        store.postures(),
        store.history("UA"),
        store.changes(ChangeQuery()),
        store.deliveries(),
        store.timers(NOW),
        store.tallies("us", NOW),
    )


@pytest.mark.parametrize("stale", [{"number": 1}, {"number": 3}, {"version": 0}, {"version": 2}])
def test_a_poll_that_comes_too_late_leaves_no_trace(store: SqlStore, stale: dict[str, int]) -> None:
    store.save(poll(**everything(1)))
    before = picture(store)
    with pytest.raises(StalePoll, match="nothing was written"):
        store.save(poll(**everything(**({"number": 2, "version": 1} | stale))))
    assert picture(store) == before
    store.save(poll(**everything(2, version=1)))
    assert all(left != right for left, right in zip(before, picture(store), strict=True))


def test_a_poll_that_cannot_be_written_leaves_no_trace(store: SqlStore) -> None:
    before = picture(store)
    with pytest.raises(ValueError, match="zone"):
        store.save(poll(**everything(1) | {"deliveries": (line("l1", due=datetime(2022, 1, 1)),)}))
    assert picture(store) == before


def test_of_polls_saved_at_once_exactly_one_wins_each_number(reopen: Callable[[], SqlStore], kind: str) -> None:
    first = reopen()
    second = first if kind == "memory" else reopen()
    first.register([source()], NOW)
    won: Counter[int] = Counter()

    def race(store: SqlStore, name: str) -> None:
        for _ in range(40):
            number = store.record("us").poll + 1
            try:
                store.save(poll(number=number, changes=(change(f"c{number}-{name}"),)))
                won[number] += 1
            except StalePoll:
                pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(race, (first, second, first, second), "abcd"))
    last = first.record("us").poll
    assert won == dict.fromkeys(range(1, last + 1), 1)
    assert len(first.changes(ChangeQuery(limit=1000))) == last


def test_polls_saved_together_are_each_whole_or_not_at_all(store: SqlStore) -> None:
    store.register([source(id) for id in ("us", "ca", "uk", "de")], NOW)
    store.save(poll("uk"))
    fine, late, calm, unknown = poll(**everything(1)), poll("uk", 1, seen={"k": "d"}), poll("ca", tally={Reason.TOUCH: 1}), poll("nobody")
    problems = store.save_many([fine, late, calm, unknown, poll("de", tally={Reason.TOUCH: 2})])
    assert [type(problem) for problem in problems] == [type(None), StalePoll, type(None), UnknownName, type(None)]
    assert {record.id: record.poll for record in store.records()} == {"us": 1, "ca": 1, "uk": 1, "de": 1}
    assert store.change("c1") == change("c1")
    assert (store.seen("us"), store.seen("uk")) == ({"k": "d1"}, {})
    assert (store.tallies("ca", NOW), store.tallies("de", NOW)) == ({Reason.TOUCH: 1}, {Reason.TOUCH: 2})
    assert store.save_many([poll("ca", 2), poll("de", 2), poll("uk", 2)]) == (None, None, None)
    assert store.save_many([]) == ()


def test_polls_saved_together_leave_what_they_leave_one_by_one(store: SqlStore) -> None:
    store.register([source(id) for id in ("us", "ca", "uk")], NOW)
    ca = poll("ca", seen={"a": "d", "same": "1"}, shown=("a", "same"), editions=(edition("k", "d1"), edition("ca", raw=b"of ca")))
    uk = poll("uk", seen={"same": "2"}, shown=("same", "old"), editions=(edition("uk"),), memory=(memory("posture/UK/UA"),))
    assert store.save_many([uk, poll(**everything(1)), ca]) == (None, None, None)
    assert (store.seen("ca"), store.seen("uk"), store.seen("us")) == ({"a": "d", "same": "1"}, {"same": "2"}, {"k": "d1"})
    assert sorted((e.key, e.raw) for e in store.editions("UA")) == [("ca", b"of ca"), ("k", b"<raw/>"), ("uk", b"<raw/>")]
    assert sorted(store.remembered("posture/")) == ["posture/UK/UA", "posture/US/UA"]
    before = picture(store)
    late = [poll("ca", 2, seen={"b": "d"}), poll("uk", 2, memory=(memory("posture/US/UA", "{}", 7),))]
    assert [type(problem) for problem in store.save_many(late)] == [type(None), StalePoll]
    assert (store.seen("ca"), store.record("uk").poll, picture(store)) == ({"a": "d", "b": "d", "same": "1"}, 1, before)


# --- what a source has shown -----------------------------------------------------------------------------------------


def test_digests_are_replaced_and_keys_forgotten_source_by_source(store: SqlStore) -> None:
    store.register([source(), source("ca")], NOW)
    store.save(poll(seen={"a": "1", "b": "1"}))
    store.save(poll("ca", seen={"a": "9"}))
    store.save(poll(number=2, seen={"b": "2", "c": "2"}, gone=("a", "never there")))
    assert store.seen("us") == {"b": "2", "c": "2"}
    assert store.seen("ca") == {"a": "9"}
    assert store.seen("nobody") == {}


def test_keys_are_kept_exactly_however_strange(store: SqlStore) -> None:
    strange = {"", "\0", HOSTILE, "k" * 100_000, "K", "k", "é", "e\u0301", "\ud800", " "}
    store.save(poll(seen=dict.fromkeys(strange, "d")))
    assert store.seen("us").keys() == strange
    store.save(poll(number=2, gone=tuple(strange)))
    assert store.seen("us") == {}


# --- memory ----------------------------------------------------------------------------------------------------------


def test_memory_counts_its_versions_and_is_found_by_key_and_by_prefix(store: SqlStore) -> None:
    store.save(poll(memory=(memory("situation/UA", "one"), memory("situation/UA/x"), memory("situationz"), memory("posture/é"))))
    assert store.remember(["situation/UA", "absent"]) == {"situation/UA": memory("situation/UA", "one", 1)}
    assert list(store.remembered("situation/")) == ["situation/UA", "situation/UA/x"]
    assert list(store.remembered("posture/é")) == ["posture/é"]
    assert len(store.remembered("")) == 4
    store.save(poll(number=2, memory=(memory("situation/UA", "two", 1, NOW),)))
    assert store.situations()["situation/UA"] == memory("situation/UA", "two", 2, NOW)


def test_memory_that_wants_to_be_looked_at_is_found_when_it_is_time(store: SqlStore) -> None:
    pieces = (memory("a/1", due=NOW), memory("a/2", due=NOW + MINUTE), memory("a/3"), memory("b/1", due=NOW))
    store.save(poll(memory=pieces))
    assert list(store.remembered("a/", due=NOW)) == ["a/1"]
    assert list(store.remembered("", due=NOW + MINUTE)) == ["a/1", "a/2", "b/1"]


def test_an_empty_payload_forgets_and_the_key_may_come_back(store: SqlStore) -> None:
    store.save(poll(memory=(memory("a"),)))
    with pytest.raises(StalePoll):
        store.save(poll(number=2, memory=(memory("a", "", 7),)))
    store.save(poll(number=2, memory=(memory("a", "", 1),)))
    assert store.remembered("") == {}
    store.save(poll(number=3, memory=(memory("a", "again"),)))
    assert store.remember(["a"])["a"].version == 1


def test_many_keys_are_remembered_in_one_call(store: SqlStore) -> None:
    keys = [f"k{n:05}" for n in range(2_500)]
    store.save(poll(memory=tuple(memory(key) for key in keys)))
    assert list(store.remember(keys)) == keys
    store.save(poll(number=2, memory=tuple(memory(key, "{}", 1) for key in keys)))


# --- evidence --------------------------------------------------------------------------------------------------------


def test_editions_come_newest_first_with_the_bytes_as_they_were(store: SqlStore) -> None:
    raws = [bytes(range(256)) * 40, b"", b"plain"]
    kept = tuple(edition("k", f"d{n}", NOW + n * MINUTE, raw) for n, raw in enumerate(raws))
    store.save(poll(editions=kept))
    assert store.editions("UA") == kept[::-1]
    assert store.editions("UA", limit=1) == kept[-1:]
    assert store.editions("PL") == ()


def test_an_edition_is_found_under_each_of_its_places_and_one_of_no_place_under_the_world(store: SqlStore) -> None:
    both, none = edition("both", places=("UA", "PL")), edition("none", places=())
    store.save(poll(editions=(both, none)))
    assert store.editions("PL") == store.editions("UA") == (both,)
    assert store.editions(WORLD) == (none,)


def test_the_same_version_is_kept_once_as_it_was_first_seen(store: SqlStore) -> None:
    store.save(poll(editions=(edition("k"),)))
    store.save(poll(number=2, editions=(edition("k", seen=NOW + MINUTE, raw=b"re-dated"), edition("k", "d2", NOW + MINUTE))))
    assert [(e.digest, e.seen, e.raw) for e in store.editions("UA")] == [("d2", NOW + MINUTE, b"<raw/>"), ("d1", NOW, b"<raw/>")]


def test_a_raw_body_is_found_by_its_hash(store: SqlStore) -> None:
    import hashlib

    store.save(poll(editions=(edition("k", raw=b"body"), edition("l", raw=b"body"))))
    assert store.blob(hashlib.sha256(b"body").hexdigest()) == b"body"
    with pytest.raises(UnknownName):
        store.blob("0" * 64)


def test_strangers_words_never_keep_a_poll_from_being_saved(store: SqlStore) -> None:
    bad = replace(edition(HOSTILE), title=HOSTILE, url=HOSTILE)
    worse = change("c1", after_words=HOSTILE, url=HOSTILE, detail=HOSTILE, publishers=(HOSTILE,), before=HOSTILE, after=HOSTILE)
    said = Posture("US", "UA", ((Aspect.LEVEL, Standing(HOSTILE, NOW, HOSTILE)),))
    record = SourceRecord("us", poll=1, cursor=Cursor(HOSTILE, HOSTILE), why=HOSTILE)
    store.save(
        poll(record=record, editions=(bad,), changes=(worse,), postures=(said,), deliveries=(line("l1", why=HOSTILE, payload=HOSTILE),))
    )
    assert "\u202ed\U0001f6a8" in store.editions("UA")[0].title
    assert "\U0001f6a8" in store.change("c1").after_words


# --- postures --------------------------------------------------------------------------------------------------------


def test_history_has_a_line_only_for_another_value(store: SqlStore) -> None:
    for number, held in enumerate((posture("2"), posture("2", words="reworded"), posture("4"), posture("2")), start=1):
        store.save(poll(number=number, at=NOW + number * MINUTE, postures=(held,)))
    assert store.postures() == (posture("2"),)
    assert [(at, held.get(Aspect.LEVEL).value) for at, held in store.history("UA")] == [  # type: ignore[union-attr]
        (NOW + MINUTE, "2"),
        (NOW + 3 * MINUTE, "4"),
        (NOW + 4 * MINUTE, "2"),
    ]


def test_postures_are_found_by_place_and_by_issuer(store: SqlStore) -> None:
    held = tuple(posture("3", issuer, place) for place in ("PL", "UA") for issuer in ("CA", "US"))
    store.save(poll(postures=held))
    assert store.postures() == held
    assert store.postures(place="UA") == held[2:]
    assert store.postures(issuer="CA") == held[::2]
    assert store.postures("UA", "US") == held[3:]


@any_value
@given(postures)
def test_any_posture_comes_back_as_it_was(store: SqlStore, held: Posture) -> None:
    store.save(poll(number=store.record("us").poll + 1, postures=(held,)))
    assert store.postures(held.place, held.issuer) == (held,)


# --- changes ---------------------------------------------------------------------------------------------------------


@any_value
@given(st.lists(changes, max_size=4, unique_by=lambda change: change.id))
def test_any_change_comes_back_as_it_was(reopen: Callable[[], SqlStore], kind: str, some: list[object]) -> None:
    store = open_store("sqlite://") if kind != "postgres" else reopen()
    store.register([source()], NOW)
    number = store.record("us").poll + 1
    unique = [replace(each, id=f"{number}-{each.id}") for each in some]  # type: ignore[type-var,attr-defined]
    store.save(poll(number=number, changes=tuple(unique)))
    assert [store.change(each.id) for each in unique] == unique
    store.close()


def test_changes_are_found_by_what_they_are_about(store: SqlStore) -> None:
    kept = (
        change("c1", NOW),
        change("c2", NOW + MINUTE, place="PL", issuer=None, kind=ChangeKind.REPORTED, situation="s-pl"),
        change("c3", NOW + 2 * MINUTE, source="ca", kind=ChangeKind.LEVEL_RAISED, held=True),
    )
    store.save(poll(changes=kept))

    def ids(**asked: object) -> list[str]:
        return [change.id for change in store.changes(ChangeQuery(**asked))]  # type: ignore[arg-type]

    assert ids() == ["c3", "c2", "c1"]
    assert ids(place="UA") == ["c3", "c1"]
    assert ids(issuer="US", held=False) == ["c1"]
    assert ids(source="us") == ["c2", "c1"]
    assert ids(situation="s-pl") == ["c2"]
    assert ids(kinds=("reported", "level_raised")) == ["c3", "c2"]
    assert ids(held=True) == ["c3"]
    assert ids(since=NOW + MINUTE) == ["c3", "c2"]
    with pytest.raises(UnknownName):
        store.change("c9")


def test_pages_of_changes_hold_each_change_once_even_when_many_happened_at_one_moment(store: SqlStore) -> None:
    kept = {f"c{n:02}" for n in range(23)}
    store.save(poll(changes=tuple(change(id, NOW + (int(id[1:]) // 8) * MINUTE) for id in sorted(kept))))
    found, before = [], None
    while page := store.changes(ChangeQuery(limit=5, before=before)):
        found += [change.id for change in page]
        before = (page[-1].at, page[-1].id)
    assert found == sorted(kept, reverse=True)


def test_a_held_change_becomes_told_and_nothing_told_is_ever_rewritten(store: SqlStore) -> None:
    store.save(poll(changes=(change("c1", held=True),)))
    store.save(poll(number=2, changes=(change("c1", NOW + MINUTE, reason=Reason.BETTER_CONFIRMED),)))
    told = store.change("c1")
    assert (told.held, told.at, told.reason) == (False, NOW + MINUTE, Reason.BETTER_CONFIRMED)
    store.save(poll(number=3, changes=(change("c1", held=True), change("c1", NOW + 9 * MINUTE))))
    assert store.change("c1") == told


# --- ledger lines ----------------------------------------------------------------------------------------------------


@any_value
@given(lines)
def test_any_line_comes_back_as_it_was(reopen: Callable[[], SqlStore], kind: str, some: object) -> None:
    store = open_store("sqlite://") if kind != "postgres" else reopen()
    if store.deliveries():
        some = replace(some, id=f"{len(store.deliveries(limit=1000))}-{some.id}")  # type: ignore[type-var,attr-defined]
    store.enqueue([some])  # type: ignore[list-item]
    assert store.delivery(some.id) == some  # type: ignore[attr-defined]
    store.close()


def test_a_line_is_added_once(store: SqlStore) -> None:
    store.save(poll(deliveries=(line("l1"),)))
    store.enqueue([line("l1", "other", NOW + MINUTE), line("l2")])
    assert store.delivery("l1") == line("l1")
    assert [each.id for each in store.deliveries()] == ["l2", "l1"]


def test_a_line_that_was_skipped_from_the_start_is_kept_and_never_claimed(store: SqlStore) -> None:
    store.enqueue([line("l1", state=DeliveryState.SKIPPED, why="silenced")])
    assert store.claim(NOW, "w", 10, LEASE) == ()
    assert store.deliveries({DeliveryState.SKIPPED})[0].why == "silenced"


def test_only_due_lines_are_claimed_and_only_once(store: SqlStore) -> None:
    store.enqueue([line("now"), line("later", due=NOW + MINUTE)])
    (claim,) = store.claim(NOW, "w", 10, LEASE)
    assert (claim.delivery.id, claim.delivery.state, claim.delivery.attempts) == ("now", DeliveryState.SENDING, 0)
    assert (claim.token, claim.until) == (1, NOW + LEASE)
    assert store.claim(NOW, "w", 10, LEASE) == ()
    assert store.settle(claim, SENT)
    assert [each.delivery.id for each in store.claim(NOW + MINUTE, "w", 10, LEASE)] == ["later"]


def test_a_sent_line_rests_with_its_receipt_and_its_attempt(store: SqlStore) -> None:
    store.enqueue([line("l1")])
    (claim,) = store.claim(NOW, "w", 10, LEASE)
    assert store.settle(claim, Settlement(DeliveryState.SENT, NOW + MINUTE, receipt="<id@host>"))
    sent = store.delivery("l1")
    assert (sent.state, sent.settled, sent.receipt, sent.attempts) == (DeliveryState.SENT, NOW + MINUTE, "<id@host>", 1)
    assert [(a.number, a.outcome, a.at) for a in store.attempts("l1")] == [(1, "sent", NOW + MINUTE)]
    assert store.claim(NOW + timedelta(days=9), "w", 10, LEASE) == ()


def test_what_may_be_tried_later_waits_for_its_time(store: SqlStore) -> None:
    store.enqueue([line("l1")])
    (claim,) = store.claim(NOW, "w", 10, LEASE)
    assert store.settle(claim, Settlement(DeliveryState.WAITING, NOW, "503", due=NOW + 5 * MINUTE))
    waiting = store.delivery("l1")
    assert (waiting.state, waiting.due, waiting.attempts, waiting.why) == (DeliveryState.WAITING, NOW + 5 * MINUTE, 1, "503")
    assert store.claim(NOW + 4 * MINUTE, "w", 10, LEASE) == ()
    (again,) = store.claim(NOW + 5 * MINUTE, "w", 10, LEASE)
    assert (again.token, again.delivery.attempts) == (2, 1)


def test_a_lease_that_ran_out_is_taken_over_and_the_late_worker_is_refused(store: SqlStore) -> None:
    store.enqueue([line("l1")])
    (late,) = store.claim(NOW, "one", 10, LEASE)
    assert store.claim(NOW + LEASE - timedelta(microseconds=1), "two", 10, LEASE) == ()
    (taken,) = store.claim(NOW + LEASE, "two", 10, LEASE)
    assert (taken.token, taken.delivery.attempts) == (2, 1)
    assert [a.outcome for a in store.attempts("l1")] == ["lost"]
    assert not store.settle(late, Settlement(DeliveryState.DEAD, NOW, "410"))
    assert store.delivery("l1").state is DeliveryState.SENDING
    assert [(a.number, a.outcome) for a in store.attempts("l1")] == [(1, "dead")]
    assert store.settle(taken, SENT)
    assert not store.settle(late, Settlement(DeliveryState.DEAD, NOW, "410"))
    assert store.delivery("l1").state is DeliveryState.SENT


def test_a_late_worker_that_nobody_replaced_still_settles(store: SqlStore) -> None:
    store.enqueue([line("l1")])
    (claim,) = store.claim(NOW, "one", 10, LEASE)
    assert store.settle(claim, replace(SENT, at=NOW + 5 * LEASE))
    assert store.delivery("l1").state is DeliveryState.SENT


def test_settling_again_after_a_lost_answer_changes_nothing(store: SqlStore) -> None:
    store.enqueue([line("l1")])
    (claim,) = store.claim(NOW, "one", 10, LEASE)
    assert store.settle(claim, SENT)
    before = store.delivery("l1"), store.attempts("l1")
    assert store.settle(claim, SENT)
    assert (store.delivery("l1"), store.attempts("l1")) == before


def test_a_message_that_kills_its_worker_shows_a_growing_count_of_tries(store: SqlStore) -> None:
    store.enqueue([line("poison")])
    tries = [store.claim(NOW + n * LEASE, "w", 1, LEASE)[0].delivery.attempts for n in range(4)]
    assert tries == [0, 1, 2, 3]


def test_a_sending_that_goes_on_cannot_be_settled(store: SqlStore) -> None:
    store.enqueue([line("l1")])
    (claim,) = store.claim(NOW, "w", 1, LEASE)
    with pytest.raises(ValueError, match="not settled"):
        store.settle(claim, Settlement(DeliveryState.SENDING, NOW))


# --- order and fairness ----------------------------------------------------------------------------------------------


def claimed(store: SqlStore, now: datetime = NOW, limit: int = 100) -> list[str]:
    return [claim.delivery.id for claim in store.claim(now, "w", limit, LEASE)]


def test_of_a_situation_and_channel_only_the_oldest_unsettled_line_is_handed_out(store: SqlStore) -> None:
    store.enqueue([line("a1", situation="s"), line("a2", situation="s"), line("b1", "sms", situation="s"), line("c1", situation="t")])
    first = store.claim(NOW, "w", 10, LEASE)
    assert sorted(claim.delivery.id for claim in first) == ["a1", "b1", "c1"]
    a1 = next(claim for claim in first if claim.delivery.id == "a1")
    assert store.settle(a1, Settlement(DeliveryState.WAITING, NOW, "503", due=NOW + 5 * MINUTE))
    assert claimed(store, NOW + MINUTE) == []  # the oldest waits for its retry, so the younger one waits too
    (again,) = (
        claim
        for claim in store.claim(NOW + 5 * MINUTE, "w", 10, LEASE)
        if claim.delivery.channel == "mail" and claim.delivery.situation == "s"
    )
    assert again.delivery.id == "a1"
    assert store.settle(again, Settlement(DeliveryState.DEAD, NOW, "410"))
    assert claimed(store, NOW + 5 * MINUTE) == ["a2"]


def test_order_is_the_order_in_which_lines_were_added_whatever_the_clock_said(store: SqlStore) -> None:
    store.enqueue([line("z", at=NOW, situation="s")])
    store.enqueue([line("a", at=NOW - MINUTE, situation="s")])
    assert claimed(store) == ["z"]


def test_lines_of_no_situation_wait_for_nobody(store: SqlStore) -> None:
    store.enqueue([line("l1", due=NOW + MINUTE), line("l2"), line("l3")])
    assert claimed(store) == ["l2", "l3"]


def test_a_channel_with_thousands_of_lines_starves_no_other(store: SqlStore) -> None:
    store.enqueue([line(f"flood{n}", "flood", NOW - timedelta(hours=1)) for n in range(3_000)])
    store.enqueue([line("m1", "mail"), line("s1", "sms"), line("m2", "mail")])
    assert set(claimed(store, limit=4)) == {"flood0", "m1", "s1", "flood1"}
    rest = claimed(store, limit=100)
    assert rest[:2] == ["flood2", "m2"]
    assert len(rest) < 40  # and even alone a channel does not take all there is


def test_a_claim_leaves_the_channels_it_is_told_to_leave(store: SqlStore) -> None:
    store.enqueue([line("m1", "mail"), line("s1", "sms"), line("h1", "hook")])
    assert [claim.delivery.id for claim in store.claim(NOW, "w", 10, LEASE, without={"mail", "hook"})] == ["s1"]
    assert sorted(claimed(store)) == ["h1", "m1"]


def test_claims_take_the_longest_due_first(store: SqlStore) -> None:
    store.enqueue([line("young", due=NOW), line("old", due=NOW - MINUTE)])
    assert claimed(store, limit=1) == ["old"]


def test_workers_claiming_at_once_never_get_the_same_line(reopen: Callable[[], SqlStore], kind: str) -> None:
    first = reopen()
    stores = [first] * 4 if kind == "memory" else [first, reopen(), reopen(), reopen()]
    first.enqueue([line(f"l{n}", f"ch{n % 7}", situation=f"s{n % 40}") for n in range(400)])
    taken: Counter[str] = Counter()
    lock = threading.Lock()

    def work(store: SqlStore) -> None:
        idle = 0
        while idle < 3:
            claims = store.claim(NOW, "w", 9, LEASE)
            idle = 0 if claims else idle + 1
            with lock:
                taken.update(claim.delivery.id for claim in claims)
            assert all(store.settle(claim, SENT) for claim in claims)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, store) for store in stores]:
            done.result()
    while claims := first.claim(NOW, "w", 50, LEASE):
        taken.update(claim.delivery.id for claim in claims)
        assert all(first.settle(claim, SENT) for claim in claims)
    assert len(taken) == 400
    assert set(taken.values()) == {1}


# --- reading the ledger ----------------------------------------------------------------------------------------------


def test_lines_are_listed_by_state_and_channel_newest_first(store: SqlStore) -> None:
    store.enqueue([line("l1"), line("l2", "sms"), line("l3"), line("l4")])
    for claim in store.claim(NOW, "w", 1, LEASE):
        store.settle(claim, SENT)
    store.claim(NOW, "w", 1, LEASE)
    assert [each.id for each in store.deliveries()] == ["l4", "l3", "l2", "l1"]
    assert [each.id for each in store.deliveries(channel="mail")] == ["l4", "l3", "l1"]
    assert [each.id for each in store.deliveries({DeliveryState.SENT})] == ["l1"]
    assert [each.id for each in store.deliveries({DeliveryState.SENT, DeliveryState.WAITING}, "mail", limit=2)] == ["l4", "l3"]
    assert store.waiting_counts() == {("mail", DeliveryState.WAITING): 2, ("sms", DeliveryState.SENDING): 1}
    with pytest.raises(UnknownName):
        store.delivery("l9")


@pytest.mark.parametrize("states", [(), {DeliveryState.SENT, DeliveryState.WAITING}])
@pytest.mark.parametrize("channel", [None, "mail"])
def test_lines_are_paged_to_the_end_while_new_ones_come(store: SqlStore, states: set[DeliveryState], channel: str | None) -> None:
    store.enqueue([line(f"l{n}", "sms" if n % 3 == 2 else "mail") for n in range(9)])
    for claim in store.claim(NOW, "w", 4, LEASE):
        store.settle(claim, SENT)
    whole, seen = [each.id for each in store.deliveries(states, channel)], []
    while page := store.deliveries(states, channel, 2, seen[-1] if seen else None):
        seen += [each.id for each in page]
        store.enqueue([line(f"new{len(seen)}")])
    assert seen == whole and len(whole) == (9 if channel is None else 6)
    with pytest.raises(UnknownName):
        store.deliveries(states, channel, before="l99")


def test_who_was_told_what_about_a_situation_is_known(store: SqlStore) -> None:
    store.enqueue([line("l1", situation="s"), line("l2", "sms", situation="s"), line("l3", situation="t"), line("l4")])
    assert [each.id for each in store.delivered_to("s")] == ["l1", "l2"]
    assert store.delivered_to("") == ()


# --- merge, withdraw, revive -----------------------------------------------------------------------------------------


def test_a_digest_takes_the_place_of_lines_that_all_still_wait_or_of_none(store: SqlStore) -> None:
    store.enqueue([line("l1", due=NOW + MINUTE), line("l2", due=NOW + MINUTE), line("l3")])
    (claim,) = store.claim(NOW, "w", 1, LEASE)
    assert not store.merge(line("digest"), ["l1", "l3"], "in a digest", NOW)
    assert store.delivery("l1").state is DeliveryState.WAITING
    with pytest.raises(UnknownName):
        store.delivery("digest")
    assert store.merge(line("digest"), ["l1", "l2"], "in a digest", NOW)
    assert {store.delivery(id).state for id in ("l1", "l2")} == {DeliveryState.SKIPPED}
    assert claimed(store, NOW + MINUTE) == ["digest"]
    assert store.settle(claim, SENT)


def test_what_waits_can_be_withdrawn_and_what_is_under_way_cannot(store: SqlStore) -> None:
    store.enqueue([line("l1"), line("l2")])
    store.claim(NOW, "w", 1, LEASE)
    assert store.withdraw(["l1", "l2", "l9"], "silenced", NOW) == 1
    assert store.withdraw([], "silenced", NOW) == 0
    assert (store.delivery("l2").state, store.delivery("l2").why) == (DeliveryState.SKIPPED, "silenced")


def test_what_waits_for_another_try_can_be_hastened_and_nothing_else(store: SqlStore) -> None:
    store.enqueue([line("tried"), line("fresh", due=NOW + MINUTE), line("other", "sms"), line("sent")])
    for claim in store.claim(NOW, "w", 9, LEASE):
        again = Settlement(DeliveryState.WAITING, NOW, "503", due=NOW + 60 * MINUTE)
        store.settle(claim, SENT if claim.delivery.id == "sent" else again)
    assert store.hasten("mail", NOW + timedelta(seconds=1)) == 1
    assert claimed(store, NOW + timedelta(seconds=1)) == ["tried"]
    assert store.hasten("mail", NOW + timedelta(seconds=1)) == 0


def test_a_dead_line_is_sent_again_under_its_id_and_its_old_claim_is_void(store: SqlStore) -> None:
    store.enqueue([line("l1")])
    (old,) = store.claim(NOW, "w", 1, LEASE)
    store.settle(old, Settlement(DeliveryState.DEAD, NOW, "410"))
    assert store.revive("l1", NOW + MINUTE)
    assert not store.revive("l1", NOW + MINUTE)
    assert not store.settle(old, SENT)
    (new,) = store.claim(NOW + MINUTE, "w", 1, LEASE)
    assert new.token > old.token
    assert store.settle(new, SENT)
    with pytest.raises(UnknownName):
        store.revive("l9", NOW)


# --- timers, tallies, the next due moment ----------------------------------------------------------------------------


def test_timers_are_set_found_when_due_set_anew_and_ended(store: SqlStore) -> None:
    first, second = Timer("t1", "digest", NOW, "mail", "x"), Timer("t2", "drill", NOW - MINUTE, "sms")
    store.enqueue([], timers=[first, second])
    assert store.timers(NOW) == (second, first)
    assert store.timers(NOW, limit=1) == (second,)
    later = replace(first, due=NOW + MINUTE)
    store.enqueue([], timers=[later], timers_done=["t1", "t2", "t9"])
    assert store.timers(NOW) == ()
    assert store.timers(NOW + MINUTE) == (later,)


def test_tallies_add_up_by_day(store: SqlStore) -> None:
    for number, day in enumerate((0, 0, 1), start=1):
        store.save(poll(number=number, at=NOW + timedelta(days=day), tally={Reason.TOUCH: 2, Reason.ABSENT: 0, Reason.UNCHANGED: day}))
    assert store.tallies("us", NOW) == {Reason.TOUCH: 6, Reason.UNCHANGED: 1}
    assert store.tallies("us", NOW + timedelta(days=1)) == {Reason.TOUCH: 2, Reason.UNCHANGED: 1}
    assert store.tallies("ca", NOW) == {}


# --- many at once, and again later -----------------------------------------------------------------------------------


def test_everything_is_there_again_after_a_restart(reopen: Callable[[], SqlStore], kind: str) -> None:
    if kind not in databases.KEPT:
        pytest.skip("a throw-away store keeps nothing, which is its purpose")
    first = reopen()
    first.register([source()], NOW)
    first.save(poll(**everything(1)))
    first.claim(NOW, "w", 1, LEASE)
    before = picture(first)
    first.close()
    second = reopen()
    assert picture(second) == before
    assert second.claim(NOW, "w", 1, LEASE) == ()
    assert second.claim(NOW + LEASE, "w", 1, LEASE)[0].token == 2


def test_threads_share_one_store(store: SqlStore) -> None:
    ids = [f"s{n}" for n in range(8)]
    store.register([source(id) for id in ids], NOW)

    def work(id: str) -> None:
        for number in range(1, 11):
            new = (line(f"{id}-{number}", id),)
            store.save(poll(id, number, seen={str(number): "d"}, deliveries=new, tally={Reason.TOUCH: 1}))
            assert len(store.seen(id)) == number
            store.deliveries(channel=id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, ids))
    assert {record.poll for record in store.records()} == {10}
    assert sum(store.waiting_counts().values()) == 80
    assert {id: store.tallies(id, NOW) for id in ids} == {id: {Reason.TOUCH: 10} for id in ids}


@pytest.mark.parametrize("url", ["mysql://host/db", "ledger.db", ""])
def test_a_url_of_another_kind_is_refused_with_what_would_be_right(url: str) -> None:
    with pytest.raises(WrongUse, match="sqlite:///"):
        open_store(url)
