"""Pages as they are served: they say what is so without JavaScript, they are small, and words of strangers stay words."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from html.parser import HTMLParser

import httpx
import pytest
from fastapi.testclient import TestClient

from monitor.knowledge.places import codes
from monitor.model import Area, Aspect, Evidence, Posture, Reason, Standing
from monitor.store import SqlStore
from monitor.web import Step, build, serve, worldmap
from monitor.web.overview import Overview

from .desk import TOKEN, Recorder, site
from .world import NOW, SOURCES, STORY, Scribe, as_change, ledger

PAGES = [
    "/",
    "/place/UA",
    "/place/UA?days=365",
    "/place/UA/texts",
    "/place/TV",
    "/sources",
    "/source/us-state",
    "/deliveries",
    "/explain",
    "/find?q=zzz",
    "/login",
]
EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)><style>*{display:none}</style>"
    "\"'><a href=javascript:alert(4)>x</a> \u202etxt.exe {{ 7*7 }} ${7*7} &lt;b&gt;"
)


class Tags(HTMLParser):
    """Collects tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_to_its_own_policy(client: TestClient, path: str) -> None:
    """No inline script or style, no handler, nothing from elsewhere, one h1, a language, everything labelled."""
    found = Tags(client.get(path).text).tags
    for tag, of in found:
        assert tag != "style" and "style" not in of, (tag, of)
        assert not [a for a in of if a.startswith("on")], (tag, of)
        if tag in ("script", "link", "img"):
            assert (of.get("src") or of.get("href") or "").startswith("/"), (tag, of)
        if tag == "a" and str(of.get("href")).startswith("http"):
            assert "noopener" in str(of.get("rel"))
    assert [t for t, _ in found].count("h1") == 1
    assert ("html", "en") in [(t, of.get("lang")) for t, of in found]
    ids = [of["id"] for _, of in found if "id" in of]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_small(client: TestClient, path: str) -> None:
    assert len(client.get(path).content) < 200_000


def test_everything_static_is_small_and_found(client: TestClient) -> None:
    found = re.findall(r'"(/static/[^"]+)"', client.get("/").text)
    assert len(found) == 3
    answers = [client.get(path) for path in found]
    assert all(a.status_code == 200 for a in answers)
    assert sum(len(a.content) for a in answers) < 60_000


def test_now_says_what_goes_on(client: TestClient) -> None:
    page = client.get("/").text
    first = page[page.index('class="card') :][:900]
    assert "extreme" in first and "Ukraine" in first and "Australia tells its citizens to leave now" in first
    assert "Kyiv office" in first and "(34)" in first
    assert "7 of 9 sources seen well" in page and re.search(r"japan</a> silent, last seen well <time[^>]*>3 h ago", page)


def test_the_map_says_the_gravest_posture_of_every_place(client: TestClient) -> None:
    page = client.get("/").text
    assert '<a href="/place/UA" class="g5"' in page
    assert "<title>Ukraine: People are leaving</title>" in page
    assert "<title>Afghanistan: Do not travel</title>" in page
    assert page.count("<title>") > 200


def test_every_code_but_antarctica_has_its_place_on_the_map() -> None:
    (width, height), shapes = worldmap.world()
    assert set(codes()) - set(shapes) == {"AQ"}
    assert all(0 <= s.x <= width and 0 <= s.y <= height for s in shapes.values())
    assert all(s.path or s.dot for s in shapes.values())


def test_crimea_is_drawn_where_ukraine_is_advised_on() -> None:
    """Its southern end reaches below every other corner of the country."""
    _, shapes = worldmap.world()
    corners, at = [], (0, 0)
    for step in re.finditer(r"M(-?\d+)[ ]?(-?\d+)l((?:[ ]?-?\d+)+)z", shapes["UA"].path):
        at = (int(step[1]), int(step[2]))
        numbers = list(map(int, re.findall(r"-?\d+", step[3])))
        corners.append(at)
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            at = (at[0] + dx, at[1] + dy)
            corners.append(at)
    odessa = max(y for x, y in corners if x < 1105)
    assert max(y for _, y in corners) > odessa


def test_a_place_says_who_moved_first(client: TestClient) -> None:
    page = re.sub(r"<[^>]+>", "", client.get("/place/UA").text)
    assert "United States was first at “People are leaving”, 23 Jan 2022, 23:50 UTC; Australia 11 h later" in page
    assert "2 days earlier the press told of: United States orders families of its staff to leave" in page


