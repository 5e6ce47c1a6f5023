"""The documentation says what the program does: every command, key, state and reason, and nothing that is not there."""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from pathlib import Path

import pytest

from monitor import errors
from monitor.cli import COMMANDS
from monitor.model import ChangeKind, DeliveryState, MessageType, Reason, SourceState
from monitor.settings.catalogue import entries, page
from monitor.settings.describe import reference
from monitor.settings.load import load, unchecked
from monitor.settings.schema import Document
from monitor.sources.base import kinds
from tests.paths import ROOT

DOCS = ROOT / "docs"
MARK = "<!-- generated from the models that check the configuration: make docs -->\n"
CATALOGUE = "<!-- generated from config/sources: make docs -->\n"


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_reference_of_the_configuration_is_that_of_the_program() -> None:
    assert text("docs/configuration.md").partition(MARK)[2] == reference(), "run `make docs`"


def test_the_page_of_the_catalogue_is_that_of_the_catalogue() -> None:
    assert text("docs/sources.md").partition(CATALOGUE)[2] == page(entries(ROOT / "config/sources")), "run `make docs`"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained(command: str) -> None:
    assert f"`monitor {command}" in text("docs/operations.md")


def test_no_command_is_explained_that_does_not_exist() -> None:
    pages = [text("README.md"), *(p.read_text("utf-8") for p in DOCS.glob("*.md"))]
    named = {word for page in pages for word in re.findall(r"`monitor ([a-z]+)\b", page)}
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("words", [Reason, SourceState, DeliveryState, MessageType, ChangeKind], ids=lambda e: e.__name__)
def test_every_word_that_an_operator_meets_is_explained(words: type[StrEnum]) -> None:
    page = text("docs/operations.md")
    assert [word.value for word in words if f"`{word.value}`" not in page] == []


def test_every_error_is_explained() -> None:
    page = text("docs/operations.md")
    raised = [name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.MonitorError)]
    assert [name for name in raised if f"`{name}`" not in page] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []


# --- config/monitor.toml ---------------------------------------------------------------------------------------------


def everything_said() -> str:
    """config/monitor.toml with every commented key and table made effective, once each."""
    lines, seen = [], set()
    table = ""
    for line in text("config/monitor.toml").splitlines():
        bare = re.sub(r"^# (?=[a-z_]+ = |\[)", "", line)
        if found := re.match(r"(\[+[a-z_.]+\]+)", bare):
            table = f"{found[1]}{len(lines)}"
        if (key := re.match(r"([a-z_]+) = ", bare)) and (table, key[1]) in seen:
            continue
        seen.add((table, key[1] if key else len(lines)))
        lines.append(bare)
    return "\n".join(lines)


def test_the_commented_configuration_is_complete_and_right(tmp_path: Path) -> None:
    (tmp_path / "sources").symlink_to(ROOT / "config/sources")
    path = tmp_path / "monitor.toml"
    path.write_text(everything_said())
    settings = load(path, unchecked)
    assert {c.receiver.kind for c in settings.channels} >= {"console", "webhook", "email"}
    raw = tomllib.loads(everything_said())
    for name, field in Document.model_fields.items():
        known = getattr(field.annotation, "model_fields", None)
        if known:
            assert set(raw[name]) == set(known), f"[{name}] in config/monitor.toml"
    route = set().union(*(r.keys() for r in raw["route"]))
    from monitor.settings.receivers import ChannelTable, RouteTable, WatchlistTable, WatchTable

    assert route == set(RouteTable.model_fields)
    assert set(raw["channel"]["console"]) >= set(ChannelTable.model_fields)
    assert set(raw["watch"][0]) == set(WatchTable.model_fields)
    assert set(raw["watchlist"][0]) == set(WatchlistTable.model_fields) - {"csv"}


def test_the_catalogue_is_read_by_adapters_that_exist() -> None:
    settings = load(ROOT / "config/monitor.toml", unchecked)
    assert {s.kind for s in settings.sources} <= set(kinds())
    assert all(s.name for s in settings.sources), "people want to read a name"


def _write(name: str, mark: str, generated: str) -> None:
    path = DOCS / name
    path.write_text(path.read_text("utf-8").partition(mark)[0] + mark + generated, "utf-8")


if __name__ == "__main__":
    _write("configuration.md", MARK, reference())
    _write("sources.md", CATALOGUE, page(entries(ROOT / "config/sources")))
