"""Pages are read only where robots.txt lets us."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from monitor.errors import FetchError
from monitor.ledger import Cursor
from monitor.model import Source
from monitor.service.polite import Polite
from monitor.sources.fetch import Fetched, Status, Why
from tests.service.world import Clock

PAGE = Source("p", "page", "https://gov.example/travel?c=ua")
FEED = Source("f", "feed", "https://gov.example/travel.rss")
AGENT = "Mozilla/5.0 (compatible; advisory-monitor/1.0; +https://desk.example)"


class Site:
    """A site with a robots.txt that can be changed."""

    def __init__(self, robots: bytes | FetchError) -> None:
        self.robots = robots
        self.asked: list[str] = []

    def __call__(self, batch: Sequence[tuple[Source, Cursor]]) -> Iterator[Fetched]:
        for source, _ in batch:
            self.asked.append(source.url)
            if not source.url.endswith("/robots.txt"):
                yield Fetched(source.id, Status.BODY, b"words")
            elif isinstance(self.robots, bytes):
                yield Fetched(source.id, Status.BODY, self.robots)
            else:
                yield Fetched(source.id, Status.FAILED, error=self.robots)


def read(polite: Polite, *sources: Source) -> dict[str, str]:
    return {f.source_id: str(f.error or "ok") for f in polite([(s, Cursor()) for s in sources or (PAGE, FEED)])}


def test_what_is_forbidden_is_not_asked_for_and_says_so() -> None:
    site = Site(b"User-agent: *\nDisallow: /travel?\n")
    assert read(Polite(site, AGENT, Clock())) == {"p": f"{Why.ROBOTS}: robots.txt forbids /travel?c=ua", "f": "ok"}
    assert site.asked == ["https://gov.example/robots.txt", FEED.url]


def test_rules_are_remembered_for_a_day_and_learned_anew() -> None:
    site, clock = Site(b"User-agent: advisory-monitor\nAllow: /\nUser-agent: *\nDisallow: /\n"), Clock()
    polite = Polite(site, AGENT, clock)
    for _ in range(3):
        assert read(polite) == {"p": "ok", "f": "ok"}
    assert sum(url.endswith("robots.txt") for url in site.asked) == 1
    site.robots = b"User-agent: *\nDisallow: /\n"
    clock.forward(timedelta(hours=25))
    assert "forbids" in read(polite)["p"]


def test_none_is_all_and_a_broken_site_is_not_read_on_a_guess() -> None:
    gone, broken = FetchError("http_status", "404"), FetchError("http_status", "503")
    assert read(Polite(Site(gone), AGENT, Clock()))["p"] == "ok"
    site, clock = Site(broken), Clock()
    polite = Polite(site, AGENT, clock)
    assert "could not be asked" in read(polite)["p"]
    site.robots = b""
    clock.forward(timedelta(hours=1))
    assert read(polite)["p"] == "ok"
    site.robots = broken
    clock.forward(timedelta(days=2))
    assert read(polite)["p"] == "ok", "what was said before still counts"


def test_feeds_alone_ask_for_no_rules() -> None:
    site = Site(b"User-agent: *\nDisallow: /\n")
    assert read(Polite(site, AGENT, Clock()), FEED) == {"f": "ok"} and site.asked == [FEED.url]
