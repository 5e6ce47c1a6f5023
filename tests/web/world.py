"""A made-up ledger that looks like February 2022: facts of public record in sentences of our own, and a filled world around them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.detect.memory import Pending, PlaceMemory, Report, Situation, encode
from monitor.errors import UnknownName, WrongUse
from monitor.knowledge.places import codes, name
from monitor.knowledge.reading import read
from monitor.ledger import Delivery, Edition, PollSave, Remembered, Settlement, SourceRecord
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
from monitor.route.matching import judge
from monitor.route.plan import group_of
from monitor.route.routes import Receiver, Route, Silence
from monitor.store import SqlStore, open_store
from monitor.web import Acknowledgement, SignedLink, Site

NOW = datetime(2022, 2, 12, 18, 0, tzinfo=UTC)
TOKEN = "a-long-token-for-tests"
K, S, C, A = ChangeKind, Severity, Certainty, Aspect

WORDS = {
    "US": ("Exercise normal precautions", "Exercise increased caution", "Reconsider travel", "Do not travel"),
    "GB": ("No advisory", "Against all but essential travel to parts", "Against all but essential travel", "Against all travel"),
    "CA": ("Take normal security precautions", "Exercise a high degree of caution", "Avoid non-essential travel", "Avoid all travel"),
    "AU": ("Exercise normal safety precautions", "Exercise a high degree of caution", "Reconsider your need to travel", "Do not travel"),
    "DE": ("Keine Reisewarnung", "Teilreisewarnung", "Abgeraten", "Reisewarnung"),
    "JP": ("レベル1", "レベル2", "レベル3", "レベル4"),
}
SOURCES = {
    s.id: s
    for s in (
        Source("us-state", "us-state", "https://travel.example.gov/rss", "US", timedelta(minutes=5), name="US State Department"),
        Source("uk-fcdo", "fcdo", "https://gov.example.uk/foreign-travel-advice", "GB", timedelta(minutes=15), name="UK FCDO"),
        Source("canada", "canada", "https://travel.example.ca/index.json", "CA", timedelta(minutes=15), name="Global Affairs Canada"),
        Source("smartraveller", "smartraveller", "https://smart.example.au/export", "AU", timedelta(minutes=15), name="Smartraveller"),
        Source("germany", "auswaertiges-amt", "https://amt.example.de/opendata", "DE", timedelta(minutes=15), name="Auswärtiges Amt"),
        Source("japan", "mofa", "https://mofa.example.jp/newarrival.xml", "JP", timedelta(minutes=15), name="MOFA Japan"),
        Source("state-press", "feed", "https://press.example.gov/rss", "US", timedelta(minutes=5), name="State Department press"),
        Source("wire", "feed", "https://wire.example.org/rss", None, timedelta(minutes=2), Authority.PRESS, name="The Wire"),
        Source("courier", "feed", "https://courier.example.com/rss", None, timedelta(minutes=5), Authority.PRESS, name="Daily Courier"),
    )
}
OF = {"US": "us-state", "GB": "uk-fcdo", "CA": "canada", "AU": "smartraveller", "DE": "germany", "JP": "japan"}
WATCHES = (Watch("Kyiv office", "UA", 34), Watch("Field team Khartoum", "SD", 6))
CHANNELS = {c: Receiver(c, k, zone=z) for c, k, z in (("desk", "webhook", "UTC"), ("duty-mail", "email", "Europe/Berlin"), ("chat", "slack", "UTC"))}
ROUTES = (Route("everything", ("desk",)), Route("severe", ("duty-mail", "chat"), min_severity=Severity.SEVERE))


def at(day: int, hour: int, minute: int = 0, month: int = 1) -> datetime:
    return datetime(2022, month, day, hour, minute, tzinfo=UTC)


@dataclass
class Scribe:
    """Writes polls into a store as the pipe would."""

    store: SqlStore
    postures: dict[tuple[str, str], Posture] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def poll(self, source: str, when: datetime, **more: Any) -> None:
        record = self.store.record(source)
        after = replace(
            record, poll=record.poll + 1, state=SourceState.HEALTHY, seen_well=when, polled=when, since=record.since or when,
            due=when + SOURCES[source].every, baseline=True, newest=when - timedelta(hours=1),
        )  # fmt: skip
        self.store.save(PollSave(record=more.pop("record", after), at=when, **more))

    def fill(self, when: datetime, places: Sequence[str]) -> None:
        for issuer, source in OF.items():
            held = []
            for place in places:
                if place == issuer:
                    continue
                grade = 1 + hashlib.sha256(f"{issuer if ord(place[1]) % 3 == 0 else ''}{place}".encode()).digest()[0] % 10 // 4
                self.postures[issuer, place] = Posture(issuer, place).put(A.LEVEL, Standing(str(grade), when - timedelta(days=200), WORDS[issuer][grade - 1]))
                held.append(self.postures[issuer, place])
            self.poll(source, when, postures=tuple(held))

    def standing(self, issuer: str, place: str, aspect: Aspect, value: str, when: datetime) -> Posture:
        before = self.postures.get((issuer, place), Posture(issuer, place))
        words = WORDS[issuer][int(value) - 1] if aspect is A.LEVEL else ""
        evidence = Evidence("", "set", f"https://advice.example/{issuer.lower()}/{place.lower()}")
        after = before.put(aspect, Standing(value, when, words, evidence))
        self.postures[issuer, place] = after
        return after

    def tell(
        self, when: datetime, issuer: str, place: str, kind: ChangeKind, after: str, severity: Severity, quote: str, *,
        aspect: Aspect | None = None, before: str | None = None, source: str = "", **more: Any,
    ) -> Change:  # fmt: skip
        source = source or OF[issuer]
        change = Change(
            id=stable_id("chg", issuer, place, kind, after, when.isoformat()), at=when, source=source, place=place, issuer=issuer, kind=kind,
            reason=more.pop("reason", Reason.WORSE_AT_ONCE), severity=severity, certainty=more.pop("certainty", C.OBSERVED), before=before,
            after=after, evidence=(Evidence(quote, "rule/" + kind.value, f"https://advice.example/{place.lower()}"),),
            url=f"https://advice.example/{place.lower()}", published=when - timedelta(hours=1), situation=f"sit_{place}", **more,
        )  # fmt: skip
        postures = (self.standing(issuer, place, aspect, after, when),) if aspect else ()
        lines = self.lines(change)
        editions = self.editions(change)
        self.poll(source, when, changes=(change,), postures=postures, deliveries=lines, editions=editions)
        self.changes.append(change)
        return change

    def lines(self, change: Change) -> tuple[Delivery, ...]:
        told = {d.channel for d in self.store.delivered_to(change.situation)}
        wanted = dict.fromkeys(c for r in ROUTES if judge(change, r, WATCHES).takes for c in r.channels)
        return tuple(
            Delivery(
                id=stable_id("dlv", c, change.id), channel=c, type=MessageType.UPDATE if c in told else MessageType.ALERT, changes=(change.id,),
                created=change.at, due=change.at, route=next(r.name for r in ROUTES if c in r.channels), situation=change.situation,
                group=group_of(change), payload=json.dumps({"severity": str(change.severity), "unknown": []}),
            )
            for c in wanted
        )  # fmt: skip

    def editions(self, change: Change) -> tuple[Edition, ...]:
        if change.certainty is not C.OBSERVED:
            return ()
        mine = [c for c in self.changes if c.place == change.place and c.issuer == change.issuer] + [change]
        text = (
            f"Travel to {name(change.place)}. This page is kept by our consular service and was looked through again today. "
            "Check that your passport is valid for six months, and tell somebody at home where you are. "
            + " ".join(e.quote for c in mine for e in c.evidence)
            + " Register with the embassy to get messages. Hospitals in the capital are good; outside of it they are not."
        )
        raw = json.dumps({"title": f"{name(change.place)} travel advice", "text": text, "level": None, "level_text": "", "url": change.url, "labels": []})
        digest = hashlib.sha256(raw.encode()).hexdigest()[:16]
        return (
            Edition(change.source, f"page|{change.place}", digest, (change.place,), change.issuer, f"{name(change.place)} travel advice", change.url, change.published, change.at, raw.encode()),
        )


def settle(store: SqlStore, now: datetime) -> None:
    """Send everything that is due; one channel fails for good, one line still waits."""
    while claims := store.claim(now, "test", 500, timedelta(minutes=2)):
        for claim in claims:
            line = claim.delivery
            made = line.created + timedelta(seconds=4)
            if line.channel == "chat" and line.created > NOW - timedelta(days=2):
                dead = Settlement(DeliveryState.DEAD, made, "Refused: 404 channel_not_found")
                store.settle(claim, dead)
            else:
                store.settle(claim, Settlement(DeliveryState.SENT, made, receipt="202"))


def story(scribe: Scribe) -> None:
    """Ukraine, January and February 2022, and what else was going on."""
    fam, staff, people = Audience.GOVERNMENT_FAMILIES, Audience.GOVERNMENT_STAFF, Audience.CITIZENS
    first = scribe.tell(
        at(21, 15, 2), "US", "UA", K.REPORTED, "considered", S.MODERATE, "Officials are said to weigh bringing home the families of diplomats in Kyiv.",
        source="wire", certainty=C.POSSIBLE, stage=Stage.CONSIDERED, reason=Reason.NEW_REPORT, reported_kind=SignalKind.EVACUATION,
        publishers=("The Wire",), audiences=frozenset({fam}), first_reported=at(21, 15, 2),
    )  # fmt: skip
    scribe.tell(
        at(22, 9, 40), "US", "UA", K.REPORTED, "considered", S.MODERATE, "A second paper has sources of its own for a departure of families.",
        source="courier", certainty=C.LIKELY, stage=Stage.CONSIDERED, reason=Reason.MORE_CERTAIN, reported_kind=SignalKind.EVACUATION,
        publishers=("The Wire", "Daily Courier"), audiences=frozenset({fam}), before="considered", references=(first.id,), first_reported=at(21, 15, 2),
    )  # fmt: skip
    scribe.tell(
        at(23, 23, 50), "US", "UA", K.DEPARTURE_ORDERED, "ordered", S.SEVERE, "The Department has ordered the departure of eligible family members from the embassy in Kyiv.",
        aspect=A.DEPARTURE, before="none", audiences=frozenset({fam}), stage=Stage.IN_EFFECT, first_reported=at(21, 15, 2), references=(first.id,),
    )  # fmt: skip
    scribe.tell(at(24, 8, 30), "GB", "UA", K.MISSION_SUSPENDED, "reduced", S.MODERATE, "Some embassy staff and dependants are being withdrawn.", aspect=A.MISSION, before="open", audiences=frozenset({staff, fam}))
    scribe.tell(at(24, 11, 5), "AU", "UA", K.LEVEL_RAISED, "4", S.SEVERE, "We now advise: do not travel to Ukraine.", aspect=A.LEVEL, before="3")
    scribe.tell(at(24, 11, 20), "AU", "UA", K.DEPARTURE_ORDERED, "ordered", S.SEVERE, "Dependants of officials have been directed to leave.", aspect=A.DEPARTURE, before="none", audiences=frozenset({fam}))
    scribe.tell(at(24, 16, 45), "DE", "UA", K.DEPARTURE_AUTHORIZED, "authorized", S.MODERATE, "Families of embassy staff may leave if they wish.", aspect=A.DEPARTURE, before="none", audiences=frozenset({fam}))
    scribe.tell(at(25, 21, 15), "CA", "UA", K.DEPARTURE_ORDERED, "ordered", S.SEVERE, "Children under 18 and family members of embassy staff are being withdrawn.", aspect=A.DEPARTURE, before="none", audiences=frozenset({fam}))
    scribe.tell(at(24, 20, 10), "CA", "UA", K.LEVEL_RAISED, "3", S.MODERATE, "Avoid non-essential travel.", aspect=A.LEVEL, before="2")
    scribe.tell(at(10, 22, 30, 2), "US", "UA", K.LEAVE_NOW, "leave_now", S.EXTREME, "Americans in Ukraine should depart now by commercial or private means.", aspect=A.ADVICE, audiences=frozenset({people}))
    scribe.tell(at(11, 7, 40, 2), "JP", "UA", K.LEVEL_RAISED, "4", S.SEVERE, "全土をレベル4に引き上げました。", aspect=A.LEVEL, before="3")
    scribe.tell(at(11, 19, 10, 2), "GB", "UA", K.LEVEL_RAISED, "4", S.SEVERE, "The FCDO now advises against all travel to Ukraine.", aspect=A.LEVEL, before="3")
    scribe.tell(at(11, 19, 12, 2), "GB", "UA", K.LEAVE_NOW, "leave_now", S.EXTREME, "British nationals should leave now while commercial means are still available.", aspect=A.ADVICE, audiences=frozenset({people}))
    scribe.tell(at(12, 6, 25, 2), "US", "UA", K.DEPARTURE_ORDERED, "ordered", S.EXTREME, "Most of the staff at the embassy in Kyiv have been ordered to leave.", aspect=A.DEPARTURE, before="ordered", audiences=frozenset({staff}), first_reported=at(11, 20, 55, 2))
    scribe.tell(at(12, 10, 50, 2), "DE", "UA", K.LEVEL_RAISED, "4", S.SEVERE, "Vor Reisen in die Ukraine wird gewarnt.", aspect=A.LEVEL, before="3")
    scribe.tell(at(12, 15, 40, 2), "CA", "UA", K.MISSION_SUSPENDED, "suspended", S.EXTREME, "The embassy in Kyiv has suspended its work; a temporary office opens in Lviv.", aspect=A.MISSION, before="open")
    scribe.tell(at(12, 16, 30, 2), "CA", "UA", K.LEVEL_RAISED, "4", S.SEVERE, "Avoid all travel to Ukraine.", aspect=A.LEVEL, before="3")
    # elsewhere
    scribe.tell(at(24, 14, 0), "US", "BF", K.SECURITY_ALERT, "in_effect", S.SEVERE, "Stay where you are: there is gunfire near the barracks in Ouagadougou.")
    scribe.tell(at(9, 9, 10, 2), "GB", "BF", K.LEVEL_RAISED, "4", S.SEVERE, "Against all travel to Burkina Faso outside the capital.", aspect=A.LEVEL, before="3")
    scribe.tell(at(5, 17, 20, 2), "US", "ML", K.DEPARTURE_AUTHORIZED, "authorized", S.MODERATE, "Non-emergency staff and families may leave Bamako.", aspect=A.DEPARTURE, before="none", audiences=frozenset({staff, fam}))
    scribe.tell(at(12, 13, 5, 2), "AU", "SD", K.SECURITY_ALERT, "in_effect", S.MODERATE, "Protests are announced in Khartoum for Monday; stay away from crowds.")
    scribe.tell(at(11, 12, 0, 2), "US", "BY", K.DEPARTURE_ORDERED, "ordered", S.SEVERE, "Family members of staff in Minsk have been ordered to leave.", aspect=A.DEPARTURE, before="none", audiences=frozenset({fam}))
    scribe.tell(at(11, 16, 15, 2), "DE", "KZ", K.LEVEL_LOWERED, "2", S.MINOR, "Die Reisewarnung für Kasachstan ist aufgehoben.", aspect=A.LEVEL, before="4", reason=Reason.BETTER_CONFIRMED)
    scribe.tell(at(12, 2, 30, 2), "JP", "TO", K.LEVEL_RAISED, "3", S.MODERATE, "渡航は止めてください。", aspect=A.LEVEL, before="1")
    scribe.tell(
        at(12, 11, 30, 2), "FR" if "FR" in OF else "GB", "RU", K.REPORTED, "considered", S.MODERATE, "London is said to think about sending families home from Moscow.", source="wire",
        certainty=C.POSSIBLE, stage=Stage.CONSIDERED, reason=Reason.NEW_REPORT, reported_kind=SignalKind.AUTHORIZED_DEPARTURE, publishers=("The Wire",),
        audiences=frozenset({fam}), first_reported=at(12, 11, 30, 2),
    )  # fmt: skip
    scribe.tell(at(8, 12, 0, 2), "US", "UA", K.TOWN_HALL, "announced", S.MINOR, "The embassy will hold a town hall for Americans on February 16, 2022.", source="state-press")


def memory(scribe: Scribe) -> None:
    """A held betterment and an open press report."""
    quote = Evidence("Level 1: Exercise normal precautions", "level/us", "https://advice.example/kp")
    change = Change(
        stable_id("chg", "held", "KP"), at(12, 9, 0, 2), "us-state", "KP", "US", K.LEVEL_LOWERED, Reason.PLACEHOLDER, S.MINOR, before="4", after="1", held=True, evidence=(quote,)
    )
    pending = Pending(A.LEVEL, K.LEVEL_LOWERED, "1", Reason.PLACEHOLDER, at(12, 9, 0, 2), before="4", polls=9, evidence=quote, held_id=change.id)
    held = PlaceMemory(scribe.postures["US", "KP"], pending=(pending,))
    report = Report("chg_x", "GB", "pullout", "considered", "possible", at(12, 11, 30, 2), at(12, 11, 30, 2), ("The Wire",))
    thread = Situation("sit_RU", "RU", at(12, 11, 30, 2), at(12, 11, 30, 2), (report,))
    scribe.poll(
        "us-state", at(12, 9, 0, 2), changes=(change,),
        memory=(Remembered("posture/US/KP", encode(held), due=pending.since), Remembered("situation/RU", encode(thread), due=at(17, 11, 30, 2))),
        tally={Reason.TOUCH: 412, Reason.EDITION_SEEN: 37, Reason.PLACEHOLDER: 9},
    )  # fmt: skip


def sights(scribe: Scribe) -> None:
    """Every source was just read, but for Japan, silent for three hours, and a broken paper."""
    for id in SOURCES:
        scribe.poll(id, NOW - timedelta(minutes=1), tally={Reason.UNCHANGED: 60, Reason.TOUCH: 3})
    for id, state, gone, why in (("japan", SourceState.SILENT, 3, "nothing new where the source owes us something"), ("courier", SourceState.BROKEN, 7, "http: 503 Service Unavailable")):
        record = scribe.store.record(id)
        change = Change(stable_id("chg", id, state), NOW - timedelta(hours=gone), id, "*", None, K(f"source_{state}"), Reason.SOURCE_STATE, S.SEVERE, detail=why, after=str(state), before="healthy")
        bad = replace(record, poll=record.poll + 1, state=state, why=why, since=NOW - timedelta(hours=gone), seen_well=NOW - timedelta(hours=gone), failures=5)
        scribe.poll(id, NOW, record=bad, changes=(change,))


def ledger(url: str = "sqlite://", places: Sequence[str] | None = None) -> SqlStore:
    """A filled store."""
    store = open_store(url)
    store.register(tuple(SOURCES.values()), at(1, 0))
    scribe = Scribe(store)
    scribe.fill(at(1, 6), places or codes())
    story(scribe)
    memory(scribe)
    settle(store, NOW)
    sights(scribe)
    scribe.tell(at(12, 17, 52, 2), "AU", "UA", K.LEAVE_NOW, "leave_now", S.EXTREME, "Leave Ukraine now if it is safe to do so.", aspect=A.ADVICE, audiences=frozenset({Audience.CITIZENS}))
    return store


class Recorder:
    """Actions that remember what was asked; ids that the ledger does not know were refused before they came here."""

    def __init__(self) -> None:
        self.done: list[tuple[Any, ...]] = []
        self.silenced: dict[str, Silence] = {}
        self.seen: dict[str, Acknowledgement] = {}
        self.store: SqlStore | None = None

    def acknowledge(self, delivery: str, by: str) -> None:
        self.done.append(("acknowledge", delivery, by))
        assert self.store
        self.seen[self.store.delivery(delivery).situation] = Acknowledgement(by, NOW)

    def silence(self, silence: Silence) -> None:
        self.done.append(("silence", silence.reason, silence.author))
        self.silenced[silence.id] = silence

    def unsilence(self, id: str, by: str) -> None:
        if self.silenced.pop(id, None) is None:
            raise UnknownName(f"{id}: no silence of that name")
        self.done.append(("unsilence", id, by))

    def confirm(self, change: str, by: str) -> None:
        self.done.append(("confirm", change, by))

    def reject(self, change: str, by: str) -> None:
        self.done.append(("reject", change, by))

    def redeliver(self, delivery: str, by: str) -> None:
        self.done.append(("redeliver", delivery, by))

    def test(self, channel: str, by: str) -> str:
        if channel not in CHANNELS:
            raise UnknownName(f"{channel}: no channel of that name")
        self.done.append(("test", channel, by))
        return "dlv_test"

    def poll(self, source: str) -> None:
        self.done.append(("poll", source))


def site(store: SqlStore, **more: Any) -> Site:
    """A site over a store, as the composition root would make it."""
    recorder = more.pop("actions", None) or Recorder()
    recorder.store = store

    def verify(link: str) -> SignedLink | None:
        who, _, mac = link.partition(".")
        return SignedLink(who, "duty-mail") if mac == "good" else None

    return Site(
        **{
            "store": store, "sources": SOURCES, "actions": recorder, "read": read, "now": lambda: NOW, "names": name, "watches": WATCHES,
            "channels": CHANNELS, "routes": lambda c: [(r.name, judge(c, r, WATCHES)) for r in ROUTES],
            "silences": lambda: tuple(recorder.silenced.values()), "acknowledged": recorder.seen.get, "metrics": lambda: b"monitor_up 1\n",
            "token": lambda: TOKEN, "verify": verify, "push_secret": lambda s: "hub-secret" if s == "wire" else None, **more,
        }
    )  # fmt: skip


def refuse(config: str) -> Any:
    raise WrongUse("no")


__all__ = ["NOW", "TOKEN", "Recorder", "SourceRecord", "ledger", "site"]
