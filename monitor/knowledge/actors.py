"""Whether a match has the government it needs, and whether that government may do such a thing."""

from __future__ import annotations

from monitor.knowledge.places import PlaceKind
from monitor.knowledge.roles import Part, Role
from monitor.knowledge.rules import Rule
from monitor.knowledge.seen import Seen, Setting
from monitor.knowledge.sweep import Match
from monitor.knowledge.tokens import Token, Tokens
from monitor.model import SignalKind

_OWNED = frozenset({"EMBASSY", "ENVOYS", "STAFF"})

_APOSTROPHE = str.maketrans({"\u2019": "'"})

_POSTS = frozenset(
    {SignalKind.EMBASSY_CLOSURE, SignalKind.EMBASSY_REOPENING, SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE}
)

_OF_OTHERS = _POSTS | {SignalKind.SHELTER_IN_PLACE}
"""Acts of which a page passes on what other states do."""


def of_another_state(rule: Rule, match: Match, seen: Seen, setting: Setting) -> bool:
    """Whether an official side speaks of another government's mission or staff ("the closure of the Afghan embassy")."""
    if setting.issuer is None:
        guests = _closes_guests(match, seen) or (rule.kind == SignalKind.LEAVE_NOW and _strangers(match, seen))
        warned = rule.kind != SignalKind.EMBASSY_CLOSURE and _points_away(match, seen)
        return rule.kind in _SENT_OFF and ((guests and not warned) or _order_on_own(match, seen))
    if setting.standing and rule.kind in _OF_OTHERS and _relayed(match, seen, setting.issuer):
        return True
    if rule.kind not in _POSTS:
        return False
    if seen.tokens.has("RELAYED") and _told_by_another(match, seen, setting.issuer):
        return True
    owners = [p for p in seen.parts if p.role is Role.ISSUER and match.first < p.at <= match.last]
    owners = [p for p in owners if p.at + 1 < len(seen.tokens.items) and seen.tokens.items[p.at + 1].classes & _OWNED]
    return bool(owners) and all(setting.issuer not in p.codes for p in owners)


def _relayed(match: Match, seen: Seen, issuer: str) -> bool:
    """Whether a page tells what another state's mission or authorities do or say ("the Danish embassy told its staff to stay in")."""
    items = seen.tokens.items
    spoken = [p for p in seen.parts if p.at < match.last and p.at + 1 < len(items) and p.kind in (PlaceKind.COUNTRY, PlaceKind.DEMONYM)]
    others = [p for p in spoken if items[p.at + 1].classes & {"EMBASSY", "GOVWORD"} and issuer not in p.codes]
    return bool(others) and not any(issuer in p.codes for p in seen.parts)


def _told_by_another(match: Match, seen: Seen, issuer: str) -> bool:
    """Whether a notice only passes on what another state's mission says of itself ("according to the embassy of X it stays shut")."""
    speakers = {c for p in seen.parts if p.role is Role.ISSUER and p.at <= match.first for c in p.codes}
    return bool(speakers) and issuer not in speakers


_SENT_OFF = frozenset({SignalKind.EMBASSY_CLOSURE, SignalKind.ORDERED_DEPARTURE, SignalKind.LEAVE_NOW})
"""Acts that a host does to the missions and envoys of others, with the words a government uses for its own."""


def _points_away(match: Match, seen: Seen) -> bool:
    """Whether guests are told to leave a third country, which is a warning and no quarrel ("urges French envoys to leave X")."""
    hosts = {c for p in seen.parts if p.role in (Role.ISSUER, Role.WEAK) and p.at < match.first for c in p.codes}
    return any(p.role is Role.TARGET and p.at > match.first and not hosts.intersection(p.codes) for p in seen.parts)


def _strangers(match: Match, seen: Seen) -> bool:
    """Whether a state tells another's people to go ("Togo tells Beninese to leave"), who are then unwelcome and not warned."""
    hosts = {c for p in seen.parts if p.role is Role.ISSUER and p.at < match.first for c in p.codes}
    told = {c for p in seen.parts if p.role is Role.PEOPLE and match.first < p.at < match.last for c in p.codes}
    return bool(hosts and told) and not hosts & told


