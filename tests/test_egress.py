"""Which addresses may be connected to, as a table, and what of a URL may be logged."""

from __future__ import annotations

import ipaddress
import socket
import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.guard import Refused, check_url, refusal, without_secrets
from monitor.hold import held

PUBLIC = ["8.8.8.8", "1.1.1.1", "151.101.1.164", "172.32.0.1", "100.128.0.1", "2a00:1450:4001:830::200e", "2606:4700::6810:84e5"]
UNFIT = [
    ("0.0.0.0", "unspecified"),
    ("10.1.2.3", "private"),
    ("100.64.0.1", "private"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("169.254.169.254", "link-local"),
    ("172.16.0.1", "private"),
    ("192.0.0.192", "protocol"),
    ("192.0.2.1", "private"),
    ("192.88.99.1", "6to4 relay"),
    ("192.168.1.1", "private"),
    ("198.18.0.1", "private"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "private"),
    ("255.255.255.255", "private"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::7f00:1", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:8.8.8.8", "IPv4-mapped"),
    ("::ffff:a9fe:a9fe", "link-local"),
    ("64:ff9b::7f00:1", "loopback"),
    ("64:ff9b::808:808", "NAT64"),
    ("64:ff9b:1::808:808", "local NAT64"),
    ("2002:7f00:1::", "loopback"),
    ("2002:808:808::1", "6to4"),
    ("2001:0:808:808::1", "Teredo"),
    ("2001:db8::1", "private"),
    ("fc00::1", "private"),
    ("fd00:ec2::254", "metadata"),
    ("fe80::1", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
]


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_fit(text: str) -> None:
    assert refusal(ipaddress.ip_address(text)) == ""


@pytest.mark.parametrize(("text", "why"), UNFIT)
def test_unfit_addresses_are_refused_with_a_reason(text: str, why: str) -> None:
    assert refusal(ipaddress.ip_address(text)).startswith(why)


def test_what_is_allowed_is_allowed_and_nothing_beside_it() -> None:
    home = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("fd12::/16"))
    assert refusal(ipaddress.ip_address("127.0.0.1"), home) == ""
    assert refusal(ipaddress.ip_address("fd12::5"), home) == ""
    assert refusal(ipaddress.ip_address("10.0.0.1"), home)
    assert refusal(ipaddress.ip_address("::ffff:127.0.0.1"), home) == "IPv4-mapped address"


def test_an_allowed_wrapper_does_not_allow_what_it_carries() -> None:
    """Behind NAT64 the operator allows the prefix; private addresses inside it stay out."""
    nat64 = (ipaddress.ip_network("64:ff9b::/96"),)
    assert refusal(ipaddress.ip_address("64:ff9b::808:808"), nat64) == ""
    assert refusal(ipaddress.ip_address("64:ff9b::a00:1"), nat64).startswith("private")


@given(st.ip_addresses(v=4))
def test_an_unfit_address_is_unfit_in_every_wrapping(address: ipaddress.IPv4Address) -> None:
    if not refusal(address):
        return
    everything = (ipaddress.ip_network("::/0"),)
    number = int(address)
    for wrapped in (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
        assert refusal(ipaddress.IPv6Address(wrapped), everything)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("https://x.example.org/feed?a=1", ""),
        ("http://[2606:4700::1]:8080/", ""),
        ("file:///etc/passwd", "scheme"),
        ("gopher://x.example.org/", "scheme"),
        ("HTTPS://x.example.org/", ""),
        ("//x.example.org/", "scheme"),
        ("https:///path", "no host"),
        ("https://user:pw@x.example.org/", "credentials"),
        ("https://x.example.org:99999/", "not a URL"),
        ("https://[::1", "not a URL"),
    ],
)
def test_urls(url: str, wrong: str) -> None:
    assert check_url(url).startswith(wrong) and bool(check_url(url)) == bool(wrong)


def test_logs_carry_no_secrets() -> None:
    assert without_secrets("https://user:pw@x.example.org/feed?key=abc#frag") == "https://x.example.org/feed?…"
    assert without_secrets("https://[::1") == "(not a URL)"


def test_connections_of_other_libraries_are_held_to_the_guard() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        for allow in ((), (ipaddress.ip_network("10.0.0.0/8"),)):
            for host in ("127.0.0.1", "localhost"):
                with pytest.raises(Refused), held(allow), socket.socket() as sock:
                    sock.connect((host, port))
                with pytest.raises(Refused), held(allow), suppress(OSError), socket.create_connection((host, port)):
                    pytest.fail("connected")
                with pytest.raises(Refused), held(allow), socket.socket(type=socket.SOCK_DGRAM) as sock:
                    sock.sendto(b"words", (host, port))
        with held((ipaddress.ip_network("127.0.0.0/8"),)), socket.create_connection(("127.0.0.1", port)):
            pass
        with held(None), socket.create_connection(("127.0.0.1", port)):
            pass
        with held(()):
            elsewhere = threading.Thread(target=lambda: socket.create_connection(("127.0.0.1", port)).close())
            elsewhere.start()
            elsewhere.join()
