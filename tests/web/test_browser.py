"""The page in a real Chromium: the story is followed, keyboards suffice, news arrives by itself, nothing is asked of anybody else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor.store import SqlStore
from monitor.web import Server, Step, build, serve

from . import pictures
from .chromium import DESK, FOUND, PHONE, browser
from .desk import Recorder, site
from .test_pages import EVIL
from .world import NOW, SOURCES, STORY, Scribe, held_change, ledger

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not FOUND, reason="NO BROWSER TESTS WERE RUN: there is no Chromium here (Debian's package `chromium`)"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as launched:
        yield launched


@pytest.fixture
def acts() -> Recorder:
    return Recorder()


@pytest.fixture
def books() -> Iterator[SqlStore]:
    filled = ledger()
    yield filled
    filled.close()


@pytest.fixture
def server(books: SqlStore, acts: Recorder) -> Iterator[Server]:
    shown = site(books, acts)
    running = serve(build(shown), "127.0.0.1:0", shown.stopping)
    yield running
    running.stop()


@pytest.fixture
def page(chromium: Any, server: Server) -> Iterator[Any]:
    """A page that may ask nothing of anybody but our server, and must not complain about anything."""
    context = chromium.new_context(viewport=DESK)
    opened = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    opened.on("request", lambda r: asked.append(r.url))
    opened.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    opened.on("pageerror", lambda e: complaints.append(str(e)))
    yield opened
    assert [url for url in asked if not url.startswith(server.url)] == []
    assert complaints == []
    context.close()


def test_the_story_is_followed_from_the_map_to_the_ledger(page: Any, server: Server) -> None:
    page.goto(server.url)
    page.locator('.map a[data-c="UA"]').dispatch_event("click")
    page.wait_for_url("**/place/UA")
    assert "People are leaving" in page.locator("h1 + p").inner_text()
    assert page.locator("table tbody tr").count() == 6
    page.locator(".told .chip").first.click()
    page.wait_for_url("**/delivery/*")
    assert "Australia tells its citizens to leave now" in page.locator("main").inner_text()


def test_the_map_is_walked_by_arrow_keys(page: Any, server: Server) -> None:
    page.goto(server.url)
    page.locator('.map a[data-c="UA"]').focus()
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.dataset.c") in ("BY", "RU", "LT")
    page.keyboard.press("Enter")
    page.wait_for_url("**/place/*")
    assert page.locator(".map a[tabindex='0']").count() == 0
    page.goto(server.url)
    assert page.locator(".map a[tabindex='0']").count() == 1


def by_tab(page: Any, text: str, most: int = 200) -> None:
    """Tab until what has the focus reads like this."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText || document.activeElement.name || ''").strip() == text:
            return
    raise AssertionError(f"no {text!r} within {most} tabs")


def test_acknowledge_and_silence_by_keyboard_alone(page: Any, server: Server, acts: Recorder) -> None:
    page.goto(f"{server.url}/deliveries")
    by_tab(page, "Log in")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login**")
    by_tab(page, "name")
    page.keyboard.type("Ana")
    by_tab(page, "token")
    page.keyboard.type(pictures.TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.url}/deliveries")
    by_tab(page, "Acknowledge")
    page.keyboard.press("Enter")
    page.wait_for_url("**said=*")
    assert page.locator(".said").inner_text() == "Acknowledged."
    by_tab(page, "places")
    page.keyboard.type("UA")
    by_tab(page, "reason")
    page.keyboard.type("exercise")
    page.keyboard.press("Enter")
    page.wait_for_url("**said=Silenced*")
    assert "Ukraine" in page.locator("#silences").inner_text()
    assert [(d[0], d[-1]) for d in acts.done] == [("acknowledge", "Ana"), ("silence", "Ana")]
    assert "✓ Ana" in page.locator(".ledger li").first.inner_text()


def test_what_a_desk_does_all_day(page: Any, server: Server, acts: Recorder) -> None:
    """Held changes are answered, what died is sent again, a source is read now, a test is sent."""
    pictures.log_in(page, server.url)
    page.goto(f"{server.url}/sources")
    assert "415 re-dated" in page.locator("tr#us-state").inner_text()
    page.locator(".held button", has_text="Confirm").click()
    page.wait_for_url("**said=Confirmed*")
    page.locator(".held button", has_text="Reject").click()
    page.wait_for_url("**said=Rejected*")
    page.locator("tr#japan button").click()
    page.wait_for_url("**said=It*read*")
    page.goto(f"{server.url}/deliveries")
    assert "Nothing is missing. Compared" in page.locator(".proof").inner_text()
    assert "Failing, 10 times in a row" in page.locator(".tile.bad").inner_text()
    page.locator(".ledger button", has_text="Send to chat again").first.click()
    page.wait_for_url("**said=It*once*more*")
    page.locator(".tile button").first.click()
    page.wait_for_url("**said=A*test*")
    assert [d[0] for d in acts.done] == ["confirm", "reject", "poll", "redeliver", "test"]