def _beside_mission(items: list[Token], at: int) -> bool:
    """Whether an adjective of a nation stands with the word for a mission, before it or after it ("l'ambassade russe")."""
    return any(t.classes & {"MISSION", "ENVOYS"} for t in [*items[max(0, at - 1) : at], *items[at + 1 : at + 2]])


def _owner_of_mission(tokens: Tokens, part: Part) -> bool:
    """Whether a nation owns the mission it stands beside: by its adjective ("Iranian consulates") or a genitive ("Iran's consulates")."""
    token = tokens.items[part.at]
    owned = tokens.source[token.end : token.end + 2].translate(_APOSTROPHE) == "'s"
    before = part.role is Role.ISSUER and "CITY" not in token.classes  # "US embassy staff"
    return (owned or before or part.kind is PlaceKind.DEMONYM) and _beside_mission(tokens.items, part.at)


def _mission_of(items: list[Token], at: int) -> bool:
    """Whether a state's name follows a mission as whose it is ("l'ambassade de France")."""
    back = at - 1
    while back > 0 and items[back].classes & {"P_OF", "P_EITHER", "P_LOOSE"}:
        back -= 1
    whose = items[back - 1].classes if back > 0 else frozenset[str]()
    return at - 1 > back >= 0 and "CITY" not in items[at].classes and "MISSION" in items[back].classes and "OWNER" not in whose


def _closes_guests(match: Match, seen: Seen) -> bool:
    """Whether one state acts on the missions or envoys of another ("Oslo shuts all Iranian consulates")."""
    owners = [p for p in seen.parts if match.first < p.at <= match.last + 1 and _owner_of_mission(seen.tokens, p)]
    owners += [p for p in seen.parts if match.first < p.at <= match.last + 3 and _mission_of(seen.tokens.items, p.at)]
    owners += [p for p in seen.parts if match.first - 9 < p.at <= match.first and _told_by_host(match, seen, p)]
    if seen.tokens.has("COMPLAINT"):
        return _complained_of(match, seen, owners)
    start = max([match.first, *(p.at for p in owners)])
    hosts = {c for p in seen.parts if p.role is Role.ISSUER and p.at < start and p not in owners for c in p.codes}
    return bool(owners and hosts) and not any(hosts.intersection(p.codes) for p in owners)


def _told_by_host(match: Match, seen: Seen, owner: Part) -> bool:
    """Whether a mission that cuts its staff must do so because somebody orders it ("X orders the Y embassy to cut its staff")."""
    ordered = any(seen.tokens.within(k, max(0, owner.at - 4), owner.at - 1) for k in ("HARDORDER", "ORDER"))
    must = seen.tokens.within("OBLIGED", owner.at, match.last - 1)
    hosts = {c for p in seen.parts if p.at < owner.at for c in p.codes}
    there = owner.kind is PlaceKind.DEMONYM or any(hosts.intersection(p.codes) for p in seen.parts if p.at > owner.at)
    beside = any(seen.tokens.within(k, owner.at + 1, owner.at + 1) for k in ("MISSION", "EMBASSYISH"))
    return (ordered or must) and there and beside and not hosts.intersection(owner.codes)


def _order_on_own(match: Match, seen: Seen) -> bool:
    """Whether a state complains of an order upon its own envoys to leave the one who gave it ("X condemns the order for its diplomats").

    "Togo condemns the Danish order for its diplomats to leave Lome" is Denmark's care for its own: they leave the one who complains.
    """
    items = seen.tokens.items
    at = next((p for p in (match.first - 1, match.first - 2) if p > 0 and "COMPLAINT" in items[p].classes), None)
    ordered = "HARDORDER" in items[match.first].classes and seen.tokens.within("POSSESSIVE", match.first, match.last - 1)
    if at is None or not ordered:
        return False
    losers = {c for p in seen.parts if p.at < at for c in p.codes}
    return not any(losers.intersection(p.codes) for p in seen.parts if p.at >= match.last)


