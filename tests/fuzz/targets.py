"""What is searched: every adapter, the reading, the configuration; each a property over generated input."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from monitor.errors import BadBody, WrongUse
from monitor.knowledge.reading import read
from monitor.model import Authority, Item, Nature, Source
from monitor.settings.load import load, unchecked
from monitor.sources.base import BodyFault, adapter_for, kinds
from tests.contracts.test_adapters import SPICE, check
from tests.paths import ROOT
from tests.sources.golden import BODIES, source_of

CLAUSES = (
    "The Department ordered the departure of family members", "do not travel to", "advisory level was raised to 3", "has lifted",
    "the embassy in Kyiv is closed", "on July 27, 2023", "no change", "sources say", "weighing", "Ukraine", "Niger", "Georgia",
    "退避勧告", "Ausreiseaufforderung", "il est déconseillé", "salir del país", "\u202e", "\u200b", "\x00", "١٢٣", "İ", "ß", "𝟛", "\n\n",
    "“", "Level 4:", "31 February 2026", "99:99", "()" * 50, "a" * 5_000,
)  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn, kind: str) -> bytes:
    """A good sample of a kind with places cut out, doubled, swapped or overwritten; now and then another kind's, or noise."""
    own = [b for b in BODIES if source_of(b).kind == kind]
    body = draw(st.sampled_from(own + own + BODIES[:3])).read_bytes()
    for _ in range(draw(st.integers(1, 12))):
        start, length = draw(st.integers(0, len(body))), draw(st.sampled_from([0, 1, 2, 7, 40, 300, 3_000]))
        new = draw(st.sampled_from(SPICE) | st.binary(max_size=12) | st.just(body[start : start + 200] * 3))
        body = body[:start] + new + body[start + length :]
    return body


OPTIONS: dict[str, tuple[tuple[tuple[str, str], ...], ...]] = {
    "page": ((), (("drop", ".x"), ("each", "li, p"), ("place", "FJ")), (("select", "article"),)),
}
"""What else a kind is configured with; each of these sees every input."""


def adapter(kind: str) -> Callable[[bytes], None]:
    """Any bytes give items that keep the contract, or a named fault."""

    def holds(body: bytes) -> None:
        for options in OPTIONS.get(kind, ((),)):
            source = Source("s", kind, "https://s.example.org/", options=options)
            try:
                parsed = adapter_for(kind)(body, source)
            except BadBody as error:
                assert error.why in set(BodyFault)
            else:
                check(parsed, source)

    return holds


texts = st.lists(st.sampled_from(CLAUSES) | st.text(max_size=30), max_size=25).map(" ".join)
items = st.builds(
    Item, source=st.just("s"), key=st.just("k"), title=texts, text=texts, lang=st.sampled_from(["en", "de", "fr", "ja", "es", "xx"]),
    issuer=st.sampled_from([None, "US", "DE", "JP"]), authority=st.sampled_from(Authority), nature=st.sampled_from(Nature),
    places=st.sampled_from([(), ("UA",), ("GE", "NE")]),
)  # fmt: skip


def explain(item: Item) -> None:
    """Any words are read; twice the same way; what is concluded is proven by words and within its bounds."""
    reading = read(item)
    assert reading == read(item)
    assert reading.level in (None, 1, 2, 3, 4)
    assert all(e.quote and e.rule for e in reading.evidence)
    assert reading.relevant or not reading.signals or all(s.evidence.quote for s in reading.signals)


CONFIG = (ROOT / "config/monitor.toml").read_text("utf-8")
KEYS = ('"', "[", "]", "= ", "true", "-1", '"10x"', "1e999", "nan", "\u0000", "[[source]]\n", "[channel.x]\n", "kind = 7\n", 'url = "file:///etc/passwd"\n',
        'id = "a"\n' * 2, "include = ['/etc/*']\n", "{", "2026-01-01", "every = '0s'\n", "places = ['ZZ']\n",
        'token = "plain"\n', '[egress]\nproxy = "x"\n')  # fmt: skip


@st.composite
def configs(draw: st.DrawFn) -> str:
    """The commented configuration, uncommented here and there and damaged."""
    lines = CONFIG.splitlines()
    for _ in range(draw(st.integers(0, 15))):
        n = draw(st.integers(0, len(lines) - 1))
        lines[n] = draw(st.sampled_from([lines[n].removeprefix("# "), "", *KEYS]) | st.text(max_size=20))
    text = "\n".join(lines)
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(["", *KEYS])) + text[at:]


def config(text: str) -> None:
    """Any text is a configuration, or its mistakes are told."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "monitor.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            load(path, unchecked)
        except WrongUse as error:
            assert str(error)


TARGETS: dict[str, tuple[st.SearchStrategy[object], Callable[..., None]]] = {
    **{f"adapter {kind}": (bodies(kind), adapter(kind)) for kind in kinds()},
    "explain": (items, explain),
    "config": (configs(), config),
}
