"""Places beside each other: those in a row play one part, and one that only says what another does is not the one who acts."""

from __future__ import annotations

from monitor.knowledge import doers, ways
from monitor.knowledge.places import PlaceKind
from monitor.knowledge.role import Part, Role
from monitor.knowledge.tokens import Tokens


def _same_row(tokens: Tokens, part: Part, last: Part, found: list[Part]) -> bool:
    """Whether only adjectives of nations and commas stand from one adjective to another ("Armenian, Georgian and X nationals")."""
    between = tokens.items[part.at + 1 : last.at]
    alike = {p.at for p in found if p.kind is PlaceKind.DEMONYM}
    return part.kind is PlaceKind.DEMONYM and all("JOIN" in t.classes or part.at + 1 + k in alike for k, t in enumerate(between))


def reported(tokens: Tokens, found: list[Part]) -> list[Part]:
    """A country that only says what another one does is not the one who acts ("X says Y will reopen its embassy")."""
    out = list(found)
    for n in range(1, len(out)):
        one, two = out[n - 1], out[n]
        both = one.role is Role.ISSUER and two.role is Role.ISSUER and one.codes != two.codes
        if both and doers.says_of(tokens, one.at, two.at):
            out[n - 1] = Part(one.at, Role.WEAK, one.codes, one.kind)
    return out


_WITHIN = 3
"""How far apart the names of a comparison stand at most ("comme les X et le Y")."""


def compared(tokens: Tokens, found: list[Part]) -> list[Part]:
    """Countries that another one only does like ("like X and Y, Z tells its people to go") do not act, where somebody else does."""
    like = {n for at in tokens.index.get("LIKE", ()) if not _examples(tokens, at) for n in _likened(tokens, at, found)}
    acting = {c for n, p in enumerate(found) if n not in like and p.role is Role.ISSUER for c in p.codes}
    if like and not acting:
        acting, found = _named_behind(found, max(like))
    if not acting:
        return found
    drop = {n for n in like if not acting.intersection(found[n].codes) and found[n].role is not Role.PEOPLE}
    return [Part(p.at, Role.OTHER, p.codes, p.kind) if n in drop else p for n, p in enumerate(found)]


def _named_behind(found: list[Part], last: int) -> tuple[set[str], list[Part]]:
    """Makes the country that follows the verb after a comparison the one who acts ("wie X und Y ruft Z seine Bürger ...")."""
    if last + 1 >= len(found) or found[last + 1].role is not Role.WEAK:
        return set(), found
    actor = found[last + 1]
    return set(actor.codes), [*found[: last + 1], Part(actor.at, Role.ISSUER, actor.codes, actor.kind), *found[last + 2 :]]


def _examples(tokens: Tokens, at: int) -> bool:
    """Whether a word of comparison gives examples of where people are or should not go ("in countries like X and Y")."""
    return at > 0 and tokens.within("LANDS", at - 1, at - 1) and any(tokens.within(p, at - 4, at - 1) for p in ("P_IN", "P_TO", "P_FROM"))


def _likened(tokens: Tokens, at: int, found: list[Part]) -> list[int]:
    """The places of the row that follows a word of comparison, up to the one that its "and" brings."""
    out: list[int] = []
    last, closed = at, False
    for n, part in enumerate(found):
        if part.at <= at:
            continue
        between = tokens.items[last + 1 : part.at]
        joined = any("JOIN" in t.classes and t.text != "," for t in between)
        if closed or len(between) > _WITHIN or (out and not joined):
            break
        out.append(n)
        last, closed = part.at, joined
    return out


def aside(tokens: Tokens, found: list[Part]) -> list[Part]:
    """Takes out of play a state whose example another follows, and the host of a mission that advises on a third country."""
    return [Part(p.at, Role.OTHER, p.codes, p.kind) if _example(tokens, p) or _host(tokens, p, found) else p for p in found]


