"""What delivering works with, handed over once by the composition root."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..ledger import Delivery, Store
from ..model import Change, MessageType, Posture, Severity, Watch
from ..notify.base import Channel
from ..route.lines import digest_of
from ..route.message import Message, compose
from ..route.routes import Digest, Receiver, Route
from ..route.trace import hears
from ..route.watching import Trip, trips
from ..route.words import Names, code


@dataclass(frozen=True, slots=True)
class Desk:
    """The ledger, the channels by name and how each receiver is spoken to; `sources` maps source ids to addresses.

    `senders` channels work at a time. A line that was claimed is another worker's after `lease`. `ack_url` makes the signed
    link by which a message is acknowledged, "" for none. `compose` may be replaced by templates.
    """

    store: Store
    channels: Mapping[str, Channel]
    receivers: Mapping[str, Receiver]
    routes: Sequence[Route]
    now: Callable[[], datetime]
    worker: str = "deliver"
    watches: Sequence[Watch] = ()
    names: Names = code
    sources: Mapping[str, str] = field(default_factory=dict)
    senders: int = 32
    lease: timedelta = timedelta(minutes=2)
    ack_url: Callable[[Delivery], str] = field(default=lambda delivery: "")
    compose: Callable[..., Message] = compose

    def message(self, line: Delivery) -> Message:
        """The words of a line, from the changes it names."""
        changes: list[Change] = [self.store.change(id) for id in line.changes]
        receiver = self.receivers.get(line.channel) or Receiver(line.channel)
        surroundings = {"names": self.names, "watches": self.watches, "sources": self.sources, "ahead": self._ahead(line, receiver)}
        told = self.compose(line, changes, receiver, ack_url=self.ack_url(line), **surroundings)
        threads = line.references and getattr(self.channels.get(line.channel), "wants_receipts", False)
        return replace(told, answers=tuple(self._answers(line))) if threads else told

    def _answers(self, line: Delivery) -> Iterator[str]:
        """What the receiver said to the messages that a line refers to; what was told in a digest is found there."""
        known = {d.id: d for d in self.store.delivered_to(line.situation)}
        for earlier in (known.get(id) for id in line.references):
            digest = digest_of(earlier) if earlier else ""
            told = next(iter(self.store.delivered_to(digest)), None) if digest else earlier
            yield told.receipt if told else ""

    def _ahead(self, line: Delivery, receiver: Receiver) -> list[Trip]:
        """For a digest, and for the one line that was kept for one, the trips that its receiver would be told of."""
        mild = Severity(json.loads(line.payload or "{}").get("severity", Severity.EXTREME)).rank < receiver.digest_below.rank
        kept = receiver.digest is not Digest.NONE and bool(line.changes) and line.due > line.created and mild
        if line.type is not MessageType.DIGEST and not kept:
            return []
        mine = [w for w in trips(self.watches, line.created) if hears(line.channel, w, self.routes)]
        return [Trip(w, self._held(w.place, line.created)) for w in mine]

    def _held(self, place: str, at: datetime) -> tuple[Posture, ...]:
        """What governments held about a place at a time: a message that is sent again says the same."""
        then = {posture.issuer: posture for since, posture in self.store.history(place) if since <= at}
        return tuple(then[issuer] for issuer in sorted(then))
