"""The exact path and the forgiving one read the same items, over samples, captures and damaged variants of both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.errors import BadBody
from monitor.model import Source
from monitor.sources import feed, feed_formats
from monitor.sources.base import Parsed
from monitor.sources.sniff import decode
from monitor.sources.xmltree import NotWellFormed, mend, strict_xml
from tests.contracts.test_adapters import ARCHIVES, recorded
from tests.sources.golden import BODIES

SOURCE = Source("s", "feed", "")
FEEDS = [b for b in BODIES if b.suffix == ".xml" and re.search(rb"<(rss|feed|rdf:RDF)\b", b.read_bytes())]


def exact(body: bytes) -> Parsed:
    return feed.items(feed_formats.from_tree(strict_xml(body)), SOURCE)


def forgiving(body: bytes) -> Parsed:
    return feed.items(feed_formats.forgiving(mend(decode(body)), BadBody("x")), SOURCE)


@pytest.mark.parametrize("body", FEEDS, ids=lambda p: p.name)
def test_both_paths_agree_on_what_is_well_formed(body: Path) -> None:
    one, other = exact(body.read_bytes()), forgiving(body.read_bytes())
    assert one.items == other.items and one.generated == other.generated


DAMAGES = {
    "an unclosed tag in a text": (b"</title>", b"<br></title>"),
    "a bare ampersand": (b"</title>", b" R&D & more</title>"),
    "an HTML entity": (b"</title>", b"&nbsp;&mdash;</title>"),
    "an illegal character": (b"</title>", b"\x00\x08</title>"),
    "a Western byte": (b"</title>", b" \xe9</title>"),
    "a line before the declaration": (b"<?xml", b"\n<?xml"),
    "an attribute without quotes": (b"</title>", b"<b class=x>y</b></title>"),
    "a stray closing tag": (b"</link>", b"</link></b>"),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d)
@pytest.mark.parametrize("body", [b for b in FEEDS if b.name.startswith("feed.")], ids=lambda p: p.name)
def test_damage_loses_no_item(body: Path, damage: str) -> None:
    old, new = DAMAGES[damage]
    broken = body.read_bytes().replace(old, new)
    if broken == body.read_bytes():
        pytest.skip("nothing to damage")
    with pytest.raises(NotWellFormed):
        strict_xml(broken)
    whole, read = exact(body.read_bytes()), feed.parse(broken, SOURCE)
    assert [i.key for i in read.items] == [i.key for i in whole.items]
    assert [i.text for i in read.items] == [i.text for i in whole.items]
    for damaged, good in zip(read.items, whole.items, strict=True):
        assert damaged.title.startswith(good.title.split(" - ")[0])
    assert not read.partial


def test_of_a_cut_feed_the_last_entry_is_not_believed() -> None:
    """A sentence without its end may say the opposite of what it said."""
    body = (b for b in FEEDS if b.name == "feed.rss.xml")
    whole = next(body).read_bytes()
    cut = whole[: whole.index(b"Envoy says it is calm&lt;/a")]
    read = feed.parse(cut, SOURCE)
    assert [i.key for i in read.items] == ["wire-1"]
    assert read.partial and read.damaged == 1 and read.total == 2


def test_a_body_that_is_a_path_opens_no_file() -> None:
    with pytest.raises(BadBody, match="wrong_format"):
        feed.parse(b"/etc/hostname", SOURCE)


def test_an_empty_channel_is_a_quiet_day() -> None:
    assert feed.parse(b"<rss version='2.0'><channel><title>x</title></channel></rss>", SOURCE) == Parsed((), 0)


def test_the_sources_language_wins_over_what_the_feed_declares() -> None:
    body = next(b for b in FEEDS if b.name == "feed.rss.xml").read_bytes()
    french = Source("s", "feed", "", lang="fr")
    assert {i.lang for i in feed.parse(body, french).items} == {"fr"}
    assert {i.lang for i in feed.parse(body.replace(b"en-GB", b"de_AT"), SOURCE).items} == {"de"}


@pytest.mark.recordings
@pytest.mark.skipif(not ARCHIVES, reason="no captures beside the checkout")
def test_both_paths_agree_on_captures() -> None:
    [archive] = [a for a in ARCHIVES if a.name.startswith("press-2022")]
    compared = 0
    for number, (_, body) in enumerate(recorded(archive)):
        if number % 97:
            continue
        one, other = exact(body), forgiving(body)
        assert one.items == other.items
        compared += len(one.items)
    assert compared > 100