def test_another_configuration_is_rehearsed_before_ones_eyes(books: SqlStore, chromium: Any) -> None:
    """The lines it would have sent and its progress come without a reload."""
    go = threading.Event()

    def slowly(config: str) -> Iterator[Step]:
        yield Step(1, 2, ((NOW, "family", "Ukraine: the first line"),))
        assert go.wait(30)
        yield Step(2, 2, ((NOW, "family", "Ukraine: the first line"), (NOW, "family", "Sudan: the second line")))

    shown = site(books, rehearse=slowly)
    server = serve(build(shown), "127.0.0.1:0", shown.stopping)
    tab = chromium.new_context(viewport=DESK).new_page()
    try:
        pictures.log_in(tab, server.url)
        tab.goto(f"{server.url}/deliveries")
        tab.fill("[name=config]", "[[route]]")
        tab.click("text=Rehearse")
        tab.wait_for_url("**said=*")
        tab.evaluate("window.still = true")
        tab.locator("#rehearsal", has_text="1 of 2 changes, 1 messages").wait_for(timeout=15_000)
        go.set()
        tab.locator("#rehearsal", has_text="Sudan: the second line").wait_for(timeout=15_000)
        assert "done" in tab.locator("#rehearsal").inner_text() and tab.evaluate("window.still") is True
    finally:
        server.stop()
        tab.context.close()


def test_a_pasted_text_is_marked_and_judged(page: Any, server: Server) -> None:
    pictures.log_in(page, server.url)
    page.goto(f"{server.url}/explain")
    page.fill("[name=title]", "From the embassy in Kyiv")
    page.fill(
        "[name=text]", "On February 12, 2022, the Department of State ordered the departure of most embassy staff from Ukraine. <b>x</b>"
    )
    page.click("text=Read it")
    assert "ordered the departure" in page.locator(".marked mark.hit").first.inner_text()
    verdict = page.locator(".verdict").inner_text()
    assert "Understood as ordered departure" in verdict and "✓ takes it severe" in " ".join(verdict.split())
    assert page.locator(".marked b").count() == 0


def test_hostile_words_stay_words(chromium: Any) -> None:
    """In every field that a feed fills: nothing runs, nothing is asked for, nothing hides, nothing turns round."""
    books = ledger(places=("UA", "RU"))
    row = STORY[0] | {"at": NOW, "certainty": "possible", "quote": EVIL, "publishers": [EVIL, EVIL], "severity": "extreme"}
    change = Scribe(books).tell(row)
    named = {id: replace(s, name=EVIL, url="javascript:hacked=1") for id, s in SOURCES.items()}
    shown = site(books, sources=named)
    server = serve(build(shown), "127.0.0.1:0", shown.stopping)
    context = chromium.new_context(viewport=DESK)
    page, asked, said = context.new_page(), [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("dialog", lambda d: said.append(d.message) or d.dismiss())
    page.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    try:
        pictures.log_in(page, server.url)
        seen = 0
        for path in ("/", "/place/UA", "/place/UA/texts", f"/change/{change.id}", "/sources", "/deliveries"):
            page.goto(f"{server.url}{path}")
            text = page.locator("body").inner_text()
            seen += "alert(1)" in text
            assert page.evaluate("[...document.querySelectorAll('main script, img, style, iframe, [onerror], [onload]')].length") == 0
            assert page.locator("main").is_visible() and "\u202e" not in text
        page.goto(f"{server.url}/explain")
        page.fill("[name=text]", EVIL + " The United States ordered the departure of embassy staff from Ukraine. " + EVIL)
        page.click("text=Read it")
        assert "alert(1)" in page.locator(".marked").inner_text()
        assert seen >= 3 and said == [] and [url for url in asked if not url.startswith(server.url)] == []
    finally:
        server.stop()
        context.close()
        books.close()


@pytest.mark.slow
def test_the_story_of_the_demo_is_followed(chromium: Any, tmp_path: Path) -> None:
    """Through the very command: from the map to the place to the ledger, in by its link, and acknowledged by keyboard."""
    context = chromium.new_context(viewport=DESK)
    page, asked = context.new_page(), []
    page.on("request", lambda r: asked.append(r.url))
    with pictures.demo() as (url, link):
        page.goto(url)
        assert "All 5 sources seen well" in page.locator("#sight").inner_text()
        assert page.locator(".card h3").all_inner_texts() == ["Russia", "Belarus", "Ukraine"]
        page.locator('.map a[data-c="UA"]').focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/place/UA")
        text = page.locator("main").inner_text()
        assert "United States was first at “People are leaving”, 24 Jan 2022, 00:01 UTC; United Kingdom 9 h later." in text
        assert "2 days earlier the press told of: United States orders families of its staff to leave" in text
        page.click("text=Texts and evidence")
        assert page.locator("ins").count() > 3
        page.click("text=as fetched >> nth=0")
        assert page.locator("body").inner_text()
        page.goto(link)
        page.goto(f"{url}/deliveries")
        by_tab(page, "Acknowledge")
        page.keyboard.press("Enter")
        page.wait_for_url("**said=Acknowledged*")
        assert "✓ you" in page.locator(".ledger li").first.inner_text()
    context.close()
    assert [a for a in asked if not a.startswith(url)] == []


def test_news_arrives_without_a_reload(page: Any, server: Server, books: SqlStore) -> None:
    page.goto(server.url)
    page.evaluate("window.still = true")
    assert page.locator(".card").first.locator("h3").inner_text() == "Ukraine"
    quote = "Stay indoors: <script>window.hacked = 1</script> there is shooting."
    row = STORY[0] | {"at": NOW, "place": "HT", "kind": "security_alert", "after": "in_effect", "severity": "extreme", "quote": quote}
    Scribe(books).tell(row | {"certainty": "observed", "source": "us-state"})
    page.locator(".card:first-child h3", has_text="Haiti").wait_for(timeout=15_000)
    assert page.evaluate("window.still") is True
    assert page.evaluate("window.hacked") is None
    assert page.locator("#live").inner_text() == "Something new has come in."


def test_what_is_being_typed_and_where_one_is_survive_news(page: Any, server: Server, books: SqlStore) -> None:
    page.goto(server.url)
    page.locator("#all summary").nth(1).click()
    page.locator('#situations a[href="/place/SD"]').focus()
    Scribe(books).tell(STORY[0] | {"at": NOW, "place": "TD"})
    page.locator(".card:first-child h3", has_text="Chad").wait_for(timeout=15_000)
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/place/SD"
    assert page.locator("#all details").nth(1).get_attribute("open") is not None


def test_it_reads_without_javascript(chromium: Any, server: Server) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport=DESK)
    page = context.new_page()
    page.goto(server.url)
    assert page.locator(".card h3").first.inner_text() == "Ukraine"
    page.locator(".card h3 a").first.click()
    assert page.locator("h1").inner_text().startswith("Ukraine")
    page.locator("#q").fill("Sudan")
    page.keyboard.press("Enter")
    page.wait_for_url("**/place/SD")
    context.close()


