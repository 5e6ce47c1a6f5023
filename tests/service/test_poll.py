"""The pipe with a real store: what a poll saves, overtaken polls, bad bodies, sources that go blind, held changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import FetchError, StalePoll, UnknownName
from monitor.knowledge import read
from monitor.ledger import ChangeQuery, Cursor, PollSave, Store
from monitor.model import Aspect, Authority, ChangeKind, Severity, Source, SourceState
from monitor.service.context import Service
from monitor.service.holding import decide_held, held
from monitor.service.policies import policy_of
from monitor.service.poll import Polled, poll, take
from monitor.service.wake import CRISIS, in_crisis, wake
from monitor.sources.base import Parsed, adapter_for
from monitor.sources.fetch import Fetched, Status
from monitor.store import open_store
from tests.daemon.world import Advisory, newspaper, register

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
US = Source("us", "us-state", "https://register.example/us.xml", issuer="US", every=DAY, options=(("records", "2"),))
OTHER = Source("ca", "canada", "https://ca.example/index.json", issuer="CA", every=DAY)
FIJI = Advisory("Fiji", "FJ", 1, "Exercise Normal Precautions", "Nothing out of the ordinary is known about these islands.")


def peru(level: int, day: int, text: str) -> Advisory:
    words = {1: "Exercise Normal Precautions", 2: "Exercise Increased Caution", 3: "Reconsider Travel", 4: "Do Not Travel"}
    return Advisory("Peru", "PE", level, words[level], text, day)


CALM = peru(2, -200, "Crime happens in the larger cities of the country.")
BAD = peru(3, -100, "A state of emergency is in force in several regions.")
EASED = peru(1, -90, "The state of emergency has ended and life is back to normal.")


def service(store: Store, answers: Sequence[Fetched] = ()) -> Service:
    def nobody(*_: object) -> tuple[tuple[()], tuple[()]]:
        return (), ()

    made = Service(
        store=store, sources={US.id: US, OTHER.id: OTHER}, fetch=lambda batch: iter(answers), parse=lambda s, b: adapter_for(s.kind)(b, s),
        read=read, policy=policy_of, plan=nobody, now=lambda: START,
    )  # fmt: skip
    store.register(tuple(made.sources.values()), START)
    return made


def body(*advisories: Advisory) -> Fetched:
    return Fetched(US.id, Status.BODY, register(*advisories), Cursor(etag='"1"'))


def at(svc: Service, fetched: Fetched, day: float) -> Polled:
    return take(svc, US, fetched, START + day * DAY)


def told(polled: Polled) -> list[str]:
    return [f"{c.kind} {c.place}" for c in polled.changes if not c.held and c.kind is not ChangeKind.REWORDED]


def test_a_poll_saves_what_it_learned(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/m.db")
    svc = service(store)
    assert told(at(svc, body(CALM, FIJI), 0)) == []
    assert told(at(svc, body(BAD, FIJI), 1)) == ["level_raised PE"]
    record = store.record(US.id)
    assert record.poll == 2 and record.cursor.etag == '"1"' and record.seen_well == START + DAY
    assert record.due is not None and abs(record.due - (START + 2 * DAY)) <= DAY / 10
    assert [c.kind for c in store.changes(ChangeQuery(place="PE", held=False))] == ["level_raised"]
    assert [p.issuer for p in store.postures(place="PE")] == ["US"]
    editions = store.editions("PE")
    assert any(b"state of emergency" in e.raw for e in editions), "the new edition is kept"
    assert any(e.raw == register(BAD, FIJI) for e in editions), "the body of a poll with news is kept as it came"


def test_an_unchanged_body_is_not_parsed_and_still_confirms() -> None:
    svc = service(open_store("sqlite://"))
    at(svc, body(BAD, FIJI), 0)
    assert [c.held for c in at(svc, body(EASED, FIJI), 1).changes] == [True]
    blind = replace(svc, parse=lambda s, b: pytest.fail("parsed"))
    assert told(at(blind, body(EASED, FIJI), 2)) == ["level_lowered PE"]
    assert told(at(blind, Fetched(US.id, Status.NOT_MODIFIED), 3)) == []


def test_a_body_that_cannot_be_read_is_asked_for_again() -> None:
    store = open_store("sqlite://")
    svc = service(store)
    at(svc, body(CALM, FIJI), 0)
    before = store.record(US.id).cursor
    polled = at(svc, Fetched(US.id, Status.BODY, b"<html>Just a moment...</html>", Cursor(etag='"2"')), 1)
    assert polled.changes == () and store.record(US.id).cursor == before
    assert told(at(svc, body(BAD, FIJI), 2)) == ["level_raised PE"]


def test_going_blind_is_told_once_and_so_is_seeing_again() -> None:
    store = open_store("sqlite://")
    svc = service(store)
    at(svc, body(CALM, FIJI), 0)
    failed = Fetched(US.id, Status.FAILED, error=FetchError("http_status", "403", blocked=True))
    said = [c.kind.value for n in range(6) for c in at(svc, failed, 1 + n).changes]
    assert said == ["source_blocked"] and store.record(US.id).state is SourceState.BLOCKED
    assert [c.kind for c in at(svc, body(CALM, FIJI), 9).changes] == ["source_recovered"]
    assert at(svc, body(CALM, FIJI), 10).changes == ()


def test_a_failing_source_is_asked_less_often_and_as_it_wishes() -> None:
    store = open_store("sqlite://")
    svc = service(store)
    busy = FetchError("http_status", "429", blocked=True, retry_after=timedelta(days=3))
    at(svc, Fetched(US.id, Status.FAILED, error=busy), 0)
    assert store.record(US.id).due == START + 3 * DAY


def test_a_poll_that_was_overtaken_is_decided_anew() -> None:
    store = open_store("sqlite://")
    svc = service(store)
    at(svc, body(CALM, FIJI), 0)

    class Overtaken:
        """Lets another worker save a poll just before ours is saved."""

        raced = False

        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

        def save(self, mine: PollSave) -> None:
            if not self.raced:
                self.raced = True
                at(svc, body(BAD, FIJI), 1)
            store.save(mine)

    ours = replace(svc, store=Overtaken())
    assert told(take(ours, US, body(BAD, FIJI), START + DAY)) == [], "the other worker has told it"
    assert len(store.changes(ChangeQuery(place="PE", held=False))) == 1


def test_a_poll_that_is_overtaken_again_and_again_learns_nothing_and_holds_up_nobody() -> None:
    store = open_store("sqlite://")
    svc = service(store)

    class Hopeless:
        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

        def save(self, _: PollSave) -> None:
            raise StalePoll("again")

    polled = take(replace(svc, store=Hopeless()), US, body(CALM, FIJI), START)
    assert "overtaken" in polled.why and not polled.changes
    assert store.record(US.id).poll == 0 and US.id in store.due(START), "it is asked again"


def test_what_is_decided_anew_is_not_parsed_anew() -> None:
    store, parsed = open_store("sqlite://"), []
    svc = service(store, [body(CALM, FIJI)])

    class Busy:
        left = 3

        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

        def save(self, mine: PollSave) -> None:
            self.left -= 1
            if self.left > 0:
                raise StalePoll("again")
            store.save(mine)

    def parse(source: Source, raw: bytes) -> Parsed:
        parsed.append(source.id)
        return svc.parse(source, raw)

    (polled,) = poll([US.id], replace(svc, store=Busy(), parse=parse))
    assert polled.items == 2 and parsed == [US.id] and store.record(US.id).poll == 1


def test_newspapers_that_tell_of_one_place_at_once_are_all_heard_at_once(tmp_path: Path) -> None:
    papers = {f"p{n}": Source(f"p{n}", "feed", f"https://p{n}.example/", authority=Authority.PRESS) for n in range(24)}
    calm, news = (newspaper((title, "More in the evening.")) for title in ("The orchestra plays", "Norway closes its embassy in Chad"))
    with closing(open_store(f"sqlite:///{tmp_path}/m.db")) as store:
        svc = replace(service(store), sources=papers)
        store.register(papers.values(), START)
        for paper in papers.values():
            take(svc, paper, Fetched(paper.id, Status.BODY, calm), START)

        def some(first: int) -> list[Polled]:
            ids = list(papers)[first : first + 3]
            later = replace(svc, now=lambda: START + DAY, fetch=lambda _: (Fetched(i, Status.BODY, news) for i in ids))
            return list(poll(ids, later))

        with ThreadPoolExecutor(8) as threads:
            polled = [p for some_of_them in threads.map(some, range(0, 24, 3)) for p in some_of_them]
        assert len(polled) == 24 and not [p.why for p in polled if p.why]
        assert {r.poll for r in store.records()} == {2}


def test_a_batch_of_answers_is_taken_one_by_one() -> None:
    store = open_store("sqlite://")
    failed = Fetched(OTHER.id, Status.FAILED, error=FetchError("timeout"))
    results = list(poll([US.id, OTHER.id], service(store, [failed, body(CALM, FIJI)])))
    assert [(r.source, r.items) for r in results] == [("ca", 0), ("us", 2)]


def test_an_operator_may_believe_what_is_held() -> None:
    store = open_store("sqlite://")
    svc = service(store)
    at(svc, body(BAD, FIJI), 0)
    at(svc, body(EASED, FIJI), 1)
    (one,) = held(store)
    change = decide_held(svc, one.pending.held_id, START + 1.1 * DAY, believe=True)
    assert change is not None and (change.kind, change.before, change.after) == ("level_lowered", "3", "1")
    assert change.reason == "confirmed_by_operator" and list(held(store)) == []
    assert told(at(svc, body(EASED, FIJI), 2)) == []


def test_an_operator_may_reject_what_is_held_and_it_stays_rejected() -> None:
    store = open_store("sqlite://")
    svc = service(store)
    at(svc, body(BAD, FIJI), 0)
    at(svc, body(EASED, FIJI), 1)
    (one,) = held(store)
    assert decide_held(svc, one.pending.held_id, START + 1.1 * DAY, believe=False) is None
    for day in (2, 3, 4):
        assert told(at(svc, body(EASED, FIJI), day)) == []
    assert told(at(svc, body(peru(4, -80, "War has come to the country, leave it alone."), FIJI), 5)) == ["level_raised PE"]
    with pytest.raises(UnknownName):
        decide_held(svc, "held_nothing", START, believe=True)


GB = Source("fcdo", "fcdo", "https://www.gov.uk/api/content/foreign-travel-advice", issuer="GB", every=DAY, options=(("records", "2"),))


def _page(slug: str, day: int, note: str, status: list[str] | None) -> dict[str, object]:
    details = {"country": {"name": slug.capitalize(), "slug": slug}, "change_description": note}
    return {
        "base_path": f"/foreign-travel-advice/{slug}", "title": f"{slug.capitalize()} travel advice", "withdrawn": False,
        "public_updated_at": (START - timedelta(days=2) + timedelta(hours=day)).isoformat(),
        "details": details | ({} if status is None else {"alert_status": status}),
    }  # fmt: skip


def test_the_pages_behind_an_index_are_fetched_when_they_moved_and_asked_for_again_when_they_fail() -> None:
    store = open_store("sqlite://")
    pages = {"peru": _page("peru", 0, "First published.", []), "kenya": _page("kenya", 0, "First published.", [])}
    asked: list[str] = []
    broken: set[str] = set()

    def fetch(batch: Sequence[tuple[Source, Cursor]]) -> Iterator[Fetched]:
        for source, _ in batch:
            slug = source.url.rpartition("/")[2]
            asked.append(slug)
            failed = Fetched(source.id, Status.FAILED, error=FetchError("timeout"))
            yield failed if slug in broken else Fetched(source.id, Status.BODY, json.dumps(pages[slug]).encode())

    svc = replace(service(store), sources={GB.id: GB}, fetch=fetch)
    store.register([GB], START)

    def poll_index(hours: float) -> list[str]:
        children = [dict(p, details={k: v for k, v in p["details"].items() if k != "alert_status"}) for p in pages.values()]  # type: ignore[attr-defined]
        index = json.dumps({"links": {"children": children}, "n": hours}).encode()
        asked.clear()
        return told(take(svc, GB, Fetched(GB.id, Status.BODY, index), START + timedelta(hours=hours)))

    assert poll_index(0) == [] and sorted(asked) == ["kenya", "peru"]
    assert [p.get(Aspect.LEVEL).value for p in store.postures(issuer="GB")] == ["1", "1"]  # type: ignore[union-attr]
    assert poll_index(0.1) == [] and asked == []
    pages["kenya"] = _page("kenya", 5, "FCDO now advises against all travel.", ["avoid_all_travel_to_whole_country"])
    broken.add("kenya")
    assert poll_index(0.2) == [] and asked == ["kenya"]
    broken.clear()
    assert poll_index(0.3) == ["level_raised KE"] and asked == ["kenya"]
    pages["peru"] = _page("peru", 0, "First published.", ["avoid_all_travel_to_whole_country"])
    polls = [poll_index(1 + h) for h in range(25)]
    assert ["level_raised PE"] in polls, "a minor update that keeps its date is found within a day"


def test_a_body_that_stands_still_for_too_long_is_silent_although_it_can_be_read() -> None:
    store = open_store("sqlite://")
    svc = service(store)
    at(svc, body(CALM, FIJI), 0)
    assert store.record(US.id).state is SourceState.HEALTHY
    newest = store.record(US.id).newest
    assert newest is not None
    quiet = (newest - START) / DAY
    same = Fetched(US.id, Status.NOT_MODIFIED)
    assert at(svc, same, quiet + 29).changes == ()
    assert [c.kind for c in at(svc, same, quiet + 31).changes] == ["source_silent"]
    assert at(svc, same, quiet + 32).changes == ()
    assert store.record(US.id).why.startswith("nothing newer than")
    moved = replace(FIJI, day=FIJI.day + 33)
    assert "source_recovered" in [c.kind for c in at(svc, body(CALM, moved), quiet + 33).changes]


def test_a_body_in_doubt_is_asked_for_again_and_never_confirms() -> None:
    store = open_store("sqlite://")
    svc = service(store)
    others = [replace(FIJI, name=name, tag=tag) for name, tag in (("Kenya", "KE"), ("Ghana", "GH"), ("Nepal", "NP"))]
    for n in range(3):
        at(svc, body(BAD, *others), n)
    assert [c.held for c in at(svc, body(EASED, *others), 3).changes] == [True]
    for n in range(4, 9):
        assert set(told(at(svc, body(FIJI), n))) <= {"source_degraded *"}, "what is not shown is not confirmed, however often"
        assert store.record(US.id).state is SourceState.DEGRADED and store.record(US.id).cursor == Cursor()
    assert set(told(at(svc, body(EASED, *others), 9))) == {"level_lowered PE", "source_recovered *"}


# --- when it is asked next ----------------------------------------------------------------------------------------------


def test_a_crisis_wakes_the_sources_that_allow_it_and_only_those() -> None:
    store = open_store("sqlite://")
    hour = timedelta(hours=1)
    fast, slow = replace(US, fastest=hour), OTHER
    svc = replace(service(store), sources={fast.id: fast, slow.id: slow})
    worst = peru(4, -1, "Do not travel to Peru because of armed conflict. The Department ordered the departure of government employees.")
    take(svc, fast, body(CALM, FIJI), START)
    take(svc, slow, Fetched(slow.id, Status.FAILED, error=FetchError("http_status", "500")), START)
    assert wake(svc, START + 2 * hour) == ()
    polled = take(svc, fast, body(worst, FIJI), START + 3 * hour)
    assert any(c.severity is Severity.EXTREME for c in polled.changes)
    assert in_crisis(svc, START + 4 * hour) == {"PE"}
    assert wake(svc, START + 5 * hour) == (fast.id,) and fast.id in store.due(START + 5 * hour)
    take(svc, fast, body(worst, FIJI), START + 5 * hour)
    due = store.record(fast.id).due
    assert due is not None and due < START + 6.2 * hour, "and from then on it is polled as fast as it allows"
    later = START + CRISIS + 6 * hour
    take(svc, fast, body(worst, FIJI), later)
    assert wake(svc, later + 3 * hour) == (), "a day later it is over"


def test_a_clock_that_was_put_back_leaves_no_source_asleep() -> None:
    store = open_store("sqlite://")
    svc = service(store)
    at(svc, body(CALM, FIJI), 400)
    assert US.id not in store.due(START + DAY)
    assert wake(svc, START + DAY) == (US.id,)
    assert "level_raised PE" in told(at(svc, body(BAD, FIJI), 1)), "what the wrong clock called silent has recovered as well"
    assert wake(svc, START + DAY) == ()


def test_a_degraded_poll_is_not_seen_well() -> None:
    store = open_store("sqlite://")
    svc = service(store)
    for n in range(3):
        at(svc, body(CALM, *(replace(FIJI, name=name, tag=tag) for name, tag in (("Kenya", "KE"), ("Ghana", "GH"), ("Nepal", "NP")))), n)
    at(svc, body(CALM), 3)
    record = store.record(US.id)
    assert record.state is SourceState.DEGRADED and record.seen_well == START + 2 * DAY
    assert "1 records where about 4" in record.why


def test_a_source_that_stays_degraded_is_told_once_and_so_is_its_end() -> None:
    """A bad hour is no alarm, a day is; a failed poll in between neither tells it again nor ends it."""
    hourly = replace(US, every=timedelta(hours=1))
    svc = service(open_store("sqlite://"))
    svc = replace(svc, sources={**svc.sources, US.id: hourly})
    others = [replace(FIJI, name=name, tag=tag) for name, tag in (("Kenya", "KE"), ("Ghana", "GH"), ("Nepal", "NP"))]
    whole, part = body(CALM, *others), body(CALM)
    nothing = Fetched(US.id, Status.FAILED, error=FetchError("timeout"))
    told: list[tuple[float, str]] = []

    def hours(begin: int, end: int, answer: Fetched) -> None:
        for hour in range(begin, end):
            polled = take(svc, hourly, answer, START + hour * timedelta(hours=1))
            told.extend((hour, f"{c.kind} {c.severity}: {c.detail}") for c in polled.changes if c.kind.about_sight)

    hours(0, 3, whole)
    hours(3, 7, part)
    hours(7, 9, whole)
    assert told == [], "a bad hour or four"
    hours(40, 60, part)  # we were away for more than a day, and nobody else's silence counts
    assert told == []
    hours(60, 61, nothing)
    hours(61, 90, part)
    assert told == [(64, "source_degraded moderate: 1 records where about 4 were expected")]
    hours(90, 91, nothing)
    hours(91, 92, whole)
    assert [what for _, what in told[1:]] == ["source_recovered minor: was degraded: timeout"]
    hours(92, 94, whole)
    assert len(told) == 2


def test_a_mirror_with_few_records_is_doubted_once_and_then_taken_as_it_is() -> None:
    store = open_store("sqlite://")
    small = replace(US, options=())
    svc = replace(service(store), sources={US.id: small})
    states = []
    said = []
    for day, edition in enumerate((BAD, BAD, EASED, EASED)):
        said.append(told(take(svc, small, body(edition, replace_day(day)), START + day * DAY)))
        states.append(store.record(US.id).state)
    assert states == [SourceState.DEGRADED, SourceState.HEALTHY, SourceState.HEALTHY, SourceState.HEALTHY]
    assert said == [[], [], [], ["level_lowered PE"]]


def replace_day(day: int) -> Advisory:
    """Fiji's page, dated anew, so that no body equals the one before."""
    return replace(FIJI, day=-20 + day)
