"""A made-up ledger that looks like February 2022: facts of public record in sentences of our own, and a filled world around them."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.detect.memory import Pending, PlaceMemory, Report, Situation, encode
from monitor.knowledge.places import codes, name
from monitor.ledger import Delivery, Edition, PollSave, Remembered, Settlement
from monitor.model import (
    Aspect,
    Audience,
    Authority,
    Certainty,
    Change,
    ChangeKind,
    DeliveryState,
    Evidence,
    MessageType,
    Posture,
    Reason,
    Severity,
    SignalKind,
    Source,
    SourceState,
    Stage,
    Standing,
    Watch,
    stable_id,
)
from monitor.route.lines import group_of
from monitor.route.matching import judge
from monitor.route.routes import Receiver, Route
from monitor.store import SqlStore, open_store

DATA = Path(__file__).parent / "data"
WORLD = tomllib.loads((DATA / "world.toml").read_text("utf-8"))
STORY = tomllib.loads((DATA / "story.toml").read_text("utf-8"))["told"]
NOW = datetime(2022, 2, 12, 18, 0, tzinfo=UTC)
START = datetime(2022, 1, 1, tzinfo=UTC)

SOURCES = {
    s["id"]: Source(
        s["id"],
        s["kind"],
        f"https://{s['id']}.example/feed",
        s.get("issuer"),
        timedelta(minutes=s["every"]),
        Authority.OFFICIAL if "issuer" in s else Authority.PRESS,
        name=s["name"],
    )
    for s in WORLD["source"]
}
OF = {s.issuer: s.id for s in reversed(SOURCES.values()) if s.issuer}
WATCHES = (Watch("Kyiv office", "UA", 34), Watch("Field team Khartoum", "SD", 6))
CHANNELS = {
    "desk": Receiver("desk", "webhook"),
    "duty-mail": Receiver("duty-mail", "email", zone="Europe/Berlin"),
    "chat": Receiver("chat", "slack"),
}
ROUTES = (Route("everything", ("desk",)), Route("severe", ("duty-mail", "chat"), min_severity=Severity.SEVERE))


@dataclass
class Scribe:
    """Writes polls into a store as the pipe would."""

    store: SqlStore
    postures: dict[tuple[str, str], Posture] = field(default_factory=dict)
    told: list[Change] = field(default_factory=list)

    def poll(self, source: str, when: datetime, **more: Any) -> None:
        """One good poll of a source with what it learned."""
        record = self.store.record(source)
        after = replace(
            record,
            poll=record.poll + 1,
            state=SourceState.HEALTHY,
            seen_well=when,
            polled=when,
            since=record.since or when,
            due=when + SOURCES[source].every,
            baseline=True,
            newest=when - timedelta(hours=1),
        )
        self.store.save(PollSave(record=more.pop("record", after), at=when, **more))

    def fill(self, when: datetime, places: Sequence[str]) -> None:
        """What every government holds about every place before the story begins."""
        usual = {place: int(grade) for grade, of in WORLD["usual"].items() for place in of.split()}
        for issuer, source in OF.items():
            for place in (p for p in places if p != issuer):
                luck = hashlib.sha256(f"{issuer}{place}".encode()).digest()[0]
                grade = max(1, usual.get(place, 1) - (luck < 60))
                standing = Standing(str(grade), when - timedelta(days=200), WORLD["words"][issuer][grade - 1])
                self.postures[issuer, place] = Posture(issuer, place).put(Aspect.LEVEL, standing)
            self.poll(source, when, postures=tuple(p for (i, _), p in self.postures.items() if i == issuer))

    def tell(self, row: dict[str, Any]) -> Change:
        """One row of the story: the change, its posture, its lines and its edition, in one poll."""
        change = as_change(row, self.told)
        postures = ()
        if "aspect" in row:
            standing = self.stand(change, Aspect(row["aspect"]))
            self.postures[row["issuer"], row["place"]] = standing
            postures = (standing,)
        editions = edition(change, self.told) if change.certainty is Certainty.OBSERVED else ()
        self.poll(change.source, change.at, changes=(change,), postures=postures, deliveries=self.lines(change), editions=editions)
        self.told.append(change)
        return change

    def stand(self, change: Change, aspect: Aspect) -> Posture:
        """The posture after a change."""
        assert change.issuer and change.after
        words = WORLD["words"][change.issuer][int(change.after) - 1] if aspect is Aspect.LEVEL else ""
        before = self.postures.get((change.issuer, change.place), Posture(change.issuer, change.place))
        return before.put(aspect, Standing(change.after, change.at, words, Evidence("", "set", change.url)))

    def lines(self, change: Change) -> tuple[Delivery, ...]:
        """One line for each channel that a route names."""
        told = {d.channel for d in self.store.delivered_to(change.situation)}
        wanted = {c: r.name for r in ROUTES if judge(change, r, WATCHES).takes for c in r.channels}
        return tuple(
            Delivery(
                id=stable_id("dlv", c, change.id),
                channel=c,
                type=MessageType.UPDATE if c in told else MessageType.ALERT,
                changes=(change.id,),
                created=change.at,
                due=change.at,
                route=route,
                situation=change.situation,
                group=group_of(change),
            )
            for c, route in wanted.items()
        )


def as_change(row: dict[str, Any], told: Sequence[Change] = ()) -> Change:
    """A row of the story as a change; it refers to what was told of the place before."""
    place, kind = row["place"], ChangeKind(row["kind"])
    url = f"https://advice.example/{place.lower()}"
    return Change(
        id=stable_id("chg", row["issuer"], place, kind, row["after"], row["at"].isoformat()),
        at=row["at"].astimezone(UTC),
        source=row.get("source", OF[row["issuer"]]),
        place=place,
        issuer=row["issuer"],
        kind=kind,
        reason=Reason(row.get("reason", "worse_at_once")),
        severity=Severity(row["severity"]),
        certainty=Certainty(row.get("certainty", "observed")),
        stage=Stage(row["stage"]) if "stage" in row else None,
        before=row.get("before"),
        after=row["after"],
        evidence=(Evidence(row["quote"], f"rule/{kind}", url),),
        url=url,
        published=row["at"].astimezone(UTC) - timedelta(hours=1),
        situation=f"sit_{place}",
        references=tuple(c.id for c in told if c.place == place)[-3:],
        audiences=frozenset(map(Audience, row.get("audiences", ()))),
        reported_kind=SignalKind(row["reported_kind"]) if "reported_kind" in row else None,
        first_reported=row.get("first_reported"),
        publishers=tuple(row.get("publishers", ())),
        detail=row.get("detail", ""),
    )


def edition(change: Change, told: Sequence[Change]) -> tuple[Edition, ...]:
    """The page as it stood after a change: the same frame, with every sentence so far in it."""
    mine = [c for c in (*told, change) if (c.place, c.issuer) == (change.place, change.issuer)]
    title = f"{name(change.place)} travel advice"
    text = (
        f"Travel to {name(change.place)}. Our consular service keeps this page and looked it through again today. Check that your "
        "passport is valid for six months, and tell somebody at home where you are. " + " ".join(e.quote for c in mine for e in c.evidence)
        + " Register with the embassy to get messages. Hospitals in the capital are good; outside of it they are not."
    )  # fmt: skip
    raw = json.dumps({"title": title, "text": text, "level": None, "level_text": "", "url": change.url, "labels": []}).encode()
    digest = hashlib.sha256(raw).hexdigest()[:16]
    key = f"page|{change.place}"
    return (Edition(change.source, key, digest, (change.place,), change.issuer, title, change.url, change.published, change.at, raw),)


def settle(store: SqlStore, now: datetime) -> None:
    """Send everything that is due; one channel has refused everything for two days."""
    while claims := store.claim(now, "test", 500, timedelta(minutes=2)):
        for claim in claims:
            made = claim.delivery.created + timedelta(seconds=4)
            refused = claim.delivery.channel == "chat" and claim.delivery.created > NOW - timedelta(days=2)
            dead = Settlement(DeliveryState.DEAD, made, "Refused: 404 channel_not_found")
            store.settle(claim, dead if refused else Settlement(DeliveryState.SENT, made, receipt="202"))


def held_change() -> Change:
    """The register's false all-clear about North Korea, held."""
    quote = Evidence("Level 1: Exercise normal precautions", "level/us", "https://advice.example/kp")
    at = NOW - timedelta(hours=9)
    return Change(
        id=stable_id("chg", "held", "KP"),
        at=at,
        source="us-state",
        place="KP",
        issuer="US",
        kind=ChangeKind.LEVEL_LOWERED,
        reason=Reason.PLACEHOLDER,
        severity=Severity.MINOR,
        before="4",
        after="1",
        held=True,
        evidence=(quote,),
    )


