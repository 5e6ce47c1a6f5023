"""Notices and press: events, repeated advice, stories, denials, confirmation, expiry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.detect.memory import Memory
from monitor.model import Certainty, Item, Reading, SignalKind, Source, Stage

from .world import DAY, PRESS, STREAM, World, held, notice, reading, signal, told


def stream() -> World:
    w = World(STREAM)
    w.poll()
    return w


def say(key: str, text: str, *signals, place: str = "IR", day: int = 0) -> tuple[Item, Reading]:
    return notice(key, text, day=day), reading(*signals, places=[place])


def test_a_notice_that_says_raised_is_taken_at_its_word() -> None:
    w = stream()
    n = say("t1", "Level raised for parts of the country.", signal(SignalKind.ADVISORY_LEVEL, "Level raised", direction=1))
    assert told(w.poll(n)) == ["level_raised IR None>None"]
    assert told(w.poll(n)) == []


def test_a_notice_that_says_lowered_is_told_when_it_still_stands() -> None:
    w = stream()
    n = say("t1", "Level lowered.", signal(SignalKind.ADVISORY_LEVEL, "Level lowered", direction=-1))
    assert held(w.poll(n)) == ["level_lowered IR awaiting_confirmation"]
    assert told(w.poll(n)) == ["level_lowered IR None>None"]
    assert told(w.poll(n)) == []


def test_a_continued_level_is_no_news() -> None:
    w = stream()
    assert w.poll(say("t1", "Level 3 continues.", signal(SignalKind.ADVISORY_LEVEL, "continues", restated=True, level=3))) == []


def test_urgent_advice_in_a_new_notice_is_news_again_after_a_day() -> None:
    w = stream()
    leave = lambda k, day: say(k, f"Leave the country now ({k}).", signal(SignalKind.LEAVE_NOW, "Leave the country now"), day=day)  # noqa: E731
    assert told(w.poll(leave("c1", 1))) == ["leave_now IR None>leave_now"]
    assert told(w.poll(leave("c2", 1), after=timedelta(hours=2))) == []
    assert told(w.poll(leave("c3", 2))) == ["leave_now IR leave_now>leave_now"]


def test_an_edited_notice_is_not_told_again() -> None:
    w = stream()
    a = notice("c1", "The embassy has suspended operations in Minsk.")
    r = reading(signal(SignalKind.EMBASSY_CLOSURE, "The embassy has suspended operations in Minsk."), places=["BY"])
    assert told(w.poll((a, r))) == ["mission_suspended BY None>suspended"]
    assert told(w.poll((replace(a, text=a.text + " Call the hotline."), r))) == []


def test_old_notices_that_turn_up_late_are_learnt_in_silence() -> None:
    w = stream()
    w.now += 40 * DAY
    assert told(w.poll(say("c1", "Leave now.", signal(SignalKind.LEAVE_NOW, "Leave now"), day=1))) == []


def article(
    key: str, text: str, kind: SignalKind, stage: Stage, *, issuer: str | None = "US", place: str = "UA", publisher: str = ""
) -> tuple[Item, Reading]:
    item = replace(notice(key, text, day=400, source=PRESS), publisher=publisher, published=None)
    certainty = Certainty.LIKELY if stage is not Stage.CONSIDERED else Certainty.POSSIBLE
    return item, reading(signal(kind, text, stage), places=[place], issuer=issuer, certainty=certainty)


def press() -> World:
    w = World(PRESS)
    w.poll()
    return w


WEIGHING = "The US is weighing whether to pull out diplomats' families, people familiar with the matter said."
ORDERED = "State Department orders relatives of embassy staff to leave the country."


def test_a_story_is_told_once_and_again_when_it_goes_further() -> None:
    w = press()
    first = w.poll(article("a", WEIGHING, SignalKind.ORDERED_DEPARTURE, Stage.CONSIDERED))
    assert told(first) == ["reported UA None>ordered_departure"] and first[0].certainty == "possible"
    assert told(w.poll(article("b", WEIGHING, SignalKind.EVACUATION, Stage.CONSIDERED))) == []
    further = w.poll(article("c", ORDERED, SignalKind.ORDERED_DEPARTURE, Stage.IN_EFFECT))
    assert told(further) == ["reported UA considered>ordered_departure"]
    assert further[0].references == (first[0].id,) and further[0].situation == first[0].situation
    assert told(w.poll(article("d", "Families told to go home from Kyiv.", SignalKind.ORDERED_DEPARTURE, Stage.ANNOUNCED))) == []


def test_a_second_independent_publisher_makes_it_likely_once() -> None:
    w = press()
    w.poll(article("a", WEIGHING, SignalKind.ORDERED_DEPARTURE, Stage.CONSIDERED, publisher="One"))
    copy = w.poll(article("b", WEIGHING, SignalKind.ORDERED_DEPARTURE, Stage.CONSIDERED, publisher="Two"))
    assert told(copy) == [], "the same wire text is one source"
    other = "Officials in Washington debate sending home dependants of embassy employees, three of them told us."
    more = w.poll(article("c", other, SignalKind.ORDERED_DEPARTURE, Stage.CONSIDERED, publisher="Three"))
    assert [(c.kind, c.certainty, c.reason) for c in more] == [("reported", "likely", "more_certain")]
    assert (
        told(
            w.poll(
                article(
                    "d",
                    "Yet another newsroom heard of the same plan from its own people.",
                    SignalKind.ORDERED_DEPARTURE,
                    Stage.CONSIDERED,
                    publisher="Four",
                )
            )
        )
        == []
    )


def test_two_governments_are_two_stories() -> None:
    w = press()
    w.poll(article("a", ORDERED, SignalKind.ORDERED_DEPARTURE, Stage.IN_EFFECT))
    second = w.poll(article("b", "Britain withdraws some embassy staff.", SignalKind.ORDERED_DEPARTURE, Stage.IN_EFFECT, issuer="GB"))
    assert told(second) == ["reported UA None>ordered_departure"]


def test_a_denial_is_told_only_to_a_story() -> None:
    w = press()
    no = "The department has no plans to send families home, its spokesman said."
    assert told(w.poll(article("a", no, SignalKind.ORDERED_DEPARTURE, Stage.DENIED))) == []
    w.poll(article("b", WEIGHING, SignalKind.ORDERED_DEPARTURE, Stage.CONSIDERED))
    assert told(w.poll(article("c", no + " Again.", SignalKind.ORDERED_DEPARTURE, Stage.DENIED))) == ["denied UA None>ordered_departure"]
    assert told(w.poll(article("d", no + " Once more.", SignalKind.ORDERED_DEPARTURE, Stage.DENIED))) == []


def test_the_official_act_confirms_the_report_and_silences_its_echo() -> None:
    w = press()
    report = w.poll(article("a", WEIGHING, SignalKind.ORDERED_DEPARTURE, Stage.CONSIDERED))[0]
    official = World(STREAM, memory=w.memory, polls=1, now=w.now)
    order = notice("n", "The Department ordered families to leave.", day=int((w.now - official.now) / DAY) + 1)
    changes = official.poll((replace(order, published=None), reading(signal(SignalKind.ORDERED_DEPARTURE, order.text), places=["UA"])))
    assert told(changes) == ["confirmed UA reported>departure_ordered", "departure_ordered UA None>ordered"]
    assert all(c.references == (report.id,) and c.first_reported == report.at and c.situation == report.situation for c in changes)
    echo = World(PRESS, memory=Memory(dict(official.memory.places), dict(official.memory.situations)), polls=1, now=official.now)
    assert told(echo.poll(article("z", ORDERED, SignalKind.ORDERED_DEPARTURE, Stage.IN_EFFECT))) == []


def test_a_report_that_nobody_repeats_expires_and_its_hearers_are_told() -> None:
    w = press()
    report = w.poll(article("a", WEIGHING, SignalKind.ORDERED_DEPARTURE, Stage.CONSIDERED))[0]
    assert w.wait(6 * DAY) == []
    ended = w.wait(2 * DAY)
    assert [(c.kind, c.reason, c.references) for c in ended] == [("reworded", "report_expired", (report.id,))]
    assert w.wait(30 * DAY) == []


def test_the_first_look_at_a_newspaper_tells_nothing_but_remembers() -> None:
    w = World(PRESS)
    assert w.poll(article("a", WEIGHING, SignalKind.ORDERED_DEPARTURE, Stage.CONSIDERED)) == []
    assert told(w.poll(article("b", WEIGHING + " Again.", SignalKind.ORDERED_DEPARTURE, Stage.CONSIDERED))) == []
    assert told(w.poll(article("c", ORDERED, SignalKind.ORDERED_DEPARTURE, Stage.IN_EFFECT))) == [
        "reported UA considered>ordered_departure"
    ]


def test_an_official_source_speaks_only_for_its_own_government() -> None:
    w = World(Source("s", "feed", "", issuer="US"))
    w.poll()
    assert (
        w.poll(
            (
                notice("a", "Britain pulls staff."),
                reading(signal(SignalKind.ORDERED_DEPARTURE, "Britain pulls staff"), places=["UA"], issuer="GB"),
            )
        )
        == []
    )


def event(key: str, level: int, words: str, *, day: int = 0) -> tuple[Item, Reading]:
    item = replace(notice(key, f"{words} flood in the valley."), places=("AF",), level=level, level_text=words, axis="impact")
    return replace(item, published=item.published and item.published + day * DAY), Reading(False)


def hazards() -> World:
    w = World(Source("gdacs", "gdacs", ""))
    w.poll(event("old", 4, "Red"))
    return w


def test_a_hazard_is_told_when_it_becomes_notable_and_when_it_gets_worse() -> None:
    w = hazards()
    assert told(w.poll(event("fl1", 1, "Green"))) == []
    assert told(w.poll(event("fl1", 3, "Orange", day=1))) == ["security_alert AF None>3"]
    assert told(w.poll(event("fl1", 3, "Orange", day=2))) == [], "another episode of the same event"
    assert told(w.poll(event("fl1", 4, "Red", day=3))) == ["security_alert AF 3>4"]
    assert told(w.poll(event("fl1", 3, "Orange", day=4))) == []
    assert told(w.poll(event("old", 4, "Red", day=5))) == [], "what the first look showed is no news"


def test_a_hazard_never_becomes_a_level_of_a_government() -> None:
    w = hazards()
    changes = w.poll(event("fl1", 4, "Red"))
    assert [c.issuer for c in changes] == [None]
    assert all(not m.posture.standings for m in w.memory.places.values())


def test_a_withdrawn_bulletin_is_told_as_better() -> None:
    w = hazards()
    w.poll(event("z1", 3, "Active"))
    assert [(c.stage, c.direction) for c in w.poll(event("z1", 1, "Withdrawn", day=1))] == [("lifted", "better")]
    assert told(w.poll(event("z1", 1, "Withdrawn", day=2))) == []


def test_a_long_briefing_speaks_by_its_title_and_lead() -> None:
    w = stream()
    lead = signal(SignalKind.EMBASSY_CLOSURE, "The embassy in Minsk has suspended operations.")
    aside = replace(signal(SignalKind.LEAVE_NOW, "We have told people to leave."), headline=False)
    long = notice("p2", "The embassy in Minsk has suspended operations. " + "Much more was said on the matter. " * 200)
    assert told(w.poll((long, reading(lead, aside, places=["BY"])))) == ["mission_suspended BY None>suspended"]
