"""One poll of one source: which of the things it shows are news, which are held, and what is remembered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ..model import Aspect, Authority, Change, ChangeKind, Evidence, Item, Nature, Posture, Reading, Reason, Severity, Source, stable_id
from .claims import Claim, event_claims, level_claim, posture_claims
from .editions import Showing, Standing, alias, by_place, speaking, stamp
from .memory import Memory, Pending, PlaceMemory, Situation, place_key, situation_key
from .policy import Policy
from .reports import confirmed, expired, report
from .transitions import Scene, Step, apply_claim, apply_level, confirm, hold, tell, tell_event
from .words import novelty, shingles

_ONE_POLL_SLACK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What one good poll showed. `readings` holds the items that are not exactly as they were last time.

    `complete` is False when the body was degraded: it may then add and worsen, never better or remove. `baseline` marks
    the first good poll of a source, which is taken in silently.
    """

    source: Source
    now: datetime
    items: Sequence[Item]
    readings: Mapping[str, Reading]
    baseline: bool = False
    complete: bool = True


@dataclass(slots=True)
class Decision:
    """What a poll comes to: memory to keep, changes to tell (or held), and how often each reason was the answer."""

    places: dict[str, PlaceMemory] = field(default_factory=dict)
    situations: dict[str, Situation] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    tally: Counter[Reason] = field(default_factory=Counter)


def fresh(items: Iterable[Item], seen: Mapping[str, str]) -> dict[str, Item]:
    """The items that are not exactly what they were, by alias; only these need to be read."""
    return {alias(i): i for i in items if seen.get(alias(i)) != stamp(i)}


def needed(source: Source, items: Mapping[str, Item], readings: Mapping[str, Reading]) -> set[str]:
    """The keys of the memory that deciding about these items, by alias, takes."""
    keys: set[str] = set()
    for name, item in items.items():
        reading = readings[name]
        for place in item.places if item.nature is Nature.PAGE else reading.places:
            issuer = source.issuer or reading.issuer
            keys.add(situation_key(place))
            if issuer:
                keys.add(place_key(issuer, place))
    return keys


def decide(look: Look, memory: Memory, policy: Policy) -> Decision:
    """Hold what a poll shows against memory. Pure: the same values give the same decision."""
    work = _Work(look, memory, policy)
    pages = [i for i in look.items if i.nature is Nature.PAGE]
    for place, items in sorted(by_place(pages).items()):
        if any(alias(i) in look.readings for i in items) or place_key(look.source.issuer or "", place) in memory.places:
            work.page(place, items)
        else:
            work.decision.tally[Reason.UNCHANGED] += 1
    notices = [i for i in look.items if i.nature is Nature.NOTICE and alias(i) in look.readings]
    for item in sorted(notices, key=lambda i: (i.published.timestamp() if i.published else 0.0, alias(i))):
        work.notice(item)
    work.settle_pending({place for i in pages for place in i.places}, {alias(i) for i in look.items})
    return work.decision


def unchanged(source: Source, memory: Memory, policy: Policy, now: datetime) -> Decision:
    """A poll that showed exactly what the last one did: what waits for confirmation has been seen once more."""
    work = _Work(Look(source, now, (), {}), memory, policy)
    work.settle_pending(None, None)
    return work.decision


def expire(memory: Memory, policy: Policy, now: datetime) -> Decision:
    """End press stories whose time has run out."""
    decision = Decision()
    for key, situation in memory.situations.items():
        after, changes = expired(situation, policy, now)
        if after is not situation:
            decision.situations[key] = after
            decision.changes.extend(changes)
    return decision


