"""Tries one source for real: what answers, what its adapter makes of it, and what would be told; nothing is kept or sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from .app import limits_of
from .data import folder
from .errors import BadBody, UnknownName
from .knowledge.issuers import voice_of
from .knowledge.reading import read
from .ledger import Cursor, PollSave, SourceRecord
from .model import Authority, Change, Item, Nature, Posture, Source, SourceState
from .service.context import Service
from .service.policies import policy_of
from .service.polite import Polite
from .service.poll import take
from .settings.catalogue import entries, source_of, written
from .settings.values import Settings
from .sources.base import Parsed
from .sources.contract import Verdict, judge
from .sources.fetch import Fetched, Status, fetch
from .sources.parser import inline
from .store import open_store

FOLLOWED = 3
"""Pages behind an index that are asked for: enough to see that it works."""

_GUESSES = ("feed", "page")


@dataclass(frozen=True, slots=True)
class Trial:
    """What one source came to. `fault` is why nothing could be read, "" otherwise; `told` is what its newest words would
    have made us say had they come just now, `postures` what would be taken in silently on the first look."""

    source: Source
    fetched: Fetched
    fault: str = ""
    parsed: Parsed | None = None
    verdict: Verdict | None = None
    items: tuple[Item, ...] = ()
    told: tuple[Change, ...] = ()
    postures: tuple[Posture, ...] = ()

    @property
    def fine(self) -> bool:
        """Whether it could be read and looks as a healthy poll does."""
        return self.verdict is not None and self.verdict.state is SourceState.HEALTHY


def candidates(what: str, settings: Settings, kind: str = "") -> tuple[Source, ...]:
    """The sources that an id or an address may mean: the one that is configured (switched off or not), else guesses by kind.

    Raises UnknownName for an id that no file of the configuration names.
    """
    known = {s.id: source_of(s) for s in written(settings.files)}
    if what in known:
        return (known[what],)
    if "://" not in what:
        raise UnknownName(f"there is no source {what!r}; there are: {', '.join(sorted(known))}")
    same = next((s for s in known.values() if what in (s.url, *s.alternates)), None)
    if same is not None and not kind:
        return (replace(same, url=what, alternates=()),)
    return tuple(_guess(k, what) for k in ((kind,) if kind else _GUESSES))


def _guess(kind: str, url: str) -> Source:
    """A source that is only an address: of the press, unless its host or its kind is a government's."""
    catalogue = entries(folder("config") / "sources")
    issuer = voice_of("", url).issuer or next((s.issuer for s in catalogue if s.kind == kind and kind not in _GUESSES), None)
    return Source("trial", kind, url, issuer, authority=Authority.OFFICIAL if issuer else Authority.PRESS)


def attempt(sources: Sequence[Source], settings: Settings, now: datetime) -> Trial:
    """Ask once and read the answer as the first of these sources whose adapter understands it, else as the last."""
    asking = _asking(settings, now)
    (fetched,) = asking([(sources[0], Cursor())])
    if fetched.error or fetched.status is not Status.BODY:
        return Trial(sources[0], fetched, fault=str(fetched.error or fetched.status))
    fault = ""
    for source in sources:
        try:
            parsed = inline(source, fetched.body)
        except BadBody as error:
            fault = str(error)
            continue
        return _read(source, replace(fetched, source_id=source.id), parsed, asking, now)
    return Trial(sources[-1], fetched, fault=fault)


def _asking(settings: Settings, now: datetime) -> Polite:
    http = settings.http
    asking = partial(fetch, limits=limits_of(http), allow=settings.egress, user_agent=http.user_agent, proxy=settings.proxy)
    return Polite(asking, http.user_agent, lambda: now)


def _read(source: Source, fetched: Fetched, parsed: Parsed, asking: Polite, now: datetime) -> Trial:
    """Take the body through the real pipe into a store that is thrown away; it counts as the second look of a source."""
    verdict = judge(source, parsed, SourceRecord(source.id), now)
    if source.issuer is None and any(i.nature is Nature.PAGE for i in parsed.items):
        return Trial(source, fetched, "", parsed, verdict, parsed.items)  # nobody's posture
    store = open_store("sqlite://")
    service = Service(
        store=store,
        sources={source.id: source},
        fetch=lambda batch: asking(list(batch)[:FOLLOWED]),
        parse=inline,
        read=read,
        policy=policy_of,
        plan=lambda *_: ((), ()),
        now=lambda: now,
    )
    try:
        store.register([source], now)
        _looked_before(service, source, now)
        polled = take(service, source, fetched, now)
        told = tuple(c for c in polled.changes if not c.kind.about_sight)
        return Trial(source, fetched, "", parsed, verdict, parsed.items, told, store.postures())
    finally:
        store.close()


def _looked_before(service: Service, source: Source, now: datetime) -> None:
    record = service.store.record(source.id)
    service.store.save(PollSave(record=replace(record, poll=record.poll + 1, baseline=True), at=now))
