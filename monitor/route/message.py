"""The message of a ledger line: the words for people and the one JSON body that webhook, API and export share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ..ledger import Delivery
from ..model import Certainty, Change, ChangeKind, MessageType, Severity, Watch, address, stable_id
from . import watching
from .audience import RETRACTIONS
from .lines import group_of, situation_of
from .matching import severity
from .routes import Receiver
from .watching import Trip
from .words import Names, code, cut, digest_headline, joint_headline, place_name, summary, words, worst_first

_QUOTE = 1000
_FEW = 3


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel sends. `id` is the delivery's, equal over retries; `references` are earlier messages of the thread.

    `answers` are what the receiver answered to those, in their order, "" for nothing: for channels whose `wants_receipts` is true.
    `situation` names the thread itself. `url` is where the source says it. `at` is when the line was made, not when it
    is sent, so a retry is the same message to the byte.
    """

    id: str
    type: MessageType
    channel: str
    headline: str
    summary: str
    at: datetime
    severity: Severity = Severity.MINOR
    certainty: Certainty = Certainty.OBSERVED
    url: str = ""
    situation: str = ""
    references: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    lang: str = "en"
    ack_url: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body of the webhook."""
        return {"type": str(self.type), "timestamp": iso(self.at), "data": dict(self.data)}

    @property
    def text(self) -> str:
        """Everything for a person, as plain text."""
        return "\n\n".join(part for part in (self.headline, self.summary, self.url, self.ack_url) if part)


def compose(
    delivery: Delivery,
    changes: Sequence[Change],
    receiver: Receiver,
    *,
    names: Names = code,
    watches: Sequence[Watch] = (),
    sources: Mapping[str, str] | None = None,
    ack_url: str = "",
    ahead: Sequence[Trip] = (),
) -> Message:
    """The message of a line; `sources` maps source ids to their addresses, `ahead` are trips for a digest to speak of."""
    marks = json.loads(delivery.payload or "{}")
    speech = _Speech(receiver, names, tuple(watches), sources or {}, tuple(marks.get("unknown", ())))
    if not changes:
        return _note(delivery, marks, speech)
    if delivery.type is MessageType.DIGEST:
        return _digest(delivery, changes, speech, ahead)
    line = _marked(joint_headline(changes, receiver.lang, names), marks, receiver.lang)
    below = summary(changes, receiver.lang, names, zone=receiver.zone, watches=speech.told(changes), unknown=speech.unknown)
    below = "\n".join([below, *speech.ahead(ahead)])
    told = _message(delivery, changes, line, below, speech, ack_url)
    if delivery.type is MessageType.OPERATOR:
        listed = {"changes": [_change(c) for c in changes], "source": _source(changes, speech), "seen_well": _seen_well(changes)}
        return _with(told, {"id": delivery.id, "headline": line, "summary": below, **listed})
    return _with(told, alert(delivery.id, changes, line, below, speech, delivery.references))


@dataclass(frozen=True, slots=True)
class _Speech:
    """How one receiver is spoken to, and what surrounds a change."""

    receiver: Receiver
    names: Names
    watches: tuple[Watch, ...]
    sources: Mapping[str, str]
    unknown: tuple[str, ...] = ()

    @property
    def details(self) -> bool:
        """Whether the receiver is told names."""
        return self.receiver.watch_details

    def ahead(self, trips: Sequence[Trip]) -> list[str]:
        """What is ahead for each trip, in words; nothing for none."""
        lang = self.receiver.lang
        lines = [f"• {watching.ahead(t, lang, self.names, details=self.details)}" for t in trips]
        return [words(lang)["watch"]["ahead"], *lines] if lines else []

    def told(self, changes: Sequence[Change]) -> str:
        """Whom these changes concern, in words."""
        return watching.told(watching.concerned(changes, self.watches), self.receiver.lang, details=self.details)


def alert(id: str, changes: Sequence[Change], line: str, below: str, speech: _Speech, references: Sequence[str] = ()) -> dict[str, Any]:
    """`data` of an alert, update or cancel: a contract with other programs."""
    first = worst_first(changes)[0]
    published = [c.published for c in changes if c.published]
    return {
        "id": id,
        "place": {"code": first.place, "name": place_name(first.place, speech.receiver.lang, speech.names)},
        "issuer": first.issuer,
        "severity": str(max((severity(c, speech.watches) for c in changes), key=lambda s: s.rank)),
        "certainty": str(first.certainty),
        "headline": line,
        "summary": below,
        "changes": [_change(c) for c in changes],
        "source": _source(changes, speech),
        "seen_well": _seen_well(changes),
        "published": iso(max(published)) if published else None,
        "detected": iso(min(c.at for c in changes)),
        "references": list(references),
        "watches": watching.data(watching.concerned(changes, speech.watches), speech.receiver.lang, details=speech.details),
        "situation": situation_of(first),
    }


def _source(changes: Sequence[Change], speech: _Speech) -> dict[str, Any]:
    """Who says so."""
    first = worst_first(changes)[0]
    return {"id": first.source, "url": address(first.url) or speech.sources.get(first.source, "")}


def _seen_well(changes: Sequence[Change]) -> str | None:
    """When the source was last seen well: in the poll that found a change, before it for one about our own sight."""
    seen = max((at for c in changes if (at := c.first_reported if c.kind.about_sight else c.at)), default=None)
    return iso(seen) if seen else None


def iso(at: datetime) -> str:
    """A time as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "kind": str(change.kind),
        "stage": str(change.stage) if change.stage else None,
        "before": change.before,
        "after": change.after,
        "areas": [{"name": cut(a.name, _QUOTE), "level": a.level} for a in change.areas],
        "evidence": [
            {"quote": cut(e.quote, _QUOTE), "url": address(e.url or change.url)}
            | ({"section": cut(e.section, _QUOTE)} if e.section else {})
            for e in change.evidence
        ],
    }