def _example(tokens: Tokens, part: Part) -> bool:
    """Whether another state does what this one did before ("X follows Y in closing its embassy")."""
    led = tokens.within("AFTERWHOM", part.at - 1, part.at - 1) and tokens.within("in", part.at + 1, part.at + 1)
    return part.at > 1 and part.role is Role.ISSUER and led


def _host(tokens: Tokens, part: Part, found: list[Part]) -> bool:
    """Whether a mission only sits there while it advises on journeys elsewhere ("the X embassy in Y tells citizens not to go to Z")."""
    sits = part.at > 2 and tokens.within("P_IN", part.at - 1, part.at - 1) and tokens.within("EMBASSY", part.at - 2, part.at - 2)
    if not sits or part.role is not Role.TARGET:
        return False
    later = (p.at for p in found if p.role is Role.TARGET and p.at > part.at and p.codes != part.codes)
    return any(tokens.within("P_TO", at - 1, at - 1) and any(tokens.within(k, part.at, at) for k in _JOURNEYS) for at in later)


_JOURNEYS = ("TRAVEL", "AVOIDTRAVEL", "NOTRAVEL", "AVOIDVERB")


def chained(tokens: Tokens, found: list[Part]) -> list[Part]:
    """Places in a row ("X, Y and Z") play one part: that of the first, or of the last when it alone is told."""
    out = list(found)
    for n in range(1, len(out)):
        one, two = out[n - 1], out[n]
        between = tokens.items[one.at + 1 : two.at]
        marks = one.kind is PlaceKind.GOVERNMENT and between and "SUBJECTVERB" in between[0].classes  # "米、X": the comma marks who acts
        after = one.at > 0 and "CLAUSE" in tokens.items[one.at - 1].classes and len(between) == 1 and between[0].text == ","
        if marks or after or not (ways.in_a_row(between) or ways.goes_on_listing(tokens, one.at, two.at)):
            continue
        owner = any(p.role in (Role.ISSUER, Role.PEOPLE) for p in out[: n - 1])
        if two.role is Role.ISSUER and one.role is Role.TARGET and owner and two.kind is not PlaceKind.GOVERNMENT:
            out[n] = Part(two.at, one.role, two.codes, two.kind)  # "US embassies in X and Y close"
        elif two.role is Role.WEAK and one.role not in (Role.WEAK, Role.PEOPLE):
            out[n] = Part(two.at, one.role, two.codes, two.kind)
        elif one.role is Role.WEAK and one.kind is two.kind is PlaceKind.DEMONYM and two.role is Role.PEOPLE:
            out = [Part(p.at, Role.PEOPLE, p.codes, p.kind) if p in out[:n] and _same_row(tokens, p, two, out) else p for p in out]
        elif one.role is Role.WEAK and (two.role is Role.ISSUER or (two.role is Role.TARGET and _told_behind(tokens, two.at))):
            _hand_back(tokens, out, n)
    for n in range(1, len(out)):
        if out[n].role is Role.TARGET and tokens.within("LISTED", out[n - 1].at, out[n].at):
            _hand_back(tokens, out, n)
    return out


def _told_behind(tokens: Tokens, at: int) -> bool:
    """Whether what follows the last place of a row tells the part of all."""
    return ways.postposed(tokens, at) or ways.left_at_the_end(tokens, at)


def _hand_back(tokens: Tokens, out: list[Part], last: int) -> None:
    """Gives the part of the last place of a row to all before it that have none of their own."""
    role = out[last].role
    for n in range(last - 1, -1, -1):
        listed = out[n].kind is PlaceKind.COUNTRY and tokens.within("LISTED", out[n].at, out[last].at)  # "X、Y及びZに": no one acts
        if not (out[n].role is Role.WEAK or listed) or not ways.in_a_row(tokens.items[out[n].at + 1 : out[n + 1].at]):
            return
        out[n] = Part(out[n].at, role, out[n].codes, out[n].kind)