class _Work:
    """The state of one decision while it is being made."""

    def __init__(self, look: Look, memory: Memory, policy: Policy) -> None:
        self.look = look
        self.memory = memory
        self.policy = policy
        self.decision = Decision()

    # --- memory --------------------------------------------------------------------------------------------------

    def place(self, issuer: str, place: str) -> PlaceMemory | None:
        key = place_key(issuer, place)
        return self.decision.places.get(key) or self.memory.places.get(key)

    def situation(self, place: str) -> Situation:
        key = situation_key(place)
        known = self.decision.situations.get(key) or self.memory.situations.get(key)
        now = self.look.now
        if known is None or now - known.last > self.policy.situation_life:
            return Situation(stable_id("sit", place, now.isoformat()), place, now, now)
        return known

    def take(self, memory: PlaceMemory, step: Step) -> PlaceMemory:
        """Keep what a step came to, and let its change join the situation of its place."""
        self.decision.tally[step.reason] += 1
        if step.change is not None:
            self.say(step.change)
        return step.memory

    def say(self, change: Change) -> None:
        situation = self.situation(change.place)
        change = replace(change, situation=situation.id)
        if not change.held and change.issuer and self.look.source.authority is Authority.OFFICIAL:
            situation, extra = confirmed(situation, change)
            if extra is not None:
                change = replace(change, references=(*change.references, *extra.references), first_reported=extra.first_reported)
                self.decision.changes.append(extra)
        self.decision.changes.append(change)
        if not change.held:
            self.decision.situations[situation_key(change.place)] = situation.with_change(change.id, change.at)

    # --- pages ---------------------------------------------------------------------------------------------------

    def page(self, place: str, items: Sequence[Item]) -> None:
        source = self.look.source
        assert source.issuer is not None
        memory = self.place(source.issuer, place)
        showing = speaking(items, memory, self.policy)
        if memory is not None and showing.standing is Standing.SAME and not memory.pending:
            self.decision.tally[Reason.UNCHANGED] += 1
            return
        before = memory or PlaceMemory(Posture(source.issuer, place))
        scene = self.scene(showing.item, source.issuer, place, silent=self.look.baseline or memory is None)
        after = self.edition(before, showing, scene)
        after = self.learn(after, items)
        if after != memory:
            self.decision.places[place_key(source.issuer, place)] = after

    def scene(self, item: Item, issuer: str, place: str, *, silent: bool, name: str = "", fresh: bool = True) -> Scene:
        return Scene(
            source=self.look.source,
            item=item,
            now=self.look.now,
            policy=self.policy,
            place=place,
            issuer=issuer,
            alias=name,
            silent=silent,
            fresh=fresh,
            may_better=self.look.complete,
        )

    def edition(self, memory: PlaceMemory, showing: Showing, scene: Scene) -> PlaceMemory:
        match showing.standing:
            case Standing.BLANK:
                self.decision.tally[Reason.PLACEHOLDER] += 1
                return self.placeholder(memory, showing.item, scene)
            case Standing.STALE:
                return self.stale(memory, showing.item, scene)
            case Standing.VARIANT:
                return self.accept(memory, showing.item, replace(scene, fresh=False))
            case Standing.SAME | Standing.FRESH:
                return self.accept(memory, showing.item, scene)

    def placeholder(self, memory: PlaceMemory, item: Item, scene: Scene) -> PlaceMemory:
        """A blank edition is never believed; what it seems to say is shown to the operator as held."""
        level = memory.posture.get(Aspect.LEVEL)
        if scene.silent or item.level is None or level is None or str(item.level) == level.value:
            return _hide(memory)
        kind = ChangeKind.LEVEL_LOWERED if str(item.level) < level.value else ChangeKind.LEVEL_RAISED
        claim = Claim(Aspect.LEVEL, str(item.level), kind, _level_evidence(item), words=item.level_text)
        return self.take(memory, hold(memory, claim, scene, kind, Reason.PLACEHOLDER))

    def stale(self, memory: PlaceMemory, item: Item, scene: Scene) -> PlaceMemory:
        """An older edition than the one that spoke: believed only when it has stayed alone for long."""
        level = memory.posture.get(Aspect.LEVEL)
        self.decision.tally[Reason.STALE_EDITION] += 1
        if scene.silent or item.level is None or level is None or str(item.level) == level.value:
            return _hide(memory)
        kind = ChangeKind.LEVEL_LOWERED if str(item.level) < level.value else ChangeKind.LEVEL_RAISED
        claim = Claim(Aspect.LEVEL, str(item.level), kind, _level_evidence(item), words=item.level_text)
        return self.take(memory, hold(memory, claim, scene, kind, Reason.STALE_EDITION))

    def accept(self, memory: PlaceMemory, item: Item, scene: Scene) -> PlaceMemory:
        """A credible edition: its level first, then what its text says of staff, missions and people."""
        changes_before = len(self.decision.changes)
        after = memory
        if item.level is not None:
            after = self.take(after, apply_level(after, str(item.level), item.level_text, _level_evidence(item), scene))
        reading = self.look.readings.get(alias(item))
        same = item.digest == memory.edition
        if reading is not None and not same:
            after = self.text(after, item, reading, scene)
            if not scene.silent and len(self.decision.changes) == changes_before:
                self.reworded(memory, item, scene)
        if same and not scene.silent and item.published != memory.published:
            self.decision.tally[Reason.TOUCH] += 1
        return replace(after, edition=item.digest, published=item.published or memory.published).with_edition(item.digest)

    def text(self, memory: PlaceMemory, item: Item, reading: Reading, scene: Scene) -> PlaceMemory:
        today = (item.published or self.look.now).date()
        known = memory.shingles
        for claim in posture_claims(reading, scene.place, scene.issuer, today):
            memory = self.take(memory, apply_claim(memory, claim, known, scene))
        for claim in event_claims(reading, scene.place, scene.issuer):
            if claim.kind is ChangeKind.EVACUATION:
                memory = self.take(memory, tell_event(memory, claim, known, scene))
        return memory

    def reworded(self, memory: PlaceMemory, item: Item, scene: Scene) -> None:
        """An edition with new words and the same meaning: kept for the record, of minor severity."""
        if not scene.fresh or item.digest in memory.editions or not memory.shingles:
            return
        new = next((p for p in item.text.splitlines() if len(p) > 20 and novelty(p, memory.shingles) > 0.5), None)
        if new is None:
            return
        evidence = Evidence(new.strip()[:300], "new_words", item.url)
        claim = Claim(Aspect.LEVEL, "", ChangeKind.REWORDED, evidence)
        change = Change(
            id=stable_id("chg", scene.issuer, scene.place, "reworded", item.digest, scene.now.isoformat()),
            at=scene.now,
            source=scene.source.id,
            place=scene.place,
            issuer=scene.issuer,
            kind=claim.kind,
            reason=Reason.TOUCH,
            severity=Severity.MINOR,
            evidence=(evidence,),
            url=item.url,
            published=item.published,
        )
        self.decision.changes.append(change)

    def learn(self, memory: PlaceMemory, items: Sequence[Item]) -> PlaceMemory:
        """Whatever was printed about a place, even in an entry nobody believes, is old news from now on."""
        new = [i for i in items if alias(i) in self.look.readings]
        if not new:
            return memory
        words = memory.shingles.union(*(shingles(i.text) for i in new))
        for i in new:
            memory = memory.with_edition(i.digest)
        return replace(memory, shingles=words) if words != memory.shingles else memory

    # --- notices -------------------------------------------------------------------------------------------------

    def notice(self, item: Item) -> None:
        reading = self.look.readings[alias(item)]
        if not reading.relevant:
            self.decision.tally[Reason.NOT_RELEVANT] += 1
            return
        if not reading.places:
            self.decision.tally[Reason.UNKNOWN_PLACE] += 1
        old = item.published is not None and self.look.now - item.published > self.policy.recent
        silent = self.look.baseline or old
        for place in reading.places:
            if self.look.source.authority is Authority.PRESS:
                self.press(item, reading, place, silent=silent)
            else:
                self.official(item, reading, place, silent=silent)

    def press(self, item: Item, reading: Reading, place: str, *, silent: bool) -> None:
        situation = self.situation(place)
        official = self.place(reading.issuer, place) if reading.issuer else None
        after, change, reason = report(self.look.source, item, reading, situation, official, self.policy, self.look.now, silent=silent)
        self.decision.tally[reason] += 1
        if change is not None:
            self.decision.changes.append(change)
        if after is not situation:
            self.decision.situations[situation_key(place)] = after

    def official(self, item: Item, reading: Reading, place: str, *, silent: bool) -> None:
        issuer = self.look.source.issuer or reading.issuer
        if issuer is None or (reading.issuer is not None and reading.issuer != issuer):
            self.decision.tally[Reason.NOT_RELEVANT] += 1
            return
        name = alias(item)
        memory = self.place(issuer, place) or PlaceMemory(Posture(issuer, place))
        edited = stamp_seen(memory, item)
        known = memory.shingles if edited else frozenset()
        scene = self.scene(item, issuer, place, silent=silent, name=name)
        today = (item.published or self.look.now).date()
        claim = level_claim(reading, place, issuer)
        if claim is not None:
            memory = self.take(memory, self.notice_level(memory, claim, scene))
        for claim in posture_claims(reading, place, issuer, today):
            memory = self.take(memory, apply_claim(memory, claim, known, scene))
        for claim in event_claims(reading, place, issuer):
            memory = self.take(memory, tell_event(memory, claim, known, scene))
        words = memory.shingles | shingles(f"{item.title}\n{item.text}")
        self.decision.places[place_key(issuer, place)] = replace(memory, shingles=words).with_edition(_name_mark(name))

    def notice_level(self, memory: PlaceMemory, claim: Claim, scene: Scene) -> Step:
        """A notice that says raised or lowered is taken at its word; one that names a level is held against the known one."""
        held = memory.posture.get(Aspect.LEVEL)
        known = int(held.value) if held and held.value else None
        said = int(claim.value) if claim.value else None
        direction = claim.direction or ((said > known) - (said < known) if said and known else 0)
        if scene.silent or direction == 0 or claim.restated:
            after = replace(memory, posture=_with_level(memory, claim, scene)) if said else memory
            return Step(after, Reason.BASELINE if scene.silent else Reason.RESTATED)
        if direction < 0:
            return hold(memory, claim, scene, ChangeKind.LEVEL_LOWERED, Reason.AWAITING_CONFIRMATION)
        return tell(memory, claim, scene, ChangeKind.LEVEL_RAISED, Reason.NEW_NOTICE)

    # --- what waits ----------------------------------------------------------------------------------------------

    def settle_pending(self, places: set[str] | None, aliases: set[str] | None) -> None:
        """Tell what has been showing long enough and often enough; None for both means "exactly as last time"."""
        issuer = self.look.source.issuer
        for key, original in {**self.memory.places, **self.decision.places}.items():
            memory = self.decision.places.get(key, original)
            if memory.posture.issuer != issuer or not memory.pending:
                continue
            before = {p.aspect: p for p in self.memory.places[key].pending} if key in self.memory.places else {}
            for pending in memory.pending:
                memory = self.settle(memory, pending, before.get(pending.aspect), places, aliases)
            if memory != original or key in self.decision.places:
                self.decision.places[key] = memory

    def settle(
        self, memory: PlaceMemory, pending: Pending, before: Pending | None, places: set[str] | None, aliases: set[str] | None
    ) -> PlaceMemory:
        issuer, place = memory.posture.issuer, memory.posture.place
        if places is None or aliases is None:
            showing = pending.showing
        elif pending.alias:
            showing = pending.alias in aliases
        else:
            showing = pending.showing and place in places
        new = before is None or before.value != pending.value or before.since != pending.since
        counted = replace(pending, showing=showing, polls=1 if new else pending.polls + (1 if showing else 0))
        if not self.look.complete or not showing or not _ripe(counted, self.policy, self.look.now):
            return memory.with_pending(counted)
        item = Item(self.look.source.id, pending.alias, "", url=pending.url, published=pending.published)
        scene = self.scene(item, issuer, place, silent=False, name=pending.alias)
        return self.take(memory, confirm(memory, counted, scene, Reason.BETTER_CONFIRMED))


