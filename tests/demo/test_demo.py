"""The demo tells the story: every step of it, in its order, to a receiver that checks signatures, and none of the noise."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from monitor.demo import play as demo
from monitor.demo.bodies import body
from monitor.demo.story import Entry, Story, load
from monitor.settings.load import sources_of
from monitor.sources.base import adapter_for
from monitor.sources.base import kinds as source_kinds


@pytest.fixture(scope="module")
def told() -> str:
    """Everything the demo prints, played as fast as the machine can."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        assert demo.play(speed=1000), "everything was delivered and signed"
    return out.getvalue()


@pytest.mark.parametrize(
    "words",
    [
        "2022-01-21 16:01 ALERT    Reported, not confirmed: United States weighing",
        "2022-01-24 00:01 UPDATE   Ukraine: United States orders",
        "2022-01-24 09:01 UPDATE   Ukraine: United Kingdom orders",
        "2022-01-31 22:31 ALERT    Belarus: United States orders",
        "2022-02-01 16:31 UPDATE   Ukraine: Canada raises advice to Level 4",
        "2022-02-02 06:00 CANCEL   Ukraine: A report was never confirmed: Canada",
        "2022-02-10 20:31 UPDATE   Ukraine: United States tells its citizens to leave now",
        "2022-02-11 19:01 UPDATE   Ukraine: United Kingdom raises advice to Level 4",
        "2022-02-28 14:31 UPDATE   Belarus: United States closes its embassy",
    ],
)
def test_each_step_is_told_when_it_is_seen(told: str, words: str) -> None:
    assert words in told


def test_the_rumour_was_first(told: str) -> None:
    (row,) = [line for line in told.splitlines() if line.startswith("Ukraine: staff or families leave")]
    assert row.index("► 21 Jan") > row.index("24 Jan"), "the wire's column stands right of the register's"


def test_no_noise_is_told(told: str) -> None:
    heads = [line for line in told.splitlines() if line[:4].isdigit() and "UTC" not in line[:30]]
    for word in ("Brazil", "Moldova", "Poland", "Romania", "Hungary", "lowers", "lifts", "refuse", "Zelensky"):
        assert not [head for head in heads if word in head], word
    assert " 0 twice, 0 with a wrong signature" in told


def test_every_body_is_understood_whole_at_every_moment() -> None:
    story = load()
    sources = sources_of({"url": "https://e.org/", **table} for table in story.sources)
    for moment, _ in story.moments():
        for source in sources:
            shown = story.shown(source.id, moment)
            if shown:
                parsed = adapter_for(source.kind)(body(source.kind, shown)[0], source)
                assert (parsed.damaged, parsed.problems) == (0, ())
                assert len(parsed.items) == min(len(shown), 20 if source.kind == "feed" else len(shown))


def test_the_story_is_sound() -> None:
    story = load()
    assert {table["kind"] for table in story.sources} <= set(source_kinds())
    assert {entry.source for entry in story.entries} == {table["id"] for table in story.sources}
    assert all(entry.at <= story.end - timedelta(hours=1) for entry in story.entries)
    assert _first(story, "us-state").at < story.start, "registers are not empty when the story begins"


def _first(story: Story, source: str) -> Entry:
    return next(entry for entry in story.entries if entry.source == source)