def test_a_source_tells_what_it_brought(client: TestClient) -> None:
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/source/us-state").text))
    assert "US State Department us-state" in page and "415 touch" in page
    assert "held North Korea : United States lowers advice to Level 1" in page
    assert "Ukraine : United States orders staff to leave" in page
    assert client.get("/source/nothing").status_code == 404


def test_a_text_shows_its_new_words(client: TestClient) -> None:
    assert "<ins>Leave Ukraine now if it is safe to do so.</ins>" in client.get("/place/UA/texts").text


def test_a_country_is_found_by_any_of_its_names(client: TestClient) -> None:
    for name in ("Ukraine", "ua", "Côte d'Ivoire", "Burma"):
        assert client.get("/find", params={"q": name}, follow_redirects=False).status_code == 303
    assert client.get("/find", params={"q": "Atlantis"}).status_code == 404


def test_a_change_leads_to_its_alert(client: TestClient) -> None:
    id = client.get("/api/v1/changes", params={"place": "UA", "limit": 1}).json()["items"][0]["id"]
    page = client.get(f"/change/{id}")
    assert page.status_code == 200 and "/alert/alr_" in str(page.url) and "Leave Ukraine now" in page.text
    held = client.get("/api/v1/held").json()["items"][0]["id"]
    assert "placeholder" in client.get(f"/change/{held}").text


def test_what_is_not_there_is_told_to_people_as_a_page(client: TestClient) -> None:
    for path in ("/place/ZZ", "/nothing", "/alert/alr_x", "/delivery/x"):
        page = client.get(path, headers={"accept": "text/html"})
        assert page.status_code == 404 and "<h1>" in page.text


def test_words_of_strangers_stay_words() -> None:
    """Whatever a feed says in any of its fields, no tag or attribute of the page comes from it."""
    store = ledger(places=("UA", "RU"))
    row = STORY[0] | {"at": NOW, "certainty": "possible", "quote": EVIL, "publishers": [EVIL, EVIL], "issuer": "US", "severity": "extreme"}
    try:
        change = Scribe(store).tell(row)
        client = TestClient(build(site(store)), base_url="http://127.0.0.1")
        client.headers["authorization"] = f"Bearer {TOKEN}"
        shown = 0
        for path in ("/", "/place/UA", f"/change/{change.id}", "/deliveries", "/sources"):
            page = client.get(path).text
            shown += "alert(1)" in page
            tags = Tags(page).tags
            assert not [t for t, of in tags if t == "style" or (t == "img")], path
            assert not [of for t, of in tags if any(a.startswith("on") for a in of)], path
            assert not [of for t, of in tags if str(of.get("href")).startswith("javascript")], path
            assert [t for t, _ in tags].count("script") == 1
            assert "\u202e" not in page and "49" not in re.findall(r"txt\.exe (\S+)", page)
        assert shown >= 2
    finally:
        store.close()


def test_an_address_that_is_no_web_address_is_no_link(client: TestClient) -> None:
    hrefs = [of["href"] for path in PAGES for t, of in Tags(client.get(path).text).tags if t == "a"]
    assert {str(h).partition(":")[0] for h in hrefs if ":" in str(h).partition("/")[0]} <= {"http", "https"}


def test_an_empty_ledger_says_so() -> None:
    from monitor.store import open_store

    store = open_store("sqlite://")
    client = TestClient(build(site(store, sources={}, channels={}, watches=())), base_url="http://127.0.0.1")
    try:
        page = client.get("/").text
        assert "No source is configured" in page and "Silence means that nothing happened" in page
        for path in PAGES:
            assert client.get(path).status_code in (200, 404), path
    finally:
        store.close()


def test_the_picture_is_taken_once_per_state_of_the_ledger(store: SqlStore) -> None:
    overview = Overview(site(store))
    assert overview.picture() is overview.picture()


def test_a_change_of_the_ledger_is_seen(recorder: Recorder) -> None:
    store = ledger(places=("UA",))
    try:
        overview = Overview(site(store, recorder))
        before = overview.version()
        overview.touched()
        assert overview.version() == before
        Scribe(store).poll("wire", NOW, tally={Reason.TOUCH: 1})
        overview.touched()
        assert overview.version() != before
    finally:
        store.close()


