"""Polls a farm of feeds with us and with other programs, in one run: processor seconds of each whole client, and ratios.

`python -m tests.bench.bench_poll [FEEDS [REPEATS [PROGRAM …]]]`
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.farm import Farm
from tests.bench.meter import Cost, machine, median, run
from tests.bench.peers import PEERS, Peer

ROUNDS = ("cold", "all 304", "1 % changed", "unchanged 200")


def one_program(peer: Peer, feeds: int) -> dict[str, Cost]:
    """Every round of one program on a fresh farm."""
    with Farm(feeds) as farm, tempfile.TemporaryDirectory(prefix="monitor-bench-") as name:
        folder = Path(name)
        peer.prepare(folder, farm)
        costs = {}
        for kind in ROUNDS:
            if kind == "1 % changed":
                farm.grow(0.01)
            farm.validators = kind != "unchanged 200"
            farm.served.clear()
            command, env = peer.command(folder, kind == "cold")
            costs[kind] = run(command, env, log=folder / "log")
            _complain(peer, kind, farm, costs[kind], folder / "log")
        return costs


def _complain(peer: Peer, kind: str, farm: Farm, cost: Cost, log: Path) -> None:
    asked = sum(farm.served.values())
    if asked != farm.size:
        print(f"  {peer.name}, {kind}: {farm.served} answers for {farm.size} feeds, exit {cost.code}", flush=True)
        print("   ", log.read_text(errors="replace")[-300:].replace("\n", "\n    "), flush=True)


def main(feeds: int, repeats: int, names: list[str]) -> None:
    chosen = [p for p in PEERS if (not names or p.name in names)]
    able = [p for p in chosen if p.ready()]
    for missing in set(chosen) - set(able):
        print(f"{missing.name} is not installed here")
    taken: dict[str, dict[str, list[Cost]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(repeats):
        for peer in able:
            for kind, cost in one_program(peer, feeds).items():
                taken[peer.name][kind].append(cost)
    print(f"\n{feeds} feeds, medians of {repeats}; {machine()}\n")
    print("processor seconds of the whole client (× ours)")
    print(f"{'':12}" + "".join(f"{kind:>22}" for kind in ROUNDS) + f"{'peak MB':>10}")
    ours = {kind: median(taken["monitor"][kind]) for kind in ROUNDS} if "monitor" in taken else {}
    for name, costs in taken.items():
        middle = {kind: median(costs[kind]) for kind in ROUNDS}
        cells = [f"{middle[k].cpu:.2f}" + (f" (×{middle[k].cpu / ours[k].cpu:.1f})" if ours else "") for k in ROUNDS]
        print(f"{name:12}" + "".join(f"{cell:>22}" for cell in cells) + f"{max(c.rss for c in middle.values()):>10.0f}")
    print(json.dumps({n: {k: [round(x.cpu, 3) for x in v] for k, v in c.items()} for n, c in taken.items()}))


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 1000, int(given[1]) if given[1:] else 3, given[2:])
