"""Which act names a notice or a report: the newest, by headline, first sentences and rank."""

from __future__ import annotations

from datetime import date, timedelta

from monitor.knowledge.choice import LIVE, NOUN_RULES, STATES, Choice, fresh, rank, reason_of_level
from monitor.knowledge.noted import told_by_note
from monitor.knowledge.seen import Finding, Seen
from monitor.knowledge.text import Zone
from monitor.model import Audience, SignalKind, Stage

_LABELS = frozenset({SignalKind.SECURITY_ALERT, SignalKind.HEALTH_ALERT, SignalKind.ADVISORY_LEVEL})
"""Kinds that titles carry as a label and that say nothing of what the text then states."""


_HAZARDS = frozenset({SignalKind.SECURITY_ALERT, SignalKind.HEALTH_ALERT})
"""What a notice may tell far down when it tells nothing else."""

_STAFF_ONLY = frozenset({Audience.GOVERNMENT_STAFF})

_CALLS = frozenset({SignalKind.LEAVE_NOW, SignalKind.SHELTER_IN_PLACE})

_UNDOES = {
    SignalKind.EMBASSY_REOPENING: (SignalKind.EMBASSY_CLOSURE,),
    SignalKind.DEPARTURE_LIFTED: (SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE),
}
"""Acts of a headline that end others, which its text then tells as what went before."""

_DAYS = timedelta(days=3)
"""An act told far down that is older than this is what went before a call to people that opens a notice."""


_ALONG = {s: (Stage.LIFTED,) if s is Stage.LIFTED else LIVE for s in Stage}
"""Which stages the first sentences may have to count beside a headline: with what is eased, only what ends as well."""


def of_notice(seen: list[Seen]) -> Choice | None:
    """The act of a headline, or of the first sentences where the headline has none; several at once by rank."""
    live = [f for s in seen for f in _stated(s)]
    for pool in ([f for f in live if f.zone is Zone.TITLE], [f for f in live if f.zone is Zone.LEAD]):
        if pool:
            along = _ALONG[pool[0].stage]
            beside = [f for f in live if f.zone is Zone.LEAD and f.seen.sentence.index <= 1 and f.stage in along and not f.restated]
            undone = {kind for f in pool for kind in _UNDOES.get(f.kind, ())}
            beside = [f for f in beside if f.kind not in undone and (f.rule.name not in NOUN_RULES or _renewed(f, pool))]
            beside = [f for f in beside if not _went_before(f, pool)]
            headline = pool[0].zone is Zone.TITLE and pool[0].stage in (*LIVE, Stage.LIFTED)
            best = min([*pool, *beside] if headline else pool, key=lambda f: (rank(f.kind), f.zone is not Zone.TITLE))
            kind = SignalKind.NO_CHANGE if _renews(best) else best.kind
            return Choice(kind, _stage(best, live), best.seen, best.rule.name)
    return None


def _went_before(beside: Finding, pool: list[Finding]) -> bool:
    """Whether the text tells the headline's act again and says that the other one came first ("urged ..., after it had evacuated ...")."""
    words = beside.seen.tokens.items
    again = [f.last for f in beside.seen.findings if f.last < beside.first and any(f.kind is p.kind for p in pool)]
    return any("AFTERDONE" in t.classes for at in again for t in words[at + 1 : beside.first])


def _renewed(label: Finding, pool: list[Finding]) -> bool:
    """Whether the danger a headline warns of is what new advice says ("an updated travel advisory has warned that ...")."""
    words, last = label.seen.tokens, label.last
    new = label.rule.name == "travel-advice" and words.within("NEWADVICE", label.first - 3, label.first)
    return new and all(f.rule.name == "warn-citizens" for f in pool) and any(words.within(k, last, last + 6) for k in ("URGE", "SAYS"))