def test_the_stream_tells_of_news_and_ends_with_the_server() -> None:
    store = ledger(places=("UA", "RU"))
    shown = site(store)
    server = serve(build(shown), "127.0.0.1:0", shown.stopping)
    try:
        version = httpx.get(f"{server.url}/api/v1/now").json()["version"]
        with httpx.stream("GET", f"{server.url}/events", params={"version": version}, timeout=30) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 3000"
            threading.Thread(target=Scribe(store).tell, args=(STORY[0] | {"at": NOW, "place": "RU"},)).start()
            event = [next(line for line in lines if line) for _ in range(3)]
            assert event[1] == "event: moved" and version not in event[0]
            threading.Thread(target=server.stop).start()
            assert list(lines) is not None
    finally:
        server.stop()
        store.close()


def test_another_configuration_is_rehearsed_with_its_progress(store: SqlStore, recorder: Recorder) -> None:
    go = threading.Event()

    def rehearse(config: str):
        yield Step(1, 2, ((NOW, "desk", f"{config}: first"),))
        assert go.wait(30)
        yield Step(2, 2, ((NOW, "desk", f"{config}: first"), (NOW, "chat", "second")))

    client = TestClient(build(site(store, recorder, rehearse=rehearse)), base_url="http://127.0.0.1")
    client.headers["authorization"] = f"Bearer {TOKEN}"
    begun = client.post("/api/v1/rehearsals", json={"config": "other"})
    assert begun.status_code == 202
    path = f"/api/v1/rehearsals/{begun.json()['id']}"
    assert client.post("/api/v1/rehearsals", json={"config": "third"}).status_code == 409
    go.set()
    while (now := client.get(path).json())["state"] == "running":
        pass
    assert (now["state"], now["done"], [line["channel"] for line in now["lines"]]) == ("done", 2, ["desk", "chat"])


def test_sources_with_markup_in_their_names(recorder: Recorder, store: SqlStore) -> None:

    named = {id: replace(s, name=EVIL, url="javascript:alert(1)") for id, s in SOURCES.items()}
    page = TestClient(build(site(store, recorder, sources=named)), base_url="http://127.0.0.1").get("/sources").text
    assert not [of for t, of in Tags(page).tags if str(of.get("href")).startswith("javascript") or t in ("img", "style")]


def test_a_conclusion_of_ours_is_shown_as_one() -> None:
    """An early sign stands apart from what governments and the press said, with how often such a sign came true."""
    store = ledger(places=("UA", "RU"))
    try:
        detail = '{"who": ["US", "GB", "AU"], "others": ["JP"], "known": 4, "hours": 24, "seen": 3, "followed": 2, "recordings": 5}'
        row = STORY[0] | {"at": NOW, "kind": "early_sign", "after": "several_raised", "certainty": "observed", "publishers": ()}
        Scribe(store).tell(row | {"severity": "moderate", "reason": "facts_together", "detail": detail})
        client = TestClient(build(site(store)), base_url="http://127.0.0.1")
        place = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/place/UA").text))
        assert "Early signs ✦ Early sign: 3 of 4 governments raised their advice within 24 h" in place
        assert "our conclusion" in place and place.count("Early sign: 3 of 4") >= 2
        card = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get("/").text.partition('class="card')[2][:2000]))
        assert "Australia tells its citizens to leave now" in card and "✦ Early sign: 3 of 4" in card
        assert client.get("/api/v1/now").json()["situations"][0]["severity"] == "extreme"
    finally:
        store.close()


def test_parts_of_a_country_and_headings_are_shown() -> None:
    store = ledger(places=("UA", "RU"))
    try:
        level = Standing("2", NOW, "Level 2: Exercise increased caution", areas=(Area("the <east> border", 4), Area("Lviv", 1)))
        change = replace(as_change(STORY[0]), id="chg_parts", evidence=(Evidence("Stay away.", "rule", "https://a.example", "Border"),))
        Scribe(store).poll("canada", NOW, postures=(Posture("CA", "RU").put(Aspect.LEVEL, level),), changes=(change,))
        client = TestClient(build(site(store)), base_url="http://127.0.0.1")
        page = client.get("/place/RU").text
        assert "<li><b>4</b> the &lt;east&gt; border</li><li><b>1</b> Lviv</li>" in page
        assert ">Exercise increased caution<" in page
        assert "under “Border”" in client.get("/change/chg_parts").text
    finally:
        store.close()


def test_new_words_alone_are_no_situation() -> None:
    store = ledger(places=("UA",))
    try:
        row = STORY[0] | {"at": NOW, "place": "FJ", "kind": "reworded", "after": "", "certainty": "observed", "severity": "minor"}
        Scribe(store).tell(row)
        picture = Overview(site(store)).picture()
        assert "FJ" in [c.place for of in picture.recent for c in of]
        assert "FJ" not in [t.place for t in picture.threads]
    finally:
        store.close()
