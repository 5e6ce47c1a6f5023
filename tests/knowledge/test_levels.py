"""Levels: every code and phrase of the seeds maps to its own level, and the traps between schemes stay apart."""

import pytest

from monitor.knowledge.levels import level_of, scheme_of, schemes


@pytest.mark.parametrize("name", sorted(schemes()))
def test_every_code_and_phrase_means_its_own_level(name: str) -> None:
    for code, level in schemes()[name].codes.items():
        assert level_of(name, code) == level
    for words, level in schemes()[name].words:
        assert level_of(name, f"Advice: {words.upper()}.") == level, words


@pytest.mark.parametrize(
    ("name", "words", "level"),
    [
        ("us", "Level 3: Reconsider Travel", 3),
        ("us", "Exercise Normal Precautions", 1),
        ("uk", "avoid_all_but_essential_travel_to_whole_country", 3),
        ("uk", "FCDO advises against all but essential travel to the island", 3),
        ("uk", "", 1),
        ("ca", "Avoid non-essential travel (with regional advisories)", 3),
        ("ca", "3", 4),
        ("ca", "Éviter tout voyage non essentiel", 3),
        ("au", "Reconsider your need to travel", 3),
        ("au", "Do not travel", 4),
        ("de", "partialWarning", 3),
        ("de", "warning", 4),
        ("jp", "レベル３：渡航は止めてください。（渡航中止勧告）", 3),
        ("jp", "レベル４", 4),
        ("nl", "Wat uw situatie ook is: reis er niet heen", 4),
        ("cdc", "Level 2 - Practice Enhanced Precautions", 2),
        ("us", "no words of a level", None),
        ("nowhere", "Level 4", None),
    ],
)
def test_words_of_governments(name: str, words: str, level: int | None) -> None:
    assert level_of(name, words) == level


def test_health_levels_are_no_safety_scheme() -> None:
    assert scheme_of("US") == "us"
    assert scheme_of(None) == ""
    assert schemes()["cdc"].axis == "health"
