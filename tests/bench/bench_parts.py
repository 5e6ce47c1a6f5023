"""What the parts of the pipe cost: parsing, the quick look, reading, deciding and saving, handing out deliveries."""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from monitor.errors import BadBody
from monitor.knowledge.reading import read
from monitor.knowledge.screen import screen
from monitor.ledger import Cursor, Delivery, PollSave, Settlement
from monitor.model import Authority, DeliveryState, MessageType, Source
from monitor.sources.feed import parse
from monitor.sources.feed_formats import forgiving
from monitor.sources.sniff import decode
from monitor.store import open_store
from tests.bench.farm import render
from tests.bench.meter import machine, seconds

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
SOURCE = Source("press", "feed", "https://news.example/", authority=Authority.PRESS)


def line(what: str, taken: float, per: str) -> None:
    """One figure."""
    print(f"{what:44} {taken * 1e6:10.0f} µs {per}")


def parsing() -> None:
    for number, size in ((0, "15 KB"), (80, "60 KB"), (99, "560 KB")):
        body = render(number, 0)
        line(f"parse {size}, strictly", seconds(lambda body=body: parse(body, SOURCE)), "a feed")
        line(f"parse {size}, by feedparser", seconds(lambda body=body: forgiving(decode(body), BadBody("damaged")), 3), "a feed")


def reading() -> None:
    items = [item for number in (0, 1, 2, 80) for item in parse(render(number, 0), SOURCE).items]
    able = screen("en")
    read(items[0])
    line("quick look", seconds(lambda: [able.rules(item.title) for item in items]) / len(items), "a headline")
    line("reading, all kinds of items", seconds(lambda: [read(item) for item in items]) / len(items), "an item")
    told = [item for item in items if read(item).relevant]
    line(f"reading what matters ({len(told)} of {len(items)})", seconds(lambda: [read(item) for item in told]) / len(told), "an item")


def saving(folder: Path) -> None:
    store = open_store(f"sqlite:///{folder}/parts.db")
    sources = [replace(SOURCE, id=f"s{n}") for n in range(1000)]
    store.register(sources, NOW)
    polls = {s.id: store.record(s.id) for s in sources}

    def quiet() -> list[PollSave]:
        for one, record in polls.items():
            polls[one] = replace(record, poll=record.poll + 1, cursor=Cursor('"x"', "", "y"), polled=NOW, due=NOW)
        return [PollSave(record, NOW) for record in polls.values()]

    line("save a quiet poll, one commit each", seconds(lambda: [store.save(p) for p in quiet()], 3) / 1000, "a poll")
    line("save quiet polls, a hundred a commit", seconds(lambda: _many(store, quiet()), 3) / 1000, "a poll")
    line("1,000 records read at once", seconds(store.records) / 1000, "a source")
    _deliveries(store)
    store.close()


def _many(store: object, polls: list[PollSave]) -> None:
    for start in range(0, len(polls), 100):
        store.save_many(polls[start : start + 100])  # type: ignore[attr-defined]


def _deliveries(store: object) -> None:
    lines = [Delivery(f"d{n}", f"c{n % 40}", MessageType.TEST, (), NOW, NOW, situation=f"s{n}") for n in range(5000)]
    store.enqueue(lines)  # type: ignore[attr-defined]
    began, count = time.process_time(), 0
    while claims := store.claim(NOW, "bench", 500, timedelta(minutes=1)):  # type: ignore[attr-defined]
        for claim in claims:
            store.settle(claim, Settlement(DeliveryState.SENT, NOW))  # type: ignore[attr-defined]
        count += len(claims)
    line(f"claim and settle {count} deliveries", (time.process_time() - began) / count, "a delivery")


def main() -> None:
    print(f"\nparts of the pipe, medians of processor time; {machine()}\n")
    parsing()
    reading()
    with tempfile.TemporaryDirectory(prefix="monitor-bench-") as folder:
        saving(Path(folder))


if __name__ == "__main__":
    main()
