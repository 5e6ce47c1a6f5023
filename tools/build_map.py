"""Derives seeds/map/world.tsv, the drawn world, from Natural Earth's public-domain country shapes; run by hand, never by the program.

    (cd /tmp && npm install world-atlas@2)
    python -m venv /tmp/venv && /tmp/venv/bin/pip install pycountry
    /tmp/venv/bin/python tools/build_map.py /tmp/node_modules/world-atlas/countries-50m.json

Borders are simplified arc by arc, so that neighbours keep sharing them. The projection is Equal Earth (Šavrič, Patterson
and Jenny 2018): areas stay comparable, which is what a map coloured by danger needs.
"""

from __future__ import annotations

import json
import math
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pycountry

SEEDS = Path(__file__).resolve().parent.parent / "seeds" / "map"
WIDTH = 2000
SOUTH = -56.5  # nobody is advised on what lies south of it
DETAIL = 2.5  # square units of the drawing below which a corner is dropped
SPECK = 5.0  # square units below which an island is dropped, unless it is all there is
CENTRE = 11  # the cut then runs through Bering Strait, and no country is torn
DOT = 45.0  # square units below which a country also gets a dot that can be hit

Point = tuple[float, float]
Ring = list[int]

A = (1.340264, -0.081106, 0.000893, 0.003796)
HALF = 2.70662993  # x of the equator's end


def unwrapped(arc: list[Point]) -> list[Point]:
    """An arc around the map's centre that runs on over the cut instead of jumping to the other edge."""
    points: list[Point] = []
    for lon, lat in arc:
        near = (lon - CENTRE + 180) % 360 - 180
        if points and abs(near - points[-1][0]) > 180:
            near += 360 if near < 0 else -360
        points.append((near, lat))
    return points


def project(lon: float, lat: float) -> Point:
    """Equal Earth, scaled to WIDTH, y downwards; longitudes count from the map's centre."""
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
    t2 = theta * theta
    t6 = t2**3
    x = 2 * math.sqrt(3) * math.radians(lon) * math.cos(theta) / (3 * (9 * A[3] * t6 * t2 + 7 * A[2] * t6 + 3 * A[1] * t2 + A[0]))
    y = A[3] * theta**9 + A[2] * theta**7 + A[1] * theta**3 + A[0] * theta
    scale = WIDTH / (2 * HALF)
    return (x + HALF) * scale, (TOP - y) * scale


def _top() -> float:
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(83.8)))
    return A[3] * theta**9 + A[2] * theta**7 + A[1] * theta**3 + A[0] * theta


TOP = _top()