def _renews(best: Finding) -> bool:
    """Whether advice is only said again ("renews its travel warning for X") and was made neither harder nor softer."""
    words = best.seen.tokens
    same = "unchanged" in best.seen.changes or words.within("RESTATES", max(0, best.first - 4), best.last + 4)
    again = best.kind is SignalKind.ADVISORY_LEVEL and same
    return again and best.stage is Stage.IN_EFFECT and not (words.has("RAISED") or words.has("LOWERED"))


def _stated(seen: Seen) -> list[Finding]:
    """What a sentence states as its point: not what it remembers, nor what it denies after another act."""
    live = [f for f in seen.findings if f.stage is not Stage.HISTORICAL]
    acts = [f.first for f in live if f.stage is not Stage.DENIED]
    return [f for f in live if f.stage is not Stage.DENIED or not acts or min(acts) > f.first]


def of_official_notice(seen: list[Seen], today: date | None) -> Choice | None:
    """The act of an official notice: title, first sentences and fresh dated acts count alike.

    A title that announces a meeting is about the meeting; strong advice far down counts when nothing stands above it.
    """
    every = [f for s in seen for f in s.findings]
    live = _standing([f for f in every if f.stage is not Stage.HISTORICAL and not reason_of_level(f)])
    live = [] if _looks_back(every, live) else live
    title = [f for f in live if f.zone is Zone.TITLE]
    top = [f for f in live if f.zone is not Zone.BODY or fresh(f, today)]
    noted = [s for s in seen if s.sentence.zone is Zone.TITLE and set(s.changes) - {"no_change", "edit", "security", "health"}]
    if noted:
        eased = [s for s in seen if s.sentence.zone is Zone.LEAD and "level_lowered" in s.changes]  # "change to the advice: ... no longer"
        return told_by_note([*noted, *eased], top, [])
    if any(f.kind is SignalKind.TOWN_HALL for f in title):
        top = [f for f in top if f.kind is SignalKind.TOWN_HALL]
    acts = [f for f in title if f.kind not in _LABELS]
    if acts and not any(rank(f.kind) <= rank(SignalKind.AUTHORIZED_DEPARTURE) for f in top):
        shelter = any(f.kind is SignalKind.SHELTER_IN_PLACE for f in acts)
        top = acts + [f for f in top if shelter and f.kind is SignalKind.LEAVE_NOW]  # "shelter, then depart" says to go
    if any(f.zone is not Zone.BODY and f.kind in _CALLS and f.stage is Stage.IN_EFFECT for f in top):
        top = [f for f in top if f.zone is not Zone.BODY or _of_these_days(f, today)]
    if any(f.kind is SignalKind.HEALTH_ALERT for f in title):  # "this message updates the message of ..." is about the disease
        top = [f for f in top if f.kind is not SignalKind.SECURITY_ALERT or f.rule.name not in NOUN_RULES]
    if any(f.rule.name == "travel-advice" for f in title):
        top = [f for f in top if f.rule.name not in STATES] or top
    pool = top or [f for f in live if rank(f.kind) <= rank(SignalKind.SHELTER_IN_PLACE)]
    pool = pool or [f for f in live if f.kind in _HAZARDS and f.rule.name not in NOUN_RULES]
    if not pool:
        return None
    latest = _latest(pool, today)
    best = min(latest or pool, key=lambda f: (rank(f.kind), f.zone is not Zone.TITLE))
    if best.kind in _LABELS and (still := _unchanged(seen)):
        return Choice(SignalKind.NO_CHANGE, Stage.IN_EFFECT, still, "note-unchanged")
    alert = next((f for f in title if f.kind is SignalKind.SECURITY_ALERT), None)
    if alert and best.kind is SignalKind.ADVISORY_LEVEL and _reminds(best):
        best = alert  # an alert that asks for caution or reminds of advice changes no level
    best = _illness(best, top) or best
    until = [f for f in live if best.zone is Zone.TITLE or f.seen.sentence.index <= best.seen.sentence.index]
    return Choice(best.kind, _stage(best, until), best.seen, best.rule.name)


