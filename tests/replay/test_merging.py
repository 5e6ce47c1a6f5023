"""Several sources of one government are one posture: self-made recordings of two sources through `monitor replay`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.paths import ROOT

START = datetime(2026, 5, 4, 6, tzinfo=UTC)
WORDS = {1: "Exercise Normal Precautions", 2: "Exercise Increased Caution", 3: "Reconsider Travel", 4: "Do Not Travel"}
CALM = "Norway is calm. Take the usual care in the mountains."
SOURCES = """
[[source]]
id = "rss"
kind = "us-state"
url = "https://rss.example.org/"
issuer = "US"
every = "1h"
lists_all = true
options = { records = 2, tolerance = 0.9 }

[[source]]
id = "api"
kind = "us-cadataapi"
url = "https://api.example.org/"
issuer = "US"
every = "1h"
options = { records = 2, tolerance = 0.9 }
"""


@dataclass(frozen=True)
class Page:
    """What a register says of Chad: its level, the day of its edition (counted from the start) and its words."""

    level: int
    day: int = 0
    text: str = "Travellers should plan with care. Banditry is common on the roads of the east."


@dataclass
class Tape:
    """A recording being made; hours are counted from the start."""

    folder: Path
    sources: str = SOURCES
    bodies: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.folder / "recording.toml").write_text(self.sources)

    def add(self, source: str, hour: float, body: str) -> None:
        path = self.folder / source / f"{START + timedelta(hours=hour):%Y%m%dT%H%M%SZ}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(body, "utf-8")

    def rss(self, hour: float, page: Page) -> None:
        self.add("rss", hour, _rss(page, hour))

    def api(self, hour: float, page: Page, norway: str = CALM) -> None:
        self.add("api", hour, _api(page, norway))

    def both(self, hours: range, page: Page) -> None:
        """Both doors say the same, the second a little later."""
        for hour in hours:
            self.rss(hour, page)
            self.api(hour + 0.5, page)

    def played(self) -> list[dict[str, Any]]:
        command = [sys.executable, "-m", "monitor", "replay", str(self.folder), "--json"]
        done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, timeout=120)
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    def told(self) -> list[tuple[str, str | None, str | None, str]]:
        """What was said about the place: kind, before, after, and through which source."""
        return [(c["kind"], c["before"], c["after"], c["source"]) for c in spoken(self.played())]


def spoken(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was said about Chad; new words without new meaning are minor."""
    return [c for c in lines if not c["held"] and c["place"] == "TD" and c["kind"] != "reworded"]


def _rss(page: Page, hour: float) -> str:
    day = START + timedelta(days=page.day)
    other = _rss_item("Norway", 1, START, CALM)
    now = START + timedelta(hours=hour)
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Advisories</title><link>https://rss.example.org/</link>
<pubDate>{now:%a, %d %b %Y %H:%M:%S} GMT</pubDate>{_rss_item("Chad", page.level, day, page.text)}{other}</channel></rss>"""


def _rss_item(name: str, level: int, day: datetime, text: str) -> str:
    return f"""<item><title>{name} - Level {level}: {WORDS[level]}</title><link>https://rss.example.org/{name}.html</link>
