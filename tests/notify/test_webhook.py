"""The webhook's signature is the standard's, and its body the contract's."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from monitor.notify.registry import build, check
from monitor.notify.webhook import sign
from tests.notify.servers import message, receiver

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def test_the_official_verifier_believes_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", SECRET)
    with receiver() as server:
        options, mistakes = check("webhook", {"url": server.url, "secret": "env:HOOK"})
        assert not mistakes
        build("c", "webhook", options).send(message())
        got = server.got[0]
    assert Verifier(SECRET).verify(got.body, got.headers) == json.loads(got.body)
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(got.body.replace(b"Level 4", b"Level 1"), got.headers)
    assert json.loads(got.body).keys() == {"type", "timestamp", "data"}


@given(
    key=st.binary(min_size=16, max_size=64),
    id=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1),
    body=st.binary(max_size=200),
)
def test_any_key_and_body(key: bytes, id: str, body: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    at = 1_700_000_000
    (version, digest) = sign(secret, id, at, body).split(",")
    assert version == "v1" and len(base64.b64decode(digest)) == 32
    assert sign(secret, id, at, body) != sign(secret, id, at + 1, body)


@pytest.mark.parametrize("bad", ["whsec_not base64!", "whsec_" + base64.b64encode(b"short").decode()])
def test_a_bad_secret_is_a_mistake_of_the_config_and_is_not_repeated(tmp_path: Path, bad: str) -> None:
    (tmp_path / "secret").write_text(bad)
    mistakes = check("webhook", {"url": "https://a.example", "secret": "file:secret"}, tmp_path)[1]
    assert [key for key, _ in mistakes] == ["secret"] and bad not in str(mistakes)


def test_a_secret_in_a_file_beside_the_config(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    assert not check("webhook", {"url": "https://a.example", "secret": "file:secret"}, tmp_path)[1]
