"""Reads an item as a careful duty officer would: pure, the same for the same words, each conclusion with its proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from monitor.knowledge import footing, homeland, noted, notices, reactions, verdict, where
from monitor.knowledge.choice import LIVE, Choice, rank
from monitor.knowledge.conclude import conclude, silent
from monitor.knowledge.findings import look
from monitor.knowledge.levels import scheme_of
from monitor.knowledge.roles import Role
from monitor.knowledge.rules import language
from monitor.knowledge.screen import screen
from monitor.knowledge.seen import Seen, Setting
from monitor.knowledge.standing import notice_level, page_level, page_places
from monitor.knowledge.text import Sentence, Zone, running, sentences
from monitor.knowledge.weight import certainty_of
from monitor.model import (
    Audience,
    Authority,
    Item,
    Nature,
    Reading,
    SignalKind,
    Stage,
)


def read(item: Item, *, today: date | None = None) -> Reading:
    """What an item says.

    `places`, `issuer`, `level` and `authority` of the item are taken as given where they are set; the text supplies the
    rest. A source that speaks for no government is read as press, whatever it calls itself. Ages are judged from
    `item.published`, or `today` when it is absent; without both no act is called old.
    """
    day = item.published.date() if item.published else today
    official = item.authority is Authority.OFFICIAL and item.issuer is not None
    setting = Setting(language(item.lang), day, official, item.issuer, standing=official and item.nature is Nature.PAGE)
    page = item.nature is Nature.PAGE and official
    if not page and _says_nothing(item, setting):
        return silent(certainty_of(item, None, ()))
    found = [s for s in sentences(item.title, item.text, setting.language.layout) if _worth_reading(s, setting)]
    if page:
        return _page(item, setting, _look_at_all(found, setting))
    hints = _look_where_it_may_matter(found, setting)
    if not any(seen.findings or seen.changes for seen in hints):
        stated = any(seen.stated for seen in hints)
        return conclude(item, setting, hints if stated else [], None, (), None, None, "")
    return _notice(item, setting, _look_at_all(found, setting))


def _says_nothing(item: Item, setting: Setting) -> bool:
    """Whether no rule for an act or a change could match anywhere in the words, told before they are made into sentences."""
    words = running(item.title, item.text)
    return words is not None and not screen(setting.language.lang).any(words)


def _look_where_it_may_matter(worth: list[Sentence], setting: Setting) -> list[Seen]:
    """The sentences in which a rule could match, and the title: without an act in one of them the item says nothing."""
    able = screen(setting.language.lang)
    some = [s for s in worth if able.rules(s.text)]
    title = [s for s in worth if s.zone is Zone.TITLE and some and s is not some[0]]
    return _look_at_all([*title, *some], setting)


def _look_at_all(worth: list[Sentence], setting: Setting) -> list[Seen]:
    title: Seen | None = None
    seen: list[Seen] = []
    for sentence in worth:
        found = look(sentence, setting, title, seen[-1] if seen else None)
        if sentence.zone is Zone.TITLE:
            title = found
        seen.append(found)
    if title is not None:
        _lend_actor(title, seen, setting)
        _take_back(title, [s for s in seen if s.sentence.zone is Zone.LEAD][:2])
    return seen


def _lend_actor(title: Seen, seen: list[Seen], setting: Setting) -> None:
    """Gives a headline that names no government the one that does the same act in the text ("Travel advisories reissued for X")."""
    mute = {rule for rule, why in title.rejected if why == "no_government"}
    if title.findings or not mute:
        return
    told = next((s for s in seen if s is not title and any(f.rule.name in mute for f in s.findings)), None)
    if told is not None:
        title.findings = [f for f in look(title.sentence, setting, told).findings if f.rule.name in mute]
        title.findings = [replace(f, seen=title) for f in title.findings]


def _take_back(title: Seen, first: list[Seen]) -> None:
    """Takes from a headline what the first sentences explain otherwise: a mission closed for a holiday, envoys who were expelled."""
    holiday = any(s.tokens.has("HOLIDAY") and SignalKind.EMBASSY_CLOSURE.value in s.vetoed for s in first)
    expelled = any(s.tokens.has("EXPEL") and s.tokens.has("ENVOYS") for s in first)
    rehoused = any(s.tokens.has("NEWPREMISES") and not s.tokens.has("PERIL") for s in first[:1])
    gone = {SignalKind.EMBASSY_CLOSURE} if holiday or rehoused else set()
    gone |= {SignalKind.ORDERED_DEPARTURE} if expelled else set()
    deported = any(s.tokens.has("DEPORT") for s in first) and not any(title.tokens.has(k) for k in ("NATIONALS", "OWN", "ENVOYS"))
    gone |= {SignalKind.EVACUATION} if deported else set()
    framed = {kind for s in first[:1] for kind in s.framed}
    title.findings = [f for f in title.findings if f.kind not in gone and f.kind.value not in framed]


def _worth_reading(sentence: Sentence, setting: Setting) -> bool:
    told = setting.official and not setting.standing and sentence.index <= _FAR
    return sentence.zone is not Zone.BODY or told or setting.language.may_speak(sentence.text)


_FAR = 16
"""How far down a government's notice is read in full: it may open with greetings and ground rules."""


