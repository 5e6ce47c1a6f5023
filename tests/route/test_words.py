"""What a person reads: short, complete, in four languages, whatever a source wrote."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.data import seed
from monitor.knowledge.places import name
from monitor.model import Audience, Certainty, Change, ChangeKind, Evidence, Reason, SignalKind, Stage
from monitor.route.words import cut, digest_headline, headline, joint_headline, languages, summary
from tests.service.world import START, change

BOTH = frozenset({Audience.GOVERNMENT_FAMILIES, Audience.GOVERNMENT_STAFF})


def one(kind: ChangeKind, **fields: object) -> Change:
    return change(1, kind, **({"before": None, "after": None, "after_words": "", "evidence": ()} | fields))


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (
            one(ChangeKind.LEVEL_RAISED, place="GD", before="1", after="2", after_words="Level 2: Exercise Increased Caution"),
            "Grenada: United States raises advice to Level 2, Exercise Increased Caution (was Level 1)",
        ),
        (
            one(
                ChangeKind.DEPARTURE_ORDERED,
                place="OM",
                before="authorized",
                after="ordered",
                audiences=BOTH,
                evidence=(Evidence("ordered non-emergency employees and family members to leave", "r"),),
            ),
            "Oman: United States orders non-essential staff and families to leave (was: may leave)",
        ),
        (one(ChangeKind.DEPARTURE_ORDERED, audiences=BOTH), "Ukraine: United States orders staff and families to leave"),
        (
            one(
                ChangeKind.REPORTED,
                stage=Stage.CONSIDERED,
                reported_kind=SignalKind.ORDERED_DEPARTURE,
                audiences=frozenset({Audience.GOVERNMENT_FAMILIES}),
            ),
            "Reported, not confirmed: United States weighing an order for families of its staff to leave (Ukraine)",
        ),
        (
            one(ChangeKind.LEVEL_LOWERED, before="4", after="3", after_words="レベル3：渡航中止勧告"),
            "Ukraine: United States lowers advice to Level 3 (was Level 4)",
        ),
        (one(ChangeKind.MISSION_SUSPENDED, before="open", after="suspended"), "Ukraine: United States closes its embassy (was: open)"),
        (one(ChangeKind.SOURCE_BROKEN, place="*"), "us: we can no longer read it"),
        (one(ChangeKind.LEVEL_RAISED, issuer=None, place="*", after="3"), "Worldwide: A government sets advice to Level 3"),
    ],
)  # fmt: skip
def test_english_sentences(told: Change, line: str) -> None:
    assert headline(told, "en", name) == line


def test_every_language_has_every_word_and_field() -> None:
    english = tomllib.loads(seed("words/en.toml").decode())
    assert set(languages()) == {"en", "de", "fr", "es"}
    for lang in ("de", "fr", "es"):
        own = tomllib.loads(seed(f"words/{lang}.toml").decode())
        assert {t: set(own[t]) for t in own} == {t: set(english[t]) for t in english if t != "texts"}
        for table, entries in own.items():
            for key, text in entries.items():
                assert _fields(text) == _fields(english[table][key]), (lang, table, key)


def _fields(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


changes = st.builds(
    lambda kind, stage, before, after, words, audiences, reported, issuer, place, certainty, reason, quote, publisher: change(
        1, kind, stage=stage, before=before, after=after, after_words=words, audiences=audiences, reported_kind=reported, issuer=issuer,
        place=place, certainty=certainty, reason=reason, evidence=(Evidence(quote, "r"),), publishers=(publisher,), source=publisher,
        first_reported=START - timedelta(days=2), published=datetime(2026, 2, 28, tzinfo=UTC),
    ),
    st.sampled_from(ChangeKind),
    st.none() | st.sampled_from(Stage),
    st.none() | st.sampled_from(["1", "4", "none", "ordered", "suspended", "leave_now", "reported", "considered"]) | st.text(max_size=20),
    st.none() | st.sampled_from(["2", "authorized", "reduced", "expired", "shelter", "departure_ordered"]) | st.text(max_size=20),
    st.text(max_size=300),
    st.frozensets(st.sampled_from(Audience)),
    st.none() | st.sampled_from(SignalKind),
    st.sampled_from(["US", "EU", "ZZ", None]),
    st.sampled_from(["UA", "XK", "*", "", "ZZ"]),
    st.sampled_from(Certainty),
    st.sampled_from(Reason),
    st.text(max_size=1000),
    st.text(max_size=100),
)  # fmt: skip


@given(told=changes, lang=st.sampled_from([*languages(), "xx"]), zone=st.sampled_from(["UTC", "Asia/Kathmandu"]))
def test_every_change_has_one_short_line_and_a_few_below(told: Change, lang: str, zone: str) -> None:
    line = headline(told, lang, name)
    assert (
        line
        and len(line) < 260
        and "\n" not in line
        and not set(line) & set("\x00\x1b\u202e{}") - set(told.after_words + told.source + (told.after or ""))
    )
    below = summary([told], lang, name, zone=zone, watches="office (3)", unknown=["place"])
    assert len(below) < 1500 and "\x1b" not in below and "\u202e" not in below
    both = joint_headline([told, replace(told, id="chg_2")], lang, name)
    assert len(both) < 500 and digest_headline([told], lang, name)


def test_the_worst_comes_first_and_the_place_once() -> None:
    raised = one(ChangeKind.LEVEL_RAISED, before="3", after="4")
    told = one(ChangeKind.TOWN_HALL)
    line = joint_headline([replace(told, severity=raised.severity.MINOR), raised], "en", name)
    assert line == "Ukraine: United States raises advice to Level 4 (was Level 3); United States invites its citizens to a briefing"


def test_below_the_line_stand_proof_standing_and_people() -> None:
    told = one(ChangeKind.REPORTED, evidence=(Evidence("The State Department is weighing it.", "r"),), certainty=Certainty.POSSIBLE,
               publishers=("Bloomberg",), first_reported=START - timedelta(days=2))  # fmt: skip
    assert summary([told], "en", name, watches="Kyiv office (12)", unknown=["issuer"]).splitlines() == [
        "“The State Department is weighing it.”",
        "Reported, not confirmed by Bloomberg; first reported 2026-02-27 12:00 UTC; seen 2026-03-01 12:00 UTC",
        "Your people there: Kyiv office (12)",
        "We could not tell: issuer",
    ]


@given(st.text(max_size=400), st.integers(5, 100))
def test_cut_is_never_longer(text: str, length: int) -> None:
    assert len(cut(text, length)) <= length
