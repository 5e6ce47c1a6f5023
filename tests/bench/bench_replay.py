"""A year of daily polls of one register of 800 KB through the whole pipe: 365 editions of our own making."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from monitor.knowledge.places import codes, name
from monitor.rehearsal import rehearsal
from tests.bench.farm import text_of
from tests.bench.meter import machine

START = datetime(2025, 3, 1, 6, tzinfo=UTC)
RECORDING = '[[source]]\nid = "us"\nkind = "us-state"\nurl = "https://advisories.example/us.xml"\nissuer = "US"\nevery = "1d"\n'


def edition(day: int, places: list[str]) -> bytes:
    """The register of a day: a few pages are re-dated every day, and every tenth day one level goes up or down."""
    items = []
    for number, code in enumerate(places):
        changes = (day + number) // (10 * len(places)) if (day % 10) == 0 else day // (10 * len(places))
        level = 1 + (number + changes + (day // 10 > number)) % 4
        dated = START + timedelta(days=day if (day + number) % 50 == 0 else day // 60 * 60)
        items.append(
            f"<item><title>{name(code)} - Level {level}: {WORDS[level]}</title><guid>https://advisories.example/{code}</guid>"
            f"<link>https://advisories.example/{code}</link><pubDate>{format_datetime(dated)}</pubDate>"
            f'<category domain="Threat-Level">Level {level}: {WORDS[level]}</category><category domain="Country-Tag">{code}</category>'
            f"<description><![CDATA[{text_of(number, 3300)}]]></description></item>"
        )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>r</title>{"".join(items)}</channel></rss>'.encode()


WORDS = {1: "Exercise Normal Precautions", 2: "Exercise Increased Caution", 3: "Reconsider Travel", 4: "Do Not Travel"}


def main(days: int = 365) -> None:
    places = sorted(codes())[:215]
    with tempfile.TemporaryDirectory(prefix="monitor-bench-") as name_of:
        folder = Path(name_of)
        (folder / "us").mkdir()
        (folder / "recording.toml").write_text(RECORDING)
        size = 0
        for day in range(days):
            body = edition(day, places)
            size += len(body)
            (folder / "us" / f"{START + timedelta(days=day):%Y%m%dT%H%M%SZ}.xml").write_bytes(body)
        began, cpu = time.perf_counter(), time.process_time()
        with rehearsal(folder, None) as (polls, count):
            told = sum(len(changes) for changes in polls)
    print(f"\na year of a register: {count} bodies of {size / days / 1e3:.0f} KB; {machine()}\n")
    print(f"{time.perf_counter() - began:.1f} s, {time.process_time() - cpu:.1f} s of processor, {told} changes")


if __name__ == "__main__":
    main()
