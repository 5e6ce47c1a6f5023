"""A change in the words a person reads on a lock screen, in the receiver's language; the words are data in `seeds/words/`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from ..data import folder, seed
from ..model import WORLD, Audience, Change, ChangeKind, Evidence, Reason, SignalKind, Stage, plain
from . import sign_words

Names = Callable[[str, str], str]
"""The display name of a place or issuer code in a language."""

_LEVEL_WORDS = 60
_QUOTE, _SECTION = 220, 80
_HEADLINE = 180
_AREAS, _AREA = 8, 60
_END_OF_LATIN = "\u0250"
"""A level in another script says nothing on a lock screen; the number does, and the quote below keeps the words."""
_NUMBERED = re.compile(r"^\D{0,12}\d\s*(?:/\s*\d)?\s*(?:[:–—.,)-]+\s*|$|\s+)")
_DEPARTURES = (ChangeKind.DEPARTURE_AUTHORIZED, ChangeKind.DEPARTURE_ORDERED, ChangeKind.DEPARTURE_LIFTED)
_UNSURE = (ChangeKind.REPORTED, ChangeKind.DENIED, ChangeKind.CONFIRMED, ChangeKind.REWORDED, ChangeKind.EARLY_SIGN)


def code(place: str, lang: str) -> str:
    """The code itself, for callers that have no names."""
    return place


@cache
def languages() -> tuple[str, ...]:
    """The languages there are words for."""
    return tuple(sorted(path.stem for path in (folder("seeds") / "words").glob("*.toml")))


@cache
def words(lang: str) -> Mapping[str, Mapping[str, str]]:
    """The fixed words of a language, English where it has none."""
    english: dict[str, dict[str, str]] = tomllib.loads(seed("words/en.toml").decode())
    if lang == "en" or lang not in languages():
        return english
    own: dict[str, dict[str, str]] = tomllib.loads(seed(f"words/{lang}.toml").decode())
    return {table: entries | own.get(table, {}) for table, entries in english.items()}


def headline(change: Change, lang: str = "en", names: Names = code) -> str:
    """One line: where, who, what it is now and what it was; marked when nothing official stands behind it."""
    body = _says(change, lang, names)
    if change.kind is ChangeKind.REPORTED:
        return f"{words(lang)['fixed']['unconfirmed']}: {body} ({place_name(change.place, lang, names)})"
    return body if change.kind.about_sight else f"{place_name(change.place, lang, names)}: {body}"


def joint_headline(changes: Sequence[Change], lang: str = "en", names: Names = code) -> str:
    """One line for the changes of one message, the worst first; what does not fit is counted."""
    first, *rest = _told_apart(changes)
    line, left = headline(first, lang, names), len(rest)
    for change in rest:
        longer = f"{line}; {_says(change, lang, names)}"
        if len(longer) > _HEADLINE:
            break
        line, left = longer, left - 1
    return f"{line}; {words(lang)['fixed']['more'].format(n=left)}" if left else line


def summary(
    changes: Sequence[Change],
    lang: str = "en",
    names: Names = code,
    *,
    zone: str = "UTC",
    watches: str = "",
    unknown: Sequence[str] = (),
) -> str:
    """A few lines below the headline: the proof, who says so and how sure, since when, and whom it concerns (`watches`, in words)."""
    fixed = words(lang)["fixed"]
    lines = [_says(c, lang, names) for c in changes] if len(changes) > 1 else []
    quotes = dict.fromkeys(_quoted(e) for c in changes for e in c.evidence[:2] if plain(e.quote))
    lines += list(quotes)[:2]
    lines += [sign_words.record(c, fixed) for c in changes if c.kind is ChangeKind.EARLY_SIGN]
    lines += [fixed["areas"].format(areas=_parts(c, lang)) for c in changes if c.areas]
    lines.append(_standing(changes[0], lang, names, zone))
    if watches:
        lines.append(fixed["people"].format(watches=watches))
    if unknown:
        lines.append(fixed["doubt"].format(what=", ".join(unknown)))
    return "\n".join(lines)


def _parts(change: Change, lang: str) -> str:
    """The parts of a place that are graded apart, the worst first, as many as a message has room for."""
    fixed, parts = words(lang)["fixed"], sorted(change.areas, key=lambda a: -a.level)
    named = [f"{cut(a.name, _AREA)} ({fixed['level'].format(n=a.level)})" for a in parts[:_AREAS]]
    return ", ".join([*named, *([fixed["more"].format(n=len(parts) - _AREAS)] if len(parts) > _AREAS else [])])


def _quoted(evidence: Evidence) -> str:
    section = f"{cut(evidence.section, _SECTION)}: " if evidence.section else ""
    return f"{section}“{cut(evidence.quote, _QUOTE)}”"


def place_name(place: str, lang: str, names: Names = code) -> str:
    """What a place is called; worldwide for a change that is about no single country."""
    return words(lang)["fixed"]["world"] if place in ("", WORLD) else names(place, lang)


def digest_headline(changes: Sequence[Change], lang: str, names: Names = code, key: str = "digest") -> str:
    """One line for many changes: how many, and where, the worst first."""
    places = [place_name(p, lang, names) for p in dict.fromkeys(c.place for c in worst_first(changes))]
    more = [words(lang)["fixed"]["more"].format(n=len(places) - 5)] if len(places) > 5 else []
    return words(lang)["fixed"][key].format(n=len(changes), places=", ".join(places[:5] + more))


def worst_first(changes: Sequence[Change]) -> list[Change]:
    """By severity, then certainty, otherwise as they came."""
    return sorted(changes, key=lambda c: (-c.severity.rank, -c.certainty.rank))


def cut(text: str, length: int) -> str:
    """A text on one line, no longer than this, cut between words."""
    line = plain(text)
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0].rstrip(",;:.– ") + "…"


def stamp(at: datetime, zone: str = "UTC") -> str:
    """A time for people: UTC, and theirs when they live elsewhere."""
    utc = f"{at:%Y-%m-%d %H:%M} UTC"
    return utc if zone == "UTC" else f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z} ({at:%H:%M} UTC)"


# --- parts of a sentence ---------------------------------------------------------------------------------------------


def _says(change: Change, lang: str, names: Names) -> str:
    """The sentence without the place."""
    say = words(lang)["say"]
    sentence = next((say[key] for key in _keys(change) if key in say), say["reworded"])
    filled = sentence.format(
        issuer=issuer_name(change.issuer, lang, names),
        level=_level(change, lang),
        who=_who(change, lang),
        act=_act(change, lang),
        source=cut(change.source, 60),
        **sign_words.parts(change, words(lang)["fixed"], lambda code: names(code, lang)),
    )
    line = filled[0].upper() + filled[1:] if not change.kind.about_sight else filled
    return line + _was(change, lang)


def _keys(change: Change) -> tuple[str, ...]:
    """From the most particular sentence to the general one."""
    kind, stage = change.kind, change.stage.value if change.stage else ""
    if kind is ChangeKind.LEVEL_RAISED and change.before is None:
        return (f"{kind}/new", str(kind))
    if kind is ChangeKind.REWORDED:
        return (f"{kind}/{change.after}", str(kind))
    if kind is ChangeKind.WITHDRAWN and change.reason is Reason.RETRACTED:
        return (f"{kind}/retracted", str(kind))
    lifted = (f"{kind}/{stage}",) if change.stage is Stage.LIFTED else ()
    return (*lifted, f"{kind}/{change.after}", f"{kind}/{stage}", str(kind))


def issuer_name(issuer: str | None, lang: str, names: Names = code) -> str:
    """Who says so; a government that is not named is "a government"."""
    return names(issuer, lang) if issuer else words(lang)["fixed"]["government"]


def _level(change: Change, lang: str) -> str:
    number = words(lang)["fixed"]["level"].format(n=plain(change.after or "") or "?")
    own = _NUMBERED.sub("", plain(change.after_words.replace("_", " "))).strip(" :-–—")
    letters = [c for c in own if c.isalpha()]
    readable = letters and max(letters) < _END_OF_LATIN and own.casefold() != number.casefold()
    return f"{number}, {cut(own, _LEVEL_WORDS)}" if readable else number


def _was(change: Change, lang: str) -> str:
    fixed, before = words(lang)["fixed"], change.before
    if before is None or change.kind.about_sight or change.kind in (ChangeKind.CONFIRMED, ChangeKind.REWORDED):
        return ""
    if change.kind in (ChangeKind.LEVEL_RAISED, ChangeKind.LEVEL_LOWERED):
        return f" ({fixed['was'].format(value=fixed['level'].format(n=plain(before)))})"
    said = words(lang)["was"].get(before)
    repeated = change.kind is ChangeKind.REPORTED and change.stage is not None and before == change.stage.value
    return f" ({fixed['was_colon'].format(value=said)})" if said and not repeated else ""


def _who(change: Change, lang: str) -> str:
    table = words(lang)["who"]
    marks = (
        (Audience.GOVERNMENT_FAMILIES, "families"),
        (Audience.GOVERNMENT_STAFF, "staff"),
        (Audience.CITIZENS, "citizens"),
    )
    departure = change.kind in _DEPARTURES or _act_kind(change) in (SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE)
    about = [name for audience, name in marks if audience in change.audiences and not (departure and name == "citizens")]
    if not about:
        return table["third_country" if Audience.THIRD_COUNTRY in change.audiences else "departure" if departure else "other"]
    who = table["+".join(about)]
    return table["some"].format(who=who) if departure and "staff" in about and _part_of_staff(change) else who


def _part_of_staff(change: Change) -> bool:
    said = " ".join(e.quote for e in change.evidence).casefold()
    return any(mark in said for mark in words("en")["texts"]["some"])


def _act(change: Change, lang: str) -> str:
    acts = words(lang)["act"]
    return acts.get(_act_kind(change) or "other", acts["other"]).format(who=_who(change, lang))


def _act_kind(change: Change) -> SignalKind | None:
    """The act a report is about, or that a confirmation made official."""
    return change.reported_kind or _ACT_OF.get(ChangeKind(change.after) if change.after in set(ChangeKind) else change.kind)


def _standing(change: Change, lang: str, names: Names, zone: str) -> str:
    """Who says so, how sure it is, and since when."""
    fixed = words(lang)["fixed"]
    parts = [issuer_name(change.issuer, lang, names)] if change.issuer and change.kind not in _UNSURE[:1] else []
    parts.append(fixed["concluded"] if change.kind is ChangeKind.EARLY_SIGN else words(lang)["certain"][change.certainty])
    if change.publishers:
        parts[-1] += " " + fixed["by"].format(publishers=", ".join(cut(p, 40) for p in change.publishers[:3]))
    if change.first_reported and change.first_reported != change.at and not change.kind.about_sight:
        parts.append(fixed["first_reported"].format(time=stamp(change.first_reported, zone)))
    if change.first_reported and change.kind.about_sight:
        parts.append(fixed["seen_well"].format(time=stamp(change.first_reported, zone)))
    if change.published:
        parts.append(fixed["published"].format(time=stamp(change.published, zone)))
    parts.append(fixed["seen"].format(time=stamp(change.at, zone)))
    line = "; ".join(parts)
    return line[0].upper() + line[1:]


def _told_apart(changes: Sequence[Change]) -> list[Change]:
    """Worst first; what a confirmation repeats comes after the act itself."""
    return sorted(worst_first(changes), key=lambda c: (-c.severity.rank, c.kind in _UNSURE))


_ACT_OF: dict[ChangeKind, SignalKind] = {
    ChangeKind.LEVEL_RAISED: SignalKind.ADVISORY_LEVEL,
    ChangeKind.LEVEL_LOWERED: SignalKind.ADVISORY_LEVEL,
    ChangeKind.DEPARTURE_AUTHORIZED: SignalKind.AUTHORIZED_DEPARTURE,
    ChangeKind.DEPARTURE_ORDERED: SignalKind.ORDERED_DEPARTURE,
    ChangeKind.DEPARTURE_LIFTED: SignalKind.DEPARTURE_LIFTED,
    ChangeKind.EVACUATION: SignalKind.EVACUATION,
    ChangeKind.MISSION_SUSPENDED: SignalKind.EMBASSY_CLOSURE,
    ChangeKind.MISSION_REOPENED: SignalKind.EMBASSY_REOPENING,
    ChangeKind.LEAVE_NOW: SignalKind.LEAVE_NOW,
    ChangeKind.SHELTER_IN_PLACE: SignalKind.SHELTER_IN_PLACE,
    ChangeKind.SECURITY_ALERT: SignalKind.SECURITY_ALERT,
    ChangeKind.HEALTH_ALERT: SignalKind.HEALTH_ALERT,
    ChangeKind.TOWN_HALL: SignalKind.TOWN_HALL,
}
