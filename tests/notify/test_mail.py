"""Mail against a real SMTP server: encrypted, threaded, and nothing that others wrote can steer it."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session

from monitor.errors import Refused, TryLater
from monitor.model import MessageType
from monitor.notify.base import Net
from monitor.notify.registry import build, check
from tests.notify.servers import EVIL, message

PASSWORD = "canary-mail-77"


class Inbox:
    """Keeps what came; `say` and `rcpt` are what the server answers."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.say = "250 OK"
        self.rcpt: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        answer = self.rcpt.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self.say.startswith("2"):
            assert isinstance(envelope.content, bytes)
            self.raw.append(envelope.content)
            self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        return self.say


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, cert


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def plain_server(inbox: Inbox) -> Iterator[Controller]:
    server = Controller(inbox, hostname="127.0.0.1", port=free_port())
    server.start()
    yield server
    server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def channel(server: Controller, **options: Any) -> Any:
    base = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "monitor@example.org", "to": "desk@example.org"}
    checked, mistakes = check("email", base | options)
    assert not mistakes
    return build("desk", "email", checked, Net(deadline=timedelta(seconds=2)))


def test_a_mail_arrives_as_text_and_html(plain_server: Controller, inbox: Inbox) -> None:
    assert channel(plain_server).send(message()) == "accepted for 1"
    (mail,) = inbox.mails
    assert mail["Subject"].startswith("[ALERT] Ukraine: United States raises advice to Level 4")
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Importance"] == "high"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and "“Do not travel to Ukraine.”" in text.get_content()
    assert html is not None and "<h3>Ukraine" in html.get_content()


def test_updates_are_threaded_under_the_first_mail(plain_server: Controller, inbox: Inbox) -> None:
    sender = channel(plain_server)
    sender.send(message(id="dlv_1"))
    sender.send(message(id="dlv_2", type=MessageType.UPDATE, references=("dlv_1",)))
    sender.send(message(id="dlv_3", type=MessageType.CANCEL, references=("dlv_1", "dlv_2")))
    first, second, third = (m["Message-ID"] for m in inbox.mails)
    assert first == "<dlv_1.desk@example.org>"
    assert [m["In-Reply-To"] for m in inbox.mails] == [None, first, first]
    assert inbox.mails[2]["References"] == f"{first} {second}" and third.startswith("<dlv_3.")


def test_the_same_message_again_is_the_same_mail(plain_server: Controller, inbox: Inbox) -> None:
    sender = channel(plain_server)
    sender.send(message())
    sender.send(message())
    assert inbox.mails[0]["Message-ID"] == inbox.mails[1]["Message-ID"] and inbox.mails[0]["Date"] == inbox.mails[1]["Date"]


def test_words_of_others_cannot_steer_the_mail(plain_server: Controller, inbox: Inbox) -> None:
    channel(plain_server).send(message(headline=EVIL, summary=EVIL, url="https://advisories.example/ua"))
    (mail,) = inbox.mails
    assert mail["Bcc"] is None and len(mail.get_all("Subject")) == 1  # type: ignore[arg-type]
    html = mail.get_body(("html",))
    assert html is not None and "<b>" not in html.get_content() and "\u202e" not in html.get_content()
    assert b"\x1b" not in inbox.raw[0]


@pytest.mark.parametrize("lang_words", ["Украина: посольство закрыто", "乌克兰 大使馆", "أوكرانيا", "x" * 5000, "\ud800 lone"])
def test_any_script_and_length(plain_server: Controller, inbox: Inbox, lang_words: str) -> None:
    channel(plain_server).send(message(headline=lang_words, summary=lang_words))
    assert len(inbox.mails) == 1


@pytest.mark.parametrize(("say", "error"), [("450 busy", TryLater), ("421 closing", TryLater), ("550 no", Refused), ("554 never", Refused)])
def test_what_the_server_says_decides(plain_server: Controller, inbox: Inbox, say: str, error: type[Exception]) -> None:
    inbox.say = say
    with pytest.raises(error, match=say[:3]):
        channel(plain_server).send(message())


