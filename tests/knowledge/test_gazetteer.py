"""Printed names, tags and display names: what governments write on their pages leads to ISO codes."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator

import pytest

from monitor.knowledge.gazetteer import LANGS, NAMED, country_rows, rows
from monitor.knowledge.place_lexicon import TABLES, PlaceKind, endings
from monitor.knowledge.places import by_name, by_tag, codes, name
from tests.paths import RECORDINGS

NO_PLACE = {"EU", "*"}


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("Burma (Myanmar)", "MM"),
        ("The Gambia", "GM"),
        ("Gambia, The", "GM"),
        ("The Kyrgyz Republic", "KG"),
        ("Côte d'Ivoire", "CI"),
        ("COTE D’IVOIRE", "CI"),
        ("Cote d Ivoire", "CI"),
        ("São Tomé and Príncipe", "ST"),
        ("Sao Tome & Principe", "ST"),
        ("Guinea-Bissau", "GW"),
        ("Timor Leste", "TL"),
        ("Congo", "CG"),
        ("Democratic Republic of the Congo", "CD"),
        ("Democratic Republic of Congo (Kinshasa)", "CD"),
        ("Korea, Democratic People's Republic of", "KP"),
        ("Moldova, Republic of", "MD"),
        ("Occupied Palestinian Territories", "PS"),
        ("Türkiye", "TR"),
        ("Czech Republic", "CZ"),
        ("Swaziland", "SZ"),
        ("Hong Kong SAR", "HK"),
        ("U.S. Virgin Islands", "VI"),
        ("Kingdom of Denmark", "DK"),
        ("Commonwealth of The Bahamas", "BS"),
        ("Georgia", "GE"),
        ("Jersey", "JE"),
        ("Micronesia (Federated States of)", "FM"),
        ("  Ukraine\u00a0Travel Advisory ", "UA"),
        ("Lebanon - Level 4: Do Not Travel", "LB"),
        ("Chad travel advice", "TD"),
        ("Bosnia and Herzegovina", "BA"),
        ("Tristan da Cunha", "SH"),
        ("Travel advice for Ukraine", "UA"),
        ("Travel Advisory: The Gambia", "GM"),
    ],
)
def test_a_printed_name_in_english(printed: str, expected: str) -> None:
    assert by_name(printed) == (expected,)


@pytest.mark.parametrize(
    ("printed", "lang", "expected"),
    [
        ("Türkei", "de", "TR"),
        ("Republik Korea (Südkorea)", "de", "KR"),
        ("Demokratische Volksrepublik Korea", "de", "KP"),
        ("Moldau, Republik", "de", "MD"),
        ("Heiliger Stuhl / Vatikan", "de", "VA"),
        ("Ukraine: Reise- und Sicherheitshinweise (Reisewarnung)", "de", "UA"),
        ("Corée du Nord", "fr", "KP"),
        ("République démocratique du Congo", "fr", "CD"),
        ("Îles Turques-et-Caïques", "fr", "TC"),
        ("Maurice", "fr", "MU"),
        ("Dominique", "fr", "DM"),
        ("Birmania", "es", "MM"),
        ("Granada", "es", "GD"),
        ("Wit-Rusland", "nl", "BY"),
        ("Congo (Democratische Republiek)", "nl", "CD"),
        ("イラン", "ja", "IR"),
        ("北朝鮮", "ja", "KP"),
        ("南スーダンの危険情報", "ja", "SS"),
        ("アラブ首長国連邦", None, "AE"),
        ("Elfenbeinküste", None, "CI"),
    ],
)
def test_a_printed_name_in_other_languages(printed: str, lang: str | None, expected: str) -> None:
    assert by_name(printed, lang) == (expected,)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("Israel, the West Bank and Gaza", ("IL", "PS")),
        ("Israel and the Occupied Palestinian Territories", ("IL", "PS")),
        ("Mainland China, Hong Kong & Macau - See Summaries", ("CN", "HK", "MO")),
        ("French West Indies", ("GP", "MQ", "BL", "MF")),
        ("Cook Islands, Tokelau and Niue", ("CK", "TK", "NU")),
        ("Bosnia and Herzegovina and Serbia", ("BA", "RS")),
        ("Trinidad and Tobago, Saint Vincent and the Grenadines", ("TT", "VC")),
        ("Kenya / Tanzania", ("KE", "TZ")),
        ("Israël, la Cisjordanie et la bande de Gaza", ("IL", "PS")),
    ],
)
def test_a_joint_name_gives_all_its_codes(printed: str, expected: tuple[str, ...]) -> None:
    assert by_name(printed, "fr" if "ë" in printed else None) == expected


@pytest.mark.parametrize("printed", ["", " ", "Worldwide Caution", "Atlantis", "Ukraine and Atlantis", "level 4", "A" * 100_000, "(", "、"])
def test_what_is_not_known_is_not_guessed(printed: str) -> None:
    assert by_name(printed) == ()


@pytest.mark.parametrize("lang", LANGS)
def test_every_display_name_leads_back_to_its_code(lang: str) -> None:
    wrong = [code for code in codes() if by_name(name(code, lang), lang) != (code,)]
    assert not wrong


def test_display_names() -> None:
    assert (name("UA"), name("UA", "de"), name("UA", "ja")) == ("Ukraine", "Ukraine", "ウクライナ")
    assert name("HK") == "Hong Kong"
    assert name("CD", "fr") != name("CG", "fr")
    assert name("UA", "xx") == "Ukraine"
    assert name("ZZ") == "ZZ"
    assert {"PS", "NC", "PM", "YT", "HK", "TW", "VA", "XK", "EH"} <= set(codes())


@pytest.mark.parametrize(
    ("scheme", "tag", "expected"),
    [
        ("fips", "UP", ("UA",)),
        ("fips", "CH", ("CN",)),
        ("fips", "GM", ("DE",)),
        ("fips", "AS", ("AU",)),
        ("fips", "AU", ("AT",)),
        ("fips", "SG", ("SN",)),
        ("fips", "SN", ("SG",)),
        ("fips", "CB", ("KH",)),
        ("fips", "KH", ("KH",)),
        ("fips", "mc", ("MO",)),
        ("fips", "A1", ("BQ",)),
        ("fips", "A3", ("GP", "MQ", "BL", "MF")),
        ("fips", "Q0", ()),
        ("iso3", "UKR", ("UA",)),
        ("iso3", "xkx", ("XK",)),
        ("iso3", "BQ-SE", ("BQ",)),
        ("mofa", "0098", ("IR",)),
        ("mofa", "98", ("IR",)),
        ("mofa", "9007", ("RU",)),
        ("mofa", "0007", ("KZ",)),
        ("mofa", "1000", ("US",)),
        ("mofa", "9001", ("CA",)),
        ("mofa", "1876", ()),
        ("usembassy", "uk", ("GB",)),
        ("usembassy", "UA", ("UA",)),
        ("usembassy", "zz", ()),
        ("fcdo", "usa", ("US",)),
        ("fcdo", "congo", ("CG",)),
        ("fcdo", "st-vincent-and-the-grenadines", ("VC",)),
        ("fcdo", "cote-d-ivoire", ("CI",)),
        ("fcdo", "no-such-place", ()),
        ("no such scheme", "UA", ()),
    ],
)
def test_tags_of_sources(scheme: str, tag: str, expected: tuple[str, ...]) -> None:
    assert by_tag(scheme, tag) == expected


def test_every_tag_leads_to_codes_that_we_know() -> None:
    from monitor.knowledge.gazetteer import lines

    cells = [line.split("\t") for line in lines("tags")]
    assert {len(row) for row in cells} == {3}
    assert {code for _, value, _ in cells for code in value.split(",")} <= set(codes())
    pairs = [(scheme, tag) for scheme, _, tags in cells for tag in tags.split()]
    assert len(pairs) == len(set(pairs))


def test_every_country_has_an_alpha_3_tag() -> None:
    assert all(by_tag("iso3", row) for row in ("USA", "PSE", "ESH", "TWN", "VAT"))
    assert len({display for row in country_rows("en") for display in row.names}) == len(codes())


@pytest.mark.parametrize("table", [*TABLES, "exonyms", "titles", "endings"])
def test_the_tables_are_well_formed(table: str) -> None:
    kinds = {*PlaceKind, *NAMED, "frame", "lead", "joint", "formal", "ending", "genitive", "prefix"}
    for row in rows(table):
        assert row.kind in kinds
        assert row.lang in (*LANGS, "*")
        assert {*row.codes, *row.others} <= {*codes(), *NO_PLACE}
        assert all(printed == printed.strip() for printed in row.names)
        assert all(row.names) or row.kind == "ending"
        assert len(set(row.names)) == len(row.names), row


def test_endings_begin_with_none() -> None:
    assert all(endings(lang)[0] == "" for lang in LANGS)


def _first_body(recording: str, source: str) -> str:
    """The first captured body of a source of a recording; skips the test where there are none."""
    if RECORDINGS is None:
        pytest.skip("no third-party captures beside this checkout")
    with tarfile.open(RECORDINGS / f"{recording}.tar.xz", "r:xz") as tar:
        for member in tar:
            if f"/{source}/" in f"/{member.name}" and (body := tar.extractfile(member)):
                return body.read().decode("utf-8", "replace")
    raise AssertionError(f"{recording} has no body of {source}")


def _captured() -> Iterator[tuple[str, str, str | None, str]]:
    yield "uk-2025", "fcdo", None, r'"name":"([^"]+)","slug"'
    yield "australia-2024", "smartraveller", None, r'"title": "([^"]+)"'
    yield "canada-ukraine", "canada", None, r'"country-eng":"([^"]+)"'
    yield "canada-ukraine", "canada", "fr", r'"country-fra":"([^"]+)"'
    yield "germany-2026-04", "auswaertiges-amt", "de", r'"countryName": "([^"]+)"'
    yield "us-state-winter", "us-state", None, r"<item>\s*<title>([^<]+)</title>"
    yield "gdacs-sample", "gdacs", None, r"<gdacs:country>([^<,]+)</gdacs:country>"
    yield "easa-sample", "easa", None, r'"country": "([^"]+)"'


@pytest.mark.recordings
@pytest.mark.parametrize(("recording", "source", "lang", "pattern"), list(_captured()))
def test_no_name_that_a_government_printed_is_unknown(recording: str, source: str, lang: str | None, pattern: str) -> None:
    from html import unescape

    found = {unescape(json.loads(f'"{text}"')) for text in re.findall(pattern, _first_body(recording, source))}
    assert found
    assert {text for text in found if "Worldwide" not in text and not by_name(text, lang)} == set()


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("recording", "source", "scheme", "pattern"),
    [
        ("us-state-winter", "us-state", "fips", r'domain="Country-Tag">([^<]+)<'),
        ("japan-winter", "mofa", "mofa", r"<cd>(\d{4})</cd>"),
        ("germany-2026-04", "auswaertiges-amt", "iso3", r'"iso3CountryCode": "([^"]+)"'),
        ("uk-2025", "fcdo", "fcdo", r'"slug":"([^"]+)"'),
    ],
)
def test_no_tag_that_a_source_used_is_unknown(recording: str, source: str, scheme: str, pattern: str) -> None:
    found = set(re.findall(pattern, _first_body(recording, source)))
    assert found
    assert {tag for tag in found if not by_tag(scheme, tag)} == set()
