"""What the languages need beyond words: names by their first letter or letter by letter, pages and statements, dates, levels."""

from __future__ import annotations

import pytest

from monitor.knowledge import item_of, read
from monitor.knowledge.issuers import host_place
from monitor.knowledge.page_titles import titles_a_page
from monitor.knowledge.places import PlaceKind, find
from monitor.knowledge.rules import language
from monitor.knowledge.text import split
from monitor.model import Nature, Reading, SignalKind, Stage


def official(source: str, lang: str, title: str, text: str) -> Reading:
    """The reading of what a ministry or a mission says."""
    return read(
        item_of({"source": source, "source_kind": "official", "lang": lang, "title": title, "text": text, "published": "2025-06-15"})
    )


def press(lang: str, title: str, text: str = "") -> Reading:
    """The reading of a report."""
    return read(
        item_of({"source": "A newspaper", "source_kind": "press", "lang": lang, "title": title, "text": text, "published": "2025-06-15"})
    )


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("es", "Siria", ("SY", PlaceKind.COUNTRY)),
        ("es", "la embajada siria", ("SY", PlaceKind.DEMONYM)),
        ("es", "Argentina", ("AR", PlaceKind.COUNTRY)),
        ("fr", "l'ambassade suisse", ("CH", PlaceKind.DEMONYM)),
        ("fr", "la Suisse", ("CH", PlaceKind.COUNTRY)),
        ("pl", "z Nigru", ("NE", PlaceKind.COUNTRY)),
        ("pl", "w Kijowie", ("UA", PlaceKind.CAPITAL)),
        ("it", "dell'Ucraina", ("UA", PlaceKind.COUNTRY)),
        ("pt", "no Irão", ("IR", PlaceKind.COUNTRY)),
        ("ko", "주우크라이나 공관", ("UA", PlaceKind.COUNTRY)),
        ("ko", "이란에서", ("IR", PlaceKind.COUNTRY)),
        ("ja", "米、空爆を開始", ("US", PlaceKind.GOVERNMENT)),
    ],
)
def test_a_name_is_known_as_it_is_written(lang: str, text: str, expected: tuple[str, PlaceKind]) -> None:
    assert [(m.codes[0], m.kind) for m in find(text, lang)] == [expected]


@pytest.mark.parametrize(
    ("lang", "text"), [("ko", "전쟁이란 무엇인가"), ("ja", "新米を食べる"), ("fr", "Réunion d'information"), ("es", "Reunión informativa")]
)
def test_what_only_looks_like_a_name_is_none(lang: str, text: str) -> None:
    assert not [m for m in find(text, lang) if m.codes]


@pytest.mark.parametrize(
    ("title", "lang", "page"),
    [
        ("Mali: Reise- und Sicherheitshinweise", "de", True),
        ("Israel / Palästinensische Gebiete: Reisewarnung", "de", True),
        ("Madagascar - Élection présidentielle", "fr", True),
        ("Reisadvies Libanon: rood", "nl", True),
        ("Recomendaciones de viaje: Nepal", "es", True),
        ("Kuba", "de", True),
        ("Ministerin reist nach Mali", "de", False),
        ("Nederland sluit ambassades", "nl", False),
        ("Nomination d'un ambassadeur au Mali", "fr", False),
    ],
)
def test_a_page_is_known_by_its_title(title: str, lang: str, page: bool) -> None:
    assert titles_a_page(title, lang) is page


def test_a_statement_beside_the_pages_is_a_notice_and_may_say_nothing() -> None:
    item = item_of(
        {
            "source": "Auswärtiges Amt",
            "source_kind": "official",
            "lang": "de",
            "title": "Ministerin trauert um die Opfer in Indien",
            "text": "Unsere Gedanken sind bei den Familien.",
        }
    )
    assert item.nature is Nature.NOTICE
    assert not read(item).relevant


def test_a_german_date_ends_no_sentence() -> None:
    layout = language("de").layout
    assert split("Am 20. Juni flog die Luftwaffe 60 Personen aus. Danach ruhte der Verkehr.", layout) == [
        "Am 20. Juni flog die Luftwaffe 60 Personen aus.",
        "Danach ruhte der Verkehr.",
    ]
    assert len(split("Es gilt Stufe 4. Reisen Sie nicht.", layout)) == 2


@pytest.mark.parametrize(
    ("source", "issuer", "host"),
    [
        ("Deutsche Botschaft Beirut", "DE", ("LB",)),
        ("Ambassade de France au Burkina Faso", "FR", ("BF",)),
        ("在パキスタン日本国大使館", "JP", ("PK",)),
        ("U.S. Embassy Juba", "US", ("SS",)),
        ("Ministry of Foreign Affairs of Japan", "JP", ()),
    ],
)
def test_a_mission_says_where_it_stands(source: str, issuer: str, host: tuple[str, ...]) -> None:
    assert host_place(source, issuer) == host


def test_the_lowest_of_several_japanese_levels_is_the_countrys() -> None:
    told = official(
        "外務省 海外安全ホームページ",
        "ja",
        "トーゴの危険情報【危険レベル継続】",
        "北部国境地帯はレベル3、その他の地域はレベル1を継続します。",
    )
    assert told.level == 1
    moved = official(
        "外務省 海外安全ホームページ", "ja", "トーゴの危険情報【危険レベルの引下げ】", "首都周辺の危険レベルを3から2に引き下げました。"
    )
    assert moved.level == 2


def test_a_german_warning_that_is_lifted_leaves_the_parts() -> None:
    text = "Letzte Änderungen: Aktuelles (Reisewarnung aufgehoben). Die Reisewarnung für ganz Togo wurde aufgehoben. "
    text += "Vor Reisen in den Norden des Landes wird weiterhin gewarnt."
    told = official("Auswärtiges Amt", "de", "Togo: Reise- und Sicherheitshinweise (Teilreisewarnung)", text)
    assert (told.kind, told.stage, told.level) == (SignalKind.ADVISORY_LEVEL, Stage.LIFTED, 2)


def test_a_partial_german_warning_is_none_for_the_country() -> None:
    told = official(
        "Auswärtiges Amt",
        "de",
        "Togo: Reise- und Sicherheitshinweise (Teilreisewarnung)",
        "Vor Reisen in die Savanne von Togo wird gewarnt.",
    )
    assert told.level == 2


@pytest.mark.parametrize(
    ("lang", "title", "issuer"),
    [
        ("nl", "Kabinet haalt landgenoten op uit Niger", "NL"),
        ("ko", "정부, 수단 교민 철수에 수송기 투입", "KR"),
        ("de", "Ministerium rät Bürgern zur Ausreise aus Mali", "DE"),
        ("es", "El gobierno pide a sus ciudadanos que salgan de Mali", None),
    ],
)
def test_an_unnamed_government_is_the_languages_own_where_it_has_one(lang: str, title: str, issuer: str | None) -> None:
    told = press(lang, title)
    assert told.relevant
    assert told.issuer == issuer


@pytest.mark.parametrize(
    ("lang", "title", "text"),
    [
        ("fr", "Bamako ferme l'ambassade russe", "Les diplomates ont une semaine."),
        ("es", "El personal de la embajada abandona Mali", "Los diplomáticos partieron tras la orden de expulsión."),
        ("nl", "Consulaat in Lomé dicht op 1 mei", "In verband met een feestdag is het consulaat die dag gesloten."),
        ("it", "Un romanzo su Saigon", "Racconta l'evacuazione dell'ambasciata americana."),
    ],
)
def test_what_the_first_sentences_explain_otherwise_wakes_nobody(lang: str, title: str, text: str) -> None:
    assert not press(lang, title, text).relevant
