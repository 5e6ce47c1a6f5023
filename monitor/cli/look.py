"""The commands that look: what is held about the world, about our deliveries, about our sight."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import Argument, argument, between, flag, takes
from .common import AS_JSON, CONFIG, emit, ledger, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..ledger import Reader
    from ..model import Change
    from ..settings.values import Settings

PLACE = argument("place", metavar="PLACE", help="Two-letter code of ISO 3166-1, or the country's name.")
OF_PLACE = argument("--place", help="Only this place.")
HELD = flag("--held", help="What waits for its confirmation instead.")
SINCE = argument("--since", metavar="TIME", default="30d", help='How far back, as "12h" or "30d".')


def _limit(default: int) -> Argument:
    return argument("--limit", type=between(1, 10_000), metavar="N", default=default, help="At most so many, newest first.")


@takes(CONFIG, AS_JSON)
def status(config: Path | None, json: bool) -> None:
    """What is going on, what was told, and whether we can see."""
    with ledger(config) as (settings, store):
        overview = _overview(settings, store)
    if json:
        emit(overview)
        return
    say(_sight_in_words(overview["sources"]))
    say(_deliveries_in_words(overview["deliveries"]))
    for channel in overview["disabled"]:
        say(channel["what"])
    if overview["held"]:
        say(f"{len(overview['held'])} held until confirmed: " + "; ".join(c["headline"] for c in overview["held"][:5]))
    rows = [(c["at"][:16], c["severity"], c["headline"]) for c in overview["recent"]]
    table(("at", "severity", "in the last 7 days"), rows, "Nothing changed in the last 7 days.")


@takes(CONFIG, AS_JSON, OF_PLACE, SINCE, HELD, _limit(50))
def alerts(config: Path | None, json: bool, place: str | None, since: str, held: bool, limit: int) -> None:
    """What was told, newest first; with --held what waits for its confirmation."""
    from . import lines

    with ledger(config) as (_, store):
        chosen = _waiting(store)[:limit] if held else _told(store, place, since, limit)
        found = [lines.change(c) for c in chosen if not place or c.place == place_code(place)]
    if json:
        emit(*found)
        return
    rows = [(c["at"][:16], c["severity"], c["certainty"], c["headline"], c["reason"]) for c in found]
    table(("at", "severity", "certainty", "what", "because"), rows, "Nothing.")


@takes(PLACE, CONFIG, AS_JSON, _limit(200))
def history(place: str, config: Path | None, json: bool, limit: int) -> None:
    """Everything held and told about one place, oldest first."""
    from ..ledger import ChangeQuery
    from . import lines

    with ledger(config) as (_, store):
        code = place_code(place)
        changes = [lines.change(c) for c in reversed(store.changes(ChangeQuery(place=code, limit=limit)))]
        postures = [lines.posture(p) for p in store.postures(place=code)]
    if json:
        emit(*changes, *({"posture": p} for p in postures))
        return
    rows = [
        (c["at"][:16], c["issuer"] or "", c["before"] or "", c["after"] or "", c["headline"], "held" if c["held"] else "") for c in changes
    ]
    table(("at", "issuer", "before", "after", "what", ""), rows, f"Nothing changed in {code}.")
    for held in postures:
        aspects = (f"{aspect} {standing['value']}" for aspect, standing in held.items() if isinstance(standing, dict))
        say(f"{held['issuer']} now: {', '.join(aspects)}")


@takes(CONFIG, AS_JSON)
def sources(config: Path | None, json: bool) -> None:
    """How well we see through each source."""
    from . import lines

    with ledger(config) as (settings, store):
        known = {s.id: s for s in settings.sources}
        found = [lines.source(record, known) for record in store.records()]
    if json:
        emit(*found)
        return
    rows = [
        (s["id"], s["state"], (s["seen_well"] or "never")[:16], (s["due"] or "never")[:16], s["items"], s["touches"], s["why"])
        for s in found
    ]
    table(("source", "state", "seen well", "next due", "items", "re-dated", "why"), rows, "No source was polled yet.")


@takes(CONFIG, AS_JSON, _limit(50))
def deliveries(config: Path | None, json: bool, limit: int) -> None:
    """What became of our messages, newest first."""
    from . import lines

    with ledger(config) as (_, store):
        found = [lines.delivery(d) for d in store.deliveries(limit=limit)]
    if json:
        emit(*found)
        return
    rows = [(d["created"][:16], d["channel"], d["type"], d["state"], d["attempts"], d["why"], d["id"]) for d in found]
    table(("created", "channel", "type", "state", "tries", "why", "id"), rows, "No message yet.")


def _overview(settings: Settings, store: Reader) -> dict[str, Any]:
    from ..ledger import ChangeQuery
    from ..model import DeliveryState
    from ..service.disabled import disabled
    from . import lines

    known = {s.id: s for s in settings.sources}
    week = datetime.now(UTC) - timedelta(days=7)
    open_states = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.DEAD)
    pending = store.deliveries(open_states, limit=1000)
    sent = store.deliveries((DeliveryState.SENT,), limit=1)
    return {
        "sources": [lines.source(r, known) for r in store.records() if r.id in known],
        "deliveries": {**Counter(str(d.state) for d in pending), "last_sent": lines.at(sent[0].settled) if sent else None},
        "disabled": [
            {"channel": one.channel, "since": lines.at(one.since), "why": one.why, "what": str(one)}
            for one in disabled(store).values()
            if one.channel in {c.name for c in settings.channels}
        ],
        "held": [lines.change(c) for c in _waiting(store)],
        "recent": [lines.change(c) for c in store.changes(ChangeQuery(held=False, since=week, limit=50))],
        "places": len({p.place for p in store.postures()}),
    }


def _waiting(store: Reader) -> list[Change]:
    """The held changes that still wait for their confirmation."""
    from ..ledger import FAR
    from ..model import Reason

    pieces = store.remembered("posture/", due=FAR).values()
    if not pieces:
        return []
    from ..detect.memory import decode_place  # nothing waits as a rule, and then nobody waits for this

    pending = (p for piece in pieces for p in decode_place(piece.payload).pending)
    return [store.change(p.held_id) for p in pending if p.held_id and p.reason is not Reason.REJECTED_BY_OPERATOR]


def _sight_in_words(sources: list[dict[str, Any]]) -> str:
    bad = [s for s in sources if s["state"] != "healthy" or s["why"]]
    troubles = "; ".join(f"{s['id']} {s['state']}, last seen well {(s['seen_well'] or 'never')[:16]} ({s['why']})" for s in bad)
    return f"{len(sources) - len(bad)} of {len(sources)} sources seen well" + (f": {troubles}" if troubles else "")


def _deliveries_in_words(counts: dict[str, Any]) -> str:
    words = [f"{counts[state]} {state}" for state in ("waiting", "sending", "dead") if counts.get(state)]
    return f"Deliveries: {', '.join(words) or 'none open'}; last sent {(counts['last_sent'] or 'never')[:16]}"


def _told(store: Reader, place: str | None, since: str, limit: int) -> Sequence[Change]:
    from ..errors import WrongUse
    from ..ledger import ChangeQuery
    from ..settings.words import duration

    try:
        back = duration(since)
    except ValueError as error:
        raise WrongUse(f"--since: {error}") from None
    return store.changes(ChangeQuery(place=place_code(place) if place else None, held=False, since=datetime.now(UTC) - back, limit=limit))


def place_code(text: str) -> str:
    """The code of a place given as code or name. Raises UnknownName."""
    from ..errors import UnknownName
    from ..knowledge.places import by_name, codes
    from ..model import WORLD

    if text.upper() in codes() or text == WORLD:
        return text.upper()
    found = by_name(text)
    if len(found) != 1:
        raise UnknownName(f"no single place is called {text!r}" + (f"; {', '.join(found)}?" if found else ""))
    return found[0]