def _illness(best: Finding, top: list[Finding]) -> Finding | None:
    """The disease that an alert is about which its headline calls one of security, where no danger is told but to its own staff."""
    if best.kind is not SignalKind.SECURITY_ALERT or best.rule.name not in NOUN_RULES:
        return None
    told = [f for f in top if f.kind is SignalKind.SECURITY_ALERT and f.rule.name not in NOUN_RULES]
    if any(f.audiences != _STAFF_ONLY for f in told):
        return None
    return next((f for f in top if f.kind is SignalKind.HEALTH_ALERT and f.zone is Zone.LEAD and f.stage is Stage.IN_EFFECT), None)


def _unchanged(seen: list[Seen]) -> Seen | None:
    """The sentence that opens a notice by saying that its level has not changed, with no change told before it."""
    first = [s for s in seen if 0 <= s.sentence.index <= 1 and s.changes]
    return first[0] if first and "unchanged" in first[0].changes else None


def _looks_back(every: list[Finding], live: list[Finding]) -> bool:
    """Whether only the headline names a movement that the text tells of as long past ("Bringing people home: ... had flown out 900")."""
    moved = [f for f in every if f.kind is SignalKind.EVACUATION]
    return (
        any(f.stage is Stage.HISTORICAL for f in moved)
        and bool(live)
        and all(f.zone is Zone.TITLE for f in moved if f in live)
        and all(f.kind is SignalKind.EVACUATION for f in live)
    )


def _reminds(best: Finding) -> bool:
    """Whether a sentence only asks for caution, or points to advice that stands ("as a reminder, the advisory for X is level 4")."""
    words = best.seen.tokens
    pointed = best.rule.name in NOUN_RULES and not best.seen.changes and words.has("POINTER")
    return pointed or (words.has("CAREFUL") and not words.has("NUM"))


def _standing(found: list[Finding]) -> list[Finding]:
    """What an official notice says is done: not what it rules out beside that, nor what goes on while something else changes.

    "Shelter in place. There are no plans for an evacuation" calls for shelter; "nine posts reopen, Aden remains closed" reopens.
    """
    acts = [f for f in found if f.stage in LIVE and f.kind not in _LABELS and f.zone is not Zone.BODY]
    ended = any(f.kind is SignalKind.DEPARTURE_LIFTED and (f.zone is not Zone.BODY or f.effective) for f in found)
    reopens = any(f.kind is SignalKind.EMBASSY_REOPENING and not f.restated for f in acts)
    denied = {id(f) for f in found if acts and f.stage is Stage.DENIED and f.zone is not Zone.TITLE}
    over = {id(f) for f in found if ended and f.kind in (SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE)}
    still = {id(f) for f in found if reopens and f.kind is SignalKind.EMBASSY_CLOSURE and f.seen.tokens.has("CONTINUES")}
    posted = [f for f in acts if f.kind in (SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE)]
    thought = {id(f) for f in found if f.stage is Stage.CONSIDERED and any(f.seen is p.seen for p in posted)}
    new = any(not f.restated for f in posted)  # staff are ordered out while people "continue to be evacuated"
    still |= {id(f) for f in found if new and f.kind is SignalKind.EVACUATION and f.restated and f.zone is not Zone.TITLE}
    return [f for f in found if id(f) not in denied | over | still | thought]


def _of_these_days(found: Finding, today: date | None) -> bool:
    return found.effective is None or today is None or today - found.effective <= _DAYS


def _latest(pool: list[Finding], today: date | None) -> list[Finding]:
    """Of acts dated on several days the latest ones that have come; none where at most one day is given."""
    days = {f.effective for f in pool if f.effective and fresh(f, today) and today and f.effective <= today}
    return [f for f in pool if f.effective == max(days) and fresh(f, today)] if len(days) > 1 else []


