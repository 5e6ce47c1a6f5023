"""What fetching keeps, against real sockets: one answer per source whatever the other side does, bounded, named, guarded."""

from __future__ import annotations

import asyncio
import hashlib
import http.server
import ipaddress
import resource
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from monitor.egress import EgressRefused, guarded_transport
from monitor.ledger import Cursor
from monitor.model import Source
from monitor.sources.crowd import Crowd
from monitor.sources.fetch import Fetched, Limits, Status, Why, fetch
from monitor.sources.request import retry_after
from tests.bench.farm import Farm
from tests.sources.server import GOOD, PAGE, Hostile

HOME = (ipaddress.ip_network("127.0.0.1/32"),)
QUICK = Limits(connect=2, read=1, total=2, wire_bytes=200_000, body_bytes=1_000_000)
AGENT = "monitor/test (+https://contact.example.org)"


@pytest.fixture(scope="module")
def server() -> Iterator[Hostile]:
    with Hostile() as running:
        yield running


def ask(url: str, cursor: Cursor = Cursor(), limits: Limits = QUICK, **source: object) -> Fetched:
    [answer] = fetch([(Source("s", "feed", url, **source), cursor)], limits=limits, allow=HOME, user_agent=AGENT)  # type: ignore[arg-type]
    return answer


def test_a_body_with_its_cursor(server: Hostile) -> None:
    answer = ask(server.url("/good"))
    assert (answer.status, answer.body, answer.error, answer.source_id) == (Status.BODY, GOOD, None, "s")
    assert answer.cursor == Cursor('"v1"', "Tue, 03 Mar 2026 09:00:00 GMT", hashlib.sha256(GOOD).hexdigest())
    assert answer.content_type == "application/rss+xml" and answer.took > 0
    assert server.heads["/good"]["user-agent"] == AGENT
    assert "if-none-match" not in server.heads["/good"]


def test_what_was_understood_is_asked_for_conditionally(server: Hostile) -> None:
    answer = ask(server.url("/not-modified"), Cursor('"v1"', "Tue, 03 Mar 2026 09:00:00 GMT", "abc"))
    assert answer.status is Status.NOT_MODIFIED and answer.body == b""
    assert answer.cursor == Cursor('"v1"', "Tue, 03 Mar 2026 09:00:00 GMT", "abc")
    head = server.heads["/not-modified"]
    assert (head["if-none-match"], head["if-modified-since"]) == ('"v1"', "Tue, 03 Mar 2026 09:00:00 GMT")


def test_a_304_nobody_asked_for_is_no_answer(server: Hostile) -> None:
    answer = ask(server.url("/not-modified"), Cursor('"v1"', "", ""))
    assert answer.status is Status.FAILED and answer.error and answer.error.why == Why.HTTP_STATUS


def test_a_source_may_carry_its_own_agent(server: Hostile) -> None:
    ask(server.url("/good?own"), options=(("user_agent", "Mozilla/5.0 (compatible; {agent})"),))
    assert server.heads["/good?own"]["user-agent"] == f"Mozilla/5.0 (compatible; {AGENT})"


@pytest.mark.parametrize("path", ["/gzip", "/gzip-twice", "/deflate", "/bare-deflate", "/to-good"])
def test_packed_and_moved_bodies_arrive_whole(server: Hostile, path: str) -> None:
    assert ask(server.url(path)).body == GOOD


def test_a_challenge_page_is_a_body_for_the_parser_to_refuse(server: Hostile) -> None:
    assert ask(server.url("/challenge")).body == PAGE


@pytest.mark.parametrize("first", ["/500", "/403", "/silent", "/challenge", "/to-metadata"])
def test_alternates_are_asked_in_order_when_the_first_address_is_of_no_use(server: Hostile, first: str) -> None:
    others = (server.url("/503"), server.url("/good?other"), server.url("/good?never"))
    cursor = Cursor('"of the first"', "", "abc")
    answer = ask(server.url(first), cursor, alternates=others)
    assert answer.body == GOOD and answer.url_final.endswith("/good?…")
    assert "if-none-match" not in server.heads["/good?other"], "a cursor belongs to its own address"
    assert answer.cursor == Cursor(body_hash=hashlib.sha256(GOOD).hexdigest())
    assert "/good?never" not in server.asked


def test_when_no_alternate_helps_the_first_answer_tells_why(server: Hostile) -> None:
    answer = ask(server.url("/403"), Cursor('"x"', "", "abc"), alternates=(server.url("/500"),))
    assert answer.error and answer.error.blocked and answer.cursor == Cursor('"x"', "", "abc")
    assert ask(server.url("/challenge"), alternates=(server.url("/500"),)).body == PAGE


