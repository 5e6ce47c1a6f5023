"""Writes the page about the catalogue of sources from the catalogue itself, so that the two cannot drift apart."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

from ..model import Source
from ..sources.contract import Contract, contract_of
from .load import sources_of
from .schema import AboutTable, SourceTable
from .words import in_words

GROUPS: Mapping[str, str] = {
    "registers": "What governments advise about every place",
    "embassies": "What embassies tell citizens",
    "press": "What the press reports, and what governments tell it",
    "health": "Notices of disease",
    "disasters": "Disasters and humanitarian emergencies",
    "airspace": "Recommendations to airlines",
}
"""The groups of the catalogue, in order; each is a file of its name in config/sources."""


def entries(folder: Path) -> tuple[SourceTable, ...]:
    """Every source of the catalogue, those that are switched off included. Raises pydantic's ValidationError."""
    return written(sorted(folder.glob("*.toml"), key=lambda f: [*GROUPS, f.stem].index(f.stem)))


def written(files: Iterable[Path]) -> tuple[SourceTable, ...]:
    """Every source that files of a configuration write down. Raises pydantic's ValidationError."""
    tables = (table for f in files for table in tomllib.loads(f.read_text("utf-8")).get("source", ()))
    return tuple(map(SourceTable.model_validate, tables))


def page(sources: tuple[SourceTable, ...]) -> str:
    """The catalogue as Markdown: a table of each group, then every source by itself."""
    return "\n".join(line for group, title in GROUPS.items() for line in _group(title, [s for s in sources if _about(s).group == group]))


def _group(title: str, sources: list[SourceTable]) -> Iterator[str]:
    on = sum(s.enabled for s in sources)
    yield f"\n## {title}\n"
    yield f"{len(sources)} sources, {on} of them on.\n"
    yield "| Source | Who | Kind | Polled | In a crisis | Language | On |"
    yield "|---|---|---|---|---|---|---|"
    for s in sources:
        yield f"| {' | '.join(_row(s))} |"
    first: dict[tuple[str, ...], str] = {}
    for s in sources:
        yield f"\n### {s.id}\n"
        yield f"{s.name}. {'Speaks for ' + s.issuer if s.issuer else 'The press'}; in the catalogue since {_about(s).since}.\n"
        yield f"- Address: <{s.url}>"
        said = tuple(_said(s))
        if first.setdefault(said, s.id) != s.id:
            said = (f"- Everything else as [`{first[said]}`](#{first[said]}).",)
        yield from said


def _row(s: SourceTable) -> tuple[str, ...]:
    fastest = in_words(s.fastest) if s.fastest else "–"
    return f"[`{s.id}`](#{s.id})", s.name, f"`{s.kind}`", in_words(s.every), fastest, s.lang, "yes" if s.enabled else "no"


def _said(s: SourceTable) -> Iterator[str]:
    """What is known of a source beside its name and address."""
    about, source = _about(s), source_of(s)
    yield from (f"- Instead, when that fails: <{url}>" for url in s.alternates)
    yield f"- Licence: {about.licence}. Terms: {about.terms}."
    yield f"- A healthy poll: {_contract(contract_of(source))}."
    yield f"- Tried on: {about.tried}{f'; records: {about.records}' if about.records else ''}."
    if own := ", ".join(f"`{key} = {value}`" for key, value in source.options if key not in ("host", "place")):
        yield f"- Options: {own}."
    yield from (f"- {quirk[0].upper()}{quirk[1:]}." for quirk in about.quirks)


def _contract(contract: Contract) -> str:
    """Every field of a contract in words."""
    return ", ".join(f"{f.name} {_value(getattr(contract, f.name))}" for f in fields(Contract))


def _value(value: float | timedelta | None) -> str:
    if isinstance(value, bool):
        return "allowed" if value else "doubtful"
    if isinstance(value, timedelta):
        return in_words(value)
    if isinstance(value, float):
        return f"{value:.0%}"
    return str(value) if value else "any"


def _about(s: SourceTable) -> AboutTable:
    return s.about or AboutTable()


def source_of(s: SourceTable) -> Source:
    """The source that an entry of the catalogue is."""
    return sources_of([s.model_dump(exclude={"about"}, exclude_none=True)])[0]
