"""Values to put into a store: short hands for single ones, and strategies for any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from monitor.ledger import Cursor, Delivery, Edition, PollSave, Remembered, SourceRecord
from monitor.model import (
    Aspect,
    Audience,
    Certainty,
    Change,
    ChangeKind,
    DeliveryState,
    Evidence,
    MessageType,
    Posture,
    Reason,
    Severity,
    SignalKind,
    Source,
    SourceState,
    Stage,
    Standing,
)

NOW = datetime(2022, 1, 23, 20, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOSTILE = "a\0b\ud800c\u202ed\U0001f6a8'\";--"
"""What strangers' texts may hold; a database may drop what cannot be written, it may not choke on it."""


def source(id: str = "us", url: str = "https://one.example/feed", kind: str = "feed") -> Source:
    return Source(id, kind, url)


def poll(id: str = "us", number: int = 1, at: datetime = NOW, **learned: object) -> PollSave:
    record = learned.pop("record", None) or SourceRecord(id, poll=number, due=at + 15 * MINUTE, polled=at)
    return PollSave(record=record, at=at, **learned)  # type: ignore[arg-type]


def change(id: str, at: datetime = NOW, **more: object) -> Change:
    given = {"source": "us", "place": "UA", "issuer": "US", "kind": ChangeKind.DEPARTURE_ORDERED, "reason": Reason.WORSE_AT_ONCE}
    given |= {"severity": Severity.EXTREME, "situation": "s-ua"}
    return Change(id=id, at=at, **(given | more))  # type: ignore[arg-type]


def line(id: str, channel: str = "mail", at: datetime = NOW, **more: object) -> Delivery:
    given: dict[str, object] = {"type": MessageType.ALERT, "changes": ("c1",), "created": at, "due": at}
    return Delivery(id=id, channel=channel, **(given | more))  # type: ignore[arg-type]


def posture(value: str, issuer: str = "US", place: str = "UA", words: str = "", **more: object) -> Posture:
    return Posture(issuer, place, ((Aspect.LEVEL, Standing(value, NOW, words, Evidence("a quote", "a-rule"))),))


def edition(key: str, digest: str = "d1", seen: datetime = NOW, raw: bytes = b"<raw/>", places: tuple[str, ...] = ("UA",)) -> Edition:
    return Edition("us", key, digest, places, "US", f"title of {key}", f"https://one.example/{key}", NOW - MINUTE, seen, raw)


def memory(key: str, payload: str = "{}", version: int = 0, due: datetime | None = None) -> Remembered:
    return Remembered(key, payload, version, due)


# --- any value -------------------------------------------------------------------------------------------------------

moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
names = st.text("abcUXé/-_", min_size=1, max_size=8)
evidences = st.builds(Evidence, words, words, words)

records = st.builds(
    SourceRecord,
    id=st.just("us"),
    poll=st.just(1),
    cursor=st.builds(Cursor, words, words, words),
    state=st.sampled_from(SourceState),
    why=words,
    since=st.none() | moments,
    seen_well=st.none() | moments,
    polled=st.none() | moments,
    failures=st.integers(0, 10**6),
    due=st.none() | moments,
    baseline=st.booleans(),
    counts=st.lists(st.integers(0, 10**6), max_size=5).map(tuple),
    newest=st.none() | moments,
    touches=st.integers(0, 10**9),
)

standings = st.builds(Standing, words, st.none() | moments, words, st.none() | evidences)
postures = st.builds(
    Posture, names, names, st.dictionaries(st.sampled_from(Aspect), standings, max_size=4).map(lambda standing: tuple(standing.items()))
)

changes = st.builds(
    Change,
    id=names,
    at=moments,
    source=names,
    place=names,
    issuer=st.none() | names,
    kind=st.sampled_from(ChangeKind),
    reason=st.sampled_from(Reason),
    severity=st.sampled_from(Severity),
    certainty=st.sampled_from(Certainty),
    stage=st.none() | st.sampled_from(Stage),
    before=st.none() | words,
    after=st.none() | words,
    after_words=words,
    held=st.booleans(),
    evidence=st.lists(evidences, max_size=3).map(tuple),
    url=words,
    published=st.none() | moments,
    situation=names,
    references=st.lists(names, max_size=3).map(tuple),
    audiences=st.frozensets(st.sampled_from(Audience)),
    reported_kind=st.none() | st.sampled_from(SignalKind),
    first_reported=st.none() | moments,
    publishers=st.lists(words, max_size=3).map(tuple),
    detail=words,
)

lines = st.builds(
    Delivery,
    id=names,
    channel=names,
    type=st.sampled_from(MessageType),
    changes=st.lists(names, max_size=3).map(tuple),
    created=moments,
    due=moments,
    route=words,
    situation=st.just("") | names,
    group=words,
    state=st.just(DeliveryState.WAITING),
    payload=words,
    references=st.lists(names, max_size=3).map(tuple),
)
