"""Early signs: each is seen when its facts are there, once an episode, never louder than they are, and not for a whole world at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.detect.signs import SignPolicy, signs
from monitor.knowledge.places import name
from monitor.model import Aspect, Certainty, Change, ChangeKind, Evidence, Posture, Reason, Severity, Sign, SignalKind, Stage, Standing
from monitor.route.words import headline, languages, summary

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
POLICY = SignPolicy()


def fact(kind: ChangeKind = ChangeKind.LEVEL_RAISED, issuer: str | None = "US", hours: float = 0, **more: object) -> Change:
    at = NOW - timedelta(hours=hours)
    base = Change(f"chg_{issuer}_{kind}_{hours}", at, "s", "LB", issuer, kind, Reason.WORSE_AT_ONCE, Severity.SEVERE, after="3")
    return replace(base, **more)  # type: ignore[arg-type]


def held(**levels: int) -> list[Posture]:
    return [Posture(issuer, "LB", ((Aspect.LEVEL, Standing(str(level))),)) for issuer, level in levels.items()]


def report(publisher: str, hours: float = 0, **more: object) -> Change:
    about = {"publishers": (publisher,), "reported_kind": SignalKind.EVACUATION, "stage": Stage.CONSIDERED, "certainty": Certainty.POSSIBLE}
    return fact(ChangeKind.REPORTED, hours=hours, **{**about, **more})


AIRSPACE = fact(ChangeKind.SECURITY_ALERT, "EU", stage=Stage.IN_EFFECT, evidence=(Evidence("bulletin", "airspace_grade"),))
CLOSED = fact(ChangeKind.MISSION_SUSPENDED, after="suspended", severity=Severity.EXTREME)
OTHERS = held(US=3, DE=2, GB=2, CA=3, AU=3)

SEEN = {
    Sign.SEVERAL_RAISED: ([fact()], [fact(issuer="CA", hours=5), fact(issuer="AU", hours=20)], OTHERS),
    Sign.FIRST_MOVER: ([fact()], [], held(US=3, DE=2, GB=1)),
    Sign.AIRSPACE_ALONE: ([AIRSPACE], [], held(US=2, DE=1)),
    Sign.MISSION_ALONE: ([CLOSED], [], held(US=2)),
    Sign.PRESS_AHEAD: ([report("bbc")], [report("cnn", 30)], held(US=2)),
}

NOT_SEEN = {
    "two are not several": ([fact()], [fact(issuer="CA", hours=5)], OTHERS),
    "one of three was yesterday": ([fact()], [fact(issuer="CA", hours=5), fact(issuer="AU", hours=30)], OTHERS),
    "one government twice is one": ([fact()], [fact(issuer="CA", hours=5), fact(issuer="CA", hours=6)], OTHERS),
    "another is as high": ([fact()], [], held(US=3, DE=3, GB=1)),
    "another moved last week": ([fact()], [fact(issuer="DE", hours=100)], held(US=3, DE=2, GB=1)),
    "too few are known to be first": ([fact()], [], held(US=3, DE=1)),
    "level two is no advice against travel": ([fact(after="2")], [], held(US=2, DE=1, GB=1)),
    "somebody advises against travel to where airspace closes": ([AIRSPACE], [], held(US=4, DE=1)),
    "a bulletin that is withdrawn": ([replace(AIRSPACE, stage=Stage.LIFTED)], [], held(US=2, DE=1)),
    "airspace over places nobody is known to speak about": ([AIRSPACE], [], []),
    "the level came with the closure": ([CLOSED, fact(after="4")], [fact(issuer="DE", hours=50)], held(US=3)),
    "the level stands highest already": ([CLOSED], [], held(US=4)),
    "one publisher is a rumour": ([report("bbc")], [report("bbc", 30)], held(US=2)),
    "it is official already": ([report("bbc")], [report("cnn", 30), fact(ChangeKind.LEAVE_NOW, hours=40)], held(US=2)),
}


def found(facts: tuple[list[Change], list[Change], list[Posture]], policy: SignPolicy = POLICY) -> list[Change]:
    return signs(*facts, policy, NOW)


@pytest.mark.parametrize("sign", Sign)
def test_a_sign_is_seen_when_its_facts_are_there(sign: Sign) -> None:
    told = {c.after: c for c in found(SEEN[sign])}
    assert list(told) == [sign]
    change = told[sign]
    assert change.kind is ChangeKind.EARLY_SIGN
    assert set(change.references) <= {c.id for c in (*SEEN[sign][0], *SEEN[sign][1])} and change.references


@pytest.mark.parametrize("why", NOT_SEEN)
def test_no_sign_without_its_facts(why: str) -> None:
    assert found(NOT_SEEN[why]) == []


@pytest.mark.parametrize("sign", Sign)
def test_a_sign_is_told_once_an_episode_and_can_be_left_out(sign: Sign) -> None:
    fresh, past, postures = SEEN[sign]
    (told,) = found((fresh, past, postures))
    assert found((fresh, [*past, replace(told, at=NOW - timedelta(days=13))], postures)) == []
    assert found((fresh, [*past, replace(told, at=NOW - timedelta(days=15))], postures))
    assert found((fresh, past, postures), replace(POLICY, skip=frozenset({sign}))) == []


@pytest.mark.parametrize("sign", Sign)
def test_a_sign_is_never_louder_than_its_facts(sign: Sign) -> None:
    fresh, past, postures = SEEN[sign]
    mild: Sequence[Sequence[Change]] = [[replace(c, severity=Severity.MINOR) for c in some] for some in (fresh, past)]
    (told,) = signs(mild[0], mild[1], postures, replace(POLICY, severity=Severity.EXTREME), NOW)
    assert told.severity is Severity.MINOR
    (loud,) = found(SEEN[sign])
    assert loud.severity is Severity.MODERATE


def test_one_publisher_is_enough_when_it_is_sure() -> None:
    sure = report("bbc", certainty=Certainty.LIKELY, stage=Stage.IN_EFFECT)
    (told,) = found(([sure], [], []))
    assert (told.after, told.certainty) == (Sign.PRESS_AHEAD, Certainty.LIKELY)
    assert found(([sure], [fact(ChangeKind.DEPARTURE_ORDERED, hours=100)], [])) == []


def test_it_says_who_moved_who_did_not_and_how_often_such_a_sign_came_true() -> None:
    record = replace(POLICY, record={Sign.SEVERAL_RAISED: (4, 1)}, recordings=12)
    (told,) = found(SEEN[Sign.SEVERAL_RAISED], record)
    assert headline(told, "en", name) == (
        "Lebanon: Early sign: 3 of 5 governments raised their advice within 24 h (Australia, Canada, United States); "
        "not yet Germany, United Kingdom"
    )
    assert "Of 4 such signs in 12 recordings, 1 were followed" in summary([told], "en", name)
    (unknown,) = found(SEEN[Sign.FIRST_MOVER])
    assert "is not known" in summary([unknown], "en", name)


@pytest.mark.parametrize("lang", languages())
@pytest.mark.parametrize("sign", Sign)
def test_every_language_has_a_sentence_for_every_sign(lang: str, sign: Sign) -> None:
    (told,) = found(SEEN[sign])
    line = headline(told, lang, name)
    assert "{" not in line and len(line) < 260
    assert json.loads(told.detail)["recordings"] == 0
