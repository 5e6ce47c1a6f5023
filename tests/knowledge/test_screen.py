"""The quick look keeps back nothing: readings are the same with and without it, on every text we have."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import BadBody
from monitor.knowledge import findings, reading
from monitor.knowledge.rules import Rule, language, languages
from monitor.knowledge.screen import Screen, screen
from monitor.model import Authority, Item, Source
from monitor.service.replay import open_recording
from monitor.sources.parser import inline
from monitor.sources.text import html_to_text as plain_text
from tests.bench.farm import text_of
from tests.paths import GOLD, RECORDINGS


class NoScreen:
    """Lets every rule look at every sentence."""

    def __init__(self, lang: str) -> None:
        self._rules = language(lang).rules

    def rules(self, _sentence: str) -> tuple[Rule, ...]:
        return self._rules

    def any(self, _text: str) -> bool:
        return True


def compare(items: list[Item], monkeypatch: pytest.MonkeyPatch) -> int:
    """Read every item both ways; how many said something."""
    with_screen = [reading.read(item) for item in items]
    with monkeypatch.context() as patched:
        patched.setattr(findings, "screen", NoScreen)
        patched.setattr(reading, "screen", NoScreen)
        without = [reading.read(item) for item in items]
    for item, quick, slow in zip(items, with_screen, without, strict=True):
        assert quick == slow, item.title
    return sum(r.relevant for r in without)


def own_examples() -> list[Item]:
    """The examples that the rules themselves carry, as headlines and as texts."""
    said = [(lang, text) for lang in languages() for rule in language(lang).rules for text in (*rule.yes, *rule.no)]
    return [
        Item("s", f"{lang}{n}{kind}", text if kind else "A headline", "" if kind else text, lang=lang, authority=Authority.PRESS)
        for n, (lang, text) in enumerate(said)
        for kind in (0, 1)
    ]


def test_the_rules_own_examples_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compare(own_examples(), monkeypatch) > 100


FILLERS = (
    *("the", "of", "to", "and", "10,000", "2021", "3.500", "'s", "\u2019s", "Iran", "Iran-backed", "the Hague", "British", "Ivory Coast"),
    *("C\u00f4te d\u2019Ivoire", "caf\u00e9", ",", ".", " - ", ";", "(", ")", "l'", "U.S.", "THE UNITED STATES", "__", "'quoted'"),
    *("rock'n'roll", "\u65e5\u672c", "Nuku`alofa", "\u00e9t\u00e9", "New", "York", "East", "not", "no", "longer", "\n\n"),
    *("<b>", "&amp;", "00", "x" * 350),
)


def soup(lang: str, rng: random.Random) -> str:
    """The words of one pattern with others between, under and over its gaps: near hits and near misses of one rule."""
    known = language(lang)
    words: dict[str, list[str]] = {}
    for word, name in known.lexicon.openings():
        words.setdefault(name, []).append(word)
    phrases = [" ".join(phrase).replace("*", "ing") for some in known.lexicon._long.values() for phrase, _ in some.all]
    pattern = rng.choice(rng.choice(known.rules).patterns)
    out: list[str] = []
    for step in pattern:
        out += [rng.choice(FILLERS if rng.random() < 0.7 else phrases or FILLERS) for _ in range(rng.randint(0, step.gap + 2))]
        key = rng.choice(step.keys)
        word = rng.choice(sorted(words.get(key, ["Kenya", "Kenyan", "Nairobi", "12"] if key.isupper() else [key])))
        out.append(rng.choice((word, word, word.upper(), word.capitalize(), f"{word}'s", f"l'{word}", f"{word}s")))
    return "".join(rng.choice(("", " ", " ", " ", " ", "-", "\u2019")) + word for word in out)


@pytest.mark.parametrize("lang", ["en", "fr", "de", "ja"])
def test_near_hits_and_near_misses_of_every_rule_read_the_same(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(f"screen {lang}")
    texts = [soup(lang, rng) for _ in range(400 if lang == "en" else 120)]
    items = [
        Item("s", str(n), text if n % 3 else soup(lang, rng), text, lang=lang, published=datetime(2022, 2, 1, tzinfo=UTC),
             authority=Authority.OFFICIAL if n % 2 else Authority.PRESS, issuer="US" if n % 2 else None)
        for n, text in enumerate(texts)
    ]  # fmt: skip
    assert compare(items, monkeypatch) > len(items) // 20


def test_what_cannot_matter_is_dismissed() -> None:
    able = screen("en")
    assert able.rules("The village orchestra opens its new concert season") == ()
    assert able.rules("Embassy of Chad suspends operations")
    assert not able.any("The village orchestra opens its new concert season. The embassy district gets a new bridge.")
    far = "garden music river " * 9
    assert able.rules("Citizens should leave now") and not able.rules(f"Citizens {far} should {far} leave {far} now")


def test_plain_news_is_dismissed_without_being_read() -> None:
    """A rule for an act or a change whose words stand in every other text would have all of them read in full, at ten times the cost."""
    texts = [plain_text(text_of(seed, 800)) for seed in range(400)]
    assert sum(map(screen("en").any, texts)) <= len(texts) // 50


def test_where_nothing_looks_like_an_act_nothing_is_rejected() -> None:
    ashes = "The ashes of the painter arrive in her home town"
    able = screen("en")
    assert [rule.name for rule in able.rules(ashes)] == ["the-dead-come-home"] and not able.any(ashes)
    assert reading.read(Item("s", "1", ashes, "", authority=Authority.PRESS)).rejected == ()


def test_every_language_has_a_screen_that_asks_for_something() -> None:
    for lang in languages():
        built = Screen(language(lang).rules, language(lang).lexicon)
        assert language(lang).lexicon.unspaced or built.rules("") == ()


# --- third-party captures, when they are there ---------------------------------------------------------------------------


def gold() -> Iterator[Path]:
    yield from sorted(GOLD.glob("*texts*.jsonl")) if GOLD else ()


@pytest.mark.recordings
@pytest.mark.skipif(GOLD is None, reason="no labelled texts beside the checkout")
def test_labelled_texts_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [json.loads(line) for path in gold() for line in path.read_text("utf-8").splitlines()]
    items = [
        Item("s", str(n), row.get("title", ""), row.get("summary", row.get("text", "")) or "", lang=row.get("lang", "en"),
             published=datetime(2022, 2, 1, tzinfo=UTC), authority=authority, issuer="US" if authority is Authority.OFFICIAL else None)
        for n, row in enumerate(rows)
        for authority in (Authority.PRESS, Authority.OFFICIAL)
    ]  # fmt: skip
    assert compare(items, monkeypatch) > 50


@pytest.mark.recordings
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(p.name for p in RECORDINGS.glob("*.tar.xz")) if RECORDINGS else ["none"])
def test_recorded_items_read_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if RECORDINGS is None:
        pytest.skip("no recordings beside the checkout")
    settings, bodies = open_recording(RECORDINGS / name)
    kinds = {s["id"]: s for s in settings["source"]}
    found: dict[str, Item] = {}
    for body in bodies:
        row = kinds.get(body.source)
        if row is None or len(found) > 600:
            continue
        source = Source(row["id"], row["kind"], row["url"], row.get("issuer"), authority=Authority(row.get("authority", "official")))
        try:
            found.update({item.digest: item for item in inline(source, body.content).items if item.digest not in found})
        except BadBody:
            continue
    assert found
    compare(list(found.values()), monkeypatch)
