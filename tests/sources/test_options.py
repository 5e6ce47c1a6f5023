"""What a source may say under its options: a key from the environment, the country of a mission, the outlet of a feed, its patience."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from monitor.detect.sight import ALARM_FAILURES, after_failure
from monitor.ledger import Cursor, SourceRecord
from monitor.model import Source, SourceState
from monitor.sources.base import adapter_for
from monitor.sources.fetch import Fetched, Status, fetch
from tests.world import world

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><item>
<title>Demonstration Alert</title><link>https://x.example.org/1</link><description>Avoid the centre.</description></item></channel></rss>"""


def asked(url: str, **options: str) -> Fetched:
    source = Source("s", "feed", url, options=tuple(options.items()))
    (answer,) = fetch([(source, Cursor())], allow=(ip_network("127.0.0.0/8"),), user_agent="test")
    return answer


def test_a_key_is_put_into_the_address_and_stands_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "s3cret+/")
    with world() as there:
        there.feeds["/list?key=s3cret%2B%2F"] = FEED
        answer = asked(f"{there.url}/list?key={{key}}", key="env:OUR_KEY")
        assert answer.status is Status.BODY and there.asked == ["/list?key=s3cret%2B%2F"]
        assert "s3cret" not in repr(answer)


def test_a_key_that_is_not_there_is_said_and_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUR_KEY", raising=False)
    with world() as there:
        answer = asked(f"{there.url}/list?key={{key}}", key="env:OUR_KEY")
        assert answer.status is Status.FAILED and "OUR_KEY is not set" in str(answer.error) and there.asked == []
        assert "option key" in str(asked(f"{there.url}/{{key}}", key="in-the-clear").error)


def test_a_mission_says_where_it_stands_and_an_outlet_its_name() -> None:
    source = Source("s", "feed", "https://x.example.org/", "US", options=(("host", "LB"), ("publisher", "Example News")))
    (item,) = adapter_for("feed")(FEED, source).items
    assert ("host", "LB") in item.labels and item.publisher == "Example News" and item.places == ()
    (plain,) = adapter_for("feed")(FEED, replace(source, options=(("host", "nowhere"),))).items
    assert plain.labels == () and plain.publisher == ""


@pytest.mark.parametrize(("said", "alarm"), [("", ALARM_FAILURES), ("5", 5), ("many", ALARM_FAILURES), ("0", 1)])
def test_a_source_known_to_fail_has_patience(said: str, alarm: int) -> None:
    source = Source("s", "feed", "https://x.example.org/", every=timedelta(hours=1), options=(("alarm_failures", said),))
    record = SourceRecord("s", state=SourceState.HEALTHY, since=NOW, seen_well=NOW)
    told = []
    for failure in range(1, 8):
        sight = after_failure(source, record, SourceState.BLOCKED, "407", NOW + timedelta(minutes=failure))
        record = replace(record, state=sight.state, since=sight.since, failures=sight.failures)
        told += [failure] if sight.change else []
    assert told == [alarm]
