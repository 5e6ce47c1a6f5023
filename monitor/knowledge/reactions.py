"""What one state says of another's advice: the advice is what stands, its giver the issuer, the one who complains its place."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.knowledge.choice import Choice
from monitor.knowledge.places import PlaceKind
from monitor.knowledge.roles import Part
from monitor.knowledge.seen import Seen
from monitor.knowledge.text import Zone
from monitor.model import SignalKind

_ADVICE = ("ADVICE", "NOTICEWORD", "TRAVELALERT", "advisories", "warnings", "downgrade")

_DEPARTURES = frozenset({SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE})
"""Acts on a state's own staff, of which the host may complain as of advice."""

_REACH = 6
"""How many words may lie between a complaint and what it is about."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Whose advice is answered, which places it is for, and whether they are glad of it."""

    issuers: tuple[str, ...]
    places: tuple[str, ...]
    glad: bool = False


def of(choice: Choice, seen: list[Seen]) -> Answered | None:
    """The advice that a headline, or the sentence that names it, tells of as answered by the place it is for."""
    if choice.kind not in (SignalKind.ADVISORY_LEVEL, SignalKind.SECURITY_ALERT) or choice.seen.sentence.zone is Zone.BODY:
        return None
    near = [s for s in seen if s.sentence.zone is Zone.TITLE] + [s for s in seen if s.sentence.zone is Zone.LEAD]
    told = [found for s in near[:3] if (found := _told(s))]
    return next((f for f in told if f.issuers), told[0] if told else None)


def of_departure(choice: Choice, seen: list[Seen]) -> Answered | None:
    """The departure of staff that its host is displeased with ("Togo protests the Danish decision to pull diplomats out")."""
    if choice.kind not in _DEPARTURES or choice.seen.sentence.zone is Zone.BODY:
        return None
    near = [choice.seen, *(s for s in seen if s.sentence.zone is not Zone.BODY and s is not choice.seen)]
    return next((found for s in near[:3] if (found := _displeased(s))), None)


def _displeased(seen: Seen) -> Answered | None:
    """Who is displeased in a sentence with what another state does with its own staff, who stands right behind the complaint."""
    at = next(iter(seen.tokens.positions(("COMPLAINT",))), None)
    acts = [f for f in seen.findings if f.kind in _DEPARTURES]
    if at is None or not any(f.last > at for f in acts):
        return None
    hosts = [p for p in seen.parts if p.at < at]
    givers = [p for p in seen.parts if at < p.at <= at + 4]
    if not hosts or not givers or set(hosts[-1].codes) & set(givers[0].codes) or len(givers[0].codes) != 1:
        return None
    if any(p.at > givers[0].at and p.codes == hosts[-1].codes and seen.tokens.within("ENVOYS", p.at + 1, p.at + 1) for p in seen.parts):
        return None  # "X slams the order of Y for X diplomats to leave" is an expulsion
    return Answered(givers[0].codes, hosts[-1].codes)


def _told(seen: Seen) -> Answered | None:
    """Who answers whose advice in one sentence; no issuer where the advice has no owner there or has several."""
    at = next(iter(seen.tokens.positions(("COMPLAINT", "WELCOMED"))), None) or _reassured(seen)
    if at is None:
        at = next((p for p in seen.tokens.index.get("URGE", ()) if _to_lift(seen, p)), None)
    if at is None or not any(seen.tokens.within(k, at, at + _REACH + 4) for k in _ADVICE):
        return None
    hosts = [p for p in seen.parts if p.at < at]
    givers = [p for p in seen.parts if at < p.at <= at + 2 * _REACH and _owns_advice(seen, p)]
    if not hosts or set(hosts[-1].codes) == {c for p in givers for c in p.codes}:
        return None
    issuers = () if seen.tokens.has("ALLIES") else tuple(dict.fromkeys(c for p in givers for c in p.codes))
    return Answered(issuers if len(issuers) == 1 else (), hosts[-1].codes, seen.tokens.has("WELCOMED"))


def _reassured(seen: Seen) -> int | None:
    """Where a place that calls itself safe comes to the advice of others ("safe despite travel warnings", "allays fears over ...")."""
    spots = (p for p in seen.tokens.index.get("DESPITE", ()) if seen.tokens.within("REASSURES", 0, p))
    return next((p for p in spots if not seen.tokens.within("LOWERED", p, p + _REACH)), None)


def _to_lift(seen: Seen, at: int) -> bool:
    """Whether a call asks a government to take its advice back ("urges Britain to lift its warning")."""
    asked = [p.at for p in seen.parts if at < p.at <= at + 3]
    return any(seen.tokens.within(k, p + 1, p + 3) for p in asked for k in ("LOWERED", "LIFT", "LEVELFUTURE", "to_lift"))


def _owns_advice(seen: Seen, part: Part) -> bool:
    """Whether a place or government stands as the owner of advice ("US travel advisory", "an advisory by Britain")."""
    after = any(seen.tokens.within(k, part.at + 1, part.at + 4) for k in _ADVICE)
    by = any(seen.tokens.within(k, part.at - 2, part.at - 1) for k in ("by", "from"))
    return after or (by and any(seen.tokens.within(k, part.at - 6, part.at - 1) for k in _ADVICE)) or part.kind is PlaceKind.GOVERNMENT