def _complained_of(match: Match, seen: Seen, owners: list[Part]) -> bool:
    """Whether a state complains that another one closes its missions; the one who complains closes nothing."""
    at = min(seen.tokens.positions(("COMPLAINT",)))
    losers = {c for p in seen.parts if p.at < at for c in p.codes}
    closers = [p for p in seen.parts if at < p.at < match.first and p not in owners]
    return bool(closers and owners) and all(losers.intersection(p.codes) for p in owners)


def _beside_firms(tokens: Tokens) -> bool:
    """Whether firms are named in one breath with governments ("governments and airlines")."""
    return any(
        tokens.within("JOIN", min(p, q) + 1, max(p, q) - 1)
        for p in tokens.index.get("COMPANY", ())
        for q in (p - 2, p + 2)
        if tokens.within("GOVWORD", q, q)
    )


def _speaks_at_home(seen: Seen) -> bool:
    """Whether the state that a sentence opens with is also where the others are told to leave ("X suggests that embassies go")."""
    host = next((p for p in seen.parts if p.at <= 1 and p.role in (Role.ISSUER, Role.WEAK) and p.kind is PlaceKind.COUNTRY), None)
    if host is None or seen.tokens.within("MISSION", host.at + 1, host.at + 1):
        return False
    return any(p.role in (Role.TARGET, Role.WEAK) and set(p.codes) & set(host.codes) for p in seen.parts if p is not host)


def has_actor(rule: Rule, seen: Seen, setting: Setting, title: Seen | None) -> bool:
    """Whether a match has the government that its rule asks for, in its sentence or in the title."""
    need = rule.actor
    both = [seen, title] if title is not None else [seen]
    acts = any(s.roles(Role.ISSUER) or any(p.kind is PlaceKind.GOVERNMENT for p in s.parts) for s in both)
    people = any(s.roles(Role.PEOPLE) for s in both)
    first = seen.tokens.items[0].classes if seen.tokens.items else frozenset()
    named = "MANYSTATES" in first or any(s.tokens.has(k) for s in both for k in ("GOVWORD", "GOV", "EMBASSYISH", "ENVOYS", "DIPFAMILIES"))
    own = any(s.tokens.has(k) for s in both for k in ("OWN", "FOREIGNERS", "ENVOYS"))
    flown = set(seen.roles(Role.DESTINATION)) - set(seen.roles(Role.TARGET)) if seen.roles(Role.TARGET) else set()
    home = bool(flown) or (seen.tokens.has("HOMECOMING") and bool(seen.roles(Role.DESTINATION)))
    if seen.tokens.has("DECOY") and not (acts or people or named):
        own = any(seen.tokens.has(k) for k in ("OWN", "ENVOYS"))  # "hotel tells foreign guests to leave after fire"
    if (
        need in ("own", "gov")
        and not _beside_firms(seen.tokens)
        and seen.tokens.has("COMPANY")
        and not (seen.roles(Role.ISSUER) or seen.tokens.has("OWN") or setting.official)
    ):
        return False
    match need:
        case "host":
            return not setting.official and _speaks_at_home(seen)
        case "issuer-press":
            return not setting.official and bool(seen.roles(Role.ISSUER))
        case "issuer":
            return setting.official or bool(seen.roles(Role.ISSUER))
        case "":
            return True
        case "own":
            return setting.official or acts or people or named or own
        case "gov":
            return setting.official or acts or named or ((people or home) and seen.tokens.has("SURELYEVAC"))
        case "mission":
            return True
        case "official":
            return setting.official or people or own or acts
        case "official-only":
            return setting.official
        case "people":
            told = ("NATIONALS", "EMBASSY", "DEMPEOPLE") if acts else ("NATIONALS", "EMBASSY")
            return setting.official or people or own or any(s.tokens.has(k) for s in both for k in told)
        case _:
            return setting.official or acts or people or named or own
