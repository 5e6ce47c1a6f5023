"""The catalogue: every source says what people must know of it and reads the samples there are, down to the last place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from monitor.errors import BadBody
from monitor.ledger import SourceRecord
from monitor.model import Source, SourceState
from monitor.settings.catalogue import GROUPS, entries, source_of
from monitor.settings.schema import AboutTable, SourceTable
from monitor.sources.base import Parsed, adapter_for, kinds
from monitor.sources.contract import contract_of, judge
from tests.contracts.test_adapters import recorded
from tests.paths import RECORDINGS, ROOT
from tests.sources.golden import BODIES
from tests.sources.golden import source_of as sample_source

ENTRIES = entries(ROOT / "config/sources")
ABOUT = {s.id: s.about or AboutTable() for s in ENTRIES}
TRIED = {
    s.id: re.findall(r"[a-z]+(?:-[a-z0-9]+)+", ABOUT[s.id].tried.partition(",")[0]) for s in ENTRIES if "recording" in ABOUT[s.id].tried
}
ISSUERS = {"US", "GB", "CA", "AU", "DE", "JP", "NL", "IE", "NZ", "AT", "HK", "KR", "FR", "CH", "UN", "EU"}
POLLS = 12
"""How many bodies of a recording are read; all of them are in tests/contracts and tests/replay."""


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda s: s.id)
def test_an_entry_says_what_people_must_know(entry: SourceTable) -> None:
    about = ABOUT[entry.id]
    assert entry.name and about.licence and about.terms and about.tried
    assert about.quirks or about.group == "press"
    assert about.group in GROUPS and date.fromisoformat(about.since)
    assert entry.kind in kinds() and (entry.issuer or entry.speaks_with == "press")


def test_an_entry_stands_in_the_file_of_its_group() -> None:
    for group in GROUPS:
        text = (ROOT / f"config/sources/{group}.toml").read_text("utf-8")
        assert set(re.findall(r'^group = "(\w+)"', text, re.MULTILINE)) == {group}
    assert len({s.id for s in ENTRIES}) == len(ENTRIES)


def test_everybody_who_publishes_openly_is_there() -> None:
    assert {s.issuer for s in ENTRIES if s.issuer} == ISSUERS
    assert {s.kind for s in ENTRIES} == set(kinds()), "every kind is used, and no other"
    press = {s.name.split(",")[0] for s in ENTRIES if s.speaks_with == "press" and s.enabled}
    assert press >= {"BBC News", "The Guardian", "Al Jazeera", "Deutsche Welle", "France 24", "NPR", "UN News", "CNN"}


def test_what_needs_a_key_or_a_human_reader_is_off() -> None:
    off = {s.id for s in ENTRIES if not s.enabled}
    assert off >= {s.id for s in ENTRIES if "{key}" in s.url or "news.google.com" in s.url or "not tried" in " ".join(ABOUT[s.id].quirks)}


@pytest.mark.recordings
@pytest.mark.skipif(not RECORDINGS, reason="no captures beside the checkout")
@pytest.mark.parametrize("id", sorted(TRIED))
def test_an_entry_reads_what_was_recorded(id: str) -> None:
    entry = next(s for s in ENTRIES if s.id == id)
    source, low, high, read = source_of(entry), 10**6, 0, 0
    for own, body in bodies(TRIED[id], entry):
        try:
            parsed = adapter_for(source.kind)(body, source)
        except BadBody:
            continue  # a recording may hold real failures; how many is held in tests/contracts
        assert not [p for p in parsed.problems if p.startswith("unknown place")]
        assert healthy(source, parsed), (own, judge(source, parsed, SourceRecord(source.id), newest(parsed)))
        low, high, read = min(low, len(parsed.items)), max(high, len(parsed.items)), read + 1
    print(f"{id}: {read} bodies read, {low}-{high} records, 0 unknown places")
    expected = [int(n) for n in ABOUT[id].records.partition(" in ")[0].split("–")]
    assert read and expected[0] <= low and high <= expected[-1]


def bodies(names: list[str], entry: SourceTable) -> Iterator[tuple[str, bytes]]:
    """Some bodies of the recordings that an entry names, evenly spread, of its kind and (of several feeds) of its own host."""
    assert RECORDINGS is not None
    for name in names:
        found = [(s.id, body) for s, body in recorded(RECORDINGS / f"{name}.tar.xz") if s.kind == entry.kind and _same(s, entry)]
        yield from found[:: max(1, len(found) // POLLS)]


def _same(recorded: Source, entry: SourceTable) -> bool:
    feed = entry.kind == "feed"
    return not feed or recorded.id.split("-")[0] in entry.id


def newest(parsed: Parsed):  # type: ignore[no-untyped-def]
    return max(i.published for i in parsed.items if i.published)


def healthy(source: Source, parsed: Parsed) -> bool:
    """Whether the body would have been believed whole, had it come on the day of its newest date."""
    dated = any(i.published for i in parsed.items)
    verdict = judge(source, parsed, SourceRecord(source.id), newest(parsed) + timedelta(hours=1)) if dated else None
    return verdict is None or verdict.state is SourceState.HEALTHY


@pytest.mark.parametrize("entry", [s for s in ENTRIES if s.id not in TRIED], ids=lambda s: s.id)
def test_an_entry_without_recordings_reads_our_own_samples(entry: SourceTable) -> None:
    """Every field that its contract asks for comes out of a sample in its documented format."""
    source, contract = source_of(entry), contract_of(source_of(entry))
    samples = [b for b in BODIES if sample_source(b).kind == entry.kind]
    parsed = [adapter_for(source.kind)(b.read_bytes(), source) for b in samples]
    items = [i for p in parsed for i in p.items]
    assert items and all(i.source == entry.id and i.issuer == entry.issuer for i in items)
    assert not contract.level_share or any(i.level for i in items)
    assert not contract.place_share or all(i.places for i in items if i.place_name)
    assert not contract.silent_after or any(i.published for i in items)
    print(f"{entry.id}: {len(items)} records of {len(samples)} samples")


def test_the_guides_example_is_a_whole_entry() -> None:
    """What docs/adding-a-source.md says to write down is understood, complete, and read by its adapter."""
    guide = (ROOT / "docs/adding-a-source.md").read_text("utf-8")
    (table,) = tomllib.loads(guide.partition("```toml\n")[2].partition("```")[0])["source"]
    entry = SourceTable.model_validate(table)
    assert entry.about and entry.about.group in GROUPS and entry.about.licence and entry.about.terms and entry.about.tried
    sample = next(b for b in BODIES if b.name == "feed.rss.xml")
    assert adapter_for(entry.kind)(sample.read_bytes(), source_of(entry)).items
    assert set(re.findall(r"^\| `([a-z-]+)`", guide, re.MULTILINE)) <= set(kinds())
    named = set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (`[^|]+)\|", guide, re.MULTILINE))))
    assert named == set(kinds()), "the guide's table has every kind"
