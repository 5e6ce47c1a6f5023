"""What single sentences state: rules matched, their stage, people, dates and places resolved, look-alikes rejected."""

from __future__ import annotations

from dataclasses import replace

from monitor.knowledge.actors import has_actor, of_another_state
from monitor.knowledge.force import finding
from monitor.knowledge.people import brings_in, tells_staff
from monitor.knowledge.roles import Role, parts
from monitor.knowledge.rules import Rule
from monitor.knowledge.screen import screen
from monitor.knowledge.seen import Finding, Seen, Setting
from monitor.knowledge.sweep import Match, search
from monitor.knowledge.text import Sentence, Zone
from monitor.knowledge.times import dates
from monitor.knowledge.tokens import Tokens, tokenise
from monitor.knowledge.topics import bases_aside, examples_aside, missions_aside, topics_aside
from monitor.model import SignalKind, Stage

_MISSIONS = frozenset({SignalKind.EMBASSY_CLOSURE, SignalKind.EMBASSY_REOPENING})

_HEADING = 4
"""A sentence of so few words, or one more that are a phrase, is a heading of a page: it names a subject and states nothing."""

_PROTESTS = frozenset({SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE, SignalKind.EMBASSY_CLOSURE, SignalKind.LEAVE_NOW})

_POSTINGS = frozenset({SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE})

_DATED = frozenset(
    {
        SignalKind.ORDERED_DEPARTURE,
        SignalKind.AUTHORIZED_DEPARTURE,
        SignalKind.EMBASSY_CLOSURE,
        SignalKind.EVACUATION,
        SignalKind.DEPARTURE_LIFTED,
    }
)


_OTHER_STORIES = ("DEPORT", "SPORT")
"""What a headline may be about so that flights told beneath it are no care for people abroad."""

_CALLS = frozenset({"urge-citizens-to-leave", "leave-now"})
"""Rules for calls on citizens, which orders to own staff look like."""


def look(sentence: Sentence, setting: Setting, title: Seen | None = None, before: Seen | None = None) -> Seen:
    """Everything the rules of a language find in one sentence; `before` is the one it follows, whose date it may share."""
    tokens = tokenise(sentence.text, setting.language.lexicon)
    seen = Seen(
        sentence,
        tokens,
        examples_aside(tokens, missions_aside(tokens, bases_aside(tokens, topics_aside(tokens, parts(tokens))))),
        dates(sentence.text, setting.language.months, setting.today),
    )
    killed: list[tuple[str, Rule]] = []
    for rule in screen(setting.language.lang).rules(sentence.text):
        if not (matches := _matches(rule, tokens)):
            continue
        seen.stated = seen.stated or rule.states
        if _ruled_out(rule, matches, tokens, setting):
            seen.vetoed.add(rule.kind)
            continue
        what, _, name = rule.kind.partition(":")
        if what == "note":
            seen.notes.append(rule.name)
        elif what in ("change", "beside"):
            seen.changes.append(name)
        elif what == "reject":
            killed += [(kind, rule) for kind in rule.kills]
            if rule.wide == "both" or (rule.wide and sentence.zone is Zone.TITLE):
                seen.framed.update(rule.kills)
            seen.rejected.append((rule.name, name))
        else:
            _record(rule, matches, seen, setting, title)
    _settle(seen, killed)
    seen.findings = [f for f in seen.findings if f.kind.value not in seen.framed]
    _beside_its_title(seen, setting, title)
    if sentence.zone is not Zone.TITLE and len(tokens.items) <= _HEADING and sentence.text.count(" ") <= _HEADING:
        seen.findings = [f for f in seen.findings if f.kind not in _DATED]
    if before is not None and not seen.dates and any("FOLLOWON" in t.classes for t in tokens.items[:3]):
        _share_date(seen, before)
    return seen