def arcs_of(atlas: dict) -> list[list[Point]]:
    """Every arc in degrees."""
    (sx, sy), (tx, ty) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    arcs = []
    for arc in atlas["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)
    return arcs


def walk(ring: Ring, arcs: list[list[Point]]) -> list[Point]:
    """The points of a ring; a negative index is an arc walked backwards."""
    points: list[Point] = []
    for i in ring:
        part = arcs[i] if i >= 0 else arcs[~i][::-1]
        points += part if not points else part[1:]
    return points


def area(points: list[Point]) -> float:
    """Signed area by the shoelace rule."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, points[1:] + points[:1], strict=True)) / 2


def inside(point: Point, ring: list[Point]) -> bool:
    """Whether a ring goes round a point."""
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1


def simplify(points: list[Point]) -> list[Point]:
    """Visvalingam and Whyatt: drop the corner with the smallest triangle until all that are left matter; the ends stay."""
    kept = list(points)
    closed = kept[0] == kept[-1]
    while len(kept) > (4 if closed else 2):
        sizes = [abs(area([kept[i - 1], kept[i], kept[i + 1]])) for i in range(1, len(kept) - 1)]
        smallest = min(range(len(sizes)), key=sizes.__getitem__)
        if sizes[smallest] > DETAIL:
            break
        del kept[smallest + 1]
    return kept


def dissolve(rings: list[Ring]) -> list[Ring]:
    """Rings joined where they share an arc, which is walked once each way."""
    steps = {i for ring in rings for i in ring}
    if not any(~i in steps for i in steps):
        return rings
    following: dict[int, int] = {}
    for ring in rings:
        following |= dict(zip(ring, ring[1:] + ring[:1], strict=True))
    outer = {i for i in steps if ~i not in steps}
    joined: list[Ring] = []
    while outer:
        start = i = min(outer)
        ring = []
        while True:
            ring.append(i)
            outer.discard(i)
            i = following[i]
            while ~i in steps:
                i = following[~i]
            if i == start:
                break
        joined.append(ring)
    return joined


def polygons(atlas: dict, arcs: list[list[Point]], rules: dict) -> dict[str, list[Ring]]:
    """Rings by code, with the corrections applied."""
    found: dict[str, list[Ring]] = {}
    for shape in atlas["objects"]["countries"]["geometries"]:
        number, name = shape.get("id"), shape["properties"]["name"]
        country = pycountry.countries.get(numeric=number) if number else None
        code = country.alpha_2 if country else rules["named"].get(name)
        if code is None:
            sys.stderr.write(f"left out: {name}\n")
            continue
        for polygon in [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]:
            outline = walk(polygon[0], arcs)
            small = len(outline) < 2000  # no continent is moved
            home = next((c for c, points in rules["moved"].items() if small and any(inside(tuple(p), outline) for p in points)), code)
            found.setdefault(home, []).extend(polygon)
    return {code: dissolve(rings) for code, rings in found.items()}


def path(rings: list[list[Point]]) -> str:
    """SVG path data in whole units, relative steps."""
    parts = []
    for ring in rings:
        whole = [(round(x), round(y)) for x, y in ring]
        corners = [p for p, q in zip(whole, whole[1:] + whole[:1], strict=True) if p != q]
        if len(corners) < 3:
            continue
        steps = [f"{x2 - x1} {y2 - y1}" for (x1, y1), (x2, y2) in pairwise(corners)]
        parts.append(f"M{corners[0][0]} {corners[0][1]}l{' '.join(steps)}z")
    return "".join(parts).replace(" -", "-")


def centre(points: list[Point]) -> Point:
    """The centroid of a ring."""
    size = area(points)
    pairs = list(zip(points, points[1:] + points[:1], strict=True))
    x = sum((x1 + x2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairs) / (6 * size)
    y = sum((y1 + y2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairs) / (6 * size)
    return x, y


def row(code: str, rings: list[list[Point]]) -> str | None:
    """One line: code, x and y of the middle, whether it wants a dot, path."""
    biggest = max(rings, key=lambda r: abs(area(r)))
    size = abs(area(biggest))
    kept = [r for r in rings if abs(area(r)) >= SPECK or r is biggest]
    drawn = path(kept)
    x, y = centre(biggest) if size > 0.01 else biggest[0]
    return f"{code}\t{round(x)}\t{round(y)}\t{'dot' if size < DOT or not drawn else '-'}\t{drawn}"


def main(atlas_file: str) -> None:
    """Writes the drawing and says how large it is."""
    atlas = json.loads(Path(atlas_file).read_text())
    rules = tomllib.loads((SEEDS / "corrections.toml").read_text())
    degrees = arcs_of(atlas)
    shapes = polygons(atlas, degrees, rules)
    drawn = [simplify([project(*p) for p in unwrapped(arc)]) for arc in degrees]
    whole = [[project(*p) for p in unwrapped(arc)] for arc in degrees]
    _, bottom = project(0, SOUTH)
    rows = {}
    for code, rings in shapes.items():
        outlines = [walk(r, drawn) if abs(area(walk(r, drawn))) > SPECK else walk(r, whole) for r in rings]
        seen = [o for o in outlines if max(y for _, y in o) < bottom]
        if seen and code not in rules["dots"]:
            rows[code] = row(code, seen)
    for code, (lon, lat) in rules["dots"].items():
        x, y = project(*unwrapped([(lon, lat)])[0])
        rows[code] = f"{code}\t{round(x)}\t{round(y)}\tdot\t"
    head = "# Country shapes: Natural Earth (public domain) 1:50m, Equal Earth projection. Derived by tools/build_map.py; do not edit.\n"
    text = head + f"# size {WIDTH} {round(bottom)}\n" + "".join(f"{rows[c]}\n" for c in sorted(rows))
    (SEEDS / "world.tsv").write_text(text, encoding="utf-8")
    sys.stderr.write(f"{len(rows)} places, {len(text)} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1])
