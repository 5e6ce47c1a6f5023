"""Parts of a country that a government grades apart keep their names, in each government's own form."""

from __future__ import annotations

import json

import pytest

from monitor.knowledge.areas import MOST, areas_of
from monitor.model import Area, Item, Source
from monitor.sources.base import adapter_for

UK_PAGE = {
    "base_path": "/foreign-travel-advice/chad",
    "public_updated_at": "2026-03-02T22:45:56+00:00",
    "title": "Chad travel advice",
    "details": {
        "country": {"name": "Chad", "slug": "chad"},
        "change_description": "",
        "parts": [
            {
                "slug": "warnings-and-insurance",
                "body": "<h2>Areas to stay out of</h2><h3>Lake</h3><p>FCDO advises against all travel to:</p>"
                "<ul><li>Lac Province</li><li>within 30km of the border with Sudan</li></ul>"
                "<p>FCDO advises against all but essential travel to the rest of the Kanem region.</p>"
                "<p>FCDO no longer advises against all travel to Abéché.</p>",
            },
            {"slug": "safety", "body": "<p>FCDO advises against all travel to places that this part only mentions.</p>"},
        ],
    },
}


def read(kind: str, body: str | bytes, **source: str) -> Item:
    raw = body.encode() if isinstance(body, str) else body
    return adapter_for(kind)(raw, Source(kind, kind, source.get("url", "https://x.example.org/"), "XX")).items[0]


def uk(*status: str) -> Item:
    return read("fcdo", json.dumps({**UK_PAGE, "details": {**UK_PAGE["details"], "alert_status": list(status)}}))  # type: ignore[dict-item]


def test_britain_names_them_on_the_page() -> None:
    item = uk("avoid_all_travel_to_parts", "avoid_all_but_essential_travel_to_parts")
    assert (item.level, item.regional_level) == (3, 4)
    assert item.areas == (
        Area("Lac Province", 4), Area("within 30km of the border with Sudan", 4), Area("the rest of the Kanem region", 3)
    )  # fmt: skip
    assert uk().areas == () and uk("avoid_all_travel_to_whole_country").areas == ()


def test_australia_names_them_line_by_line() -> None:
    graded = "<p>Exercise a high degree of caution in Kenya overall.</p><p>Do not travel to the border with Somalia due to kidnapping.</p>"
    row = {"title": "Kenya", "field_overall_advice_level": "Exercise a high degree of caution", "field_advice_levels": graded}
    item = read("smartraveller", json.dumps([{**row, "field_url": "/k", "changed": "2026-03-01", "field_last_update": "x"}]))
    assert (item.level, item.regional_level, item.areas) == (2, 4, (Area("the border with Somalia due to kidnapping", 4),))


def test_canada_names_them_in_the_destinations_own_document() -> None:
    words = {"name": "Kenya", "advisory-text": "Exercise a high degree of caution (with regional advisories)"}
    advice = (
        "<h3>Lamu County - Avoid all travel</h3><p>x</p><p>Avoid non-essential travel to the following areas:</p><ul><li>Mandera</li></ul>"
    )
    record = {"country-iso": "KE", "advisory-state": 1, "eng": {**words, "advisories": advice}}
    item = read("canada", json.dumps({"data": record}))
    assert (item.level, item.areas) == (2, (Area("Lamu County", 4), Area("Mandera", 3)))


def test_germany_names_them_in_the_text_of_a_partial_warning() -> None:
    content = "<p>Vor Reisen in die Grenzgebiete zu Somalia wird gewarnt.</p>"
    content += "<p>Von nicht notwendigen Reisen in die Region Lamu wird abgeraten.</p>"
    record = {"countryName": "Kenia", "countryCode": "KE", "title": "Kenia", "warning": False, "partialWarning": True, "content": content}
    item = read("auswaertiges-amt", json.dumps({"response": {"1": {**record, "lastModified": 1772000000}}}))
    assert (item.level, item.regional_level, item.areas) == (3, 4, (Area("Grenzgebiete zu Somalia", 4), Area("Region Lamu", 3)))


def test_the_netherlands_colour_them_in_prose() -> None:
    prose = "<p>De kleurcode van het reisadvies voor Kenia is geel. Voor de grensstreek met Somalië is de kleurcode rood.</p>"
    item = read("nl", json.dumps([{"id": "k", "isocode": "KEN", "location": "Kenia", "introduction": prose, "lastmodified": "2026-03-01"}]))
    assert (item.level, item.regional_level) == (2, 4)
    assert [(a.level, "Somalië" in a.name) for a in item.areas] == [(4, True)]


def test_new_zealand_gives_each_an_entry() -> None:
    entries = [
        {"title": "Exercise increased caution", "subtitle": "Kenya", "body": "", "regional": False},
        {"title": "Do not travel", "subtitle": "Within 60km of Somalia", "body": "", "regional": True},
    ]
    attribute = json.dumps(entries).replace('"', "&quot;")
    page = f'<!doctype html><html><body><h1>Kenya</h1><div id="js-advice-level-accordion" data-content="{attribute}"></div></body></html>'
    assert read("new-zealand", page).areas == (Area("Within 60km of Somalia", 4),)


def test_ireland_says_them_under_its_status() -> None:
    page = """<!doctype html><html><body><main><h1>Kenya</h1><div class="accordion_travel high-degree-of-caution is-open">
    <h3 class="accordion__title">High Degree of Caution</h3><p>Do not travel to Mandera County.</p></div></main></body></html>"""
    item = read("ireland", page)
    assert (item.level, item.areas) == (2, (Area("Mandera County", 4),))


def test_hong_kong_puts_them_in_brackets() -> None:
    lists = [{"level": "amber", "countries": [{"titleEn": "Kenya (Nairobi)", "countryFileName": "kenya", "updateDate": "20260301000000"}]}]
    item = read("hong-kong", json.dumps({"otas": lists}))
    assert (item.level, item.regional_level, item.areas) == (1, 2, (Area("Nairobi", 2),))


@pytest.mark.parametrize("name", ["Chad", "CHAD"])
def test_the_whole_country_is_no_part(name: str) -> None:
    assert areas_of("uk", f"FCDO advises against all travel to {name}.", ("TD",)) == ()
    assert areas_of("uk", "FCDO advises against all travel to the Tibesti region.", ("TD",)) != ()


def test_there_is_an_end() -> None:
    many = "FCDO advises against all travel to:\n\n" + "\n".join(f"District {n}" for n in range(500))
    assert len(areas_of("uk", many)) == MOST
    assert areas_of("uk", "FCDO advises against all travel to " + "x " * 500) == ()
    assert areas_of("no-scheme", many) == ()
