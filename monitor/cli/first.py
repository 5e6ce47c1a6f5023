"""The first minute of a new configuration: receivers are reached, a test arrives, every source is looked at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from .common import progress, say, table

if TYPE_CHECKING:
    from ..app import App
    from ..ledger import Store
    from ..service.poll import Polled
    from ..settings.values import Settings

PATIENCE = timedelta(seconds=20)
"""The longest a source may take to answer while somebody is waiting."""

_WORST = 12
CALM = ("none", "open")
"""Values of a posture that say that all is as usual."""


def tried(path: Path) -> bool:
    """Try a configuration in front of somebody; True when every receiver got its test. Sources that cannot be read do not count."""
    from ..app import opened
    from ..log import configure
    from ..probe import probe
    from ..settings.load import load

    configure("auto", "error")
    settings = load(path)
    hurried = replace(settings, http=replace(settings.http, timeout=min(settings.http.timeout, PATIENCE)))
    say("\nreceivers")
    findings = list(probe(replace(hurried, sources=())))
    table(("name", "", "what"), [(f.name, "ok" if f.ok else "FAILED", f.what) for f in findings])
    with opened(hurried) as app:
        arrived = _tested(app)
        _looked(app, hurried)
    return arrived


def _tested(app: App) -> bool:
    """Send every receiver a marked test."""
    from ..model import DeliveryState
    from ..operate import Operator

    ids = {name: Operator(app).test(name, by="init") for name in app.desk.channels}
    app.deliver(timedelta(seconds=30))
    lines = {name: app.store.delivery(id) for name, id in ids.items()}
    say("\ntest messages")
    table(("receiver", "", "why"), [(n, "arrived" if d.state is DeliveryState.SENT else d.state, d.why) for n, d in lines.items()])
    return all(d.state is DeliveryState.SENT for d in lines.values())


def _looked(app: App, settings: Settings) -> None:
    """Poll every source once, for real, and say what stands today; what stands already is no news and is told to nobody."""
    ids = [s.id for s in settings.sources]
    polled: list[Polled] = []
    with progress("looking at every source", len(ids)) as step:
        for one in app.poll(ids):
            polled.append(one)
            step()
    unread = [p for p in polled if p.why and not p.items]
    say(f"\nsources: {len(ids) - len(unread)} of {len(ids)} could be read")
    if len(unread) == len(ids):
        say("none answers: this machine seems to be offline. Everything is written; `monitor check --deep` tries again")
        return
    table(("source", "", "why"), [(p.source, "FAILED", p.why) for p in unread])
    _today(app.store, [c for route in settings.routes for c in sorted(_wanted(route.places, route.regions))])


def _wanted(places: frozenset[str], regions: frozenset[str]) -> frozenset[str]:
    from ..route.regions import places_in

    return places | places_in(regions)


def _today(store: Store, places: Sequence[str]) -> None:
    """What governments hold about these places now; without places, where it is worst."""
    from ..knowledge.places import name
    from ..model import Aspect

    rows = []
    for posture in store.postures():
        level = posture.get(Aspect.LEVEL)
        said = [level.words] if level else []
        said += [s.value for a, s in posture.standings if a is not Aspect.LEVEL and s.value not in CALM]
        if said and (not places or posture.place in places):
            rows.append((name(posture.place), name(posture.issuer), level.value if level else "", "; ".join(filter(None, said))))
    rows.sort(key=lambda row: row[2], reverse=True)
    say("\ntoday" + ("" if places else f" (the worst {_WORST})"))
    table(("place", "government", "level", "says"), rows if places else rows[:_WORST], "Nothing is held about these places.")
    say("this is what stands already and is told to nobody; from now on you hear what becomes different")
