"""What the note of changes of a standing page tells, and which of it names the page."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from monitor.knowledge.choice import NOUN_RULES, STATES, Choice, fresh, rank, reason_of_level
from monitor.knowledge.seen import Finding, Seen
from monitor.knowledge.text import Zone
from monitor.model import SignalKind, Stage

CHANGES: dict[str, tuple[SignalKind, Stage]] = {
    "level": (SignalKind.ADVISORY_LEVEL, Stage.IN_EFFECT),
    "level_lowered": (SignalKind.ADVISORY_LEVEL, Stage.LIFTED),
    "security": (SignalKind.SECURITY_ALERT, Stage.IN_EFFECT),
    "health": (SignalKind.HEALTH_ALERT, Stage.IN_EFFECT),
    "health_lifted": (SignalKind.HEALTH_ALERT, Stage.LIFTED),
    "security_lifted": (SignalKind.SECURITY_ALERT, Stage.LIFTED),
    "no_change": (SignalKind.NO_CHANGE, Stage.IN_EFFECT),
    "edit": (SignalKind.NO_CHANGE, Stage.IN_EFFECT),
    "unchanged": (SignalKind.NO_CHANGE, Stage.IN_EFFECT),
}


_STILL = {"unchanged", "no_change", "edit"}
_LEVEL = {"level", "level_lowered"}


_POSTS = frozenset(
    {SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE, SignalKind.EMBASSY_CLOSURE, SignalKind.EMBASSY_REOPENING}
)
"""What "changes to embassy operations" may be."""

_CALLS = frozenset({SignalKind.LEAVE_NOW})

_NEWS = frozenset({"security", "health"})
"""Changes told in a note after which "we continue to advise ..." opens what is only said again."""

_HIGH = 5
"""A call to people so far up on a page belongs to what its note tells."""


def of_page(seen: list[Seen], today: date | None, *, notes_first: bool) -> Choice | None:
    """The newest thing on a standing page: what its note of changes names, else what its first sentences state.

    `notes_first` says that pages of this language open with their note, so that what follows it is no news.
    """
    top = [s for s in seen if s.sentence.zone is not Zone.BODY]
    noted = [s for s in top if s.changes and (not s.sentence.standing or "unchanged" in s.changes)]
    noted += [s for s in seen if noted and s not in top and "unchanged" in s.changes and s.sentence.index <= _HIGH]
    every = [f for s in seen for f in s.findings if f.stage is not Stage.HISTORICAL and (f.rule.name not in STATES or _opens(s))]
    every = [f for f in every if not reason_of_level(f)]
    if any(f.stage is not Stage.DENIED and rank(f.kind) <= rank(SignalKind.SHELTER_IN_PLACE) for f in every):
        every = [f for f in every if f.stage is not Stage.DENIED]  # what a page rules out stands beside what it does or calls for
    if any(f.kind is SignalKind.DEPARTURE_LIFTED for f in every):
        every = [f for f in every if f.kind not in (SignalKind.ORDERED_DEPARTURE, SignalKind.AUTHORIZED_DEPARTURE)]
    dated = [f for f in every if fresh(f, today)]
    if noted:
        if any("operations" in s.changes for s in noted):
            dated += [f for f in every if f.kind in _POSTS and not f.restated]
        above = [f for f in every if f.seen in top or (f.kind in _CALLS and f.seen.sentence.index <= _HIGH)]
        above = [f for f in above if not (f.zone is Zone.TITLE and f.kind is SignalKind.ADVISORY_LEVEL)]  # the grade that heads a page
        return told_by_note(noted, [f for f in above if not (notes_first and f.seen.sentence.standing)], dated)
    pool = [f for f in every if f.seen in top or f.kind in (SignalKind.LEAVE_NOW, SignalKind.SHELTER_IN_PLACE)] + dated
    if not pool:
        return None
    stated = [f for f in pool if f.rule.name not in NOUN_RULES or f.zone is not Zone.TITLE]  # a page's name states nothing
    pool = stated or ([] if notes_first else pool)
    if not pool:
        return None
    best = min(pool, key=lambda f: (rank(f.kind), f.zone is Zone.BODY))
    return Choice(best.kind, best.stage, best.seen, best.rule.name)


def _opens(seen: Seen) -> bool:
    """Whether a sentence opens the text of a page, so that what a mission does not do is its news."""
    return seen.sentence.index == 0 and not seen.sentence.standing


def told_by_note(noted: list[Seen], beside: list[Finding], dated: list[Finding]) -> Choice:
    """Of what the note of changes names, the acts stated beside it and those freshly dated, the first by rank."""
    changes = told(noted)
    news = [Choice(*CHANGES[name], s, f"note-{name}") for s, name in changes if name in CHANGES]
    names = {name for _, name in changes}
    silent = SignalKind.EVACUATION if "unchanged" in names else SignalKind.LEAVE_NOW if names == {"no_change"} else None
    acts = [f for f in beside if f.kind is not SignalKind.ADVISORY_LEVEL and (not f.restated or _told_anew(f))]
    acts = [f for f in acts if silent is None or rank(f.kind) < rank(silent) or _called_now(f)]
    acts = [f for f in acts if f.kind not in _CALLS or f.seen.sentence.index <= _news_end(noted)]
    found = [Choice(f.kind, f.stage, f.seen, f.rule.name) for f in [*acts, *dated]]
    if names <= {"edit"}:  # nothing else is new: "the embassy remains closed"
        found += [Choice(f.kind, f.stage, f.seen, f.rule.name) for f in beside if f.restated and f.kind is SignalKind.EMBASSY_CLOSURE]
    if not found + news:
        return Choice(*CHANGES["edit"], noted[0], "note-operations")
    return min(found + news, key=lambda c: (rank(c.kind), c.stage is not Stage.LIFTED))


def _called_now(finding: Finding) -> bool:
    """Whether a call is told as given now ("now advises nationals to leave"), whatever another sentence says goes on."""
    items = finding.seen.tokens.items[max(0, finding.first - 4) : finding.last + 1]
    said = any(one.text == "now" and "URGE" in two.classes for one, two in pairwise(items))
    return finding.kind in _CALLS and said and not finding.seen.tokens.has("CONTINUES")


def _told_anew(finding: Finding) -> bool:
    """Whether a note names a movement as what it updates, so that the page is about it ("update on flights from X")."""
    words = finding.seen.tokens
    return finding.kind is SignalKind.EVACUATION and words.has("UPDATED") and not words.has("CONTINUES")


def _news_end(noted: list[Seen]) -> int:
    """The sentence from which on a note only repeats: "continues to advise" after something else was named as what is new."""
    news = [s.sentence.index for s in noted if set(s.changes) & _NEWS]
    still = [s.sentence.index for s in noted if "no_change" in s.changes]
    return min((at for at in still if news and at > min(news)), default=_HIGH)


def told(noted: list[Seen]) -> list[tuple[Seen, str]]:
    """The changes that a note tells, without what its other words take back: a new level outdoes edits and hazards beside it."""
    found: list[tuple[Seen, str]] = []
    raised = _raised_first(noted)
    for s in noted:
        names = ["unchanged"] if unmoved(s) else s.changes
        names = [n for n in names if n != ("level_lowered" if raised else "level")] if "level_lowered" in names else names
        names = [n for n in names if n != "security"] if "security_lifted" in names else names
        found += [(s, n) for n in names]
    if any(n == "unchanged" for _, n in found):
        found = [(s, n) for s, n in found if n != "security"]
    if _LEVEL & {n for _, n in found}:
        found = [(s, n) for s, n in found if n not in _STILL and n not in ("security", "security_lifted")]
    if {n for _, n in found} - _STILL and not any(n == "unchanged" for _, n in found):
        found = [(s, n) for s, n in found if n not in ("no_change", "edit")]
    return found


def unmoved(seen: Seen) -> bool:
    """Whether a sentence of a note says that the level stays, and does not itself say what is or is no longer advised."""
    return "unchanged" in seen.changes and "outright" not in seen.changes


def _raised_first(noted: list[Seen]) -> bool:
    """Whether a note names what is advised against anew before what is lifted elsewhere, so that the page tells of the raise."""
    first = next((s.changes for s in noted if _LEVEL & set(s.changes)), [])
    return "raised_first" in first or ("outright" in first and "level_lowered" not in first)