FAULTS = [
    ("/drip", Why.DEADLINE, False),
    ("/drip-body", Why.DEADLINE, False),
    ("/silent", Why.TIMEOUT, False),
    ("/endless", Why.TOO_LARGE, False),
    ("/announced", Why.TOO_LARGE, False),
    ("/bomb", Why.TOO_LARGE, False),
    ("/cut", Why.CUT_OFF, False),
    ("/cut-gzip", Why.CUT_OFF, False),
    ("/reset", Why.CUT_OFF, False),
    ("/no-gzip", Why.BAD_ENCODING, False),
    ("/brotli", Why.BAD_ENCODING, False),
    ("/noise", Why.PROTOCOL, False),
    ("/nothing", Why.PROTOCOL, False),
    ("/loop", Why.REDIRECTS, False),
    ("/to-nowhere", Why.REDIRECTS, False),
    ("/to-file", Why.REDIRECTS, False),
    ("/to-secret", Why.REDIRECTS, False),
    ("/to-metadata", Why.REFUSED_ADDRESS, False),
    ("/to-mapped", Why.REFUSED_ADDRESS, False),
    ("/to-decimal", Why.REFUSED_ADDRESS, False),
    ("/403", Why.BLOCKED, True),
    ("/407", Why.BLOCKED, True),
    ("/429", Why.BLOCKED, True),
    ("/451", Why.BLOCKED, True),
    ("/mitigated", Why.BLOCKED, True),
    ("/404", Why.HTTP_STATUS, False),
    ("/500", Why.HTTP_STATUS, False),
    ("/204", Why.HTTP_STATUS, False),
]


