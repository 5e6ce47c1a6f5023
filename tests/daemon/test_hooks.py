"""What others call, with a real daemon: a hub's push leads to an early poll, and a webhook of ours is tried at our own hook."""

from __future__ import annotations

import hashlib
import hmac
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from .test_daemon import FIJI, RAISED, quiet
from .world import Net, config, daemon, loopback, newspaper, register, until

HUB = "a hub's secret of some length"
ARTICLE = (
    "Embassy in Oman to close, ministry says",
    "The United States will close its embassy in Oman on Friday, the State Department said.",
)
LOOP = """
[channel.loop]
kind = "webhook"
url = "URL/hooks/test/loop"
secret = "env:DESK_SECRET"
[[route]]
name = "loop"
channels = ["loop"]
"""


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SECRET", HUB)


def paged(folder: Path, net: Net, more: str = "") -> tuple[Path, str]:
    """The daemon's configuration with polls once in an hour, its page, and a hub that may push the newspaper; and the page's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    path = config(folder, net, every="1h")
    written = path.read_text().replace('listen = ""', f'listen = "{listen}"')
    path.write_text(written.replace('authority = "press"', 'authority = "press"\npush = "env:HUB_SECRET"') + more)
    return path, f"http://{listen}"


def answers(url: str) -> Callable[[], bool]:
    def ready() -> bool:
        try:
            return httpx.get(f"{url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    return ready


def test_what_a_hub_pushes_is_asked_for_at_once(tmp_path: Path) -> None:
    with loopback() as net:
        quiet(net)
        path, url = paged(tmp_path, net)
        hook, topic = f"{url}/hooks/websub/daily", f"{net.url}/daily.xml"
        with daemon(path):
            until(answers(url), what="the page answers")
            until(lambda: net.polls.get("daily.xml") and net.polls.get("us.xml"), what="the first polls")
            asked = {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": "0x2a"}
            assert httpx.get(hook, params=asked).text == "0x2a"
            assert httpx.get(f"{url}/hooks/websub/us-state", params=asked).status_code == 404

            net.pages["daily.xml"] = newspaper(ARTICLE)
            pushed = newspaper(("Nothing of that is believed", "The United States ordered everybody to leave Fiji."))
            forged = httpx.post(hook, content=pushed, headers={"x-hub-signature": "sha256=" + "0" * 64})
            assert forged.status_code == 403
            time.sleep(2)
            assert net.polls["daily.xml"] == 1, "a forged push changes nothing, and the next poll is an hour away"

            signature = "sha256=" + hmac.new(HUB.encode(), pushed, hashlib.sha256).hexdigest()
            assert httpx.post(hook, content=pushed, headers={"x-hub-signature": signature}).status_code == 202
            until(lambda: net.polls["daily.xml"] == 2, what="the source itself is asked")
            until(lambda: "reported OM" in net.changes(), what=f"what the source says is told: {net.changes()}")
            assert not [c for c in net.changes() if c.endswith("FJ")], "nothing of what was pushed is"
            assert net.polls["us.xml"] == 1


def test_a_webhook_of_ours_arrives_at_our_own_hook(tmp_path: Path) -> None:
    with loopback() as net:
        quiet(net)
        path, url = paged(tmp_path, net, LOOP)
        path.write_text(path.read_text().replace("URL", url).replace('every = "1h"', 'every = "1s"'))
        with daemon(path):
            until(answers(url), what="the page answers")
            until(lambda: net.polls.get("us.xml", 0) >= 2, what="the first polls")
            net.pages["us.xml"] = register(RAISED, FIJI)

            def line() -> dict | None:
                sent = httpx.get(f"{url}/api/v1/deliveries", params={"channel": "loop"}).json()["items"]
                return next((d for d in sent if d["state"] in ("sent", "dead")), None)

            until(line, what="the line is settled")
            assert line()["state"] == "sent" and "200" in line()["receipt"]
