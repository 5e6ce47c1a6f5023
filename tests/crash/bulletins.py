"""A government's page of bulletins, which is asked, fails and grows: what the simulated lives poll."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.errors import FetchError
from monitor.ledger import Cursor
from monitor.model import Evidence, Item, Nature, Reading, Severity, Signal, SignalKind, Source, Stage
from monitor.sources.base import Parsed
from monitor.sources.fetch import Fetched, Status

BULLETINS = Source("bulletins", "feed", "https://advisories.example/bulletins.json", "US")

KINDS = {
    "worse": (SignalKind.ADVISORY_LEVEL, 4, 1),
    "better": (SignalKind.ADVISORY_LEVEL, 2, -1),
    "alert": (SignalKind.SECURITY_ALERT, None, 0),
    "evacuation": (SignalKind.EVACUATION, None, 0),
}
"""What a bulletin says: kind, level and direction. All but `better` are told at once; that one when it is confirmed."""


@dataclass
class Press:
    """Publishes, answers requests (with an ETag, and not always), and knows what its bulletins mean."""

    dice: random.Random
    clock: Callable[[], datetime]
    fails: float = 0.0
    items: list[dict[str, Any]] = field(default_factory=lambda: [_item(0, "alert", "AU", "2026-02-01T00:00:00+00:00")])

    def publish(self, count: int) -> None:
        """So many new bulletins."""
        for _ in range(count):
            kind, place = self.dice.choice(list(KINDS)), self.dice.choice(["UA", "RU", "BY"])
            self.items.append(_item(len(self.items), kind, place, self.clock().isoformat()))

    def urgent(self) -> list[str]:
        """The addresses of all bulletins that must have become exactly one change each; the first one was there before us."""
        return [item["url"] for item in self.items[1:] if item["kind"] != "better"]

    def fetch(self, cursor: Cursor) -> Fetched:
        """What a request gets."""
        if self.dice.random() < self.fails:
            return Fetched(BULLETINS.id, Status.FAILED, error=FetchError("http_status", "503"))
        etag = f'"{len(self.items)}"'
        if cursor.etag == etag:
            return Fetched(BULLETINS.id, Status.NOT_MODIFIED, cursor=cursor)
        return Fetched(BULLETINS.id, Status.BODY, json.dumps(self.items).encode(), Cursor(etag=etag))

    def parse(self, body: bytes) -> Parsed:
        """The items of a body."""
        items = tuple(
            Item(
                BULLETINS.id, i["url"], f"{i['kind']} {i['url']}", f"Bulletin {i['url']} of its own words.", i["url"],
                datetime.fromisoformat(i["at"]), Nature.NOTICE, issuer="US", places=(i["place"],), labels=(("kind", i["kind"]),),
            )
            for i in json.loads(body)
        )  # fmt: skip
        return Parsed(items, len(items))

    def read(self, item: Item) -> Reading:
        """What a bulletin says, without reading its words: lives are about losing, not about understanding."""
        kind, level, direction = KINDS[dict(item.labels)["kind"]]
        proof = Evidence(item.text, "bulletin", item.url)
        signal = Signal(kind, Stage.IN_EFFECT, proof, item.places, "US", headline=True, level=level, direction=direction)
        bad = Severity.EXTREME if kind is SignalKind.EVACUATION else Severity.MODERATE
        return Reading(True, item.places, "US", kind, (kind,), Stage.IN_EFFECT, level, severity=bad, signals=(signal,), evidence=(proof,))


def _item(number: int, kind: str, place: str, at: str) -> dict[str, Any]:
    return {"url": f"https://advisories.example/{number}", "kind": kind, "place": place, "at": at}