def _stage(best: Finding, live: list[Finding]) -> Stage:
    """The stage of the headline act; its loose present tense or plan gives way to what the lead says plainly of the same act.

    What is announced beside an act that is under way is another one ("evacuates citizens, more flights planned").
    """
    if best.zone is Zone.TITLE and best.stage is Stage.IN_EFFECT and (named := _only_headed(best, live)):
        return named
    if best.kind is SignalKind.EVACUATION and best.stage is Stage.ANNOUNCED and any(_has_begun(f) for f in live):
        return Stage.IN_EFFECT
    if best.hard or best.kind not in (SignalKind.EVACUATION, SignalKind.EMBASSY_CLOSURE, SignalKind.EMBASSY_REOPENING):
        return best.stage
    same = [f for f in live if f.kind is best.kind and f.zone is not Zone.BODY and f.hard]
    if best.kind is SignalKind.EMBASSY_REOPENING:  # "announced the reopening" may tell of one that was
        same = [f for f in same if f.seen.tokens.has("OPENSLATER")]
    wanted = {Stage.CONSIDERED} if best.stage is Stage.ANNOUNCED or _is_noun(best, live) else set()
    wanted |= {Stage.IN_EFFECT} if best.stage is Stage.ANNOUNCED and not best.seen.tokens.has("PLANS") else {Stage.ANNOUNCED}
    done = [f.seen for f in same if f.stage is Stage.IN_EFFECT]
    if best.stage is Stage.IN_EFFECT and (done or best.restated or best.seen.tokens.has("COMPLAINT")):
        return best.stage  # announced, and "it has been shut since ...", "still closed"; who criticises an act says that it was done
    going = [f for f in live if f.kind is best.kind and f.stage is best.stage is Stage.IN_EFFECT and f.zone is Zone.LEAD]
    same = [f for f in same if f.stage is Stage.IN_EFFECT or not any(g.seen is f.seen and g.last < f.first for g in going)]
    told = (f.stage for f in same if f.stage in wanted and not (f.stage is not Stage.IN_EFFECT and (f.seen in done or _another(f))))
    return next(told, best.stage)


def _has_begun(found: Finding) -> bool:
    """Whether a first sentence says that people are being moved ("has commenced the evacuation", "are being evacuated")."""
    if found.kind is not SignalKind.EVACUATION or found.zone is not Zone.LEAD or found.stage is not Stage.IN_EFFECT or _another(found):
        return False
    words = found.seen.tokens
    return words.within("STARTSTO", max(0, found.first - 4), found.first) or words.within("BEINGDONE", max(0, found.first - 1), found.last)


def _only_headed(best: Finding, live: list[Finding]) -> Stage | None:
    """The stage that the text gives an act which its heading only names ("On the reopening of ...", "Revised travel advice")."""
    same = [f for f in live if f.kind is best.kind and f.zone is Zone.LEAD]
    first = [f.stage for f in same if f.seen is same[0].seen]
    if best.kind is SignalKind.ADVISORY_LEVEL:
        return Stage.LIFTED if best.rule.name in NOUN_RULES and Stage.LIFTED in first else None
    if best.hard or not best.seen.tokens.has("ABOUT"):
        return None
    return next((s for s in first if s in (Stage.CONSIDERED, Stage.ANNOUNCED, Stage.LIFTED)), None)


def _is_noun(best: Finding, live: list[Finding]) -> bool:
    """Whether a headline only names the act ("Evacuation for Danes as ..."), so that the text tells whether it is real."""
    words = best.seen.tokens
    noun = best.zone is Zone.TITLE and best.stage is Stage.IN_EFFECT and words.within("ACTNOUN", best.first, best.last)
    return (
        noun
        and not words.has("SUBJECTVERB")
        and not any(f.stage is Stage.IN_EFFECT for f in live if f.kind is best.kind and f.zone is Zone.LEAD)
    )


def _another(finding: Finding) -> bool:
    """Whether a finding speaks of a further act of the kind ("more flights", "a second ship")."""
    return finding.seen.tokens.within("MORE", max(0, finding.first - 3), finding.last)
