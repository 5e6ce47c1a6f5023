"""What the detector keeps between polls about one issuer and place, and about one place's open situation."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from ..model import Area, Aspect, ChangeKind, Evidence, Posture, Reason, Standing

EDITIONS_KEPT = 160
SHINGLES_KEPT = 12_000
CHANGES_KEPT = 40
REPORTS_KEPT = 40


@dataclass(frozen=True, slots=True)
class Pending:
    """A transition that was seen but is not told yet; `alias` names the notice it rests on, empty for pages.

    `showing` says whether the last good poll still showed it, `polls` in how many good polls it was seen.
    """

    aspect: Aspect
    kind: ChangeKind
    value: str
    reason: Reason
    since: datetime
    words: str = ""
    before: str | None = None
    edition: str = ""
    alias: str = ""
    polls: int = 1
    showing: bool = True
    evidence: Evidence | None = None
    url: str = ""
    published: datetime | None = None
    held_id: str = ""
    source: str = ""
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """What one source of standing pages last showed of a place and was believed: edition, its date, its level ("": none)."""

    source: str
    edition: str = ""
    published: datetime | None = None
    level: str = ""


@dataclass(frozen=True, slots=True)
class PlaceMemory:
    """All that is remembered about what one issuer says of one place, whichever of its sources says it.

    `voices` are the sources whose pages speak here, each with its own edition; `editions` are digests ever accepted or
    dismissed; `shingles` are hashes of every run of words ever read here, so that old words in a new place are known as
    old. `told` is when each event-like kind was told last. `level_by` is the source whose word the standing level is.
    """

    posture: Posture
    voices: tuple[Voice, ...] = ()
    editions: tuple[str, ...] = ()
    shingles: frozenset[int] = frozenset()
    pending: tuple[Pending, ...] = ()
    told: tuple[tuple[ChangeKind, datetime], ...] = ()
    level_by: str = ""

    def last_told(self, kind: ChangeKind) -> datetime | None:
        """When a change of this kind was told last about this place."""
        return next((at for k, at in self.told if k is kind), None)

    def with_told(self, kind: ChangeKind, at: datetime) -> PlaceMemory:
        """This memory with the time of a telling noted."""
        return replace(self, told=(*((k, t) for k, t in self.told if k is not kind), (kind, at)))

    def voice(self, source: str) -> Voice | None:
        """What a source showed last; a memory from before voices had names has one for any source."""
        return next((v for v in self.voices if v.source in (source, "")), None)

    def with_voice(self, voice: Voice) -> PlaceMemory:
        """This memory with what a source shows now."""
        return replace(self, voices=(*(v for v in self.voices if v.source not in (voice.source, "")), voice))

    def others(self, source: str) -> tuple[Voice, ...]:
        """The other sources that grade this place."""
        return tuple(v for v in self.voices if v.source not in (source, "") and v.level)

    def waiting(self, aspect: Aspect, source: str) -> Pending | None:
        """What waits for an aspect in the name of a source."""
        return next((p for p in self.pending if p.aspect is aspect and p.source in (source, "")), None)

    def with_pending(self, pending: Pending) -> PlaceMemory:
        """This memory with one transition waiting, replacing what waited for the same aspect in the name of the same source."""
        return replace(self, pending=(*self.without_pending(pending.aspect, pending.source).pending, pending))

    def without_pending(self, aspect: Aspect, source: str | None = None) -> PlaceMemory:
        """This memory with nothing waiting for an aspect, or only what waits in the name of other sources."""
        kept = (p for p in self.pending if p.aspect is not aspect or (source is not None and p.source not in (source, "")))
        return replace(self, pending=tuple(kept))

    def with_edition(self, digest: str) -> PlaceMemory:
        """This memory with one more edition known."""
        if digest in self.editions:
            return self
        return replace(self, editions=(*self.editions, digest)[-EDITIONS_KEPT:])


@dataclass(frozen=True, slots=True)
class Report:
    """One story of the press about one issuer's posture in a place: the furthest stage it has reached so far."""

    id: str
    issuer: str | None
    kind: str
    stage: str
    certainty: str
    first: datetime
    last: datetime
    publishers: tuple[str, ...]
    shingles: tuple[int, ...] = ()
    state: str = "open"


