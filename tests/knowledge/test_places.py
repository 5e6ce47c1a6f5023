"""Places in running text: every mention found, namesakes told apart, and nothing that is no place."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.knowledge.place_finder import MOST
from monitor.knowledge.places import Mention, PlaceKind, codes, find, name
from tests.paths import GOLD


def said(text: str, lang: str | None = "en") -> list[tuple[str, str]]:
    """The mentions as (words, codes), without the names of other things."""
    return [(m.text, " ".join(m.codes)) for m in find(text, lang) if m.kind is not PlaceKind.OTHER]


def kinds(text: str, lang: str | None = "en") -> list[tuple[str, str]]:
    """The mentions as (words, kind)."""
    return [(m.text, m.kind.value) for m in find(text, lang)]


def test_a_sentence_from_the_wire() -> None:
    text = "Washington told the families of American diplomats in Kyiv to go; U.S. citizens in Ukraine should leave, said Britain's FCDO."
    assert [(m.text, m.codes, m.kind.value) for m in find(text, "en")] == [
        ("Washington", ("US",), "capital"),
        ("American", ("US",), "demonym"),
        ("Kyiv", ("UA",), "capital"),
        ("U.S.", ("US",), "country"),
        ("Ukraine", ("UA",), "country"),
        ("Britain", ("GB",), "country"),
        ("FCDO", ("GB",), "government"),
    ]
    assert all(text[m.start : m.end] == m.text for m in find(text, "en"))


def test_a_mention_is_a_frozen_value() -> None:
    mention = find("Haiti", "en")[0]
    assert mention == Mention(0, 5, "Haiti", ("HT",), PlaceKind.COUNTRY)
    with pytest.raises(dataclasses.FrozenInstanceError):
        mention.text = "Cuba"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a state of the US or a country
        ("Georgia's governor called out the guard", "US"),
        ("A Georgia man was charged", "US"),
        ("Crowds filled Tbilisi as Georgia voted", "GE GE"),
        ("ATLANTA, Georgia (AP) - Schools closed", "US US"),
        ("Evacuations began in Savannah as Georgia braced for the storm", "US US"),
        ("Georgia travel advice", "GE"),
        ("He studied at the University of Georgia", "US"),
        ("the border between Georgia and Russia, near Tskhinvali", "GE RU GE"),
        # towns that share their names
        ("a fire in Lebanon, Ohio", "US US"),
        ("a fire in Lebanon, Pa.", "US"),
        ("from Beirut, Lebanon", "LB LB"),
        ("a school in Paris, Texas", "US US"),
        ("a school in Paris", "FR"),
        ("students in Moscow, Idaho", "US US"),
        ("a plant in Birmingham, Alabama", "US US"),
        ("Birmingham city council", "GB"),
        ("beaches of Panama City, Florida", "US US"),
        ("canal talks in Panama City", "PA"),
        ("Cuba, Missouri", "US US"),
        ("London, Ontario", "CA CA"),
        ("Hyderabad, Pakistan", "PK PK"),
        ("an explosion in Hyderabad", "IN"),
        ("police in Sindh said Hyderabad was calm", "PK PK"),
        ("shelling in Tripoli", "LY"),
        ("Lebanon sent soldiers to Tripoli", "LB LB"),
        ("Tampa and St. Petersburg brace for a hurricane", "US US"),
        ("a bomb in St. Petersburg, Russia", "RU RU"),
        ("Victoria, Seychelles", "SC"),
        ("Team China, California-born", "CN US"),
        # the Congos, the Guineas, the Koreas, the Sudans
        ("DR Congo, DRC and the Democratic Republic of the Congo", "CD CD CD"),
        ("the Republic of the Congo, Congo-Brazzaville", "CG CG"),
        ("rebels took Goma in eastern Congo", "CD CD"),
        ("Congo's ruling party met in Brazzaville", "CG CG"),
        ("Guinea, Guinea-Bissau, Equatorial Guinea and Papua New Guinea", "GN GW GQ PG"),
        ("North Korea, South Korea, N. Korea, DPRK", "KP KR KP KP"),
        ("Korea Airports Corporation", "KR"),
        ("South Sudan and Sudan", "SS SD"),
        ("Niger and Nigeria; Nigerien and Nigerian troops", "NE NG NE NG"),
        ("Niger State and the Niger Delta", "NG NG"),
        ("the Dominican Republic and Dominica", "DO DM"),
        # parts of longer names
        ("New Mexico, West Virginia, American Samoa, French Guiana, British Columbia", "US US AS GF CA"),
        ("Northern Ireland and Ireland, England, Scotland, Wales", "GB IE GB GB GB"),
        ("Macedonia, Holland, Burma, Swaziland, Ivory Coast, Cape Verde", "MK NL MM SZ CI CV"),
        ("Indiana and India", "US IN"),
        ("Malia flew to Mali", "ML"),
        # spellings
        ("Kiev, Kyiv, Kharkov, Kharkiv, Odessa, Odesa, Lvov, Khartum", "UA UA UA UA UA UA UA SD"),
        ("Côte d’Ivoire’s army; Cote d'Ivoire; São Tomé and Príncipe", "CI CI ST"),
        ("Guinea Bissau", "GW"),
        ("St Kitts and Nevis; St. Kitts & Nevis", "KN KN"),
        ("N’Djamena, Nuku'alofa, Sana'a, Port-au-Prince", "TD TO YE HT"),
        ("The Hague and the Hague", "NL NL"),
        ("Malé, capital of the Maldives", "MV MV"),
        ("UAE, U.A.E., UK, U.K., USA, U.S.A.", "AE AE GB GB US US"),
    ],
)
def test_which_place_it_is(text: str, expected: str) -> None:
    assert " ".join(found for _, found in said(text) if found) == expected


@pytest.mark.parametrize(
    "text",
    [
        "let us go, they told us",
        "TELL US MORE",
        "a cold turkey, fine china, a chad, the jordan almonds",
        "Roast turkey and Turkey sandwiches for all",
        "Michael Jordan and Michael B. Jordan met Mr. Jordan and Rep. Jordan",
        "Jordan Peterson, Chad M. Smith and Paris Hilton",
        "Denzel Washington, Jack London and Irving Berlin",
        "the Indian Ocean, the Gulf of Guinea, the Jordan River, a guinea pig",
        "Kenya Airways, Air India and the Nairobi Times",
        "The Jerusalem Post, China Daily, Times of India, Voice of America",
        "an Emirates flight",
        "CAR BOMB AT MARKET",
        "a SWAT team, MILAN missiles",
        "Reading the mobile bill in a nice bath",
        "Nice work. Split the bill.",
        "the bank polish, Polish your shoes: Polish the floor",
        "English language lessons",
    ],
)
def test_what_is_no_place(text: str) -> None:
    assert [words for words, found in said(text) if found] == []


def test_capitals_are_read_in_headlines_and_datelines() -> None:
    assert said("US ORDERS FAMILIES OUT OF UKRAINE") == [("US", "US"), ("UKRAINE", "UA")]
    assert said("COTE D'IVOIRE; TRINIDAD AND TOBAGO; GUINEA-BISSAU") == [
        ("COTE D'IVOIRE", "CI"),
        ("TRINIDAD AND TOBAGO", "TT"),
        ("GUINEA-BISSAU", "GW"),
    ]
    assert said("BEIRUT (AP) - Roads closed.\nDOHA: Talks went on.") == [("BEIRUT", "LB"), ("DOHA", "QA")]


def test_bound_mentions_are_marked() -> None:
    text = (
        "Iran-backed groups, the Israel-Hamas war, anti-Israel rallies, U.S.-led forces, Russia–Ukraine talks; Iran - a list; Timor-Leste"
    )
    assert [(m.text, m.bound) for m in find(text, "en")] == [
        ("Iran", True),
        ("Israel", True),
        ("Israel", True),
        ("U.S.", True),
        ("Russia", True),
        ("Ukraine", True),
        ("Iran", False),
        ("Timor-Leste", False),
    ]


def test_kinds() -> None:
    assert kinds("Gaza, the Sahel, Haitians, Lviv, Nairobi, Kenya, the Kremlin, Air France") == [
        ("Gaza", "area"),
        ("Sahel", "region"),
        ("Haitians", "demonym"),
        ("Lviv", "city"),
        ("Nairobi", "capital"),
        ("Kenya", "country"),
        ("Kremlin", "government"),
        ("Air France", "other"),
    ]
    assert {m.codes for m in find("the Middle East, West Asia, the Gulf, the Caribbean, Latin American", "en")} == {()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the State Department, Foggy Bottom, the White House", "US US US"),
        ("the Foreign Office, FCO, Downing Street, Whitehall", "GB GB GB GB"),
        ("Global Affairs Canada, GAC; DFAT, Smartraveller", "CA CA AU AU"),
        ("Auswärtiges Amt, Quai d'Orsay, Farnesina", "DE FR IT"),
        ("the External Affairs Ministry, MEA", "IN IN"),
        ("Japan's Foreign Ministry", "JP JP"),
        ("the Ministry of Foreign Affairs of Japan", "JP JP"),
        ("the Turkish foreign ministry", "TR TR"),
        ("Pakistan's Foreign Office", "PK PK"),
        ("the Philippine DFA", "PH PH"),
        ("Filipinos were told by the DFA", "PH PH"),
        ("MOFA and the Ministry of Foreign Affairs", ""),
        ("the IAF flew Indians home", "IN IN"),
        ("IAF jets struck Gaza", "IL PS"),
    ],
)
def test_governments(text: str, expected: str) -> None:
    assert " ".join(found for _, found in said(text) if found) == expected


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("de", "Die Bundesregierung rät deutschen Staatsangehörigen, die Ukraine und den Sudan zu verlassen", "DE DE UA SD"),
        ("de", "ukrainische Behörden, die Ukrainerinnen, US-Bürger, der Kreml, britischer Botschafter in Kiew", "UA UA US RU GB UA"),
        ("de", "Reisen in die Demokratische Republik Kongo, nach Südkorea und in die Vereinigten Arabischen Emirate", "CD KR AE"),
        ("de", "Teile Kenias, die Botschaft Israels in Südkoreas Hauptstadt, der Norden der Demokratischen Republik Kongo", "KE IL KR CD"),
        ("fr", "Les ressortissants français doivent quitter le Niger et le Liban, dit le Quai d'Orsay", "FR NE LB FR"),
        ("fr", "l'armée israélienne, les Américains, la Cisjordanie, Pékin, Le Caire, l'île Maurice", "IL US PS CN EG MU"),
        ("fr", "Maurice et Dominique sont partis", ""),
        ("es", "Exteriores pide a los españoles salir de Haití; EE.UU. y EE. UU. cierran su embajada en Jartum", "ES ES HT US US SD"),
        ("es", "los ucranianos, la embajada alemana, Irán, Líbano, Arabia Saudí; Granada", "UA DE IR LB SA ES"),
        ("nl", "Buitenlandse Zaken roept Nederlanders op Libanon te verlaten; de Britse ambassade in Kiev; de VS", "NL NL LB GB UA US"),
        ("ja", "外務省はイランと北朝鮮に退避勧告を出した。米国務省と英国、南スーダン、ガザ地区", "JP IR KP US GB SS PS"),
        ("ja", "インドネシアとインド、マリ。サマリア人とアメリカンフットボール。中国地方", "ID IN ML"),
        ("ja", "UAEとUSA、キーウ、日米両政府", "AE US UA JP US"),
        (None, "Frankreich warnt, Estados Unidos avisa, イランへ", "FR US IR"),
        (None, "a chino and a suede jacket", ""),
        ("it", "Ukraine, Kenya", "UA KE"),
        ("en-GB", "Kenya", "KE"),
    ],
)
def test_languages(lang: str | None, text: str, expected: str) -> None:
    assert " ".join(found for _, found in said(text, lang) if found) == expected


def test_every_country_is_found_by_its_english_name() -> None:
    silent = {"JE"}  # a garment and half of New Jersey's papers
    assert {code for code in codes() if (code,) not in [m.codes for m in find(f"from {name(code)} on", "en")]} == silent


@given(st.text(max_size=300))
def test_any_text_gives_ordered_separate_mentions(text: str) -> None:
    end = 0
    for mention in find(text):
        assert end <= mention.start < mention.end <= len(text)
        assert text[mention.start : mention.end] == mention.text
        end = mention.end


@pytest.mark.parametrize(
    "unit", ["Paris ", "New ", "Georgia, ", "United States of ", "U.S.", "Iran-", "イラン", "Foreign Ministry of ", "a", "\u0301"]
)
def test_a_megabyte_of_anything_is_read_no_further_than_sense_goes(unit: str) -> None:
    assert len(find(unit * (1_000_000 // len(unit)), "en")) <= MOST


@pytest.mark.recordings
def test_labelled_texts_name_their_countries() -> None:
    if GOLD is None or not (GOLD / "texts-dev.jsonl").exists():
        pytest.skip("no labelled texts beside this checkout")
    items = [json.loads(line) for line in (GOLD / "texts-dev.jsonl").read_text(encoding="utf-8").splitlines()]
    lacking = 0
    for item in items:
        found = {code for m in find(f"{item['title']}\n{item['summary'] or ''}", item["lang"]) for code in m.codes}
        lacking += not set(item["labels"]["countries"]) <= found
    assert lacking <= len(items) * 0.02