def _digest(delivery: Delivery, changes: Sequence[Change], speech: _Speech, ahead: Sequence[Trip]) -> Message:
    receiver = speech.receiver
    threads: dict[tuple[str, str], list[Change]] = {}
    for change in worst_first(changes):
        threads.setdefault((group_of(change), situation_of(change)), []).append(change)
    line = digest_headline(changes, receiver.lang, speech.names)
    alerts, lines = [], []
    reissued = _reissued(threads.values())
    for mine in threads.values():
        head = joint_headline(mine, receiver.lang, speech.names)
        below = summary(mine, receiver.lang, speech.names, zone=receiver.zone, watches=speech.told(mine))
        alerts.append(alert(stable_id("dlv", delivery.channel, *sorted(c.id for c in mine)), mine, head, below, speech))
        lines += [] if mine in reissued else [f"• {head}"]
    if reissued:
        lines.append(f"• {digest_headline([t[0] for t in reissued], receiver.lang, speech.names, 'reissue')}")
    lang = receiver.lang
    lines += speech.ahead(ahead)
    told = _message(delivery, changes, line, "\n".join(lines), speech, "")
    trips = [watching.ahead_data(t, lang, speech.names, details=speech.details) for t in ahead]
    return _with(told, {"id": delivery.id, "headline": line, "alerts": alerts, **({"trips": trips} if trips else {})})


def _reissued(threads: Iterable[list[Change]]) -> list[list[Change]]:
    """Pages that were only put in other words, where there are so many that they are one line."""
    found = [t for t in threads if all(c.kind is ChangeKind.REWORDED and c.reason not in RETRACTIONS for c in t)]
    return found if len(found) > _FEW else []


def _note(delivery: Delivery, marks: Mapping[str, Any], speech: _Speech) -> Message:
    """A message about no change: a test, a drill, something the operator must know."""
    fixed = words(speech.receiver.lang)["fixed"]
    note = str(marks.get("note", "test"))
    filled = {key: cut(str(value), 300) for key, value in marks.items()}
    line = fixed[note].format(**filled)
    below = fixed.get(f"{note}_summary", str(marks.get("detail", ""))).format(**filled)
    data = {
        "id": delivery.id,
        "headline": line,
        "summary": below,
        **{k: v for k, v in marks.items() if k not in ("headline", "summary", "id")},
    }
    return _with(_message(delivery, (), line, below, speech, ""), data)


def _message(delivery: Delivery, changes: Sequence[Change], line: str, below: str, speech: _Speech, ack_url: str) -> Message:
    worst = worst_first(changes)
    return Message(
        id=delivery.id,
        type=delivery.type,
        channel=delivery.channel,
        headline=line,
        summary=below,
        at=delivery.created,
        severity=max((severity(c, speech.watches) for c in changes), key=lambda s: s.rank, default=Severity.MODERATE),
        certainty=worst[0].certainty if worst else Certainty.OBSERVED,
        url=address(worst[0].url) if worst else "",
        situation=delivery.situation,
        references=delivery.references,
        lang=speech.receiver.lang,
        ack_url=ack_url,
    )


def _with(message: Message, data: Mapping[str, Any]) -> Message:
    return replace(message, data=data)


def _marked(line: str, marks: Mapping[str, Any], lang: str) -> str:
    """A reminder or an escalation says that it is one."""
    mark = marks.get("mark")
    return f"{words(lang)['fixed'][mark]}: {line}" if mark else line
