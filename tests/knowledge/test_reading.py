"""Readings of whole items: the seed story in several wordings, pages of governments, look-alikes, and what never changes them."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.knowledge import item_of, read
from monitor.model import Audience, Authority, Certainty, Item, Nature, Reading, Severity, SignalKind, Stage

K = SignalKind


def press(title: str, text: str = "", day: str = "2024-05-01", lang: str = "en") -> Reading:
    return read(
        item_of({"id": "1", "source_kind": "press", "source": "A paper", "published": day, "title": title, "summary": text, "lang": lang})
    )


def page(title: str, text: str, issuer: str = "US", day: str = "2026-03-15", scheme: str = "us") -> Reading:
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return read(Item("register", "k", title, text, published=at, nature=Nature.PAGE, issuer=issuer, level_scheme=scheme))


SEED_STORIES = [
    (
        "Washington considers moving diplomats' families out of Ukraine",
        "Officials in the United States are considering evacuating relatives of its diplomats from Ukraine, sources said. "
        "Under the plan family members would be ordered to leave, while non-essential staff could leave voluntarily. "
        'The country is already under a "Level 4" travel advisory. The State Department had nothing to announce. '
        "Commercial flights are still available, and Americans should not expect a government evacuation. "
        "Embassy officials will hold a virtual town hall for Americans in Ukraine on January 25.",
    ),
    (
        "US mulls ordering embassy families to leave Kyiv",
        "Sources said the US is weighing an order for embassy family members to leave Ukraine; non-emergency employees could be "
        'authorized to depart on a voluntary basis. The department, which keeps a "Level 4" advisory, declined to comment. '
        "Commercial flights are available and there are no plans for a government evacuation. "
        "A virtual town hall for U.S. citizens in Ukraine takes place on 25 January.",
    ),
]


@pytest.mark.parametrize(("title", "text"), SEED_STORIES)
def test_the_seed_story_in_any_wording(title: str, text: str) -> None:
    reading = press(title, text, "2022-01-21")
    assert reading.relevant and reading.places == ("UA",) and reading.issuer == "US"
    assert reading.stage is Stage.CONSIDERED
    assert {K.ORDERED_DEPARTURE, K.AUTHORIZED_DEPARTURE, K.TOWN_HALL, K.ADVISORY_LEVEL} <= set(reading.kinds)
    assert reading.certainty is Certainty.POSSIBLE and reading.level == 4
    assert {Audience.GOVERNMENT_FAMILIES, Audience.GOVERNMENT_STAFF} <= reading.audiences
    meeting = next(s for s in reading.signals if s.kind is K.TOWN_HALL)
    assert meeting.effective == date(2022, 1, 25)
    notes = {n.name for n in reading.notes}
    assert {"commercial-flights", "no-government-evacuation", "no-comment"} <= notes
    assert all(e.quote in f"{title} {text}" and e.rule for e in reading.evidence)


@pytest.mark.parametrize(
    ("title", "kind", "stage", "places", "issuer"),
    [
        ("Norway closes embassy in Damascus as fighting nears", K.EMBASSY_CLOSURE, Stage.IN_EFFECT, ("SY",), "NO"),
        ("Norway reopens embassy in Damascus", K.EMBASSY_REOPENING, Stage.IN_EFFECT, ("SY",), "NO"),
        ("Italy urges its citizens to leave Niger", K.LEAVE_NOW, Stage.IN_EFFECT, ("NE",), "IT"),
        ("France to evacuate its nationals from Niger", K.EVACUATION, Stage.ANNOUNCED, ("NE",), "FR"),
        ("France evacuated 200 of its nationals from Niger", K.EVACUATION, Stage.IN_EFFECT, ("NE",), "FR"),
        ("Canada weighs evacuating diplomats from Haiti", K.EVACUATION, Stage.CONSIDERED, ("HT",), "CA"),
        ("UK has no plans to evacuate nationals from Russia", K.EVACUATION, Stage.DENIED, ("RU",), "GB"),
        ("US orders nonessential diplomats out of Mali", K.ORDERED_DEPARTURE, Stage.IN_EFFECT, ("ML",), "US"),
        ("Japan advises nationals not to travel to Lebanon", K.ADVISORY_LEVEL, Stage.IN_EFFECT, ("LB",), "JP"),
    ],
)
def test_headlines(title: str, kind: SignalKind, stage: Stage, places: tuple[str, ...], issuer: str) -> None:
    reading = press(title)
    assert (reading.kind, reading.stage, reading.places, reading.issuer) == (kind, stage, places, issuer)


@pytest.mark.parametrize(
    ("lang", "title", "kind", "places", "issuer"),
    [
        ("de", "Frankreich evakuiert seine Staatsbürger aus Niger", K.EVACUATION, ("NE",), "FR"),
        ("de", "Auswärtiges Amt fordert Deutsche zur Ausreise aus dem Libanon auf", K.LEAVE_NOW, ("LB",), "DE"),
        ("fr", "La Belgique évacue ses ressortissants du Soudan", K.EVACUATION, ("SD",), "BE"),
        ("fr", "Le Quai d'Orsay appelle les Français à quitter le Liban", K.LEAVE_NOW, ("LB",), "FR"),
        ("es", "España cierra su embajada en Damasco", K.EMBASSY_CLOSURE, ("SY",), "ES"),
        ("es", "México pide a sus ciudadanos salir de Haití", K.LEAVE_NOW, ("HT",), "MX"),
        ("nl", "Defensie evacueert Nederlanders uit Soedan", K.EVACUATION, ("SD",), "NL"),
        ("ja", "外務省、レバノンの邦人に出国を呼びかけ", K.LEAVE_NOW, ("LB",), "JP"),
    ],
)
def test_headlines_in_other_languages(lang: str, title: str, kind: SignalKind, places: tuple[str, ...], issuer: str) -> None:
    reading = press(title, lang=lang)
    assert (reading.kind, reading.places) == (kind, places)
    assert reading.issuer == issuer


@pytest.mark.parametrize(
    "title",
    [
        "Wildfire forces evacuation of 2,000 homes in Oregon",
        "Embassy families practise evacuation in annual drill",
        "Israel orders new Gaza evacuations near the coast",
        "Review: a film about the evacuation of the embassy in Tehran",
        "Plane evacuated at Denver airport after smoke in cabin",
        "Senator booed at town hall over war",
        "Moscow expels six Polish diplomats in tit-for-tat move",
        "Coach should leave the club now, says former striker",
        "Security alert: flaw in browser lets attackers run code",
        "Winter weather travel advisory as snow falls on Ohio",
        "Residents of Texas town told to shelter in place after a leak",
        "Ten years after the airlift: how evacuees from Kabul rebuilt their lives",
    ],
)
def test_look_alikes_are_not_relevant(title: str) -> None:
    assert not press(title).relevant


def test_a_standing_order_keeps_its_date_and_a_new_one_names_the_page() -> None:
    reading = page(
        "Niger - Level 4: Do Not Travel",
        "The level of this advice did not change: no change in risk either. Advisory summary On January 30, 2026, Washington ordered its "
        "non-emergency staff in Niamey and their relatives to leave.",
    )
    order = next(s for s in reading.signals if s.kind is K.ORDERED_DEPARTURE)
    assert order.effective == date(2026, 1, 30) and order.stage is Stage.IN_EFFECT
    assert reading.kind is K.NO_CHANGE and reading.level == 4
    fresh = page(
        "Oman - Level 3: Reconsider Travel", "On March 13, 2026, Washington ordered the relatives of its employees to leave Muscat."
    )
    assert fresh.kind is K.ORDERED_DEPARTURE and fresh.severity is Severity.EXTREME


@pytest.mark.parametrize(
    ("sentence", "kind", "stage"),
    [
        ("Washington lifted the ordered departure of its embassy employees.", K.DEPARTURE_LIFTED, Stage.LIFTED),
        ("Our post remains on ordered departure since March 2, 2026.", K.ORDERED_DEPARTURE, Stage.IN_EFFECT),
        ("On March 3, 2026, Washington authorized nonessential staff to leave Nicosia.", K.AUTHORIZED_DEPARTURE, Stage.IN_EFFECT),
        ("The embassy shut its doors and suspended operations in 2012.", K.EMBASSY_CLOSURE, Stage.IN_EFFECT),
        ("You should leave now.", K.LEAVE_NOW, Stage.IN_EFFECT),
    ],
)
def test_sentences_of_pages(sentence: str, kind: SignalKind, stage: Stage) -> None:
    reading = page("Ruritania - Level 4: Do Not Travel", f"Travel is dangerous. {sentence} Crime is common.")
    signal = next(s for s in reading.signals if s.kind is kind)
    assert signal.stage is stage and signal.evidence.quote == sentence


def test_restated_is_said() -> None:
    reading = page("Kuwait - Level 3: Reconsider Travel", "Our post remains on ordered departure since March 2, 2026.")
    assert all(s.restated and s.effective == date(2026, 3, 2) for s in reading.signals if s.kind is K.ORDERED_DEPARTURE)


@pytest.mark.parametrize(
    "sentence",
    [
        "Be prepared to shelter in place if fighting comes near.",
        "Have a plan to depart on your own should things get worse.",
        "Ask your insurance company whether it pays for evacuation.",
        "Shelter in place if the police ask for it.",
        "See our leaflet on Crisis Help and Evacuations.",
        "We cannot help U.S. citizens who want to leave.",
        "Ordered departure",
    ],
)
def test_boilerplate_is_no_signal(sentence: str) -> None:
    reading = page("Ruritania - Level 2: Exercise Increased Caution", f"Crime is common. {sentence}")
    urgent = {K.EVACUATION, K.LEAVE_NOW, K.SHELTER_IN_PLACE, K.ORDERED_DEPARTURE}
    assert not [s for s in reading.signals if s.kind in urgent]


def test_what_an_adapter_sets_stands() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    item = Item(
        "s", "k", "Anything", "Leave now.", published=at, nature=Nature.PAGE, issuer="CA", places=("HT",), level=3, level_scheme="ca"
    )
    reading = read(item)
    assert (reading.places, reading.issuer, reading.level, reading.level_scheme) == (("HT",), "CA", 3, "ca")
    assert {s.places for s in reading.signals} == {("HT",)}


def test_no_date_means_no_age() -> None:
    item = item_of({"title": "US ordered embassy staff to leave Chad on April 17, 2021", "source_kind": "press"})
    assert read(item).stage is not Stage.HISTORICAL
    assert not read(item, today=date(2024, 1, 1)).relevant


def test_plain_text_and_odd_records() -> None:
    assert item_of("A headline\nand a text").title == "A headline"
    assert item_of({"title": None, "summary": 5, "published": [], "lang": 3}).authority is Authority.PRESS
    assert read(item_of({})).relevant is False
    assert item_of({"title": "外務省は渡航中止を勧告"}).lang == "ja"
    assert item_of({"title": "Die Botschaft ist geschlossen und der Betrieb wird nicht aufgenommen"}).lang == "de"


# --- properties ------------------------------------------------------------------------------------------------------

_FACTS = [
    "Norway closed its embassy in Damascus.",
    "Italy urged its citizens to leave Niger.",
    "Canada evacuated 40 of its nationals from Haiti.",
    "The State Department ordered non-emergency employees to leave Mali.",
    "Japan advised its nationals against travel to Lebanon.",
]
_FILLER = ["The harvest was good this year.", "Ministers met for lunch.", "The museum shows old maps until June."]


def _facts(reading: Reading) -> set[tuple[str, str, str]]:
    return {(s.kind.value, s.stage.value, s.evidence.quote) for s in reading.signals}


@settings(max_examples=40, deadline=None)
@given(st.permutations(_FACTS + _FILLER))
def test_the_order_of_unrelated_sentences_does_not_change_the_signals(order: list[str]) -> None:
    assert _facts(press("News", " ".join(order))) == _facts(press("News", " ".join(_FACTS + _FILLER)))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(_FACTS), st.sampled_from(_FILLER), st.booleans())
def test_an_unrelated_paragraph_removes_no_signal(fact: str, filler: str, before: bool) -> None:
    text = f"{filler}\n\n{fact}" if before else f"{fact}\n\n{filler}"
    assert _facts(press("News", fact)) <= _facts(press("News", text))


def _core(reading: Reading) -> tuple[object, ...]:
    kinds = {(s.kind, s.stage) for s in reading.signals}
    return (reading.relevant, reading.places, reading.issuer, reading.kind, reading.kinds, reading.stage, reading.audiences, kinds)


_DRESSES = [
    lambda s: s.replace(" ", "\u00a0"),
    lambda s: s.replace("citizens", "citi\u00adzens").replace("embassy", "em\u200bbassy"),
    lambda s: s.replace("'", "\u2019").replace('"', "\u201c"),
    lambda s: f"<p><b>{s}</b></p>",
    lambda s: f"<div class='x'>{s.replace('its', '<em>its</em>')}</div>",
    lambda s: "  " + s.replace(" ", "   ") + "\n",
]


@pytest.mark.parametrize("dress", _DRESSES)
@pytest.mark.parametrize("fact", [*_FACTS, "Britain's embassy tells citizens to 'leave now' from Lebanon"])
def test_dress_does_not_change_the_reading(fact: str, dress: object) -> None:
    assert callable(dress)
    assert _core(press(dress(fact), dress(fact + " It is calm."))) == _core(press(fact, fact + " It is calm."))


@pytest.mark.parametrize("fact", _FACTS)
def test_a_headline_in_capitals_reads_the_same(fact: str) -> None:
    assert _core(press(fact.upper())) == _core(press(fact))


# --- hostile text ----------------------------------------------------------------------------------------------------

_HOSTILE = [
    "order staff leave " * 60_000,
    "US " * 300_000,
    "evacuate citizens from Israel and " * 30_000,
    "<" * 1_000_000,
    "&amp;" * 200_000,
    "<p" + " a" * 500_000,
    "a" * 1_000_000,
    "! " * 500_000,
    "U.S. " * 200_000,
    "(" * 500_000 + ")" * 500_000,
    "level 4 " * 120_000,
    "\u202e\x00\ufeff" * 300_000,
    "レベル4退避してください" * 80_000,
    "January 1 " * 100_000,
    "against all travel to " * 45_000,
    "<script>" * 120_000,
]


@pytest.mark.parametrize("n", range(len(_HOSTILE)))
def test_hostile_text_is_read_without_harm(n: int) -> None:
    """No timed assertion: a pattern that explodes would run into the suite's own limit of minutes."""
    text = _HOSTILE[n]
    for lang in ("en", "ja"):
        reading = read(Item("s", "k", text[:5000], text, published=datetime(2024, 1, 1, tzinfo=UTC), lang=lang))
        assert isinstance(reading.relevant, bool)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=2000), st.sampled_from(["en", "de", "fr", "es", "nl", "ja", "xx", ""]))
def test_any_text_can_be_read(title: str, text: str, lang: str) -> None:
    for nature in Nature:
        for authority in Authority:
            read(Item("s", "k", title, text, lang=lang, nature=nature, authority=authority, issuer="US", level_scheme="us"))


def test_cost_grows_with_length_only() -> None:
    """Eight times the text may cost about eight times the work; a square law would cost sixty-four times."""
    unit = "The State Department ordered staff and citizens to leave Mali and Niger, and evacuated families. "

    def cost(times: int) -> float:
        item = Item("s", "k", "T", unit * times, published=datetime(2024, 1, 1, tzinfo=UTC))
        start = time.process_time()
        read(item)
        return time.process_time() - start

    cost(50)
    small, large = min(cost(100) for _ in range(3)), min(cost(800) for _ in range(2))
    assert large < small * 32