def remember(scribe: Scribe) -> None:
    """A held betterment, an open press report, and the thread of the story."""
    change = held_change()
    pending = Pending(
        Aspect.LEVEL, change.kind, "1", change.reason, change.at, before="4", polls=9, evidence=change.evidence[0], held_id=change.id
    )
    heard = datetime(2022, 2, 12, 11, 30, tzinfo=UTC)
    report = Report("chg_x", "GB", "pullout", "considered", "possible", heard, heard, ("The Wire",))
    ukraine = Situation("sit_UA", "UA", datetime(2022, 1, 21, 15, 2, tzinfo=UTC), NOW)
    pieces = (
        Remembered("posture/US/KP", encode(PlaceMemory(Posture("US", "KP"), pending=(pending,))), due=pending.since),
        Remembered("situation/UA", encode(ukraine)),
        Remembered("situation/RU", encode(Situation("sit_RU", "RU", heard, heard, (report,))), due=heard + timedelta(days=5)),
    )
    tally = {Reason.TOUCH: 412, Reason.EDITION_SEEN: 37, Reason.PLACEHOLDER: 9}
    scribe.poll("us-state", change.at, changes=(change,), memory=pieces, tally=tally)


def blind(scribe: Scribe, id: str, state: SourceState, hours: int, why: str) -> None:
    """A source that we do not see well since some hours."""
    since = NOW - timedelta(hours=hours)
    record = scribe.store.record(id)
    bad = replace(record, poll=record.poll + 1, state=state, why=why, since=since, seen_well=since, failures=5)
    change = Change(
        id=stable_id("chg", id, state),
        at=since,
        source=id,
        place="*",
        issuer=None,
        kind=ChangeKind(f"source_{state}"),
        reason=Reason.SOURCE_STATE,
        severity=Severity.SEVERE,
        before="healthy",
        after=str(state),
        detail=why,
    )
    scribe.poll(id, NOW, record=bad, changes=(change,))


def ledger(url: str = "sqlite://", places: Sequence[str] | None = None) -> SqlStore:
    """A filled store: everything but the newest alert is settled."""
    store = open_store(url)
    store.register(tuple(SOURCES.values()), START)
    scribe = Scribe(store)
    scribe.fill(START, places or codes())
    for row in STORY[:-1]:
        scribe.tell(row)
    remember(scribe)
    settle(store, NOW)
    for id in SOURCES:
        scribe.poll(id, NOW - timedelta(minutes=1), tally={Reason.UNCHANGED: 60, Reason.TOUCH: 3})
    blind(scribe, "japan", SourceState.SILENT, 3, "nothing new where the source owes us something")
    blind(scribe, "courier", SourceState.BROKEN, 7, "http: 503 Service Unavailable")
    scribe.tell(STORY[-1])
    return store
