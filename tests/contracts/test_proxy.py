"""Through a real proxy: feeds and webhooks go there, names are resolved there, what can be checked is, and its faults are named."""

from __future__ import annotations

import http.server
import ipaddress
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.app import opened
from monitor.egress import EgressRefused, guarded_transport
from monitor.errors import SettingsError, TryLater, WrongUse
from monitor.guard import Refused
from monitor.ledger import Cursor
from monitor.model import Source, SourceState
from monitor.notify.base import HttpChannel, Net
from monitor.proxy import Proxy, check_unresolved, hop_of
from monitor.secret import Secret
from monitor.settings.load import load
from monitor.sources.fetch import Fetched, Limits, Why, fetch
from tests.daemon import world
from tests.service.world import Clock
from tests.sources import proxy as real
from tests.sources.server import GOOD, Hostile

HOME = (ipaddress.ip_network("127.0.0.0/8"),)
QUICK = Limits(connect=2, read=1, total=3)
HOST = "feeds.example.org"


@pytest.fixture(scope="module")
def server() -> Iterator[Hostile]:
    with Hostile() as running:
        yield running


@pytest.fixture
def proxy() -> Iterator[real.Proxy]:
    with real.Proxy({HOST: "127.0.0.1", "other.example.org": "127.0.0.1"}) as running:
        yield running


def ask(url: str, address: str | Secret, *spared: str, allow: Any = HOME, tls: ssl.SSLContext | None = None) -> Fetched:
    batch = [(Source("s", "feed", url), Cursor())]
    [answer] = fetch(batch, limits=QUICK, allow=allow, user_agent="t", proxy=Proxy(address, spared), tls=tls)
    return answer


def fault(answer: Fetched) -> tuple[str, bool]:
    assert answer.error is not None
    return answer.error.why, answer.error.blocked


# --- what goes through -----------------------------------------------------------------------------------------------


def test_a_plain_request_names_the_whole_address_and_the_proxy_resolves_it(server: Hostile, proxy: real.Proxy) -> None:
    url = f"http://{HOST}:{server.port}/good"
    answer = ask(url, proxy.url)
    assert answer.body == GOOD and answer.cursor.etag == '"v1"'
    assert proxy.asked == [f"GET {url}"]
    assert server.heads["/good"]["host"] == f"{HOST}:{server.port}"


def test_redirects_go_through_it_too_and_lead_nowhere_they_must_not(server: Hostile, proxy: real.Proxy) -> None:
    assert ask(f"http://{HOST}:{server.port}/to-good", proxy.url).body == GOOD
    for path in ("/to-metadata", "/to-mapped"):
        assert fault(ask(f"http://{HOST}:{server.port}{path}", proxy.url, allow=(ipaddress.ip_network("127.0.0.1/32"),))) == (
            Why.REFUSED_ADDRESS, False,
        )  # fmt: skip
    assert not any("169.254" in line or "ffff" in line for line in proxy.asked)


