"""The house stands as drawn: imports point only downwards, the middle is pure, adapters never touch the network."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import ROOT

PACKAGE = ROOT / "monitor"

FLOORS: dict[str, float] = {
    "model": 0, "errors": 0,
    "ledger": 0.5, "data": 0.5, "secret": 0.5, "guard": 0.4, "hold": 0.5, "proxy": 0.6, "egress": 0.7, "harmless": 0.5, "lean": 0.5,
    "knowledge": 1, "detect": 1, "route": 1,
    "sources": 2, "notify": 2, "store": 2, "engine": 2,
    "service": 3,
    "settings": 4, "log": 4, "app": 4.5, "daemon": 4.6, "life": 4.7, "operate": 4.6,
    "trial": 4.6, "probe": 4.6, "rehearsal": 4.6, "backtest": 5.7,
    "web": 5, "front": 5.5, "demo": 5.6,
    "cli": 6, "__main__": 7,
}  # fmt: skip
"""Which part stands on which floor; the floors of DESIGN, with steps inside one where a part rests on its neighbour."""

PURE = ("knowledge", "detect", "route")
IO_MODULES = {
    "asyncio", "concurrent", "fcntl", "ftplib", "http", "httpx", "multiprocessing", "os", "pathlib", "random", "requests", "secrets",
    "select", "shutil", "signal", "smtplib",
    "socket", "sqlalchemy", "sqlite3", "sqlmodel", "ssl", "subprocess", "tempfile", "threading", "time",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today"}
NETWORK = {"httpx", "socket", "aiohttp", "requests", "http", "ssl", "asyncio"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def parts() -> Iterator[str]:
    for path in PACKAGE.iterdir():
        if path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py"))):
            yield path.stem


def part_of(path: Path) -> str:
    """`monitor/route/plan.py` → `route`."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST, path: Path) -> Iterator[tuple[int, str]]:
    """Every import, wherever it stands, as an absolute dotted name with its line."""
    package = ("monitor", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            full = ".".join(filter(None, (base, node.module)))
            yield from ((node.lineno, f"{full}.{alias.name}") for alias in node.names)


def upward(source: str, path: Path) -> Iterator[str]:
    """Imports that point to an equal or higher floor in another part."""
    here = part_of(path)
    for line, name in imports(ast.parse(source), path):
        if name.startswith("monitor.") and (there := name.split(".")[1]) in FLOORS and there != here and FLOORS[there] >= FLOORS[here]:
            yield f"{path.name}:{line}: {here} imports {there}"


def impure(source: str, path: Path) -> Iterator[str]:
    """Whatever reaches for the world or the clock."""
    tree = ast.parse(source)
    for line, name in imports(tree, path):
        if name.split(".")[0] in IO_MODULES:
            yield f"{path.name}:{line}: imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id="open" | "print" | "input"):
                    yield f"{path.name}:{node.lineno}: calls {node.func.id}"
                case ast.Attribute(attr=attr) if attr in CLOCKS:
                    yield f"{path.name}:{node.lineno}: asks the clock"


@pytest.mark.parametrize("part", sorted(parts()))
def test_every_part_has_its_floor(part: str) -> None:
    assert part == "__init__" or part in FLOORS


@pytest.mark.parametrize("path", [p for p in MODULES if p != PACKAGE / "__init__.py"], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_only_downwards(path: Path) -> None:
    assert list(upward(path.read_text("utf-8"), path)) == []


@pytest.mark.parametrize("path", [p for p in MODULES if part_of(p) in PURE], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_the_middle_is_pure(path: Path) -> None:
    assert list(impure(path.read_text("utf-8"), path)) == []


ADAPTERS = [p for p in MODULES if part_of(p) == "sources" and "\ndef parse" in p.read_text("utf-8")]


@pytest.mark.parametrize("path", ADAPTERS, ids=lambda p: p.name)
def test_an_adapter_never_touches_the_network(path: Path) -> None:
    reached = {name.split(".")[0] for _, name in imports(ast.parse(path.read_text("utf-8")), path)}
    assert not reached & NETWORK


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_opens_with_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize(
    ("source", "where", "floor", "pure"),
    [
        ("from ..service import poll", "route/x.py", True, False),
        ("from monitor.route import routes", "detect/x.py", True, False),
        ("if TYPE_CHECKING:\n    from ..store.tables import Row", "notify/x.py", True, False),
        ("def f():\n    import monitor.web.page", "service/x.py", True, False),
        ("from . import app", "settings.py", True, False),
        ("from ..model import Change", "route/x.py", False, False),
        ("from .routes import Route", "route/x.py", False, False),
        ("import socket", "detect/x.py", False, True),
        ("from pathlib import Path", "detect/x.py", False, True),
        ("x = datetime.now(UTC)", "detect/x.py", False, True),
        ("open('x')", "knowledge/x.py", False, True),
    ],
)
def test_the_rules_see_what_they_forbid(source: str, where: str, floor: bool, pure: bool) -> None:
    assert bool(list(upward(source, PACKAGE / where))) is floor
    assert bool(list(impure(source, PACKAGE / where))) is pure
