"""Batches: quiet polls that come together share a commit, none of them is lost or counted twice; and every engine says the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.knowledge.reading import read
from monitor.ledger import Cursor, PollSave, Store
from monitor.model import Authority, Source, SourceState
from monitor.service import replay
from monitor.service.context import Service
from monitor.service.policies import policy_of
from monitor.service.poll import poll
from monitor.settings.load import sources_of
from monitor.sources.fetch import Fetched, Status
from monitor.sources.parser import inline
from monitor.store import open_store
from tests.bench.farm import render
from tests.paths import RECORDINGS
from tests.store.databases import postgres_url

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
SOURCES = [Source(f"s{n}", "feed", f"https://s{n}.example/", authority=Authority.PRESS) for n in range(6)]


class Counting:
    """A real store that counts how it is written to."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.alone = 0
        self.together: list[int] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def save(self, one: PollSave) -> None:
        self.alone += 1
        self._store.save(one)

    def save_many(self, some: Sequence[PollSave]) -> object:
        self.together.append(len(some))
        return self._store.save_many(some)


def service(store: object, answers: Sequence[Fetched], sources: Sequence[Source] = SOURCES) -> Service:
    def nobody(*_: object) -> tuple[tuple[()], tuple[()]]:
        return (), ()

    return Service(
        store=store, sources={s.id: s for s in sources}, fetch=lambda _: iter(answers), parse=inline, read=read, policy=policy_of,
        plan=nobody, now=lambda: NOW,
    )  # type: ignore[arg-type]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Counting]:
    opened = open_store(f"sqlite:///{tmp_path}/m.db")
    opened.register(SOURCES, NOW)
    yield Counting(opened)
    opened.close()


def answers(status: Status, *numbers: int) -> list[Fetched]:
    """An answer for each, of which all but the last are followed at once by the next."""
    made = [Fetched(f"s{n}", status, render(n, 0) if status is Status.BODY else b"", Cursor(f'"{n}"'), more=True) for n in numbers]
    return [*made[:-1], replace(made[-1], more=False)]


def test_quiet_polls_that_come_together_share_a_commit(store: Counting) -> None:
    ids = [s.id for s in SOURCES]
    assert len([*poll(ids, service(store, answers(Status.BODY, *range(6))))]) == 6
    assert (store.alone, store.together) == (0, [6]), "bodies that tell nothing as well"
    again = [*poll(ids, service(store, [*answers(Status.BODY, 0, 1, 2), *answers(Status.NOT_MODIFIED, 3, 4, 5)]))]
    assert [p.source for p in again] == ids and {p.state for p in again} == {SourceState.HEALTHY}
    assert (store.alone, store.together) == (0, [6, 3, 3]), "and nobody waits for what has not come"
    assert [store.record(i).poll for i in ids] == [2] * 6
    assert all(store.record(i).cursor.etag == f'"{n}"' for n, i in enumerate(ids))


def feed(*titles: str) -> bytes:
    entries = (f"<item><title>{t}</title><guid>{t}</guid><pubDate>Mon, 09 Mar 2026 11:00:00 GMT</pubDate></item>" for t in titles)
    return f"<rss version='2.0'><channel><title>f</title>{''.join(entries)}</channel></rss>".encode()


def test_news_are_saved_by_themselves_after_what_came_before(store: Counting) -> None:
    ids = [s.id for s in SOURCES[:3]]
    old, new = feed("A concert in the park"), feed("A concert in the park", "Embassy of Germany in Chad suspends operations")
    for titles in ((old, old, old), (feed("Another concert"), new, feed("A third concert"))):
        bodies = [Fetched(i, Status.BODY, body, Cursor(), more=i != ids[-1]) for i, body in zip(ids, titles, strict=True)]
        done = [*poll(ids, service(store, bodies))]
    assert [(p.source, len(p.changes)) for p in done] == [("s0", 0), ("s1", 1), ("s2", 0)]
    assert (store.alone, store.together) == (1, [3, 1, 1])


def test_a_body_that_was_overtaken_is_decided_anew_and_the_others_are_saved(store: Counting) -> None:
    ids = [s.id for s in SOURCES[:3]]

    def overtaken() -> Iterator[Fetched]:
        record = store.record("s1")
        store._store.save(PollSave(replace(record, poll=record.poll + 1), NOW))
        yield from answers(Status.BODY, 0, 1, 2)

    made = replace(service(store, ()), fetch=lambda _: overtaken())
    assert sorted(p.source for p in poll(ids, made)) == ids
    assert [store.record(i).poll for i in ids] == [1, 2, 1] and len(store.seen("s1")) == 20


def test_a_quiet_poll_that_was_overtaken_is_decided_anew_and_the_others_are_saved(store: Counting) -> None:
    ids = [s.id for s in SOURCES[:3]]
    list(poll(ids, service(store, answers(Status.BODY, 0, 1, 2))))

    def overtaken() -> Iterator[Fetched]:
        record = store.record("s1")
        store._store.save(PollSave(replace(record, poll=record.poll + 1), NOW))
        yield from answers(Status.NOT_MODIFIED, 0, 1, 2)

    made = replace(service(store, ()), fetch=lambda _: overtaken())
    assert sorted(p.source for p in poll(ids, made)) == ids
    assert [store.record(i).poll for i in ids] == [2, 3, 2]


def test_a_new_body_between_quiet_ones_is_saved_in_its_turn(store: Counting) -> None:
    ids = [s.id for s in SOURCES[:3]]
    list(poll(ids, service(store, answers(Status.BODY, 0, 1, 2))))
    mixed = answers(Status.NOT_MODIFIED, 0, 1, 2)
    mixed[1] = Fetched("s1", Status.BODY, render(1, 1), Cursor('"new"'), more=True)
    done = [*poll(ids, service(store, mixed))]
    assert [p.source for p in done] == ids and done[1].items == 20
    assert store.record("s1").cursor.etag == '"new"'


# --- every engine the same -----------------------------------------------------------------------------------------------


def changes_of(recording: Path, url: str) -> list[object]:
    settings, bodies = replay.open_recording(recording)
    sources = sources_of(settings["source"])
    opened = open_store(url)
    try:
        made = service(opened, (), sources)
        return [change for _, changes in replay.replay(bodies, made, sources) for change in changes]
    finally:
        opened.close()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.recordings
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", sorted(p.name for p in RECORDINGS.glob("*.tar.xz")) if RECORDINGS else ["none"])
def test_sqlite_and_postgresql_tell_the_same(name: str) -> None:
    if RECORDINGS is None:
        pytest.skip("no recordings beside the checkout")
    recording = RECORDINGS / name
    assert changes_of(recording, "sqlite://") == changes_of(recording, postgres_url())