def _beside_its_title(seen: Seen, setting: Setting, title: Seen | None) -> None:
    """Takes away what a headline does not let its text state; a headline itself takes note of the other stories it tells."""
    tokens = seen.tokens
    if seen.sentence.zone is Zone.TITLE:
        other = any(tokens.has(k) for k in _OTHER_STORIES) and not any(f.kind is SignalKind.EVACUATION for f in seen.findings)
        if tokens.has("HOMEFRONT") or other:
            seen.vetoed.add(SignalKind.EVACUATION.value)
    if title is None:
        return
    asked = any(why in ("politics", "plea") for _, why in title.rejected)  # what people ask for, a government may refuse
    refused = [f for f in seen.findings if asked and f.stage is Stage.DENIED and f.hard]
    seen.findings = [f for f in seen.findings if f.kind.value not in title.framed or f in refused or _answers(f, seen, title)]
    seen.findings = [f for f in seen.findings if f.kind.value not in title.vetoed or (setting.official and f.kind not in _MISSIONS)]
    if not setting.official and title.tokens.has("EXPEL") and seen.sentence.zone is not Zone.TITLE:
        seen.findings = [f for f in seen.findings if f.kind not in _PROTESTS]  # a quarrel told on, not care for people


def _answers(act: Finding, seen: Seen, title: Seen) -> bool:
    """Whether the government of which a headline says that others press it is told to prepare or plan what they ask for."""
    pressed = {name for name, _ in title.rejected} == {"politics"} and not seen.rejected
    if (
        not pressed
        or seen.sentence.zone is not Zone.LEAD
        or act.stage not in (Stage.CONSIDERED, Stage.ANNOUNCED)
        or seen.tokens.has("DUTY")
    ):
        return False
    doers = [p.at for p in seen.parts if p.role is Role.ISSUER] + list(seen.tokens.positions(("GOVWORD", "GOV")))
    return any(at <= act.first and not seen.tokens.broken(at, act.last) for at in doers)


def _ruled_out(rule: Rule, matches: list[Match], tokens: Tokens, setting: Setting) -> bool:
    """Whether a word that a rule may not stand beside is there.

    What a semicolon sets apart from a movement in a report is another story; a notice may name its holiday there.
    """
    if setting.official or rule.kind != SignalKind.EVACUATION:
        return any(tokens.has(k) for k in rule.unless)
    spots = [p for key in rule.unless if tokens.has(key) for p in tokens.index.get(key, ())]
    return any(not all(tokens.broken(min(p, m.first), max(p, m.last)) for m in matches) for p in spots)


def _share_date(seen: Seen, before: Seen) -> None:
    """Gives what "it also" states the date of the act it is told after."""
    day = next((f.effective for f in before.findings if f.effective and f.kind in _DATED), None)
    if day is not None:
        seen.findings = [replace(f, effective=f.effective or day) for f in seen.findings]


def _matches(rule: Rule, tokens: Tokens) -> list[Match]:
    if rule.needs and not any(tokens.has(k) for k in rule.needs):
        return []
    return [match for pattern in rule.patterns for match in search(pattern, tokens, rule.never)]


def _record(rule: Rule, matches: list[Match], seen: Seen, setting: Setting, title: Seen | None) -> None:
    if not has_actor(rule, seen, setting, title):
        seen.rejected.append((rule.name, "no_government"))
        return
    own = [m for m in matches if not of_another_state(rule, m, seen, setting)]
    if len(own) < len(matches) and rule.kind == SignalKind.ORDERED_DEPARTURE and not setting.official:
        seen.framed.add(SignalKind.LEAVE_NOW.value)  # guests sent off: "to leave within 48 hours" is no advice
    if len(own) < len(matches) and rule.kind == SignalKind.EMBASSY_CLOSURE and seen.sentence.zone is Zone.LEAD and not setting.official:
        seen.framed.add(SignalKind.ORDERED_DEPARTURE.value)  # whoever shuts a guest's mission has sent its envoys off
    if len(own) < len(matches) and rule.kind == SignalKind.EMBASSY_CLOSURE and seen.tokens.has("COMPLAINT"):
        seen.framed.add(SignalKind.EMBASSY_CLOSURE.value)  # the quarrel is what the text is about
    matches = [m for m in own if not (rule.name in _CALLS and tells_staff(m, seen.tokens))]
    matches = [m for m in matches if not (rule.kind == SignalKind.EVACUATION and brings_in(m, seen.tokens))]
    best: dict[Stage, Finding] = {}
    for match in matches:
        act = finding(rule, match, seen, setting)
        known = best.get(act.stage)
        best[act.stage] = replace(known, audiences=known.audiences | act.audiences) if known else act
    seen.findings += best.values()