# --- standing pages --------------------------------------------------------------------------------------------------


def _page(item: Item, setting: Setting, seen: list[Seen]) -> Reading:
    places = item.places or page_places(seen, item.issuer)
    issuer = item.issuer
    scheme = item.level_scheme or scheme_of(issuer)
    level = item.level if item.level is not None else page_level(item, scheme, seen, places)
    if scheme == "cdc":
        return _health_page(item, setting, seen, places)
    choice = noted.of_page(seen, setting.today, notes_first=setting.language.notes_first)
    if choice and choice.kind is SignalKind.EMBASSY_CLOSURE and choice.stage is Stage.ANNOUNCED:
        choice = replace(choice, stage=Stage.IN_EFFECT)
    if choice and choice.rule == "note-security" and scheme == "ie" and (level or 0) >= 3:
        choice = replace(choice, kind=SignalKind.ADVISORY_LEVEL)
    if choice and level is not None and scheme == "us" and choice.rule == "outbreak-notice":
        choice = replace(choice, kind=SignalKind.ADVISORY_LEVEL)  # a bare statement: the level ranks before the hazard
    if choice is None and seen and (places or level is not None) and not _tells_of_something_else(seen[0], item):
        choice = Choice(_subject_of_page(seen[:2], level), Stage.IN_EFFECT, seen[0], "page")
    return conclude(item, setting, seen, choice, places, issuer, level, scheme)


_PAGE_WORDS = ("ADVICE", "LEVELWORD", "TRAVELALERT", "ENTRYNOTE", "HAZARD", "DISEASE", "NOTICEWORD", "CARE", "TRAVEL")
"""What the title of a page of advice may speak of beside its place."""

_LONG_TITLE = 3


def _tells_of_something_else(title: Seen, item: Item) -> bool:
    """Whether a title that opens with a place as those of pages do goes on with a subject of its own ("Mali - arrest of ...")."""
    words = [t for t in title.tokens.items if t.mention is None and t.text.isalpha()]
    return item.lang != "en" and len(words) >= _LONG_TITLE and not any(title.tokens.has(k) for k in _PAGE_WORDS)


def _subject_of_page(opening: list[Seen], level: int | None) -> SignalKind:
    """What a page that states no act is about: its level, or the disease or hazard that title or first sentence names, or nothing new."""
    if level is not None:
        return SignalKind.ADVISORY_LEVEL
    told = [s.tokens for s in opening if not s.sentence.standing and s.sentence.index <= 0 and not s.tokens.has("ENTRYNOTE")]
    if any(t.has("DISEASE") for t in told):
        return SignalKind.HEALTH_ALERT
    return SignalKind.SECURITY_ALERT if any(t.has("HAZARD") for t in told) else SignalKind.NO_CHANGE


def _health_page(item: Item, setting: Setting, seen: list[Seen], places: tuple[str, ...]) -> Reading:
    """A register of disease notices: its levels are no safety levels, each item is a health alert."""
    for found in seen:
        found.findings = [f for f in found.findings if f.kind is SignalKind.HEALTH_ALERT]
        found.changes = []
    choice = Choice(SignalKind.HEALTH_ALERT, Stage.IN_EFFECT, seen[0], "health-register") if seen else None
    return conclude(item, setting, seen, choice, places, item.issuer, None, "")


# --- notices and reports ---------------------------------------------------------------------------------------------


