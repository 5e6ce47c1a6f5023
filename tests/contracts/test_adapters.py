"""What every adapter keeps, whatever the bytes: items or BadBody with a known word, clean fields, golden readings."""

from __future__ import annotations

import os
import re
import tarfile
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.errors import BadBody, UnknownName
from monitor.model import Item, Source
from monitor.sources.base import BodyFault, Parsed, adapter_for, kinds
from tests.paths import RECORDINGS
from tests.sources.golden import BODIES, as_json, golden_of, parse, source_of

MARKUP = re.compile(r"</?(?:p|br|b|a|ul|li|div|span|script|strong)\b[^<>]{0,600}>", re.IGNORECASE)
"""What looks like a tag; what is longer is a broken one with words in it, which are kept."""
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


def check(parsed: Parsed, source: Source) -> None:
    """What holds for everything an adapter ever returns."""
    assert parsed.total >= len(parsed.items) + parsed.damaged
    assert len(parsed.problems) <= 20 and all(len(p) <= 300 for p in parsed.problems)
    assert parsed.generated is None or parsed.generated.utcoffset() == timedelta(0)
    for item in parsed.items:
        check_item(item, source)


def check_item(item: Item, source: Source) -> None:
    assert item.source == source.id and item.key and (item.title or item.text)
    assert len(item.title) <= 1_000 and len(item.key) <= 1_000 and len(item.text) <= 200_000
    words = [
        item.key,
        item.title,
        item.text,
        item.place_name,
        item.level_text,
        item.publisher,
        *(w for label in item.labels for w in label),
    ]
    for text in words:
        assert not UNSEEN.search(text), text
        text.encode("utf-8")
    assert not MARKUP.search(item.title) and not MARKUP.search(item.text)
    assert "\n" not in item.title + item.key + item.place_name + item.publisher
    assert item.url == "" or re.fullmatch(r"https?://[^\s<>\"@]+", item.url, re.IGNORECASE) or "@" in item.url.split("/", 3)[-1]
    assert item.published is None or item.published.utcoffset() == timedelta(0)
    assert all(PLACE.fullmatch(place) for place in item.places)
    assert item.level in (None, 1, 2, 3, 4) and item.regional_level in (None, 1, 2, 3, 4)
    assert bool(item.level_scheme) == (item.level is not None)
    assert len(item.digest) == 16


@pytest.mark.parametrize("body", BODIES, ids=lambda p: p.name)
def test_golden(body: Path) -> None:
    parsed = parse(body)
    check(parsed, source_of(body))
    assert as_json(parsed) == golden_of(body).read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_a_sample(kind: str) -> None:
    assert any(source_of(body).kind == kind for body in BODIES)


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="us-state"):
        adapter_for("no-such-kind")


# --- bodies that are refused ------------------------------------------------------------------------------------------

CHALLENGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>x</body></html>"
PAGE = b"<!doctype html>\n<html><head><title>404 Not Found</title></head><body>gone</body></html>"
DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
BOMB = DOCTYPE + b'<rss version="2.0"><channel><title>&b;</title></channel></rss>'
REFUSED = [
    (b"", {BodyFault.EMPTY}),
    (b" \r\n\t", {BodyFault.EMPTY}),
    (b"\xef\xbb\xbf", {BodyFault.EMPTY}),
    (b"\x00\x00\x00", {BodyFault.EMPTY}),
    (CHALLENGE, {BodyFault.CHALLENGE}),
    (PAGE, {BodyFault.HTML}),
    (b"\xef\xbb\xbf  " + PAGE, {BodyFault.HTML}),
    (b"<!-- served by x -->" + PAGE, {BodyFault.HTML}),
    (b"{}", {BodyFault.NO_ITEMS, BodyFault.WRONG_FORMAT}),
    (b"[]", {BodyFault.NO_ITEMS, BodyFault.WRONG_FORMAT}),
    (b"null", {BodyFault.NO_ITEMS, BodyFault.WRONG_FORMAT}),
    (b'"text"', {BodyFault.WRONG_TYPES, BodyFault.WRONG_FORMAT}),
    (b"12", {BodyFault.WRONG_TYPES, BodyFault.WRONG_FORMAT}),
    (b"Service Unavailable", {BodyFault.WRONG_FORMAT}),
    (b"/etc/hostname", {BodyFault.WRONG_FORMAT}),
    (b"<?xml version='1.0'?><nothing/>", {BodyFault.WRONG_FORMAT}),
    (b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)) * 20, {BodyFault.BAD_CHARSET}),
    (b"[" * 200_000, {BodyFault.TOO_DEEP, BodyFault.WRONG_FORMAT}),
    (b'{"a":' * 100_000, {BodyFault.TOO_DEEP, BodyFault.WRONG_FORMAT}),
    (b"<rss>" + b"<item>" * 100_000, {BodyFault.TOO_DEEP, BodyFault.WRONG_FORMAT}),
    (BOMB, {BodyFault.ENTITY_DECLARED, BodyFault.WRONG_FORMAT}),
    (BOMB.decode().encode("utf-16"), {BodyFault.ENTITY_DECLARED, BodyFault.WRONG_FORMAT}),
]


@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize(("body", "faults"), REFUSED, ids=lambda v: repr(v[:20]) if isinstance(v, bytes) else "")
def test_bodies_that_are_no_answer_are_refused_by_name(kind: str, body: bytes, faults: set[BodyFault]) -> None:
    with pytest.raises(BadBody) as caught:
        adapter_for(kind)(body, Source("s", kind, ""))
    assert caught.value.why in faults
    assert caught.value.blocked == (caught.value.why == BodyFault.CHALLENGE)


@pytest.mark.parametrize("body", [b for b in BODIES if source_of(b).kind != "feed"], ids=lambda p: p.name)
def test_a_body_cut_in_the_middle_is_refused_as_cut(body: Path) -> None:
    whole, source = body.read_bytes(), source_of(body)
    # a page may be cut behind the data it carries
    for share in (0.3, 0.6) if body.suffix == ".html" else (0.3, 0.6, 0.95):
        with pytest.raises(BadBody) as caught:
            parsed = adapter_for(source.kind)(whole[: int(len(whole) * share)], source)
            # the kinds that are feeds inside read what is whole, and say that the end is missing
            assert parsed.problems[0].startswith("cut_off") and parsed.damaged
            raise BadBody(BodyFault.CUT_OFF)
        assert caught.value.why == BodyFault.CUT_OFF


# --- any bytes --------------------------------------------------------------------------------------------------------

FUZZ = int(os.environ.get("FUZZ_EXAMPLES", "400"))
"""How many mutations the suite tries; a long run sets it higher."""

