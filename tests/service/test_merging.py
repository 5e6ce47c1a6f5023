"""An index and a feed of the newest changes lead to the same pages: one posture, told by whichever is first, with its parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.knowledge import read
from monitor.ledger import Cursor
from monitor.model import Area, Aspect, ChangeKind, Source
from monitor.service.context import Service
from monitor.service.policies import policy_of
from monitor.service.poll import poll
from monitor.sources.base import adapter_for
from monitor.sources.fetch import Fetched, Status
from monitor.store import open_store

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
SITE = "https://www.example.gov"
OPTIONS = (("records", "1"), ("tolerance", "1.0"))
INDEX = Source("index", "fcdo", f"{SITE}/api/content/foreign-travel-advice", issuer="GB", options=OPTIONS)
ATOM = Source("atom", "fcdo", f"{SITE}/foreign-travel-advice.atom", issuer="GB", options=OPTIONS)


@dataclass
class Office:
    """A ministry's site: one page, which its index and its feed point to."""

    now: datetime = START
    status: list[str] = field(default_factory=list)
    words: str = "<p>Take the usual care.</p>"
    published: datetime = START - timedelta(days=4)
    asked: list[str] = field(default_factory=list)

    def publish(self, words: str, *status: str) -> None:
        self.words, self.status, self.published = words, list(status), self.now

    def fetch(self, batch: Sequence[tuple[Source, Cursor]]) -> Iterator[Fetched]:
        for source, _ in batch:
            self.asked.append(source.url)
            body = self._body(source.url).encode()
            yield Fetched(source.id, Status.BODY, body, Cursor(body_hash=hashlib.sha256(body).hexdigest()))

    def _body(self, url: str) -> str:
        country = {"country": {"name": "Chad", "slug": "chad"}, "change_description": f"Note of {self.published:%d %B}."}
        page = {"base_path": "/foreign-travel-advice/chad", "title": "Chad travel advice", "public_updated_at": self.published.isoformat()}
        if url == ATOM.url:
            return (
                f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>Chad</title>'
                f"<id>{SITE}/foreign-travel-advice/chad#{self.published.isoformat()}</id><updated>{self.published.isoformat()}</updated>"
                f'<link href="{SITE}/foreign-travel-advice/chad"/><summary>note</summary></entry></feed>'
            )
        if url == INDEX.url:
            return json.dumps({"links": {"children": [{**page, "details": country}]}})
        assert url == f"{INDEX.url}/chad"
        parts = [{"slug": "warnings-and-insurance", "body": self.words}]
        return json.dumps({**page, "details": {**country, "alert_status": self.status, "parts": parts}})


@pytest.mark.parametrize("first", [INDEX.id, ATOM.id])
def test_a_step_is_told_once_by_whichever_sees_it_first(tmp_path: Path, first: str) -> None:
    office, store = Office(), open_store(f"sqlite:///{tmp_path}/m.db")
    service = Service(
        store=store, sources={INDEX.id: INDEX, ATOM.id: ATOM}, fetch=office.fetch, parse=lambda s, b: adapter_for(s.kind)(b, s), read=read,
        policy=policy_of, plan=lambda *_: ((), ()), now=lambda: office.now,
    )  # fmt: skip
    store.register(tuple(service.sources.values()), START)
    second = ({INDEX.id, ATOM.id} - {first}).pop()

    def look(id: str, minutes: int = 2) -> list[tuple[str, str | None]]:
        office.now += timedelta(minutes=minutes)
        changes = [c for polled in poll([id], service) for c in polled.changes]
        return [(c.kind.value, c.after) for c in changes if not c.held and c.kind is not ChangeKind.REWORDED]

    assert look(first) == look(second) == []
    office.publish("<p>FCDO advises against all travel to:</p><ul><li>Lac Province</li></ul>", "avoid_all_travel_to_parts")
    assert look(first) == [("level_raised", "3")]
    assert look(second) == [] and look(first) == [] and look(second) == []
    (posture,) = store.postures()
    standing = posture.get(Aspect.LEVEL)
    assert standing and standing.areas == (Area("Lac Province", 4),)
    office.publish("<p>FCDO no longer advises against travel to any part.</p>")
    assert look(first) == look(second) == []
    assert [*look(first), *look(second), *look(first)] == [("level_lowered", "1")]
    store.close()