<guid>https://rss.example.org/{name}.html</guid><pubDate>{day:%a, %d %b %Y}</pubDate><description>&lt;p&gt;{text}&lt;/p&gt;</description>
<category domain="Threat-Level">Level {level}: {WORDS[level]}</category></item>"""


def _api(page: Page, norway: str) -> str:
    rows = [("Chad", page.level, page.day, page.text), ("Norway", 1, 0, norway)]
    return json.dumps([_api_row(*row) for row in rows])


def _api_row(name: str, level: int, day: int, text: str) -> dict[str, Any]:
    moment = f"{START + timedelta(days=day):%Y-%m-%dT00:00:00+00:00}"
    title = f"{name} - Level {level}: {WORDS[level]}"
    link = f"https://api.example.org/{name}"
    return {"Title": title, "Link": link, "Category": [], "Summary": f"<p>{text}</p>", "id": link, "Published": moment, "Updated": moment}


FIGHTING = Page(4, 1, "Fighting has broken out in the capital. Do not travel to the country for any reason.")
CALMER = Page(2, 3, "The truce holds and roads have opened. Some districts in the north remain dangerous.")
QUIET = Page(3)


def test_the_same_step_seen_twice_is_told_once(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.both(range(0, 24, 6), QUIET)
    tape.both(range(24, 30, 2), FIGHTING)
    assert tape.told() == [("level_raised", "3", "4", "rss")]


def test_the_second_source_may_be_the_first_to_know(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.both(range(0, 24, 6), QUIET)
    tape.api(24, FIGHTING)
    tape.rss(25, QUIET)
    tape.both(range(26, 30), FIGHTING)
    assert tape.told() == [("level_raised", "3", "4", "api")]


def test_the_worse_of_two_is_told_and_the_other_is_a_doubt_until_it_agrees(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.both(range(0, 24, 6), Page(2))
    tape.rss(24, Page(3, 1, "Unrest has reached the capital. Reconsider any plans for the coming weeks."))
    tape.api(25, FIGHTING)
    for hour in range(26, 60, 3):
        tape.rss(hour, Page(3, 1, "Unrest has reached the capital. Reconsider any plans for the coming weeks."))
        tape.api(hour + 0.5, FIGHTING)
    lines = [c for c in tape.played() if c["place"] == "TD"]
    assert [(c["kind"], c["before"], c["after"], c["source"]) for c in spoken(lines)] == [
        ("level_raised", "2", "3", "rss"),
        ("level_raised", "3", "4", "api"),
    ]
    doubts = [(c["kind"], c["after"], c["source"], c["reason"]) for c in lines if c["held"] and c["at"] > "2026-05-05T07:00"]
    assert doubts == [("level_lowered", "3", "rss", "sources_disagree")], "one doubt, however often it shows"


def test_better_waits_until_both_have_said_so_for_the_usual_time(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.both(range(0, 24, 6), FIGHTING)
    for hour in range(24, 72, 4):
        tape.rss(hour, CALMER)
        tape.api(hour + 0.5, FIGHTING)
    tape.both(range(72, 100, 2), CALMER)
    lines = tape.played()
    (told,) = spoken(lines)
    assert (told["kind"], told["after"]) == ("level_lowered", "2")
    agreed = START + timedelta(hours=72.5)
    assert agreed + timedelta(hours=19) < datetime.fromisoformat(told["at"]) < agreed + timedelta(hours=22)
    assert {c["reason"] for c in lines if c["held"]} >= {"sources_disagree"}


def test_a_betterment_that_one_source_takes_back_is_never_told(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.both(range(0, 24, 6), FIGHTING)
    for hour in range(24, 60, 4):
        tape.rss(hour, CALMER)
        tape.api(hour + 0.5, FIGHTING)
    tape.both(range(60, 120, 6), Page(4, 4, "The truce is over. Nobody should travel to the country."))
    assert tape.told() == []


def test_one_of_two_that_went_blind_does_not_stand_in_the_way(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.both(range(0, 24, 6), FIGHTING)
    for hour in range(24, 110, 3):
        tape.rss(hour, CALMER)
        tape.api(hour + 0.5, FIGHTING) if hour < 30 else tape.add("api", hour + 0.5, "<html><title>503</title></html>")
    (told,) = spoken(tape.played())
    assert (told["kind"], told["source"]) == ("level_lowered", "rss")
    assert datetime.fromisoformat(told["at"]) > START + timedelta(hours=30) + timedelta(days=2), "blind for two days first"


def test_a_blind_source_hides_nothing_that_the_other_shows(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.both(range(0, 24, 6), QUIET)
    for hour in range(24, 36):
        tape.add("rss", hour, "")
        tape.api(hour + 0.5, QUIET if hour < 30 else FIGHTING)
    tape.both(range(36, 60, 6), FIGHTING)
    assert tape.told() == [("level_raised", "3", "4", "api")]


def test_a_lagging_copy_that_comes_back_is_no_news(tmp_path: Path) -> None:
    """One source is away while the level rises and falls again, and returns with what it showed before."""
    tape = Tape(tmp_path)
    tape.both(range(0, 24, 6), FIGHTING)
    for hour in range(24, 24 * 6, 6):
        tape.rss(hour, CALMER)
        tape.add("api", hour + 0.5, "[]")
    for hour in range(24 * 6, 24 * 8, 6):
        tape.rss(hour, CALMER)
        tape.api(hour + 0.5, FIGHTING, norway=f"{CALM} Snow lies {hour} centimetres deep.")
    assert tape.told() == [("level_lowered", "4", "2", "rss")]


@pytest.mark.parametrize(("first", "later"), [(FIGHTING, QUIET), (QUIET, Page(4, 0, "Do not travel to the country."))])
def test_a_source_that_is_added_later_tells_nothing_and_changes_nothing(tmp_path: Path, first: Page, later: Page) -> None:
    tape = Tape(tmp_path)
    for hour in range(0, 24, 6):
        tape.rss(hour, first)
    for hour in range(24, 72, 6):
        tape.rss(hour, first)
        tape.api(hour + 0.5, later, norway=f"{CALM} Snow lies {hour} centimetres deep.")
    lines = [c for c in tape.played() if c["place"] == "TD"]
    assert spoken(lines) == []
    assert [(c["after"], c["source"], c["reason"]) for c in lines] == [(str(later.level), "api", "sources_disagree")]


# --- notices that two sources show ------------------------------------------------------------------------------------

TWO_FEEDS = """
[[source]]
id = "mails"
kind = "mofa"
url = "https://mails.example.org/"
issuer = "JP"
lang = "ja"