@dataclass(frozen=True, slots=True)
class Situation:
    """The open thread about one place across issuers: its press stories and the changes told in it."""

    id: str
    place: str
    opened: datetime
    last: datetime
    reports: tuple[Report, ...] = ()
    changes: tuple[str, ...] = ()

    def with_change(self, id: str, at: datetime) -> Situation:
        """This situation with one more change in it."""
        return replace(self, last=at, changes=(*self.changes, id)[-CHANGES_KEPT:])


@dataclass(frozen=True, slots=True)
class Memory:
    """What one decision is given and gives back: place memories and situations by their keys."""

    places: dict[str, PlaceMemory] = field(default_factory=dict)
    situations: dict[str, Situation] = field(default_factory=dict)


def place_key(issuer: str, place: str) -> str:
    """The key of a place memory."""
    return f"posture/{issuer}/{place}"


def situation_key(place: str) -> str:
    """The key of a place's situation."""
    return f"situation/{place}"


# --- to and from text ------------------------------------------------------------------------------------------------


def encode(value: PlaceMemory | Situation) -> str:
    """A memory as compact JSON; `decode_place` and `decode_situation` read it back."""
    data = asdict(value)
    if isinstance(value, PlaceMemory):
        data["shingles"] = _pack(value.shingles)
    return json.dumps(data, default=_plain, separators=(",", ":"), ensure_ascii=False)


def decode_place(payload: str) -> PlaceMemory:
    """The place memory that `encode` wrote."""
    d = json.loads(payload)
    posture = Posture(d["posture"]["issuer"], d["posture"]["place"], tuple((Aspect(a), _standing(s)) for a, s in d["posture"]["standings"]))
    return PlaceMemory(
        posture=posture,
        voices=tuple(_voices(d, posture)),
        editions=tuple(d["editions"]),
        shingles=_unpack(d["shingles"]),
        pending=tuple(_pending(p) for p in d["pending"]),
        told=tuple((ChangeKind(k), datetime.fromisoformat(t)) for k, t in d["told"]),
        level_by=d.get("level_by", ""),
    )


def _voices(d: dict[str, Any], posture: Posture) -> Iterator[Voice]:
    """The voices; what was written before there could be several has one without a name."""
    if "voices" not in d:
        level = posture.get(Aspect.LEVEL)
        yield Voice("", d["edition"], _time(d["published"]), level.value if level else "")
    for v in d.get("voices", ()):
        yield Voice(v["source"], v["edition"], _time(v["published"]), v["level"])


def decode_situation(payload: str) -> Situation:
    """The situation that `encode` wrote."""
    d = json.loads(payload)
    reports = tuple(
        Report(
            **{
                **r,
                "first": datetime.fromisoformat(r["first"]),
                "last": datetime.fromisoformat(r["last"]),
                "publishers": tuple(r["publishers"]),
                "shingles": tuple(r["shingles"]),
            }
        )
        for r in d["reports"]
    )
    return Situation(
        d["id"], d["place"], datetime.fromisoformat(d["opened"]), datetime.fromisoformat(d["last"]), reports, tuple(d["changes"])
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _standing(d: dict[str, Any]) -> Standing:
    evidence = Evidence(**d["evidence"]) if d["evidence"] else None
    return Standing(d["value"], _time(d["since"]), d["words"], evidence, _areas(d))


def _areas(d: dict[str, Any]) -> tuple[Area, ...]:
    return tuple(Area(**a) for a in d.get("areas", ()))


def _pending(d: dict[str, Any]) -> Pending:
    return Pending(
        **{
            **d,
            "aspect": Aspect(d["aspect"]),
            "kind": ChangeKind(d["kind"]),
            "reason": Reason(d["reason"]),
            "since": datetime.fromisoformat(d["since"]),
            "published": _time(d["published"]),
            "evidence": Evidence(**d["evidence"]) if d["evidence"] else None,
            "areas": _areas(d),
        }
    )


def _pack(hashes: frozenset[int]) -> str:
    kept = sorted(hashes)[:SHINGLES_KEPT]
    return base64.b85encode(zlib.compress(struct.pack(f"<{len(kept)}I", *kept), 1)).decode()


def _unpack(text: str) -> frozenset[int]:
    raw = zlib.decompress(base64.b85decode(text))
    return frozenset(struct.unpack(f"<{len(raw) // 4}I", raw))
