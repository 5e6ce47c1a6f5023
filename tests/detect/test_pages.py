"""Pages: identity, editions, worse at once, better when confirmed, absence, placeholders."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor.model import Evidence, Reason, SignalKind, Stage

from .world import World, held, page, reading, signal, told

ORDER = "On January 4, 2026, the Department ordered non-emergency staff and their families to leave."
LIFTED = "As of January 9, the Department has lifted its ordered departure for staff and families."


def test_the_first_poll_is_no_news() -> None:
    assert World().poll(page("OM", 4), page("GD", 1)) == []


def test_worse_is_told_at_the_poll_that_shows_it() -> None:
    w = World()
    w.poll(page("GD", 1))
    assert told(w.poll(page("GD", 2, "New risk of robbery at night.", day=1))) == ["level_raised GD 1>2"]


def test_better_waits_for_a_later_poll_and_the_waiting_time() -> None:
    w = World()
    w.poll(page("JM", 3))
    first = w.poll(page("JM", 2, "Calm has returned to the island.", day=1))
    assert told(first) == [] and held(first) == ["level_lowered JM awaiting_confirmation"]
    soon = w.poll(page("JM", 2, "Calm has returned to the island.", day=1), after=timedelta(hours=1))
    assert soon == []
    assert told(w.poll(page("JM", 2, "Calm has returned to the island.", day=1))) == ["level_lowered JM 3>2"]


def test_an_unchanged_body_confirms_too() -> None:
    w = World()
    w.poll(page("JM", 3))
    w.poll(page("JM", 2, "Calm has returned to the island.", day=1))
    assert told(w.same()) == ["level_lowered JM 3>2"]
    assert told(w.same()) == []


def test_a_better_level_that_reverts_is_never_told() -> None:
    w = World()
    w.poll(page("JM", 3))
    w.poll(page("JM", 2, "Calm has returned to the island.", day=1))
    assert told(w.poll(page("JM", 3, "Gangs are active again in the capital.", day=2))) == []
    assert told(w.same()) == []


def test_a_degraded_poll_may_worsen_but_not_better() -> None:
    w = World()
    w.poll(page("JM", 3), page("OM", 2))
    calm = page("JM", 2, "Calm has returned to the island.", day=1)
    w.poll(calm, page("OM", 2))
    changes = w.poll(calm, page("OM", 3, "Armed conflict has begun nearby.", day=2), complete=False)
    assert told(changes) == ["level_raised OM 2>3"]
    assert told(w.same()) == ["level_lowered JM 3>2"]


@pytest.mark.parametrize("text", ["", "Exercise normal precautions. Summary not available"])
def test_a_placeholder_is_held_for_ever_and_its_end_is_no_raise(text: str) -> None:
    w = World()
    true = page("KP", 4, "Do not travel because of wrongful detention.")
    w.poll(true)
    blank = page("KP", 1, text, day=9, key="other-address")
    assert held(w.poll(blank)) == ["level_lowered KP placeholder"]
    for _ in range(5):
        assert told(w.poll(blank)) == []
    assert told(w.poll(true)) == []


def test_a_placeholder_beside_the_true_page_is_not_listened_to() -> None:
    w = World()
    true = page("KP", 4, "Do not travel because of wrongful detention.")
    w.poll(true)
    assert w.poll(true, page("KP", 1, "Summary not available", day=9, key="other")) == []


def test_an_older_edition_under_another_address_is_stale() -> None:
    w = World()
    new = page("ST", 3, "Health services are close to collapse.", day=5)
    w.poll(new)
    old = page("ST", 2, "Petty crime happens.", day=1, key="second-address")
    assert told(w.poll(old)) == []
    assert told(w.poll(new)) == []
    assert told(w.poll(old)) == []


def test_an_old_text_with_a_new_date_is_still_old() -> None:
    w = World()
    w.poll(page("UG", 4, "Do not travel because of the epidemic."))
    w.poll(page("UG", 3, "Reconsider travel because of crime.", day=2))
    w.same()
    assert told(w.poll(page("UG", 4, "Do not travel because of the epidemic.", day=9))) == []
    assert told(w.poll(page("UG", 4, "A new epidemic has broken out, stay away.", day=10))) == ["level_raised UG 3>4"]


def test_an_older_edition_that_stays_alone_for_long_is_believed() -> None:
    w = World()
    w.poll(page("BO", 2, "Roads are blocked by protests.", day=5))
    old = page("BO", 3, "An edition that was dated backwards by mistake.", day=1)
    said = [told(w.poll(old)) for _ in range(12)]
    assert said[:10] == [[]] * 10 and ["level_raised BO 2>3"] in said[10:]


def test_a_re_dating_without_new_meaning_is_a_touch() -> None:
    w = World()
    w.poll(page("FJ", 1))
    assert w.poll(page("FJ", 1, day=3)) == []
    assert w.tally[Reason.TOUCH] == 1


def test_a_new_link_or_guid_is_no_news() -> None:
    w = World()
    w.poll(page("FJ", 1))
    assert w.poll(page("FJ", 1, key="moved.html")) == []


def test_absence_is_no_news_and_neither_is_the_return() -> None:
    w = World()
    w.poll(page("FJ", 2), page("PL", 1))
    assert w.poll(page("PL", 1)) == []
    assert w.poll(page("FJ", 2), page("PL", 1)) == []


def test_a_page_of_its_own_speaks_before_a_joint_one() -> None:
    w = World()
    own, joint = page("MO", 3, "Arbitrary law enforcement."), page("CN", 2, "Arbitrary law enforcement there.", joint="HK MO", key="joint")
    w.poll(own, joint)
    assert told(w.poll(own, page("CN", 2, "Some other words here now.", day=1, joint="HK MO", key="joint"))) == []


def test_an_order_in_the_text_is_told_with_the_level_unchanged() -> None:
    w = World()
    w.poll(page("OM", 3))
    order = (page("OM", 3, ORDER, day=4), reading(signal(SignalKind.ORDERED_DEPARTURE, ORDER, effective=date(2026, 1, 4))))
    assert told(w.poll(order)) == ["departure_ordered OM None>ordered"]
    assert told(w.poll((page("OM", 3, ORDER + " Drive carefully.", day=6), order[1]))) == []


def test_an_old_dated_order_that_appears_is_adopted_in_silence() -> None:
    w = World()
    w.poll(page("HT", 4))
    old = "In July 2023 the Department ordered non-emergency staff to leave Haiti."
    step = (page("HT", 4, old, day=4), reading(signal(SignalKind.ORDERED_DEPARTURE, old, effective=date(2023, 7, 1))))
    assert told(w.poll(step)) == []


def test_an_older_act_does_not_replace_a_newer_one() -> None:
    w = World()
    w.poll((page("NE", 4, ORDER), reading(signal(SignalKind.ORDERED_DEPARTURE, ORDER, effective=date(2026, 1, 4)))))
    earlier = "On October 30, 2025, the Department authorized the departure of families."
    step = (page("NE", 4, earlier, day=5), reading(signal(SignalKind.AUTHORIZED_DEPARTURE, earlier, effective=date(2025, 10, 30))))
    assert told(w.poll(step)) == []


def test_the_newest_of_several_acts_counts_and_an_end_is_confirmed() -> None:
    w = World()
    w.poll((page("ML", 4, ORDER), reading(signal(SignalKind.ORDERED_DEPARTURE, ORDER, effective=date(2026, 1, 4)))))
    both = reading(
        signal(SignalKind.ORDERED_DEPARTURE, ORDER, effective=date(2026, 1, 4)),
        signal(SignalKind.DEPARTURE_LIFTED, LIFTED, Stage.IN_EFFECT, effective=date(2026, 1, 9)),
    )
    lifted = (page("ML", 4, f"{ORDER} {LIFTED}", day=9), both)
    assert held(w.poll(lifted)) == ["departure_lifted ML awaiting_confirmation"]
    assert told(w.poll(lifted)) == ["departure_lifted ML ordered>none"]
    assert told(w.poll(lifted)) == []


def test_silence_of_the_text_is_no_end() -> None:
    w = World()
    w.poll((page("KW", 3, ORDER), reading(signal(SignalKind.ORDERED_DEPARTURE, ORDER, effective=date(2026, 1, 4)))))
    assert told(w.poll((page("KW", 3, "Only crime is mentioned now.", day=9), reading()))) == []
    assert told(w.same()) == []


def test_old_words_in_a_new_edition_are_no_news() -> None:
    w = World()
    leave = "U.S. citizens in the country should leave immediately by any means."
    w.poll(page("IR", 4, leave))
    step = (page("IR", 4, f"A new section on floods. {leave}", day=3), reading(signal(SignalKind.LEAVE_NOW, leave)))
    assert told(w.poll(step)) == []


def test_new_words_of_advice_are_told_once() -> None:
    w = World()
    w.poll(page("IR", 4, "Do not travel because of detention."))
    leave = "U.S. citizens in the country should leave immediately by any means."
    step = (page("IR", 4, leave, day=3), reading(signal(SignalKind.LEAVE_NOW, leave)))
    assert told(w.poll(step)) == ["leave_now IR None>leave_now"]
    again = "All Americans ought to depart at once overland."
    assert told(w.poll((page("IR", 4, again, day=5), reading(signal(SignalKind.LEAVE_NOW, again))))) == []


def test_undated_claims_of_a_variant_of_the_same_day_are_restatements() -> None:
    w = World()
    w.poll(page("BY", 4, "Do not travel to Belarus now."))
    text = "It also suspended operations at the embassy in Minsk."
    variant = (page("BY", 4, text, key="other"), reading(signal(SignalKind.EMBASSY_CLOSURE, text)))
    assert told(w.poll(variant)) == []


def test_a_place_seen_for_the_first_time_later_is_learnt_in_silence() -> None:
    w = World()
    w.poll(page("FJ", 1))
    assert w.poll(page("FJ", 1), page("IL", 3)) == []
    assert told(w.poll(page("FJ", 1), page("IL", 4, "War has broken out again.", day=2))) == ["level_raised IL 3>4"]


def test_new_words_without_new_meaning_are_a_minor_rewording() -> None:
    w = World()
    w.poll(page("FJ", 1))
    changes = w.poll(page("FJ", 1, "Stay alert in crowded places.\nThe number of the tourist police has changed to 155.", day=3))
    assert [(c.kind, c.severity) for c in changes] == [("reworded", "minor")]


def test_an_embassy_that_moves_after_closing_is_news_once() -> None:
    w = World()
    w.poll(page("UA", 4, "Do not travel because of the danger of war."))
    closed, moves = "The embassy has suspended its consular services.", "The Department is moving its operations from Kyiv to Lviv."
    w.poll((page("UA", 4, closed, day=2), reading(signal(SignalKind.EMBASSY_CLOSURE, closed))))
    move = replace(signal(SignalKind.EMBASSY_CLOSURE, moves), evidence=Evidence(moves, "move-mission"))
    assert told(w.poll((page("UA", 4, f"{closed} {moves}", day=4), reading(move)))) == ["mission_suspended UA suspended>suspended"]
    again = replace(move, evidence=Evidence("It is still moving westwards these days.", "move-mission"))
    assert told(w.poll((page("UA", 4, f"{closed} {moves} It is still moving westwards.", day=6), reading(again)))) == []


def test_a_page_without_words_still_tells_where_we_stand_when_nothing_is_known() -> None:
    w = World()
    w.poll(page("FJ", 2, ""), page("KP", 1, "Summary not available"))
    assert told(w.poll(page("FJ", 4, "War has come to the islands.", day=1))) == ["level_raised FJ 2>4"]
    assert told(w.poll(page("KP", 4, "Do not travel because of wrongful detention.", day=1))) == []