[[source]]
id = "news"
kind = "mofa"
url = "https://news.example.org/"
issuer = "JP"
lang = "ja"
"""
TITLE = "イランの危険情報【危険レベル４への引上げ】"


def _mails(*mails: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><opendata dataType="L" mailCount="{len(mails)}">{"".join(mails)}</opendata>'


MAIL = f"""<mail><keyCd>2026T901</keyCd><infoType>T40</infoType><leaveDate>2026/05/05 00:00:00</leaveDate>
<country areaCd="50"><cd>0098</cd></country><title>{TITLE}</title><lead>●全土をレベル４とします。直ちに退避してください。</lead>
<infoUrl>https://anzen.example.org/info_2026T901.html</infoUrl>
<riskLevel4>1</riskLevel4><riskLevel3>0</riskLevel3><riskLevel2>0</riskLevel2><riskLevel1>0</riskLevel1></mail>"""


def _news(*titles: str) -> str:
    items = "".join(
        f"<item><title>{title}</title><link>https://anzen.example.org/info/pchazardspecificinfo_2026T901.html</link>"
        f"<category>危険情報</category><pubDate>Tue, 05 May 2026 08:00:00 +0900</pubDate><description>{title}</description></item>"
        for title in titles
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>安全</title>{items}</channel></rss>'


@pytest.mark.parametrize("first", ["mails", "news"])
def test_a_notice_that_two_feeds_bring_is_told_once(tmp_path: Path, first: str) -> None:
    tape = Tape(tmp_path, TWO_FEEDS)
    tape.add("mails", 0, _mails())
    tape.add("news", 0.5, _news())
    late = {"mails": 1, "news": 1, first: 0}
    for hour in range(24, 32, 2):
        tape.add("mails", hour + late["mails"], _mails(MAIL))
        tape.add("news", hour + late["news"], _news(TITLE))
    told = [(c["kind"], c["source"]) for c in tape.played() if not c["held"]]
    assert told.count(("level_raised", first)) == 1 and [kind for kind, _ in told].count("level_raised") == 1


EMBASSY = """
[[source]]
id = "embassy"
kind = "feed"
url = "https://xx.example.gov/feed/"
issuer = "US"

