"""Draws what `bench_poll` printed as docs/performance.svg: `bench_poll … | python -m tests.bench.draw`."""

from __future__ import annotations

import json
import math
import statistics
import sys
from html import escape
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "docs" / "performance.svg"
LEFT, WIDTH, ROW, GAP, TOP = 120, 520, 16, 22, 44
LEAST, MOST = 0.5, 100.0
"""Seconds at the two ends of the (logarithmic) axis."""


def draw(figures: dict[str, dict[str, list[float]]]) -> str:
    """One group of bars for each round, one bar for each program, ours dark."""
    rounds = list(next(iter(figures.values())))
    parts, y = [], TOP
    for kind in rounds:
        parts.append(f'<text x="8" y="{y - 5}" class="h">{escape(kind)}</text>')
        for name, costs in figures.items():
            value = statistics.median(costs[kind])
            width = max(2.0, WIDTH * math.log(max(value, LEAST) / LEAST) / math.log(MOST / LEAST))
            parts.append(f'<text x="{LEFT - 8}" y="{y + 12}" class="n">{escape(name)}</text>')
            parts.append(
                f'<rect x="{LEFT}" y="{y + 1}" width="{width:.0f}" height="{ROW - 3}" class="{"us" if name == "monitor" else "o"}"/>'
            )
            parts.append(f'<text x="{LEFT + width + 6:.0f}" y="{y + 12}">{value:.2f} s</text>')
            y += ROW
        y += GAP
    style = (
        "text{font:12px sans-serif;fill:#333}.h{font-weight:bold}.n{text-anchor:end}.us{fill:#1a4f8b}.o{fill:#b8c4d0}"
        "@media(prefers-color-scheme:dark){text{fill:#ddd}.us{fill:#7db4f0}.o{fill:#556}}"
    )
    title = "Processor seconds to poll 1,000 feeds once (logarithmic)"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 90} {y}" role="img" aria-label="{title}">'
        f'<style>{style}</style><text x="8" y="18" class="h">{title}</text>{"".join(parts)}</svg>\n'
    )


if __name__ == "__main__":
    printed = [line for line in sys.stdin if line.startswith("{")]
    OUT.write_text(draw(json.loads(printed[-1])), "utf-8")
