"""What part each place plays in a sentence: whose posture it is, where it applies, or neither."""

from __future__ import annotations

from monitor.knowledge import doers, origins, rows, ways
from monitor.knowledge.places import PlaceKind
from monitor.knowledge.role import Part, Role
from monitor.knowledge.tokens import Token, Tokens

__all__ = ["Part", "Role", "parts"]

_ACTORS = frozenset({"GOVWORD", "EMBASSY", "ENVOYS", "DIPFAMILIES", "STAFF", "FAMILIES", "GOV"})
_ACTS = frozenset({
    "ORDER", "URGE", "EVAC", "WITHDRAW", "CLOSE", "REOPEN", "CONSIDER", "FUTURE",
    "PLANS", "AUTHORIZE", "DENY", "LIFT", "SUBJECTVERB", "RELOCATE", "NOMOREPLANS",
})  # fmt: skip
_MOVES = ("EVAC", "FLIGHTS", "LEAVE", "WITHDRAW", "GONE")
_POSTED = frozenset({"EMBASSY", "ENVOYS", "DIPFAMILIES", "STAFF", "FAMILIES"})
_NO_VERB = frozenset({"PLACE", "DEMONYM", "JOIN", "BREAK", "P_IN", "P_FROM", "P_TO", "P_OF", "P_OTHER", "EMBASSY"})

_NOT_TO_DO = frozenset({"PLACE", "DEMONYM", "P_LOOSE", "REGION", "NAME"})
_ADVICE = frozenset({"ADVICE", "NOTICEWORD"})
"""Advice named after the one who gives it, where the place it is for follows ("US travel warning for Kenya")."""

_GOING_THERE = ("TRAVEL", "AVOIDTRAVEL", "NOTRAVEL", "ADVICE", "NOTICEWORD", "AVOIDVERB", "TRAVELALERT")
"""Words of journeys and of advice on them, after which "to" leads to the place that the advice is for."""

_GO = frozenset({"LEAVE", "LEAVEVERB", "AVOIDVERB", "EVAC"})
_NO_PLACE = frozenset({PlaceKind.OTHER, PlaceKind.REGION})


def parts(tokens: Tokens) -> list[Part]:
    """The role of every place in a sentence, in order."""
    found: list[Part] = []
    for at, token in enumerate(tokens.items):
        mention = token.mention
        if mention is None or not mention.codes or mention.kind in _NO_PLACE or "BOUND" in token.classes:
            continue
        found.append(Part(at, _role(tokens, at, token, found), mention.codes, mention.kind))
    return rows.compared(tokens, rows.reported(tokens, rows.aside(tokens, rows.chained(tokens, _speaker(tokens, found)))))


def _role(tokens: Tokens, at: int, token: Token, before: list[Part]) -> Role:
    assert token.mention is not None
    items = tokens.items
    follow = items[at + 1].classes if at + 1 < len(items) else frozenset()
    later = items[at + 2].classes if at + 2 < len(items) else frozenset()
    if "DOER" in token.classes:
        return Role.ISSUER
    if at == 0 and ways.dated_from(items):
        return Role.OTHER
    match token.mention.kind:
        case PlaceKind.GOVERNMENT:
            return Role.ISSUER
        case PlaceKind.DEMONYM:
            if tokens.subject_first and at > 0 and "NATIONALS" in items[at - 1].classes and "NATIONALS" not in token.classes:
                return Role.PEOPLE  # "ressortissants marocains"
            after_noun = tokens.subject_first and at > 0 and bool(items[at - 1].classes & _ACTORS)
            return Role.ISSUER if after_noun and "NATIONALS" not in token.classes else _demonym(token, follow, later)
        case _:
            return _place(tokens, at, token, follow, later, before)


def _demonym(token: Token, follow: frozenset[str], later: frozenset[str]) -> Role:
    if "LOCALS" in token.classes or "BORDER" in follow:
        return Role.OTHER
    if "NATIONALS" in token.classes or "NATIONALS" in follow or "DEMPEOPLE" in follow:
        return Role.PEOPLE
    if (
        follow & (_ACTORS | {"FLIGHTS", "EVAC", "MISSION", "PLANS"})
        or ("CRAFT" in follow and (later & {"EVAC", "CARRY", "ONWAY"} or "STATELY" in follow))
        or (later & _ACTORS and "BREAK" not in follow)
        or ("EMBASSYISH" in follow and "URGE" in later)  # "the X mission tells"
    ):
        return Role.ISSUER
    if later & {"NATIONALS", "DEMPEOPLE"}:
        return Role.PEOPLE
    return Role.ISSUER if "ADVICE" in follow else Role.WEAK


