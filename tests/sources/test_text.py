"""Strangers' text made plain: layout kept, markup and tricks gone, in linear time."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Item, fingerprint, plain
from monitor.sources import text
from monitor.sources.text import html_to_text, one_line, paragraphs, web_address


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("<p>One.</p>\n<p>Two.</p>", "One.\n\nTwo."),
        ("<p>One<br>two<br/>three</p>", "One\ntwo\nthree"),
        ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>after", "a\nb\n\nafter"),
        ("<b>bold</b>er and <i>leaning</i>", "bolder and leaning"),
        ("<p>wrapped\nin the source</p>", "wrapped in the source"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("a &amp; b &lt; c &nbsp; d&#8217;s &unknown;", "a & b < c d’s &unknown;"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("plain\nlines & more", "plain\nlines & more"),
        ("<script>alert('<p>no</p>')</script>yes<style>p{}</style>", "yes"),
        ("yes<script>never closed", "yes"),
        ("<SCRIPT type='x'>no</ScRiPt >yes", "yes"),
        ("yes<!-- <p>no</p> -->!<!-- open", "yes !".replace(" ", "")),
        ("<![CDATA[no]]>yes", "yes"),
        ("<?php no ?>yes", "yes"),
        ('<a title="a > b" href=\'x"y\'>link</a>', "link"),
        ('<img alt="no" src="x"><b', "<b"),
        ("&lt;p&gt;escaped twice&lt;/p&gt;&lt;script&gt;no&lt;/script&gt;", "escaped twice"),
        ("R&amp;amp;D &amp;quot;x&amp;quot;", 'R&D "x"'),
        ("soft\u00adhyphen zero\u200bwidth \u202eright\u202c \x1b[31mred\x9b0m", "softhyphen zerowidth right [31mred0m"),
        ("half \ud800 pair \U000e0041tag", "half pair tag"),
        ("e\u0301", "é"),
        ("", ""),
        ("<p></p><br>", ""),
    ],
)
def test_html_to_text(raw: str, words: str) -> None:
    assert html_to_text(raw) == words
    assert html_to_text(raw) == words, "the second time from memory"


_PIECES = (
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&#39;",
    "&nbsp;",
    "&amp",
    "&lt",
    "&#8217;",
    "&hellip;",
    "&",
    ";",
    "lt;",
    "amp;",
    "#39;",
    "p",
    " ",
    "é",
)


@given(st.lists(st.sampled_from(_PIECES), max_size=9).map("".join))
def test_references_are_what_they_are_in_html(raw: str) -> None:
    assert text._unescape(raw) == html.unescape(raw)


_BLANKS = ("  ", " \n", "\n", "\n\n\n", "\t", "\r", "\x00", "\x1f", "\x7f", "\x85", "word", "b")


@given(st.lists(st.sampled_from(_BLANKS), max_size=9).map("".join))
def test_simple_text_is_tidied_like_any_other(raw: str) -> None:
    assert paragraphs(f"é{raw}é") == f"é{paragraphs(f'e{raw}e')[1:-1]}é"
    assert plain(f"é{raw}é") == f"é{plain(f'e{raw}e')[1:-1]}é"


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<br>", "<li>", "</li>", "<b>", "</b>", "<td>", "</td>", "<a href='x'>", "word ", "&amp;", "\n"])
    )
)
def test_the_quick_way_and_the_careful_way_agree(parts: list[str]) -> None:
    raw = "".join(parts).replace("\n", " ")
    assert text._strip(raw) == text._carefully(raw)


@given(st.text(alphabet="<>/!-'\"= abps&;#x\n", max_size=300))
def test_any_soup_gives_text_without_known_tags(raw: str) -> None:
    found = text._convert(raw)
    assert not re.search(r"</?[abp]\b[^<>]*>", found)


@pytest.mark.parametrize(
    "evil", ['<a "', "<!--", "<script>", "</script", "<", "<a ", "<a '\"", "&lt;p ", '<a x="<', "<![CDATA[", "&#x", " \n"]
)
def test_a_megabyte_of_broken_markup_is_done(evil: str) -> None:
    """Quadratic time would run into the suite's time limit."""
    assert len(text._convert(evil * (1_000_000 // len(evil)))) <= 200_000


def test_titles() -> None:
    assert one_line(" A\u00a0title \n with\tspaces ") == "A title with spaces"
    assert one_line("Ómá\u202en\x00\x08") == "Ómán"
    assert one_line("x" * 5_000_000) == "x" * 1_000
    assert one_line("レベル４") == "レベル4"


def test_paragraphs() -> None:
    assert paragraphs("a \r\n\r\n\r\n b\u2028c\x85d\te") == "a\n\nb\nc\nd e"
    assert len(paragraphs("word " * 1_000_000)) <= 200_000


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("https://x.example.org/a?b=1&c=2#d", "https://x.example.org/a?b=1&c=2#d"),
        (" HTTP://X.example.org/ ", "HTTP://X.example.org/"),
        ("https://user:pw@x.example.org/", "https://x.example.org/"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//x.example.org/", ""),
        ("https://x.example.org/a b", ""),
        ("https://x.example.org/\u202egpj.exe", "https://x.example.org/gpj.exe"),
        ('https://x.example.org/"><script>', ""),
        ("https://[::1", ""),
        ("https:///no-host", ""),
        ("x" * 10_000, ""),
        (None, ""),
    ],
)
def test_web_addresses(raw: str | None, address: str) -> None:
    assert web_address(raw) == address


def test_the_memory_is_bounded() -> None:
    memory = text._Memory(entries=3, characters=1_000)
    for number in range(20):
        memory.get(f"<p>{number}</p>" + "x" * 100)
    assert len(memory._texts) == 3
    memory.get("<p>" + "y" * 990 + "</p>")
    assert memory._held == sum(map(len, memory._texts.values())) <= 1_000


_WORDS = st.lists(st.sampled_from(("a", "B", " ", "\n", "\t", "\x1f", "`", "’", "e", "\u0301", "é", "\u200b")), max_size=6).map("".join)


@given(_WORDS, _WORDS)
def test_the_digest_of_simple_words_is_that_of_any_other(title: str, words: str) -> None:
    item = Item("s", "k", title, words, places=("US",))
    assert item.digest == fingerprint("\x1f".join(("US", "None", "None", title, words)))
