"""Web pages as sources: selectors, main text, what is left out, and robots.txt."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import BadBody, WrongUse
from monitor.model import Nature, Source
from monitor.sources.markup import MAX_DEPTH, find, selector
from monitor.sources.page import parse
from monitor.sources.robots import allowed

WORDS = "The ministry advises against all travel to the northern islands because of floods and landslides. "


def page(inner: str) -> bytes:
    return f"<!doctype html><html><head><title>T</title></head><body>{inner}</body></html>".encode()


def source(**options: str) -> Source:
    return Source("p", "page", "https://gov.example/travel/", "FR", options=tuple(sorted(options.items())))


# --- selectors -------------------------------------------------------------------------------------------------------

DOCUMENT = """<div id=a class="x y"><p class='z'>one</p><br class=z><section><p>two<p class="z">three</section></div>
<!-- <p class="z">never</p> -->
<script>"<p class='z'>never</p>"</script><ul role="list"><li><a href="/x/1">l</a></ul><div class="y">four</div>"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p.z", ["<p class='z'>one</p>", '<p class="z">three']),
        (".z", ["<p class='z'>one</p>", "<br class=z>", '<p class="z">three']),
        ("div#a.x section p", ["<p>two", '<p class="z">three']),
        ("#a", [DOCUMENT[: DOCUMENT.index("\n")]]),
        ("[role=list] a", ['<a href="/x/1">l</a>']),
        ('a[href^="/x"]', ['<a href="/x/1">l</a>']),
        ("a[href]", ['<a href="/x/1">l</a>']),
        (".nothing, div.y", [DOCUMENT[: DOCUMENT.index("\n")], '<div class="y">four</div>']),
        ("section #a", []),
    ],
)
def test_elements_are_found_where_they_stand(text: str, expected: list[str]) -> None:
    assert [DOCUMENT[r.start : r.end] for r in find(DOCUMENT, selector(text))] == expected


@pytest.mark.parametrize("text", ["", "a >", "a > b", "p:first-child", "a,,b", "#", "[x", "a[b='\"]"])
def test_what_is_no_selector_is_said(text: str) -> None:
    with pytest.raises(WrongUse, match="not a selector"):
        selector(text)


@given(st.text(alphabet="<>/ab \"'=!-p", max_size=300))
def test_any_markup_has_ordered_ranges(text: str) -> None:
    found = find(text, selector("p, a, [b]"))
    ends = [0]
    for part in found:
        assert ends[-1] <= part.start < part.end <= len(text)
        ends.append(part.end)


@pytest.mark.parametrize("piece", ["<p ", "<a b='", '<a b="<a ', "<!--", "</p>", "<p>", "<script>", "<div></p>", '<a "x" '])
def test_a_megabyte_of_one_trick_takes_no_time(piece: str) -> None:
    """Under the deadline of the suite: quadratic time would take hours."""
    text = piece * (1_000_000 // len(piece))
    with suppress(BadBody):
        find(text, selector("div.never p"))


def test_too_deep_is_said() -> None:
    with pytest.raises(BadBody, match="too_deep"):
        find("<div>" * (MAX_DEPTH + 1), selector("p"))


# --- pages -----------------------------------------------------------------------------------------------------------


def test_only_the_words_make_the_text_and_so_the_digest() -> None:
    def at(clock: str, visits: int) -> bytes:
        return page(
            f"<nav>Menu {visits}</nav><main><h1>Fiji</h1><p>Current time: {clock}</p><p>{WORDS}</p><p>Views: {visits}</p>"
            f"<p>Page last updated on 2026-03-12</p><p>Share this page</p></main><footer>{clock}</footer>"
        )

    (one,), (two,) = parse(at("14:05", 7), source()).items, parse(at("14:20", 12_804), source()).items
    assert one.digest == two.digest and one.text == f"Fiji\n\n{WORDS.strip()}"
    assert one.published is not None and one.published.day == 12 and one.nature is Nature.PAGE and one.issuer == "FR"


def test_a_part_may_be_named_and_more_left_out() -> None:
    body = page(f"<main><p>{WORDS}</p></main><div class=advice>{WORDS}{WORDS}<div class=ad>Fly with us</div></div>")
    (item,) = parse(body, source(select=".advice", drop=".ad", place="UA")).items
    assert "Fly" not in item.text and item.text.count("northern") == 2 and item.places == ("UA",)


def test_each_element_may_be_a_notice() -> None:
    entries = "".join(f"<li><h3>Alert {n}</h3><a href='/alerts/{n}'>more</a><p>{WORDS}</p></li>" for n in (1, 2))
    first, second = parse(page(f"<main><ul>{entries}</ul></main>"), source(each="main li")).items
    assert (first.title, first.url, first.key) == ("Alert 1", "https://gov.example/alerts/1", "https://gov.example/alerts/1")
    assert second.nature is Nature.NOTICE and WORDS.strip() in second.text


@pytest.mark.parametrize(
    ("body", "options", "why"),
    [
        (page("<main><p>Page not found</p></main>"), {}, "html"),
        (page(f"<p>{WORDS}</p>"), {"select": "#advice"}, "html"),
        (page(f"<main>{WORDS}</main>"), {"each": "li"}, "no_items"),
        (page(f"<main>{WORDS}")[:-20], {}, "cut_off"),
        (b"<!doctype html><html><title>Just a moment...</title><main>" + WORDS.encode() + b"</main></html>", {}, "challenge"),
        (b'{"not": "a page"}', {}, "wrong_format"),
    ],
)
def test_a_page_that_is_not_the_one_is_refused_by_name(body: bytes, options: dict[str, str], why: str) -> None:
    with pytest.raises(BadBody) as caught:
        parse(body, source(**options))
    assert caught.value.why == why and caught.value.blocked == (why == "challenge")


# --- robots ----------------------------------------------------------------------------------------------------------

ROBOTS = """
# hello
User-agent: badbot
User-agent: worsebot
Disallow: /

User-agent: *
Disallow: /search
Disallow: /*.pdf$
Disallow: /private*/x
Allow: /search/travel
Disallow:
"""


@pytest.mark.parametrize(
    ("agent", "path", "may"),
    [
        ("monitor", "/travel", True),
        ("monitor", "/search?q=1", False),
        ("monitor", "/search/travel/ua", True),
        ("monitor", "/a/b.pdf", False),
        ("monitor", "/a/b.pdf?x", True),
        ("monitor", "/private-7/x", False),
        ("monitor", "/pri%76ate/x", False),
        ("WorseBot", "/travel", False),
    ],
)
def test_the_longest_rule_of_our_group_counts(agent: str, path: str, may: bool) -> None:
    assert allowed(ROBOTS, agent, path) is may


def test_odd_rules_are_no_trap() -> None:
    assert allowed("", "m", "/x") and allowed("<html>not found</html>", "m", "/x")
    assert allowed("Disallow: /", "m", "/x"), "a rule for nobody"
    trap = "User-agent: *\nDisallow: /" + "a*" * 250 + "c$\n"
    assert allowed(trap, "m", "/" + "a" * 2_000 + "b")
