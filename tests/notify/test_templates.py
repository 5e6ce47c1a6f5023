"""An operator's words are tried before they are taken, cannot reach out of their sandbox, and never cost an alert."""

from __future__ import annotations

import pytest

from monitor.model import ChangeKind, MessageType
from monitor.notify.templates import Wording, Words, samples, worded
from monitor.route.message import Message
from monitor.route.plan import plan
from monitor.route.routes import Receiver, Route
from tests.service.world import START, change

BERLIN = Receiver("a", zone="Europe/Berlin")


def said(wording: Wording) -> Message:
    (line,) = plan([change()], routes=[Route("all", ("a",))], receivers={"a": BERLIN}, told={}, now=START).deliveries
    return worded({"a": Words(wording)})(line, [change()], BERLIN)


def test_own_words_with_everything_there_is() -> None:
    message = said(
        Wording(
            "{{ severity|upper }} {{ place.code if place else '?' }}: {{ headline }}",
            "{% for c in changes %}{{ c.kind }} {{ c.before }}→{{ c.after }}{% endfor %} at {{ local(detected) }}",
        )
    )
    assert message.headline == "EXTREME UA: UA: US raises advice to Level 4, Do Not Travel (was Level 3)"
    assert message.summary == "level_raised 3→4 at 2026-03-01 13:00 CET (12:00 UTC)"
    assert message.data["headline"].startswith("UA: US raises"), "the contract's body stays as it is"


def test_no_wording_changes_nothing() -> None:
    assert said(Wording()).headline == "UA: US raises advice to Level 4, Do Not Travel (was Level 3)"


@pytest.mark.parametrize(
    "bad",
    [
        "{{ nothing }}",
        "{{ place.code }}",  # a digest or a test has no place
        "{% for %}",
        "{{ headline.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ changes.append(1) }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 10 ** 10 }}",
        "{% include 'etc/passwd' %}",
        "{{ range(100000000) | list }}",
        "{{ published + 1 }}",
    ],
)
def test_what_fails_on_any_message_is_refused_at_load(bad: str) -> None:
    with pytest.raises(ValueError, match="template fails"):
        Words(Wording(headline=bad))


def test_the_samples_are_every_kind_and_type() -> None:
    seen = list(samples())
    assert {m.type for m in seen} == set(MessageType)
    assert {c["kind"] for m in seen for c in m.data.get("changes", ())} == set(map(str, ChangeKind))


def test_words_that_fail_after_all_are_ours() -> None:
    words = Words(Wording("{{ 1 // (60 - (headline|length)) if 'X' in headline else headline }}"))
    message = next(samples())
    broken = Message(**{f: getattr(message, f) for f in message.__dataclass_fields__} | {"headline": "X" * 60})
    assert words.put(broken, BERLIN) == broken


def test_output_is_bounded() -> None:
    words = Words(Wording(summary="{% for a in range(90000) %}xxxxxxxxxx{% endfor %}"))
    assert len(words.put(next(samples()), BERLIN).summary) <= 20_000
