"""The world as an SVG that the server draws: one shape or dot per place, coloured by how grave its posture is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup, escape

from ..data import seed


@dataclass(frozen=True, slots=True)
class Shape:
    """One place of the drawing: its middle, its outline (SVG path data, empty for none), whether it is too small to hit."""

    code: str
    x: int
    y: int
    dot: bool
    path: str


@cache
def world() -> tuple[tuple[int, int], dict[str, Shape]]:
    """The drawing's size and its shapes by code."""
    lines = seed("map/world.tsv").decode().splitlines()
    size = next(line.split() for line in lines if line.startswith("# size"))
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    shapes = {code: Shape(code, int(x), int(y), dot == "dot", path) for code, x, y, dot, path in rows}
    return (int(size[2]), int(size[3])), shapes


@cache
def _outline(code: str) -> str:
    shape = world()[1][code]
    drawn = f'<path d="{shape.path}"/>' if shape.path else ""
    return drawn + (f'<circle cx="{shape.x}" cy="{shape.y}" r="5"/>' if shape.dot else "")


def draw(grave: Mapping[str, int], labels: Mapping[str, str], base: str) -> Markup:
    """The shapes as links, worst last so that its outline lies on top; `grave` is 0 to 5, places without a posture are scenery."""
    _, shapes = world()
    quiet = "".join(_outline(c) for c in shapes if not grave.get(c))
    told = sorted((c for c in shapes if grave.get(c)), key=lambda c: (grave[c], shapes[c].dot))
    links = "".join(_link(shapes[c], grave[c], labels[c], base) for c in told)
    return Markup(f'<g class="g0" aria-hidden="true">{quiet}</g>{links}')  # noqa: S704 - every part is ours or escaped


def _link(shape: Shape, grade: int, label: str, base: str) -> str:
    start = f'<a href="{escape(base)}/place/{shape.code}" class="g{grade}" data-c="{shape.code}"{_pattern(grade)}>'
    return f"{start}<title>{escape(label)}</title>{_outline(shape.code)}</a>"


def rings(pulse: Mapping[str, str]) -> Markup:
    """A ring round each place where something is going on, with its severity as the class."""
    _, shapes = world()
    marks = "".join(_ring(shapes[code], severity) for code, severity in pulse.items() if code in shapes)
    return Markup(f'<g aria-hidden="true">{marks}</g>')  # noqa: S704 - ours alone


def _ring(shape: Shape, severity: str) -> str:
    where = f'cx="{shape.x}" cy="{shape.y}" r="25"'
    return f'<circle class="halo" {where}/><circle class="ring {escape(severity)}" {where}/>'


def _pattern(grade: int) -> str:
    return f' fill="url(#p{grade})"' if grade > 1 else ""
