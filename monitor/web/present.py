"""From the nouns to the API's JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from ..ledger import Attempt, Delivery, Edition, SourceRecord
from ..model import Area, Aspect, Change, Evidence, Posture, Reason, Standing, Watch, address, plain
from ..route.routes import Receiver, Silence
from ..route.watching import unnamed
from ..route.words import headline
from ..service.reconcile import Reconciled
from . import shapes
from .grave import gravity, worst
from .overview import Held, Picture, Sight, seen_well
from .site import Site
from .threads import Thread


def change(site: Site, c: Change) -> shapes.ChangeOut:
    """A change as JSON."""
    return shapes.ChangeOut(
        id=c.id, at=c.at, source=c.source, place=c.place, place_name=site.name(c.place) if c.place not in ("", "*") else "",
        issuer=c.issuer, kind=c.kind, stage=c.stage, before=c.before, after=c.after, severity=c.severity, certainty=c.certainty,
        held=c.held, reason=c.reason, headline=headline(c, site.lang, site.names), evidence=[_quote(e, c.url) for e in c.evidence],
        url=address(c.url), published=c.published, first_reported=c.first_reported, publishers=[plain(p) for p in c.publishers],
        audiences=sorted(c.audiences), situation=c.situation, references=list(c.references), areas=_areas(c.areas),
    )  # fmt: skip


def posture(site: Site, p: Posture) -> shapes.PostureOut:
    """A posture as JSON."""
    return shapes.PostureOut(
        issuer=p.issuer, issuer_name=site.name(p.issuer), place=p.place, gravity=gravity(p),
        level=_standing(p.get(Aspect.LEVEL)), departure=_standing(p.get(Aspect.DEPARTURE)),
        mission=_standing(p.get(Aspect.MISSION)), advice=_standing(p.get(Aspect.ADVICE)),
    )  # fmt: skip


def place(site: Site, code: str, postures: Iterable[Posture]) -> shapes.PlaceOut:
    """A place in one line."""
    of = tuple(postures)
    here = unnamed((w for w in site.watches if w.covers(code, site.now())), site.lang)
    return shapes.PlaceOut(code=code, name=site.name(code), gravity=worst(of), issuers=[p.issuer for p in of], watches=watches(here))


def thread(site: Site, t: Thread) -> shapes.ThreadOut:
    """A situation as JSON."""
    seen = site.acknowledged(t.newest.situation)
    return shapes.ThreadOut(
        place=t.place, place_name=site.name(t.place), severity=t.severity, certainty=t.certainty, issuers=list(t.issuers),
        publishers=list(t.publishers), opened=t.opened, last=t.last, headline=headline(t.newest, site.lang, site.names),
        changes=[c.id for c in t.changes], watches=watches(t.watches),
        acknowledged_by=seen.by if seen else None, acknowledged_at=seen.at if seen else None,
    )  # fmt: skip


def source(site: Site, r: SourceRecord, reasons: dict[Reason, int] | None = None) -> shapes.SourceOut:
    """A source as JSON."""
    s = site.sources.get(r.id)
    return shapes.SourceOut(
        id=r.id, name=(s.name if s else "") or r.id, kind=s.kind if s else "", url=s.url if s else "", issuer=s.issuer if s else None,
        authority=str(s.authority) if s else "", every_seconds=s.every.total_seconds() if s else 0, state=r.state,
        well=seen_well(r, site, site.now()), why=plain(r.why), since=r.since, seen_well=r.seen_well, polled=r.polled, due=r.due,
        failures=r.failures, polls=r.poll, touches=r.touches, newest=r.newest,
        reasons={str(k): n for k, n in (reasons or {}).items()},
    )  # fmt: skip


def held(site: Site, h: Held) -> shapes.HeldOut:
    """A waiting transition as JSON."""
    p = h.pending
    return shapes.HeldOut(
        id=p.held_id, issuer=h.issuer, place=h.place, place_name=site.name(h.place), aspect=str(p.aspect), kind=p.kind, before=p.before,
        after=p.value, reason=p.reason, since=p.since, polls=p.polls, showing=p.showing,
        evidence=_quote(p.evidence, p.url) if p.evidence else None,
    )  # fmt: skip


def edition(site: Site, e: Edition, code: str) -> shapes.EditionOut:
    """An edition as JSON, without its body."""
    return shapes.EditionOut(
        source=e.source, issuer=e.issuer, key=e.key, digest=e.digest, title=e.title, url=e.url, published=e.published, seen=e.seen,
        bytes=len(e.raw), raw=f"{site.prefix}/place/{code}/raw/{e.source}/{e.digest}",
    )  # fmt: skip


def delivery(site: Site, d: Delivery, words: str = "") -> shapes.DeliveryOut:
    """A ledger line as JSON."""
    return shapes.DeliveryOut(
        id=d.id, channel=d.channel, route=d.route, type=d.type, state=d.state, changes=list(d.changes), situation=d.situation,
        created=d.created, due=d.due, settled=d.settled, attempts=d.attempts, why=d.why, receipt=d.receipt, headline=words,
    )  # fmt: skip


def attempt(a: Attempt) -> shapes.AttemptOut:
    """A try as JSON."""
    return shapes.AttemptOut(number=a.number, at=a.at, outcome=a.outcome, why=a.why)


def channel(site: Site, r: Receiver) -> shapes.ChannelOut:
    """A receiver as JSON."""
    h = site.health(r.name)
    state: Literal["working", "failing", "gone"] = "gone" if h.gone else "failing" if h.failures else "working"
    return shapes.ChannelOut(
        name=r.name, kind=r.kind, lang=r.lang, zone=r.zone, state=state, failures=h.failures, since=h.since, again=h.until
    )  # fmt: skip


def reconciled(found: tuple[datetime, Reconciled] | None) -> shapes.ReconciledOut:
    """The newest comparison as JSON."""
    if found is None:
        return shapes.ReconciledOut(at=None, fine=True)
    at, it = found
    gaps = [shapes.GapOut(change=g.change, channel=g.channel) for g in it.gaps]
    return shapes.ReconciledOut(
        at=at, fine=it.fine, changes=it.changes, due=it.due, gaps=gaps, stuck=list(it.stuck), untold=list(it.untold)
    )


def silence(s: Silence) -> shapes.SilenceOut:
    """A silence as JSON."""
    return shapes.SilenceOut(
        id=s.id, author=s.author, until=s.until, reason=s.reason, places=sorted(s.places), kinds=sorted(s.kinds),
        issuers=sorted(s.issuers), sources=sorted(s.sources), channels=sorted(s.channels), max_severity=s.max_severity,
    )  # fmt: skip


def now(site: Site, picture: Picture, seen: Sight) -> shapes.NowOut:
    """The first page as JSON."""
    return shapes.NowOut(
        at=site.now(), version=picture.version,
        sight=shapes.SightOut(well=seen.well, total=seen.total, blind=[r.id for r in seen.blind]),
        situations=[thread(site, t) for t in picture.threads],
        places=[place(site, code, of) for code, of in picture.postures.items()],
        held=len(picture.held),
    )  # fmt: skip


def watches(of: Iterable[Watch]) -> list[shapes.AlertWatch]:
    """Watches as JSON."""
    return [shapes.AlertWatch(name=w.name, people=w.people) for w in of]


def _quote(e: Evidence, url: str = "") -> shapes.Quote:
    return shapes.Quote(quote=plain(e.quote), url=address(e.url or url), rule=e.rule, section=plain(e.section))


def _standing(s: Standing | None) -> shapes.StandingOut | None:
    evidence = _quote(s.evidence) if s and s.evidence else None
    areas = _areas(s.areas) if s else []
    return shapes.StandingOut(value=s.value, words=s.words, since=s.since, evidence=evidence, areas=areas) if s else None


def _areas(areas: Iterable[Area]) -> list[shapes.AlertArea]:
    return [shapes.AlertArea(name=a.name, level=a.level) for a in areas]
