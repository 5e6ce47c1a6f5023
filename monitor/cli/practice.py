"""The commands that practise: a drill of every channel, and who would get an alert that has not come yet."""

from __future__ import annotations

import json as codec
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import Group, argument, takes
from .common import AS_JSON, CONFIG, config_path, emit, moment, say, settings, table

if TYPE_CHECKING:
    from ..model import Change
    from ..route.trace import Step

ALERT = argument("alert", metavar="ALERT.json|-", help="The body of a webhook, or a line of `replay --json` or `alerts --json`.")
AT = argument("--at", metavar="TIME", default="", help='At which time, as "2026-03-01T23:30Z"; without it, now.')


@takes(CONFIG, AS_JSON)
def drill(config: Path | None, json: bool) -> None:
    """Send a marked test through the whole path of every channel, and say what arrived."""
    read = settings(config)
    from ..app import opened
    from ..model import DeliveryState
    from ..service.drill import arrivals
    from ..service.drill import drill as begin
    from . import lines

    with opened(read) as app:
        begun = begin(app.store, app.desk.channels, app.desk.now())
        app.deliver()
        found = arrivals(app.store, [line.channel for line in begun])
    if json:
        emit(*({"channel": a.channel, "state": a.state, "at": lines.at(a.at), "why": a.why} for a in found))
    else:
        table(("channel", "state", "at", "why"), [(a.channel, a.state, (lines.at(a.at) or "")[:19], a.why) for a in found], "No channel.")
    if not all(a.state is DeliveryState.SENT for a in found):
        raise SystemExit(1)


@takes(ALERT, AT, CONFIG, AS_JSON)
def ask(alert: str, at: str, config: Path | None, json: bool) -> None:
    """Say which routes would take an alert, why, and when each channel would be told. Nothing is saved or sent."""
    from ..knowledge.places import name
    from ..route.trace import trace
    from ..route.words import headline
    from ..settings.load import load, unchecked
    from .silence import kept

    read = load(config_path(config), unchecked)
    when = moment(at, "--at") if at else datetime.now(UTC)
    receivers = {c.name: c.receiver for c in read.channels}
    silences = kept(read)
    for change in _changes(alert, when):
        steps = trace(change, read.routes, receivers, when, read.watches, silences)
        if json:
            emit({"place": change.place, "kind": change.kind, "routes": [_step(s) for s in steps]})
        else:
            say(headline(change, "en", name))
            table(("route", "takes", "because", "channels"), [_row(s) for s in steps], "There is no route.")


ROUTE = Group("Ask the routes before it matters.", {"test": ask})


def _step(step: Step) -> dict[str, Any]:
    from . import lines

    rules = [{"name": r.name, "answer": r.answer, "wanted": r.wanted, "found": r.found} for r in step.verdict.rules]
    legs = [{"channel": leg.channel, "at": lines.at(leg.at), "why": leg.why} for leg in step.legs]
    return {"route": step.route, "takes": bool(step.legs), "hidden_by": step.hidden or None, "rules": rules, "legs": legs}


def _row(step: Step) -> tuple[str, str, str, str]:
    from ..route.matching import Answer

    decided = [f"{r.name} is {r.found}, wanted {r.wanted}" for r in step.verdict.rules if step.legs or r.answer is not Answer.YES]
    if step.hidden:
        decided = [f"the route {step.hidden} took it for itself"]
    elif not decided:
        decided = ["it is for the operator, about our own sight"]
    return step.route, "yes" if step.legs else "no", "; ".join(decided), "; ".join(f"{leg.channel}: {leg.why}" for leg in step.legs)


def _changes(alert: str, when: datetime) -> tuple[Change, ...]:
    """The changes that an alert tells of. Raises WrongUse."""
    from ..errors import WrongUse

    try:
        raw = sys.stdin.buffer.read() if alert == "-" else Path(alert).read_bytes()
        given = codec.loads(raw)
        data = given.get("data", given)
        return tuple(_change({**data, **part}, when) for part in data.get("changes") or [data])
    except OSError as error:
        raise WrongUse(f"{alert}: {error.strerror}") from None
    except KeyError as error:
        raise WrongUse(f"{alert}: {error.args[0]} is missing") from None
    except (ValueError, AttributeError, TypeError) as error:
        raise WrongUse(f"{alert}: no alert: {error}") from None


def _change(data: Mapping[str, Any], when: datetime) -> Change:
    from ..model import Certainty, Change, ChangeKind, Reason, Severity, Stage

    place, source = (
        v.get(k, "") if isinstance(v := data.get(n, ""), Mapping) else v or "" for n, k in (("place", "code"), ("source", "id"))
    )
    if not place:
        raise KeyError("place")
    return Change(
        id=str(data.get("id", "example")), at=when, source=source, place=place, issuer=data.get("issuer"), kind=ChangeKind(data["kind"]),
        reason=Reason(data.get("reason") or Reason.WORSE_AT_ONCE), severity=Severity(data["severity"]),
        certainty=Certainty(data.get("certainty") or Certainty.OBSERVED), stage=Stage(data["stage"]) if data.get("stage") else None,
        before=data.get("before"), after=data.get("after"), situation=data.get("situation") or "",
    )  # fmt: skip