def test_every_fault_has_its_name_and_harms_no_other(server: Hostile) -> None:
    """All of them in one batch, with a good source that must be answered before the slow ones are given up."""
    batch = [(Source(path, "feed", server.url(path)), Cursor('"old"', "", "x")) for path, _, _ in FAULTS]
    batch.append((Source("good", "feed", server.url("/good")), Cursor()))
    limits = Limits(per_host=40, connect=2, read=1, total=2, wire_bytes=200_000, body_bytes=1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers = list(fetch(batch, limits=limits, allow=(*HOME, ipaddress.ip_network("::ffff:0:0/96")), user_agent=AGENT))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    by_id = {answer.source_id: answer for answer in answers}
    assert len(answers) == len(batch) == len(by_id)
    assert by_id["good"].body == GOOD
    for path, why, blocked in FAULTS:
        answer = by_id[path]
        assert answer.status is Status.FAILED and answer.body == b"" and answer.error, path
        assert (path, answer.error.why, answer.error.blocked) == (path, why, blocked), str(answer.error)
        assert answer.cursor == Cursor('"old"', "", "x"), "a failed poll moves nothing"
        assert "secret" not in f"{answer.error}{answer.url_final}"
    order = [answer.source_id for answer in answers]
    assert order.index("good") < order.index("/drip")
    assert grown < 100_000, f"{grown} KB more"


def test_retry_after(server: Hostile) -> None:
    assert ask(server.url("/429")).retry_after == timedelta(minutes=2)
    assert ask(server.url("/503")).retry_after == timedelta(days=1)
    assert ask(server.url("/500")).retry_after is None


@pytest.mark.parametrize(
    ("printed", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Tue, 03 Mar 2026 09:05:00 GMT", timedelta(minutes=5)),
        ("Tue, 03 Mar 2026 08:00:00 GMT", None),
        ("-5", None),
        ("", None),
        ("9" * 400, None),
        ("999999999", timedelta(days=1)),
    ],
)
def test_retry_after_as_printed(printed: str, wait: timedelta | None) -> None:
    assert retry_after(printed, datetime(2026, 3, 3, 9, tzinfo=UTC), timedelta(days=1)) == wait


def test_one_host_is_asked_by_few_at_a_time(server: Hostile) -> None:
    with Hostile() as crowded:
        batch = [(Source(str(n), "feed", crowded.url(f"/slow/{n}")), Cursor()) for n in range(8)]
        answers = list(fetch(batch, limits=Limits(per_host=2), allow=HOME, user_agent=AGENT))
        assert all(answer.body == GOOD for answer in answers) and len(answers) == 8
        assert crowded.busiest == 2


def test_batches_that_share_a_crowd_keep_its_bounds_together() -> None:
    """Batches begin at different times and in threads of their own; a host sees one program, not one batch."""
    with Hostile() as crowded, ThreadPoolExecutor(3) as threads:
        crowd = Crowd(in_flight=40, per_host=2)

        def batch(number: int) -> list[Fetched]:
            asked = [(Source(f"{number}.{n}", "feed", crowded.url(f"/slow/{n}")), Cursor()) for n in range(4)]
            return list(fetch(asked, limits=Limits(), allow=HOME, user_agent=AGENT, crowd=crowd))

        answers = [answer for some in threads.map(batch, range(3)) for answer in some]
    assert len(answers) == 12 and all(answer.body == GOOD for answer in answers)
    assert crowded.busiest == 2
    assert not crowd._hosts, "nothing is kept of a host that nobody asks"


@pytest.mark.parametrize("steps", range(5))
def test_who_leaves_the_line_gives_its_turn_to_the_next(steps: int) -> None:
    """At whatever step of the hand-over it leaves."""

    async def scene() -> list[str]:
        crowd, came = Crowd(in_flight=1, per_host=1), list[str]()

        async def visit(name: str, stay: float) -> None:
            async with crowd.at("host"), crowd.among_all():
                came.append(name)
                await asyncio.sleep(stay)

        first, leaver, last = (asyncio.create_task(visit(*one)) for one in (("first", 0.2), ("leaver", 9), ("last", 0)))
        await asyncio.sleep(0.05)
        leaver.cancel()
        await asyncio.wait_for(asyncio.gather(first, last), 5)
        given = asyncio.create_task(visit("given", 9))
        await asyncio.sleep(0.05)
        waiter, heir = asyncio.create_task(visit("waiter", 9)), asyncio.create_task(visit("heir", 0))
        await asyncio.sleep(0.05)
        given.cancel()
        for _ in range(steps):
            await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.wait_for(heir, 5)
        return came

    assert asyncio.run(scene()) in (["first", "last", "given", "heir"], ["first", "last", "given", "waiter", "heir"])


def test_bodies_wait_for_their_reader_only_a_few_at_a_time() -> None:
    """A reader that is slow lets no pile of bodies grow, and nobody else waits for it."""
    with Farm(60) as farm:
        home = (ipaddress.ip_network("127.0.0.0/8"),)
        crowd = Crowd(in_flight=64, per_host=2)
        batch = [(Source(str(n), "feed", farm.url(n)), Cursor()) for n in range(60)]
        slow = fetch(batch, limits=Limits(), allow=home, user_agent=AGENT, crowd=crowd)
        next(slow)
        time.sleep(0.5)
        assert sum(farm.served.values()) <= 16 + 1
        others = list(fetch(batch[:20], limits=Limits(), allow=home, user_agent=AGENT, crowd=crowd))
        assert len(others) == 20, "another batch has its answers meanwhile"
        assert len(list(slow)) == 59


def test_leaving_early_ends_the_requests(server: Hostile) -> None:
    batch = [(Source("good", "feed", server.url("/good")), Cursor()), (Source("slow", "feed", server.url("/silent")), Cursor())]
    answers = fetch(batch, limits=Limits(total=8), allow=HOME, user_agent=AGENT)
    assert next(answers).source_id == "good"
    [thread] = [t for t in threading.enumerate() if t.name == "fetch"]
    answers.close()  # type: ignore[attr-defined]
    thread.join(timeout=4)
    assert not thread.is_alive()


def test_an_empty_batch_is_no_work() -> None:
    assert list(fetch([], limits=QUICK, user_agent=AGENT)) == []


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://x.example.org/", "http://", "https://user:secret@x.example.org/", "http://[::1", "", "x"]
)
def test_addresses_that_are_none(url: str) -> None:
    answer = ask(url)
    assert answer.error and answer.error.why == Why.BAD_URL
    assert "secret" not in f"{answer.error}{answer.url_final}"


def test_a_name_without_address_and_a_closed_port() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/"
        assert ask(closed).error.why == Why.NO_CONNECTION  # type: ignore[union-attr]
    assert ask("http://no-such-name.invalid/").error.why == Why.NO_CONNECTION  # type: ignore[union-attr]


def test_tls_is_not_negotiable(server: Hostile) -> None:
    answer = ask(f"https://127.0.0.1:{server.port}/good")
    assert answer.error and answer.error.why == Why.TLS


# --- the guard itself, through both kinds of client ---------------------------------------------------------------------