SPICE = [
    b"",
    b"\x00",
    b"\xff\xfe",
    b"\xe9",
    b"&",
    b"&nbsp;",
    b"<br>",
    b"<![CDATA[",
    b"]]>",
    b"<!ENTITY x 'y'>",
    b"null",
    b"{}",
    b"[]",
    b"-1",
]
SPICE += [
    b"1e999",
    b"true",
    b'"',
    b"'",
    b"\\ud800",
    b"\xed\xa0\x80",
    b"99999999999999999999",
    b"<item>",
    b"</item>",
    b"\xf3\xa0\x81\x81",
    b"\r",
    b"{" * 50,
    b"9" * 5_000,
]


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good sample with a few places cut out, doubled, swapped or overwritten."""
    sample = draw(st.sampled_from(BODIES))
    body = sample.read_bytes()
    for _ in range(draw(st.integers(1, 6))):
        start, length = draw(st.integers(0, len(body))), draw(st.sampled_from([0, 1, 2, 7, 40, 300]))
        new = draw(st.sampled_from(SPICE) | st.binary(max_size=6) | st.just(body[start : start + 200]))
        body = body[:start] + new + body[start + length :]
    return source_of(sample).kind, body


@given(mutations())
@example(("canada", b'{"data": {"XX": {"advisory-state": 1e999, "country-iso": "\\ud800"}}}'))
@example(
    (
        "auswaertiges-amt",
        b'{"response": {"1": {"countryName": "\\udfff", "warning": false, "partialWarning": false, "lastModified": 1e300}}}',
    )
)
@example(("mofa", b"<opendata mailCount='9'><mail><keyCd>&#xffff;1</keyCd><title>x</title></mail></opendata>"))
@example(("feed", b"<rss version='2.0'><channel>x</link><item><title>A</title><link</item>>u</link></item></channel></rss>"))
@example(("feed", b"\xef\xbb\xbf<rss version='2.0'><channel><title>caf\xe9</title><item><title>A</title></item></channel></rss>"))
@example(("fcdo", b"\xef\xbb\xbf\xff\xfe{}"))
@example(("page", b"<!doctype html><html><main><p>" + b"Words. " * 30 + b"<\x00b>bold<\x00/b> &lt;&#8203;b&gt;</p></main></html>"))
@example(("fcdo", b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>https://[x</id><title>Chad</title></entry></feed>"))
@example(("new-zealand", b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://[x/y</loc></url></urlset>"))
@example(("ireland", b"<!doctype html><html><a href='https://[x/en/dfa/overseas-travel/advice/chad/'>Chad</a></html>"))
@settings(max_examples=FUZZ, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_raise_anything_but_bad_body(case: tuple[str, bytes]) -> None:
    kind, body = case
    source = Source("s", kind, "https://s.example.org/")
    try:
        parsed = adapter_for(kind)(body, source)
    except BadBody as error:
        assert error.why in set(BodyFault)
    else:
        check(parsed, source)


@given(st.sampled_from(kinds()), st.binary(max_size=400) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass")))
@settings(max_examples=FUZZ // 2, deadline=None)
def test_pure_noise_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(BadBody):
        adapter_for(kind)(body, Source("s", kind, ""))


# --- what really came -------------------------------------------------------------------------------------------------


def recorded(archive: Path) -> Iterator[tuple[Source, bytes]]:
    """Every body of a recording with its source."""
    with tarfile.open(archive) as tar:
        members = [m for m in tar.getmembers() if m.isfile()]
        manifest = next(m for m in members if m.name.endswith("recording.toml"))
        text = tar.extractfile(manifest)
        assert text is not None
        tables = tomllib.loads(text.read().decode())["source"]
        sources = {t["id"]: Source(t["id"], t["kind"], t["url"], t.get("issuer")) for t in tables}
        for member in members:
            body = tar.extractfile(member)
            folder = Path(member.name).parent.name
            if folder in sources and body is not None:
                yield sources[folder], body.read()


ARCHIVES = sorted(RECORDINGS.glob("*.tar.xz")) if RECORDINGS else []
EVERY = {
    "canada-ukraine": 12,
    "japan-winter": 20,
    "australia-2024": 20,
    "press-2022": 20,
    "us-state-winter": 6,
    "us-state-spring": 6,
    "uk-2025": 20,
}


@pytest.mark.recordings
@pytest.mark.skipif(not ARCHIVES, reason="no captures beside the checkout")
@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda p: p.name.split(".")[0])
def test_recorded_bodies_give_items_or_a_named_fault(archive: Path) -> None:
    name, unknown, read, refused = archive.name.split(".")[0], set(), 0, 0
    for number, (source, body) in enumerate(recorded(archive)):
        if number % EVERY.get(name, 1):
            continue
        try:
            parsed = adapter_for(source.kind)(body, source)
        except BadBody as error:
            assert error.why in set(BodyFault)
            refused += 1
            continue
        check(parsed, source)
        read += 1
        unknown |= {p for p in parsed.problems if p.startswith("unknown place")}
    print(f"{name}: {read} read, {refused} refused")
    assert read and (refused == 0 or name in ("hostile", "australia-2024"))
    assert not unknown