def _ripe(pending: Pending, policy: Policy, now: datetime) -> bool:
    """Whether a held transition may be believed now."""
    waited = now - pending.since
    match pending.reason:
        case Reason.PLACEHOLDER | Reason.TITLE_AND_TEXT_DISAGREE:
            return False
        case Reason.STALE_EDITION:
            return pending.polls >= policy.stale_polls and waited >= policy.stale_patience
        case _:
            return pending.polls >= policy.confirm_polls and waited + _ONE_POLL_SLACK >= policy.confirm_after


def _hide(memory: PlaceMemory) -> PlaceMemory:
    """What waited is not showing in this poll."""
    return replace(memory, pending=tuple(replace(p, showing=False) for p in memory.pending))


def _level_evidence(item: Item) -> Evidence:
    return Evidence(item.title, "level_field", item.url)


def _with_level(memory: PlaceMemory, claim: Claim, scene: Scene) -> Posture:
    from ..model import Standing as Held  # the other Standing is about editions

    since = scene.item.published or scene.now
    return memory.posture.put(Aspect.LEVEL, Held(claim.value, since, claim.words, claim.evidence))


def _name_mark(name: str) -> str:
    return stable_id("n", name)[:18]


def stamp_seen(memory: PlaceMemory, item: Item) -> bool:
    """Whether a notice of this name was read before, so that this is an edited one."""
    return _name_mark(alias(item)) in memory.editions