@pytest.fixture
def rebinding(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A name server of our own: every question is answered with the next address of the list."""
    answers: list[str] = []
    real = socket.getaddrinfo

    def lookup(host: str, port: int, *args: object, **kwargs: object) -> object:
        if host != "rebinding.example.org":
            return real(host, port, *args, **kwargs)  # type: ignore[arg-type]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in (answers.pop(0) if answers else "").split(",") if a]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return answers


def test_the_address_that_was_checked_is_the_one_connected_to(server: Hostile, rebinding: list[str]) -> None:
    """Public at the first question, private at a second: there is no second question."""
    url = server.url("/good", "rebinding.example.org")
    rebinding[:] = ["127.0.0.1", "127.0.0.2"]
    assert ask(url).body == GOOD
    assert rebinding == ["127.0.0.2"]
    assert ask(url).error.why == Why.REFUSED_ADDRESS  # type: ignore[union-attr]


def test_one_private_address_among_public_ones_condemns_the_name(server: Hostile, rebinding: list[str]) -> None:
    rebinding[:] = ["127.0.0.1,10.0.0.1"]
    assert ask(server.url("/good", "rebinding.example.org")).error.why == Why.REFUSED_ADDRESS  # type: ignore[union-attr]


def test_the_sync_client_is_guarded_too(server: Hostile, rebinding: list[str]) -> None:
    with httpx.Client(transport=guarded_transport(HOME), trust_env=False) as client:
        assert client.get(server.url("/good")).content == GOOD
        rebinding[:] = ["10.0.0.1", "127.0.0.1"]
        with pytest.raises(EgressRefused):
            client.get(server.url("/good", "rebinding.example.org"))
        assert client.get(server.url("/good", "rebinding.example.org")).content == GOOD
    with httpx.Client(transport=guarded_transport(), trust_env=False) as client, pytest.raises(EgressRefused, match="loopback"):
        client.get(server.url("/good"))


def test_addresses_take_turns_when_one_does_not_answer(server: Hostile, rebinding: list[str]) -> None:
    rebinding[:] = ["127.0.0.3,127.0.0.1"]
    with httpx.Client(transport=guarded_transport((ipaddress.ip_network("127.0.0.0/8"),)), trust_env=False, timeout=5) as client:
        assert client.get(server.url("/good", "rebinding.example.org")).content == GOOD


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, ssl.SSLContext]]:
    """A server with a certificate for right.example.org, and a client's context that trusts it."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
         "-days", "2", "-subj", "/CN=right.example.org", "-addext", "subjectAltName=DNS:right.example.org"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Encrypted)
    httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield httpd.server_address[1], ssl.create_default_context(cafile=str(cert))
    httpd.shutdown()


class Encrypted(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(GOOD)))
        self.end_headers()
        self.wfile.write(GOOD)

    def log_message(self, *_: object) -> None:
        pass


def test_the_name_is_still_what_tls_checks(encrypted: tuple[int, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting to a checked address must not make TLS accept a certificate for the address, or for another name."""
    port, tls = encrypted
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))])
    found = {}
    for host in ("right.example.org", "wrong.example.org", "127.0.0.1"):
        batch = [(Source(host, "feed", f"https://{host}:{port}/x"), Cursor())]
        [found[host]] = fetch(batch, limits=QUICK, allow=HOME, user_agent=AGENT, tls=tls)
    assert found["right.example.org"].body == GOOD
    assert [found[h].error.why for h in ("wrong.example.org", "127.0.0.1")] == [Why.TLS, Why.TLS]  # type: ignore[union-attr]


def test_what_is_there_already_comes_together(server: Hostile) -> None:
    """So that what is cheap may be saved together; the last of those that are there says that nobody waits behind it."""
    batch = [(Source(str(n), "feed", server.url("/good")), Cursor()) for n in range(6)]
    batch.append((Source("slow", "feed", server.url("/slow/x")), Cursor()))
    more = [(a.source_id, a.more) for a in fetch(batch, limits=Limits(per_host=40), allow=HOME, user_agent=AGENT)]
    assert more[-1] == ("slow", False)
    assert more[-2][1] is False, "nobody waits for a slow one"


def test_a_slow_few_hold_up_nobody() -> None:
    """Two in a hundred hosts answer nothing at all: the others are through long before those are given up."""
    with Farm(100, latency=0.02, hanging=frozenset({0, 50})) as farm:
        batch = [(Source(str(n), "feed", farm.url(n)), Cursor()) for n in range(100)]
        limits = Limits(in_flight=16, connect=3, read=3, total=3)
        answers = list(fetch(batch, limits=limits, allow=(ipaddress.ip_network("127.0.0.0/8"),), user_agent=AGENT))
    assert {a.source_id for a in answers[-2:]} == {"0", "50"}
    assert all(a.status is Status.BODY for a in answers[:-2])
