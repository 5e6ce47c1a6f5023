"""How soon the page answers, with a year of fifteen governments in SQLite: time to the first byte, processor time, and sizes."""

from __future__ import annotations

import hashlib
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from monitor.knowledge.places import codes
from monitor.ledger import Delivery, Edition, PollSave
from monitor.model import (
    Aspect,
    Change,
    ChangeKind,
    DeliveryState,
    Evidence,
    MessageType,
    Posture,
    Reason,
    Severity,
    Source,
    SourceState,
    Standing,
    stable_id,
)
from monitor.store import SqlStore, open_store
from monitor.web import build, serve
from tests.web.desk import site
from tests.web.world import NOW

ISSUERS = ["US", "GB", "CA", "AU", "NZ", "IE", "DE", "AT", "CH", "JP", "NL", "FR", "HK", "KR", "ES"]
DAYS = 365
PAGES = [
    "/", "/place/UA", "/place/UA?days=365", "/place/UA/texts", "/sources", "/deliveries", "/api/v1/now", "/api/v1/changes",
    "/api/v1/alerts", "/feeds/alerts.atom", "/feeds/dates.ics",
]  # fmt: skip
ROUNDS = 40


def year(store: SqlStore) -> dict[str, Source]:
    """One poll a day and government: some levels move, some notices come, everybody is told; every place starts with a posture."""
    sources = {i: Source(i.lower(), "feed", f"https://{i.lower()}.example", i, timedelta(minutes=15)) for i in ISSUERS}
    store.register(tuple(sources.values()), NOW - timedelta(days=DAYS + 1))
    places = codes()
    for issuer, source in sources.items():
        record = replace(store.record(source.id), state=SourceState.HEALTHY, baseline=True)
        for day in range(DAYS + 1):
            at = NOW - timedelta(days=DAYS - day, minutes=int(hashlib.sha256(issuer.encode()).hexdigest()[:2], 16))
            touched = places if day == 0 else [places[(day * 7 + len(issuer) + n * 13 + ord(issuer[0])) % len(places)] for n in range(3)]
            touched = [*touched, "UA"] if day % 20 == 0 and day else touched
            postures = tuple(posture(issuer, place, day, at) for place in touched)
            changes = tuple(change(p, source, at) for p in postures) if day else ()
            store.save(
                PollSave(
                    record=replace(record, poll=day + 1, polled=at, seen_well=at),
                    at=at, postures=postures, changes=changes, editions=tuple(edition(c) for c in changes),
                    deliveries=tuple(line(c, channel) for c in changes for channel in ("desk", "chat")),
                    tally={Reason.TOUCH: 25, Reason.UNCHANGED: 200},
                )
            )  # fmt: skip
    return {s.id: s for s in sources.values()}


def posture(issuer: str, place: str, day: int, at) -> Posture:
    grade = str(1 + hashlib.sha256(f"{issuer}{place}{day}".encode()).digest()[0] % 4)
    return Posture(issuer, place).put(Aspect.LEVEL, Standing(grade, at, f"Level {grade}", Evidence("Level", "level", "https://x.example")))


def change(p: Posture, source: Source, at) -> Change:
    level = p.get(Aspect.LEVEL)
    return Change(
        id=stable_id("chg", p.issuer, p.place, at.isoformat()), at=at, source=source.id, place=p.place, issuer=p.issuer,
        kind=ChangeKind.LEVEL_RAISED, reason=Reason.WORSE_AT_ONCE, severity=Severity.MODERATE, before="1", after=level.value,
        evidence=(Evidence("The advice is now another one, because of what has happened there. " * 3, "level"),),
        situation=f"sit_{p.place}",
    )  # fmt: skip


def edition(c: Change) -> Edition:
    body = ('{"title": "Advice", "text": "' + f"{c.id} " * 300 + '", "level_text": ""}').encode()
    return Edition(c.source, c.place, c.id[-16:], (c.place,), c.issuer, "Advice", "", c.at, c.at, body)


def line(c: Change, channel: str) -> Delivery:
    return Delivery(
        stable_id("dlv", channel, c.id), channel, MessageType.ALERT, (c.id,), c.at, c.at, route="all", situation=c.situation,
        state=DeliveryState.SENT, attempts=1, settled=c.at,
    )  # fmt: skip


def first_byte(client: httpx.Client, path: str) -> tuple[float, int]:
    """Milliseconds until the head of the answer is there, and the bytes of the page."""
    began = time.perf_counter()
    with client.stream("GET", path) as answer:
        took = (time.perf_counter() - began) * 1000
        answer.raise_for_status()
        return took, len(answer.read())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/year.db")
        began = time.perf_counter()
        sources = year(store)
        print(f"a year of {len(ISSUERS)} governments: {time.perf_counter() - began:.0f} s to write")
        shown = site(store, sources=sources)
        server = serve(build(shown), "127.0.0.1:0", shown.stopping)
        try:
            with httpx.Client(base_url=server.url, timeout=60) as client:
                for path in PAGES:
                    cold, size = first_byte(client, path)
                    began = time.process_time()
                    times = [first_byte(client, path)[0] for _ in range(ROUNDS)]
                    spent = (time.process_time() - began) * 1000 / ROUNDS  # the asker's share is in it; a busy machine's other work is not
                    figures = f"median {statistics.median(times):6.1f} ms  worst {max(times):6.1f}  first {cold:6.1f}  CPU {spent:5.1f} ms"
                    print(f"{path:24} {figures}  {size / 1000:6.0f} kB")
        finally:
            server.stop()
            store.close()


if __name__ == "__main__":
    main()