_NOUNS = frozenset({"ordered-departure", "authorized-departure"})
"""Rules for the bare terms, which an end of one of them covers too ("the end of ordered departure and authorized departure")."""

_STRONGER: dict[SignalKind, tuple[SignalKind, ...]] = {
    SignalKind.DEPARTURE_LIFTED: (
        SignalKind.ORDERED_DEPARTURE,
        SignalKind.AUTHORIZED_DEPARTURE,
        SignalKind.EMBASSY_REOPENING,
        SignalKind.EVACUATION,
    ),
    SignalKind.LEAVE_NOW: (SignalKind.EVACUATION, SignalKind.SECURITY_ALERT),
    SignalKind.ADVISORY_LEVEL: (SignalKind.SECURITY_ALERT,),
    SignalKind.HEALTH_ALERT: (SignalKind.ADVISORY_LEVEL, SignalKind.SECURITY_ALERT),
    SignalKind.EMBASSY_REOPENING: (SignalKind.EMBASSY_CLOSURE,),
}
"""A clause that states the key states none of the others with the same words."""


_TO_GUESTS = frozenset({"call-on-another-state", "host-warns-missions"})
"""Rules for what a state tells those who are not its own."""


def _overlap(one: Finding, other: Finding) -> bool:
    return one.first <= other.last and other.first <= one.last


def _settle(seen: Seen, killed: list[tuple[str, Rule]]) -> None:
    """Takes away what a rejection or a more exact reading of the same words rules out."""
    if "danger_added" in seen.changes:  # by itself it is no change; beside another danger's end it outdoes that
        gone = "security_lifted" if "security_lifted" in seen.changes else "danger_added"
        seen.changes = [name for name in seen.changes if name != gone]
    kills = {kind for kind, _ in killed}
    kept = [f for f in seen.findings if f.kind.value not in kills]
    for strong, weaker in _STRONGER.items():
        spans = [(f.first, f.last) for f in kept if f.kind is strong]
        kept = [f for f in kept if f.kind not in weaker or not any(a <= f.last and f.first <= b for a, b in spans)]
    calls = [f for f in kept if f.rule.name in _TO_GUESTS]
    guests = (seen.tokens.within("FOREIGNERS", f.first, f.last) or f.rule.name == "host-warns-missions" for f in calls)
    if any(guests) and not seen.tokens.has("OWN"):
        # "urges foreign firms and tourists to leave", "tells foreign embassies to pull out staff"
        kept = [f for f in kept if f.rule.name not in _CALLS and f.kind not in _POSTINGS]
    over = {f.kind for f in kept if f.rule.stage == Stage.LIFTED.value}
    kept = [f for f in kept if f.kind not in over or f.stage is Stage.LIFTED]  # "no more flights" ends them and denies none
    going = [f for f in kept if f.kind is SignalKind.EVACUATION and f.rule.stage == Stage.IN_EFFECT.value]
    kept = [f for f in kept if f in going or f.kind is not SignalKind.EVACUATION or not any(_overlap(f, g) for g in going)]
    denied = {(f.kind, f.first) for f in kept if f.stage is Stage.DENIED}
    kept = [f for f in kept if f.stage is Stage.DENIED or not any(f.kind is kind and f.last >= at for kind, at in denied)]
    ends = [f.first for f in kept if f.kind is SignalKind.DEPARTURE_LIFTED]
    if ends:
        kept = [f for f in kept if f.rule.name not in _NOUNS or f.first < min(ends)]
    seen.findings = kept