def test_a_recipient_who_is_refused_is_not_forgotten(plain_server: Controller, inbox: Inbox) -> None:
    inbox.rcpt = {"b@example.org": "550 unknown"}
    with pytest.raises(Refused, match="1 of 2"):
        channel(plain_server, to=["a@example.org", "b@example.org"]).send(message())
    inbox.rcpt = {"b@example.org": "451 greylisted"}
    with pytest.raises(TryLater, match="1 of 2"):
        channel(plain_server, to=["a@example.org", "b@example.org"]).send(message())
    assert len(inbox.mails) == 2 and len({m["Message-ID"] for m in inbox.mails}) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted_with_a_password(inbox: Inbox, certificate: tuple[Path, Path], security: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key, cert = certificate
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    seen: list[Any] = []

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == PASSWORD.encode())

    tls: dict[str, Any] = {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    server = Controller(inbox, hostname="127.0.0.1", port=free_port(), authenticator=authenticate, auth_required=True,
                        auth_require_tls=security == "starttls", **tls)  # fmt: skip
    server.start()
    try:
        monkeypatch.setenv("MAILPASS", PASSWORD)
        options = {"security": security, "user": "monitor", "password": "env:MAILPASS", "ca_file": str(cert), "host": "localhost"}
        channel(server, **options).send(message())
        assert seen == [(b"monitor", PASSWORD.encode())] and len(inbox.mails) == 1
        monkeypatch.setenv("MAILPASS", "wrong")
        with pytest.raises(TryLater) as caught:
            channel(server, **options).send(message())
        assert "wrong" not in str(caught.value)
        with pytest.raises(Refused):
            channel(server, **(options | {"ca_file": None})).send(message())
    finally:
        server.stop()


def test_a_server_that_offers_no_encryption_gets_nothing(plain_server: Controller, inbox: Inbox) -> None:
    with pytest.raises(Refused):
        channel(plain_server, security="starttls").send(message())
    assert not inbox.mails


def test_a_private_address_is_mailed_to_only_where_that_is_allowed(plain_server: Controller, inbox: Inbox) -> None:
    def to(host: str, allow: tuple[str, ...]) -> Any:
        net = Net(deadline=timedelta(seconds=5), allow=tuple(map(ip_network, allow)))
        options = {"host": host, "port": plain_server.port, "security": "none", "sender": "m@example.org", "to": "a@example.org"}
        return build("desk", "email", check("email", options)[0], net)

    for host in ("127.0.0.1", "localhost", "[::1]".strip("[]"), "::ffff:127.0.0.1"):
        with pytest.raises(Refused, match="egress"):
            to(host, ()).send(message())
        with pytest.raises(Refused, match="egress"):
            to(host, ("10.0.0.0/8",)).send(message())
    assert not inbox.mails
    assert to("127.0.0.1", ("127.0.0.0/8",)).send(message()) == "accepted for 1"
    with socket.create_connection(("127.0.0.1", plain_server.port)):
        """What is not a channel's connection is nobody's business."""


def drip(caller: socket.socket) -> None:
    """A greeting that is said a letter at a time and never ends."""
    while True:
        caller.sendall(b"2")
        time.sleep(0.05)


def babble(caller: socket.socket) -> None:
    """A greeting of very many lines."""
    while True:
        caller.sendall(b"220-more\r\n" * 10)
        time.sleep(0.05)


def long_line(caller: socket.socket) -> None:
    caller.sendall(b"220 " + b"x" * 100_000 + b"\r\n")


def hang_up(caller: socket.socket) -> None:
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang_up_after_the_mail(caller: socket.socket) -> None:
    """The worst moment: it may have the mail or not."""
    lines = caller.makefile("rb")
    caller.sendall(b"220 here\r\n")
    for line in lines:
        caller.sendall(b"354 go on\r\n" if line.upper().startswith(b"DATA") else b"250 ok\r\n")
        if line.upper().startswith(b"DATA"):
            break
    for line in lines:
        if line == b".\r\n":
            hang_up(caller)
            return


def nonsense(caller: socket.socket) -> None:
    caller.sendall(b"\x00\xff SSH-2.0-nonsense\r\n")


def silence(caller: socket.socket) -> None:
    time.sleep(2)


@pytest.mark.parametrize("rude", [drip, babble, long_line, hang_up, hang_up_after_the_mail, nonsense, silence], ids=lambda f: f.__name__)
def test_a_server_without_manners_is_tried_later(rude: Callable[[socket.socket], None]) -> None:
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        caller, _ = listening.accept()
        with suppress(OSError), caller:
            rude(caller)

    threading.Thread(target=serve, daemon=True).start()
    options = {
        "host": "127.0.0.1",
        "port": listening.getsockname()[1],
        "security": "none",
        "sender": "m@example.org",
        "to": "a@example.org",
    }
    channel: Any = build("desk", "email", check("email", options)[0], Net(deadline=timedelta(seconds=0.3)))
    with pytest.raises(TryLater):  # most of them would go on for ever
        channel.send(message())
    assert channel.patience == 3 * timedelta(seconds=0.3)
    listening.close()


def test_nobody_there() -> None:
    options = {"host": "127.0.0.1", "port": free_port(), "security": "none", "sender": "m@example.org", "to": ("a@example.org",)}
    with pytest.raises(TryLater):
        build("desk", "email", options).send(message())


def test_addresses_are_checked() -> None:
    mistakes = check("email", {"host": "h", "sender": "nobody", "to": "a@example.org\r\nBcc: x@example.org"})[1]
    assert {key for key, _ in mistakes} == {"sender", "to"}