@pytest.mark.parametrize("path", list(pictures.PAGES.values()))
def test_nothing_sticks_out_on_a_phone(chromium: Any, server: Server, path: str) -> None:
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(f"{server.url}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


def test_light_and_dark_are_remembered(page: Any, server: Server) -> None:
    page.goto(server.url)
    before = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.locator("#theme").click()
    after = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert before != after
    page.goto(f"{server.url}/sources")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == after


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core as npm gives it; it is fetched for the test and not kept with us."""
    given = os.environ.get("AXE_CORE")
    if given:
        return Path(given).read_text("utf-8")
    if not shutil.which("npm"):
        pytest.skip("axe-core cannot be had: no npm here, and AXE_CORE names no file")
    folder = tmp_path_factory.mktemp("axe")
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), "axe-core@4"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        pytest.skip(f"axe-core cannot be had: {done.stderr.strip()[-200:]}")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Any, server: Server, books: SqlStore, axe: str, theme: str) -> None:
    context = chromium.new_context(viewport=DESK, color_scheme=theme)
    page = context.new_page()
    pictures.log_in(page, server.url)
    found = {}
    line = books.deliveries(limit=1)[0].id
    also = {"delivery": f"/delivery/{line}", "held": f"/change/{held_change().id}", "found": "/find?q=guinea", "lost": "/find?q=atlantis",
            "ack": f"/ack/{line}.good", "said": "/deliveries?said=Done", "nothing": "/nothing"}  # fmt: skip
    for name, path in (pictures.PAGES | also).items():
        page.goto(f"{server.url}{path}")
        page.evaluate(axe)
        result = page.evaluate("axe.run(document)")
        assert len(result["passes"]) > 10
        found |= {f"{name}: {v['id']}": [n["html"][:160] for n in v["nodes"][:3]] for v in result["violations"]}
    context.close()
    assert found == {}, json.dumps(found, indent=1)


def test_every_page_is_pictured(chromium: Any, tmp_path: Path) -> None:
    """In both themes and at phone width; `SCREENS=folder` keeps them to be looked at."""
    taken = list(pictures.take(Path(os.environ.get("SCREENS", tmp_path)), running=chromium))
    assert len(taken) == 4 * len(pictures.PAGES)
    assert all(picture.stat().st_size > 8_000 for picture in taken)