[[source]]
id = "news"
kind = "feed"
url = "https://news.example.org/rss"
issuer = "US"
"""
ALERT = "Security Alert: Depart Chad Immediately"


def _feed(*items: tuple[str, str, str, str]) -> str:
    entries = "".join(
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><pubDate>{at}</pubDate><description>{text}</description></item>"
        for title, link, at, text in items
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Alerts</title>{entries}</channel></rss>'


def test_an_embassys_alert_that_an_aggregator_shows_too_is_told_once(tmp_path: Path) -> None:
    tape = Tape(tmp_path, EMBASSY)
    text = "U.S. citizens in Chad should leave the country immediately by commercial flights."
    own = (ALERT, "https://xx.example.gov/alert-1/", "Tue, 05 May 2026 07:00:00 GMT", text)
    shown = (ALERT, "https://news.example.org/articles/CBMi1", "Tue, 05 May 2026 09:30:00 GMT", ALERT)
    for hour in (0, 24):
        tape.add("embassy", hour, _feed())
        tape.add("news", hour + 0.2, _feed())
    for hour in (26, 27, 60):
        tape.add("embassy", hour, _feed(own))
        tape.add("news", hour + 2, _feed(shown))
    told = [(c["kind"], c["source"]) for c in tape.played() if not c["held"]]
    assert "leave_now" in {kind for kind, _ in told}
    assert {source for _, source in told} == {"embassy"}
    assert len(told) == len(set(told))


def test_a_headline_used_again_for_something_else_is_told_again(tmp_path: Path) -> None:
    """One site, one headline, two alerts on one day: the address tells them apart."""
    tape = Tape(tmp_path, EMBASSY)
    first = (
        "Security Alert for Chad",
        "https://xx.example.gov/a/",
        "Tue, 05 May 2026 07:00:00 GMT",
        "U.S. citizens in Chad should shelter in place.",
    )
    again = (
        "Security Alert for Chad",
        "https://xx.example.gov/b/",
        "Tue, 05 May 2026 19:00:00 GMT",
        "U.S. citizens should leave Chad immediately.",
    )
    tape.add("embassy", 0, _feed())
    tape.add("embassy", 26, _feed(first))
    tape.add("embassy", 38, _feed(first, again))
    kinds = [c["kind"] for c in tape.played() if not c["held"]]
    assert "shelter_in_place" in kinds and "leave_now" in kinds


# --- parts of a country -----------------------------------------------------------------------------------------------

BRITAIN = """
[[source]]
id = "pages"
kind = "fcdo"
url = "https://advice.example.org/api/content/foreign-travel-advice"
issuer = "GB"
options = { records = 1, tolerance = 1.0 }
"""


def _page(hour: float, *status: str, parts: str = "") -> str:
    details = {
        "country": {"name": "Chad", "slug": "chad"},
        "alert_status": list(status),
        "change_description": f"Note of hour {hour}.",
        "parts": [{"slug": "warnings-and-insurance", "body": f"<p>Take care.</p>{parts}"}],
    }
    when = f"{START + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}"
    return json.dumps(
        {"base_path": "/foreign-travel-advice/chad", "title": "Chad travel advice", "public_updated_at": when, "details": details}
    )


def test_the_parts_of_a_country_are_named_in_what_is_told(tmp_path: Path) -> None:
    tape = Tape(tmp_path, BRITAIN)
    tape.add("pages", 0, _page(0))
    named = "<p>FCDO advises against all travel to:</p><ul><li>Lac Province</li><li>the Tibesti region</li></ul>"
    tape.add("pages", 24, _page(24, "avoid_all_travel_to_parts", parts=named))
    (told,) = spoken(tape.played())
    assert (told["kind"], told["after"]) == ("level_raised", "3")
    assert told["areas"] == [{"name": "Lac Province", "level": 4}, {"name": "the Tibesti region", "level": 4}]