def _place(tokens: Tokens, at: int, token: Token, follow: frozenset[str], later: frozenset[str], before: list[Part]) -> Role:
    items = tokens.items
    lead = at - 1
    while lead >= 0 and "P_LOOSE" in items[lead].classes and lead > at - 4:
        lead -= 1
    ahead = items[lead].classes if lead >= 0 else frozenset()
    city = "CITY" in token.classes
    if "POSSESSIVE" in token.classes and at > 0 and (whose := _whose(items[at - 1].classes)):
        return whose
    if follow & _ADVICE and not any(p.role is Role.ISSUER for p in before) and ways.advice_of_another(tokens, at):
        return Role.ISSUER
    if origins.came_from_elsewhere(tokens, at):
        return Role.DESTINATION
    if origins.struck(tokens, at) or ways.advised_on(tokens, at) or (city and ways.post_in(tokens, at, lead)) or doers.hosts(tokens, at):
        return Role.TARGET
    if "EVACUEES" in follow and "SUBJECTVERB" not in follow and "ARRIVE" not in ahead:
        return Role.TARGET
    gate = items[lead].text in ("of", "at") and "EMBASSY" in follow and not city  # "the gate of the US embassy"
    if (
        gate
        or doers.done_by(tokens, lead)
        or doers.speaks_on(tokens, at)
        or doers.many_missions(tokens, lead, at)
        or doers.among_states(tokens, at)
    ):
        return Role.ISSUER
    if doers.spoken_of(tokens, lead):
        return Role.TARGET
    if doers.helps(items, lead):
        return Role.OTHER
    if "NATIONALS" in follow and items[at + 1].mention is None and not city and not ahead & {"P_IN", "P_FROM"}:
        return Role.PEOPLE  # "flight of UK nationals"
    posted = "ENVOYS_AT" in follow and (tokens.has("GOV") or any(p.role is Role.ISSUER for p in before))
    if posted or ways.headed_by(tokens, at) or ways.of_countries(items, lead):
        return Role.TARGET
    if "LOCATES" in follow:
        if "NEWOFFICE" in follow | later:
            return Role.DESTINATION  # "a temporary office in X"
        return Role.DESTINATION if "TOWARD" in follow and _left_another(tokens, before) else Role.TARGET
    if ways.fetched_there(tokens, lead, at) or ways.planned_for(tokens, lead):
        return Role.TARGET
    if "ARRIVE" in ahead or (lead > 0 and ahead & {"P_IN", "P_TO"} and "ARRIVE" in items[lead - 1].classes):
        return Role.DESTINATION
    if "P_IN" in ahead and lead > 0 and items[lead - 1].classes & {"READY", "CONSIDER"} and tokens.within("CRAFT", 0, lead):
        return Role.OTHER  # where they wait
    if "P_IN" in ahead and lead > 0 and "NIGHT" in items[lead - 1].classes:
        return Role.DESTINATION
    if "P_BASED" in ahead and tokens.has("EMBASSY") and not any(tokens.has(k) for k in _MOVES):
        return Role.OTHER  # "the embassy works from X"
    if "P_FROM" in ahead and ways.comes_of(items, lead):
        return Role.OTHER
    if "P_IN" in ahead and lead > 0 and "SEATED" in items[lead - 1].classes and token.mention and token.mention.kind is PlaceKind.CAPITAL:
        return Role.ISSUER  # "das Außenministerium in Wien": where a government sits tells whose it is
    if "P_IN" in ahead or "P_FROM" in ahead or items[lead].text == "out" if lead >= 0 else False:
        return Role.TARGET
    if "LEAVEFOR" in ahead or ("EVAC" in ahead and items[lead].text.endswith(" to")):  # "flown to X"
        return Role.DESTINATION
    if ahead & _GO or ways.left_at_the_end(tokens, at):
        return Role.TARGET
    if "P_TO" in ahead:
        return _towards(tokens, lead, at)
    if "P_OF" in ahead:
        return _of(items, lead, city=city, acted=any(p.role is Role.ISSUER for p in before) or _moved_by(tokens, lead))
    if "EMBASSY" in ahead and lead == at - 1:
        return Role.OTHER if lead > 0 and "CONTACT" in items[lead - 1].classes else Role.TARGET
    if "P_OTHER" in ahead:
        return Role.TARGET if ways.over(tokens, lead) else Role.OTHER
    if "NATIONALS" in follow and items[at + 1].mention is not None:
        return Role.WEAK  # "Peru Britons": they are there, not of there
    if not city and "NATIONALS" in follow | later and not follow & (_ACTS | {"EMBASSY", "COLON"}):
        return Role.PEOPLE
    if "MISSION" in follow or "EMBASSY" in follow:
        near = [*before[:1], *before[-1:]]
        owned = any(p.role is Role.ISSUER and p.codes != token.mention.codes for p in near) if token.mention else False
        return Role.TARGET if city or owned else Role.ISSUER
    left = ways.leaves_another(tokens, at) or any(p.role is Role.TARGET for p in before)
    if not city and (follow & {"FLIGHTS", "SURELYEVAC"} or doers.owns_act(tokens, at)) and left:
        return Role.ISSUER  # "last UK evacuation plane leaves X", "Peru's airlift from X", "stuck in X as UK flight is late"
    if not city and (follow & _ACTORS or (at == 0 and "FLIGHTS" in follow and tokens.has("P_FROM"))):
        return Role.ISSUER
    if not city and (doers.brings_home(tokens, at) or ("STATELY" in follow and doers.genitive(tokens, at))):
        return Role.ISSUER  # "Peru's navy ship", "Peru's biggest repatriation"
    if follow & {"FUTURE", "PLANS"} and not ahead & {"P_IN", "P_FROM"} and at + 1 < len(items) and items[at + 1].text.startswith("to "):
        return Role.ISSUER
    if city and follow & {"CLOSE", "REOPEN"} and tokens.has("MISSION") and not tokens.within("MISSION", at, len(items)):
        return Role.TARGET  # "embassy shut: now Amman closed too"
    if _subject(tokens, at, follow, later):
        return Role.ISSUER
    return Role.WEAK


