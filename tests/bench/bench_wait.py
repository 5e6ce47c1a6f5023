"""Whom a few hanging hosts hold up: 200 feeds 100 ms away, of which 2 % never answer; when the last healthy one is through."""

from __future__ import annotations

import ipaddress
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from monitor.ledger import Cursor
from monitor.model import Source
from monitor.sources.fetch import Limits, Status, fetch
from tests.bench.farm import Farm
from tests.bench.meter import machine


def main(feeds: int = 200, latency: float = 0.1) -> None:
    with Farm(feeds, latency=latency, hanging=frozenset(range(0, feeds, 50))) as farm:
        batch = [(Source(str(n), "feed", farm.url(n)), Cursor()) for n in range(feeds)]
        began, last, healthy = time.perf_counter(), 0.0, 0
        home = (ipaddress.ip_network("127.0.0.0/8"),)
        for answer in fetch(batch, limits=Limits(connect=5, read=5, total=5), allow=home, user_agent="bench"):
            if answer.status is Status.BODY:
                healthy += 1
                last = time.perf_counter() - began
        whole = time.perf_counter() - began
    print(f"\n{feeds} feeds {latency * 1e3:.0f} ms away, {len(farm.hanging)} of them silent; {machine()}\n")
    print(f"last of {healthy} healthy answers after {last:.2f} s; the silent ones given up after {whole:.2f} s")


if __name__ == "__main__":
    main()
