"""Every phrase rule does what its own examples say: the yes are found by it, the no are not."""

from datetime import date

import pytest

from monitor.knowledge.findings import look
from monitor.knowledge.rules import Rule, language, languages
from monitor.knowledge.seen import Seen, Setting
from monitor.knowledge.text import Sentence, Zone

_OFFICIAL = {"official", "official-only"}


def _looked_at(text: str, lang: str, rule: Rule, *, official: bool = False) -> Seen:
    official = official or rule.actor in _OFFICIAL or rule.kind.startswith(("change:", "beside:", "reject:", "note:"))
    zone = Zone.LEAD if official else Zone.TITLE
    return look(Sentence(text, zone, 0), Setting(language(lang), date(2024, 5, 1), official, None))


def _found(seen: Seen, rule: Rule) -> bool:
    what, _, name = rule.kind.partition(":")
    match what:
        case "change" | "beside":
            return name in seen.changes
        case "note":
            return rule.name in seen.notes
        case "reject":
            return (rule.name, name) in seen.rejected
        case _:
            return any(f.kind == rule.kind for f in seen.findings)


def _examples(attribute: str) -> list[tuple[str, str, str]]:
    return [(lang, rule.name, text) for lang in languages() for rule in language(lang).rules for text in getattr(rule, attribute)]


def _rule(lang: str, name: str) -> Rule:
    return next(rule for rule in language(lang).rules if rule.name == name)


@pytest.mark.parametrize(("lang", "name", "text"), _examples("yes"))
def test_yes(lang: str, name: str, text: str) -> None:
    rule = _rule(lang, name)
    assert any(_found(_looked_at(text, lang, rule, official=official), rule) for official in (False, True))


@pytest.mark.parametrize(("lang", "name", "text"), _examples("no"))
def test_no(lang: str, name: str, text: str) -> None:
    rule = _rule(lang, name)
    seen = _looked_at(text, lang, rule)
    assert not [f for f in seen.findings if f.rule is rule], text
    if ":" in rule.kind:
        assert not _found(seen, rule)


@pytest.mark.parametrize("lang", languages())
def test_rules_name_known_classes_and_their_family(lang: str) -> None:
    known = language(lang)
    for rule in known.rules:
        assert rule.family and rule.patterns, rule.name
        for pattern in rule.patterns:
            assert len(pattern) <= 6 and all(step.gap <= 30 for step in pattern), rule.name


def test_every_english_rule_has_examples_both_ways() -> None:
    assert not [rule.name for rule in language("en").rules if not (rule.yes and rule.no)]