def _whose(owned: frozenset[str]) -> Role | None:
    """What a name that means "of" is to the word before it: "Botschaft Kenias", "Bürger Kenias", "Teile Kenias"."""
    if owned & _ACTORS or "NATIONALS" in owned:
        return Role.ISSUER if owned & _ACTORS else Role.PEOPLE
    return Role.TARGET if owned & {"SUBAREA", "P_LOOSE", "WHOLE"} else None


def _moved_by(tokens: Tokens, lead: int) -> bool:
    """Whether forces or offices that fetch people are named, other than the one whose owner stands here ("embassy of X")."""
    return any(p != lead - 1 for p in tokens.index.get("EVACACTOR", ()))


def _left_another(tokens: Tokens, before: list[Part]) -> bool:
    """Whether people are moved and the place they leave has been named, so that the next place is where they go."""
    return bool({p.role for p in before} & {Role.TARGET, Role.WEAK}) and (tokens.has("FLIGHTS") or tokens.has("EVAC"))


def _towards(tokens: Tokens, lead: int, at: int) -> Role:
    """What follows "to": where people should not go, where craft are sent for them, or where they are taken."""
    first = max(0, lead - 6)
    if ways.sent_for_people(tokens, lead, at):
        return Role.TARGET
    if any(tokens.within(key, first, lead) for key in _GOING_THERE):
        return Role.TARGET
    if any(tokens.within(key, 0, lead) for key in ("EVAC", "FLIGHTS", "CRAFT", "P_FROM", "LEAVE", "WITHDRAW", "RELOCATE")):
        return Role.DESTINATION
    return Role.WEAK


def _of(items: list[Token], lead: int, *, city: bool, acted: bool) -> Role:
    """What follows "of": whose it is; in languages where the word means "from" as well, also where somebody's staff is taken from."""
    owner = items[lead - 1].classes if lead > 0 else frozenset()
    if "COUNTRYNOUN" in owner:
        return Role.TARGET  # "the nations of X, Y and Z"
    if "out" in items[lead].classes or (lead > 0 and items[lead - 1].text == "out"):
        return Role.TARGET
    if "NATIONALS" in owner:
        named = items[lead - 1].mention is not None  # a nation's people are no other nation's
        fetched = "P_EITHER" in items[lead].classes and (named or (acted and "OWN" in owner))
        return Role.TARGET if fetched else Role.PEOPLE
    if "WATERS" in owner:
        return Role.OTHER
    theirs = lead > 1 and "OWNER" in items[lead - 2].classes  # "ses salariés du X": whose they are is said before
    if "P_EITHER" in items[lead].classes and owner & _POSTED and (city or acted or theirs):
        return Role.TARGET
    if owner & (_ACTORS | {"KINGDOM"}):
        return Role.ISSUER
    return Role.TARGET


def _subject(tokens: Tokens, at: int, follow: frozenset[str], later: frozenset[str]) -> bool:
    """Whether a country or capital stands where the one who acts stands: at a clause's start, before a verb."""
    items = tokens.items
    while at > 0 and "P_LOOSE" in items[at - 1].classes:
        at -= 1
    if not ways.opens(tokens, at):
        return False
    if items[at + 1 : at + 2] and items[at + 1].text == "to" and not later & _NOT_TO_DO:
        return True  # "Japan to fly ..."
    if at > 1 and items[at - 1].text in {",", "and", "or"} and "PLACE" in items[at - 2].classes and not follow & _ACTS:
        return False
    if follow & {"TOPIC", "COLON"} or ways.emptied(tokens, at) or ways.headed_by(tokens, at):
        return False
    if tokens.subject_first and "TOPIC" not in follow and not follow & _NO_VERB and at + 1 < len(items):
        return True
    return bool((follow | later) & _ACTS) or doers.one_of_doers(tokens, at) or (at == 0 and bool(follow & {"JOIN", "NATIONALS"}))


def _speaker(tokens: Tokens, found: list[Part]) -> list[Part]:
    """Makes a country before a colon the one who speaks of another place ("Belgium: no evacuation of nationals from X")."""
    left = (p for p in found if (p.role is Role.TARGET and ways.left(tokens, p.at)) or (p.at > 0 and ways.emptied(tokens, p.at)))
    aims = [p.codes for p in left]
    alone = bool(aims) and {p.role for p in found} <= {Role.WEAK, Role.TARGET, Role.DESTINATION}
    if not alone or found[0].role is not Role.WEAK or found[0].codes in aims or not ways.heads(tokens, found[0].at):
        return found
    return [Part(0, Role.ISSUER, found[0].codes, found[0].kind), *found[1:]]