def _notice(item: Item, setting: Setting, seen: list[Seen]) -> Reading:
    choice = notices.of_official_notice(seen, setting.today) if setting.official else notices.of_notice(seen)
    if choice and (_opinion(choice, seen, setting) or _remembered(choice, seen, setting)):
        choice = None
    issuers = (item.issuer,) if item.issuer else verdict.issuers_of(seen, choice) or _at_home_in(setting.language.home, choice, seen)
    calls = choice is not None and any(
        Audience.THIRD_COUNTRY in f.audiences and f.kind is SignalKind.LEAVE_NOW for f in choice.seen.findings
    )
    places = item.places or where.places_of(seen, choice, () if calls else issuers, official=setting.official)
    if choice and (answered := reactions.of(choice, seen) or reactions.of_departure(choice, seen)):
        issuers, places = answered.issuers, answered.places
        choice = choice if choice.stage is Stage.LIFTED and answered.glad else replace(choice, stage=Stage.IN_EFFECT)
    if not places and choice and ((choice.kind is SignalKind.EMBASSY_REOPENING and len(issuers) > 1) or (calls and len(issuers) == 1)):
        places = issuers  # a host that tells foreigners to go and names no other place means its own
    host = tuple(c for name, value in item.labels if name == "host" for c in value.split(",") if c and c != item.issuer)
    here = any(set(host) & set(s.aims()) for s in seen if s.sentence.zone is Zone.LEAD)
    if choice and (here or not _worldwide(seen)) and (not places or _leads_out_of(host, places, seen)):
        places = host
    unfounded = homeland.at_home, footing.lacks
    if choice and not setting.official and any(lacking(choice, seen, issuers, places) for lacking in unfounded):
        choice = None
    issuer = issuers[0] if len(issuers) == 1 else None
    scheme = item.level_scheme or scheme_of(issuer)
    level = item.level if item.level is not None else notice_level(seen, scheme, setting, places) if choice else None
    return conclude(item, setting, seen, choice, places, issuer, level, scheme)


def _worldwide(seen: list[Seen]) -> bool:
    """Whether a notice says in its headline that it is for everywhere, so that it is not for the country of the mission that relays it."""
    return any(s.tokens.has("WORLDWIDE") and not s.aims() for s in seen if s.sentence.zone is Zone.TITLE)


def _leads_out_of(host: tuple[str, ...], places: tuple[str, ...], seen: list[Seen]) -> bool:
    """Whether a mission's notice names only places elsewhere in its headline while its text speaks of the mission's own country."""
    title = any(s.aims() or s.named() for s in seen if s.sentence.zone is Zone.TITLE)
    told = any(set(host) & set(s.aims()) for s in seen if s.sentence.zone is Zone.LEAD)
    return bool(host) and not set(host) & set(places) and (told or not title)


def _at_home_in(home: str, choice: Choice | None, seen: list[Seen]) -> tuple[str, ...]:
    """The government of a language's own country where a report speaks of "the ministry" or "the cabinet" and names none."""
    top = [s for s in seen if s.sentence.zone is Zone.TITLE or (choice is not None and s is choice.seen) or s.sentence.index == 0]
    meant = choice is not None and any(s.tokens.has(k) for s in top for k in ("GOVWORD", "HOMEPEOPLE"))
    return (home,) if home and meant and not any(home in s.roles(Role.TARGET) for s in top) else ()


def _opinion(choice: Choice, seen: list[Seen], setting: Setting) -> bool:
    """Whether a headline marks a piece of opinion, or an official's speech, that states no act itself."""
    if choice.seen.sentence.zone is Zone.TITLE or not seen:
        return False
    if not setting.official and seen[0].sentence.zone is Zone.TITLE and seen[0].tokens.has("MEDIA"):
        return True
    digest = seen[0].tokens.has("LIVEBLOG") or seen[0].sentence.text.lower().startswith("live")
    if setting.official and _told_at_once(choice, seen):
        return False
    return seen[0].tokens.has("SPEECH" if setting.official else "OPINION") or (digest and choice.seen.sentence.index > 0)


def _told_at_once(choice: Choice, seen: list[Seen]) -> bool:
    """Whether a minister who speaks of a mission or a place opens with what was decided about it."""
    decided = rank(choice.kind) <= rank(SignalKind.LEAVE_NOW) and choice.stage in LIVE
    if choice.rule == "own-craft-goes" and choice.seen.sentence.zone is Zone.LEAD:
        return True
    return decided and choice.seen.sentence.zone is Zone.LEAD and bool(seen[0].tokens.has("EMBASSY") or seen[0].aims())


def _remembered(choice: Choice, seen: list[Seen], setting: Setting) -> bool:
    """Whether a headline only names an operation by its place and the text begins by looking back."""
    first = next((s for s in seen if s.sentence.index == 0), None)
    if not setting.official and choice.seen.sentence.zone is not Zone.TITLE and seen[0].tokens.has("ANNIVERSARY"):
        return choice.kind not in (SignalKind.EMBASSY_REOPENING, SignalKind.DEPARTURE_LIFTED, SignalKind.ADVISORY_LEVEL)
    told = choice.seen.sentence.index > 0 and choice.seen.sentence.zone is not Zone.TITLE and first is not None
    if not setting.official and told and seen[0].tokens.has("LOOKBACK") and first is not None and first.tokens.has("LOOKBACK"):
        return True
    return not setting.official and choice.rule == "place-evacuation" and first is not None and first.tokens.has("LOOKBACK")