class Secure(http.server.BaseHTTPRequestHandler):
    """A feed and a receiver behind TLS; remembers the heads."""

    heads: list[dict[str, str]]

    def do_GET(self) -> None:
        self.answer(GOOD)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(b"")

    def answer(self, body: bytes) -> None:
        self.heads.append({k.lower(): v for k, v in self.headers.items()})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, ssl.SSLContext, list[dict[str, str]]]]:
    """A server with a certificate for HOST, a client's context that trusts it, and the heads it was sent."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
         "-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    heads: list[dict[str, str]] = []
    handler = type("Handler", (Secure,), {"heads": heads})
    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield httpd.server_address[1], ssl.create_default_context(cafile=str(cert)), heads
    httpd.shutdown()


def test_an_encrypted_request_goes_through_a_tunnel_whose_far_end_is_the_host(
    secure: tuple[int, ssl.SSLContext, list[dict[str, str]]], proxy: real.Proxy
) -> None:
    port, tls, heads = secure
    proxy.login = real.LOGIN
    address = f"http://{real.LOGIN}@127.0.0.1:{proxy.port}"
    assert ask(f"https://{HOST}:{port}/x", address, tls=tls).body == GOOD
    assert proxy.asked == [f"CONNECT {HOST}:{port}"]
    assert not any(name.startswith("proxy-") for name in heads[-1]), "the login is for the proxy alone"
    assert fault(ask(f"https://other.example.org:{port}/x", address, tls=tls)) == (Why.TLS, False), "a proxy cannot stand in for a host"


def test_whom_no_proxy_names_is_reached_directly_and_guarded(server: Hostile, proxy: real.Proxy) -> None:
    assert ask(server.url("/good"), proxy.url, "127.0.0.0/8").body == GOOD
    assert proxy.asked == []
    refused = ask(server.url("/good"), proxy.url, "127.0.0.0/8", allow=(ipaddress.ip_network("::1/128"),))
    assert fault(refused) == (Why.REFUSED_ADDRESS, False)


@pytest.mark.parametrize(
    ("rule", "host", "spared"),
    [
        ("example.org", "example.org", True),
        ("example.org", "www.EXAMPLE.org.", True),
        (".example.org", "www.example.org", True),
        ("*.example.org", "www.example.org", True),
        ("example.org", "badexample.org", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/8", "10.example.org", False),
        ("::1", "::1", True),
        ("*", "anything.example", True),
    ],
)
def test_whom_a_rule_spares(rule: str, host: str, spared: bool) -> None:
    assert (Proxy("http://proxy.example:3128", (rule,)).towards(host) is None) is spared


# --- what is checked -------------------------------------------------------------------------------------------------


def test_the_proxy_itself_must_be_where_we_may_connect_to(server: Hostile, proxy: real.Proxy) -> None:
    for scheme in ("http", "https"):
        assert fault(ask(f"{scheme}://{HOST}:{server.port}/good", proxy.url, allow=())) == (Why.REFUSED_ADDRESS, False)
    with httpx.Client(transport=guarded_transport(proxy=Proxy(proxy.url)), trust_env=False) as client, pytest.raises(EgressRefused):
        client.get(f"http://{HOST}:{server.port}/good")
    assert proxy.asked == []


UNFIT = [
    "169.254.169.254", "127.0.0.1", "10.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:10.0.0.1]",
    "[fe80::1%25eth0]", "localhost", "LOCALHOST.", "app.localhost", "metadata", "metadata.google.internal", "printer.local",
    "router.home.arpa", "wiki.corp",
]  # fmt: skip


@pytest.mark.parametrize("host", UNFIT)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_proxy_is_asked_for_what_is_not_public(host: str, scheme: str) -> None:
    alone = (ipaddress.ip_network("127.0.0.9/32"),)
    with pytest.raises(Refused):
        check_unresolved(host.strip("[]").replace("%25", "%"), alone)
    with real.Proxy(host="127.0.0.9") as proxy:
        assert fault(ask(f"{scheme}://{host}/", proxy.url, allow=alone))[0] in (Why.REFUSED_ADDRESS, Why.BAD_URL)
        transport = guarded_transport(alone, proxy=Proxy(proxy.url))
        with httpx.Client(transport=transport, trust_env=False) as client, pytest.raises((EgressRefused, httpx.InvalidURL)):
            client.get(f"{scheme}://{host}/")
        assert proxy.asked == []


@pytest.mark.parametrize("host", ["travel.example.org", "8.8.8.8", "2606:4700::6810:84e5", "local.example.org", "xn--bcher-kva.example"])
def test_what_may_be_public_is(host: str) -> None:
    check_unresolved(host, ())


# --- logins ----------------------------------------------------------------------------------------------------------


def test_a_login_is_asked_for_by_name_and_a_changed_one_needs_no_restart(server: Hostile, proxy: real.Proxy, tmp_path: Path) -> None:
    proxy.login = real.LOGIN
    secret = tmp_path / "proxy"
    secret.write_text(f"http://scott:wrong@127.0.0.1:{proxy.port}\n")
    reference = Secret(f"file:{secret}")
    transport = guarded_transport(HOME, proxy=Proxy(reference))
    with httpx.Client(transport=transport, trust_env=False) as client:
        for url in (f"http://{HOST}:{server.port}/good", f"https://{HOST}:{server.port}/good"):
            answer = ask(url, reference)
            assert fault(answer) == (Why.PROXY, True)
            assert "login (407)" in str(answer.error) and "wrong" not in str(answer.error)
            with pytest.raises(httpx.ProxyError, match="407"):
                client.get(url)
        secret.write_text(f"http://{real.LOGIN}@127.0.0.1:{proxy.port}\n")
        assert ask(f"http://{HOST}:{server.port}/good", reference).body == GOOD
        assert client.get(f"http://{HOST}:{server.port}/good").content == GOOD
        secret.unlink()
        assert fault(ask(f"http://{HOST}:{server.port}/good", reference)) == (Why.PROXY, False)
        with pytest.raises(httpx.ProxyError, match="cannot be read"):
            client.get(f"http://{HOST}:{server.port}/good")


def test_a_login_shows_nowhere() -> None:
    hop = hop_of("http://user:canary%40x@proxy.example:3128")
    assert (hop.host, hop.port) == ("proxy.example", 3128)
    assert "canary" not in f"{hop}{hop!r}" and hop.login == "Basic dXNlcjpjYW5hcnlAeA=="


@pytest.mark.parametrize(
    "address", ["https://p.example", "socks5://canary@p.example", "http://", "p.example:3128", "http://p/x", "http://[x"]
)
def test_what_is_no_proxy_is_said_without_repeating_it(address: str) -> None:
    with pytest.raises(WrongUse, match="http://HOST:PORT") as caught:
        hop_of(address)
    assert "canary" not in str(caught.value)


# --- its faults ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "why", "blocked"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", Why.PROXY, True),
        (b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n", Why.NO_CONNECTION, False),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", Why.PROXY, True),
        (b"this is no HTTP at all\r\n\r\n", Why.PROTOCOL, False),
        (b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01 said before we asked", Why.PROTOCOL, False),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 50_000, Why.PROTOCOL, False),
        (b"HTTP/1.1 200 OK\r\n\r\n", Why.CUT_OFF, False),
        (b"HTTP/1.1 ...", Why.TIMEOUT, False),
    ],
    ids=["403", "503", "302", "noise", "too-much", "long-head", "closes", "silent"],
)
def test_what_a_proxy_does_wrong_has_a_name(act: bytes, why: Why, blocked: bool, proxy: real.Proxy) -> None:
    proxy.act = act
    assert fault(ask(f"https://{HOST}/", proxy.url)) == (why, blocked)


def test_hosts_it_cannot_reach_and_a_proxy_that_is_not_there(proxy: real.Proxy) -> None:
    assert fault(ask("https://unknown.example.org/", proxy.url)) == (Why.NO_CONNECTION, False)
    with real.Proxy() as gone:
        address = gone.url
    for scheme in ("http", "https"):
        answer = ask(f"{scheme}://{HOST}/", address)
        assert fault(answer) == (Why.NO_CONNECTION, False) and "the proxy cannot be reached" in str(answer.error)


# --- as people use it ------------------------------------------------------------------------------------------------


def test_webhooks_go_through_it(server: Hostile, secure: tuple[int, ssl.SSLContext, list[dict[str, str]]], proxy: real.Proxy) -> None:
    port, tls, heads = secure
    proxy.login = real.LOGIN
    chosen = Proxy(f"http://{real.LOGIN}@127.0.0.1:{proxy.port}")
    made = HttpChannel(name="c").using(Net(lambda: guarded_transport(HOME, tls=tls, proxy=chosen), timedelta(seconds=3)))
    assert isinstance(made, HttpChannel)
    for _ in range(2):
        assert made.post(f"https://{HOST}:{port}/hook", json={"x": 1})[0] == "HTTP 200"
    assert not any(name.startswith("proxy-") for name in heads[-1])
    assert made.post(f"http://{HOST}:{server.port}/good", method="GET") == ("HTTP 200", GOOD)
    proxy.act = b"HTTP/1.1 ..."
    with pytest.raises(TryLater):
        made.post(f"https://other.example.org:{port}/hook", json={})
    made.close()


def configured(folder: Path, net: world.Net, address: str) -> Path:
    path = world.config(folder, net, every="15m")
    text = path.read_text().replace("127.0.0.1:", f"{HOST}:")
    path.write_text(text.replace("[egress]", f'[egress]\nproxy = "{address}"\nno_proxy = ["intranet.example.org"]'))
    return path


def test_the_whole_monitor_behind_a_proxy(tmp_path: Path, proxy: real.Proxy) -> None:
    """Feeds and webhooks of hosts that only the proxy can resolve: a change is seen, and told."""
    oman = world.Advisory("Oman", "MU", 2, "Exercise Increased Caution", "Exercise increased caution because of crime in the towns.")
    raised = world.Advisory("Oman", "MU", 4, "Do Not Travel", "Do not travel to Oman because of armed conflict.", day=0)
    with world.loopback() as net:
        net.pages |= {"us.xml": world.register(oman), "daily.xml": world.newspaper(("Rain", "It will rain."))}
        path = configured(tmp_path, net, "env:WAY_OUT")
        env = os.environ | {"DESK_SECRET": world.SECRET, "WAY_OUT": proxy.url}
        for page in (oman, raised):
            net.pages["us.xml"] = world.register(page)
            command = [sys.executable, "-m", "monitor", "poll", "--config", str(path)]
            ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
            assert ran.returncode == 0, ran.stderr + ran.stdout
        assert net.changes() == ["level_raised OM"]
    assert {line.split(" ")[0] for line in proxy.asked} == {"GET", "POST"}
    assert all(f"http://{HOST}:" in line for line in proxy.asked)


def test_a_proxy_that_wants_another_login_is_told_and_probed_often(
    tmp_path: Path, proxy: real.Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is our own proxy: nobody else is bothered by asking again every quarter of an hour, and the operator may mend it any time."""
    monkeypatch.setenv("DESK_SECRET", world.SECRET)
    monkeypatch.setenv("WAY_OUT", proxy.url)
    clock = Clock()
    with world.loopback() as net:
        net.pages |= {"us.xml": world.register(), "daily.xml": world.newspaper(("Rain", "It will rain."))}
        with opened(load(configured(tmp_path, net, "env:WAY_OUT")), clock) as app:
            list(app.poll(["daily"]))
            proxy.login = real.LOGIN
            for _ in range(12):
                clock.forward(timedelta(hours=1))
                list(app.poll(["daily"]))
            record = app.store.record("daily")
            assert record.state is SourceState.BLOCKED and "the proxy wants another login (407)" in record.why
            assert record.due is not None and record.due - clock() < timedelta(minutes=17)
            monkeypatch.setenv("WAY_OUT", f"http://{real.LOGIN}@127.0.0.1:{proxy.port}")
            list(app.poll(["daily"]))
            assert app.store.record("daily").state is SourceState.HEALTHY


def test_mistakes_are_told_and_repeat_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAY_OUT", "http://user:canary@proxy.example:3128")
    path = tmp_path / "monitor.toml"
    for written, said in (
        ("http://user:canary@proxy.example", "no password in the configuration"),
        ("proxy.example:3128", "is a reference"),
        ("socks5://canary", "is a reference"),
        ("https://canary.example", "http://HOST:PORT"),
        ("env:NOT_THERE", "NOT_THERE is not set"),
    ):
        path.write_text(f'[egress]\nproxy = "{written}"')
        with pytest.raises(SettingsError, match=r"egress\.proxy") as caught:
            load(path)
        assert said in str(caught.value)
        assert "canary" not in str(caught.value)
    path.write_text('[egress]\nproxy = "env:WAY_OUT"\nno_proxy = ["10.0.0.0/8", "intranet.example.org", "*.x.example"]')
    found = load(path).proxy
    assert found is not None and "canary" not in repr(found)
    path.write_text('[egress]\nno_proxy = ["not a host"]')
    with pytest.raises(SettingsError, match="not a host as in"):
        load(path)
