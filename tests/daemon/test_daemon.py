"""The daemon as users run it: a process, real HTTP, a real database file, and what goes wrong around it."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from .world import SECRET, Advisory, Net, config, daemon, loopback, newspaper, register, two_polls, until

CALM = "Exercise increased caution because of crime in the larger towns."
OMAN = Advisory("Oman", "MU", 2, "Exercise Increased Caution", CALM)
FIJI = Advisory("Fiji", "FJ", 1, "Exercise Normal Precautions", "Nothing out of the ordinary is known about these islands.")
ORDER = (
    "<p>The Department of State ordered the departure of non-emergency U.S. government employees and their family members from Oman.</p>"
)
RAISED = Advisory("Oman", "MU", 4, "Do Not Travel", ORDER + "<p>Do not travel to Oman because of armed conflict.</p>", day=0)
RUMOUR = (
    "US weighs sending home families of embassy staff in Oman, sources say",
    "The United States is considering ordering the families of its diplomats to leave Oman, people familiar with the matter said.",
)


def quiet(net: Net) -> None:
    net.pages |= {"us.xml": register(OMAN, FIJI), "daily.xml": newspaper(("Rain over the hills", "It will rain."))}


def test_the_story_of_a_place_from_rumour_to_order(tmp_path: Path) -> None:
    with loopback() as net:
        quiet(net)
        path = config(tmp_path, net)
        with daemon(path) as process:
            two_polls(net)
            assert net.changes() == [], "the first look is no news"

            net.pages["daily.xml"] = newspaper(RUMOUR)
            until(lambda: net.changes() == ["reported OM"], what="the rumour is told")

            net.status = 503
            net.pages["us.xml"] = register(RAISED, FIJI)
            until(lambda: net.refused, what="the receiver is asked while it is down")
            net.status = 204
            until(lambda: len(net.received) == 2, 60, "the order arrives after the outage")
            headers, body = net.received[1]
            kinds = [c["kind"] for c in body["data"]["changes"]]
            assert {"level_raised", "departure_ordered"} <= set(kinds), "one message with both changes"
            assert set(net.refused) == {headers["webhook-id"]}, "the same id over retries"
            raised = next(c for c in body["data"]["changes"] if c["kind"] == "level_raised")
            assert (raised["before"], raised["after"]) == ("2", "4") and body["data"]["place"]["code"] == "OM"
            assert body["data"]["severity"] == "extreme" and body["type"] == "update" and body["data"]["references"]

            moved = Advisory(**(vars(RAISED) | {"day": 1, "link": "https://register.example/new/oman"}))
            net.pages["us.xml"] = register(moved, FIJI)
            two_polls(net)
            time.sleep(2)
            assert len(net.received) == 2, "a new link and a new date are no news"

            begun = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
            assert time.monotonic() - begun < 15
        for (headers, _), raw in zip(net.received, net.raw, strict=True):
            Webhook(SECRET).verify(raw, {k.lower(): v for k, v in headers.items()})


def test_a_restart_tells_nothing_again(tmp_path: Path) -> None:
    with loopback() as net:
        quiet(net)
        path = config(tmp_path, net)
        with daemon(path):
            two_polls(net)
            net.pages["us.xml"] = register(RAISED, FIJI)
            until(lambda: net.received, what="the order is told")
        with daemon(path):
            two_polls(net)
            time.sleep(2)
        assert len({h["webhook-id"] for h, _ in net.received}) == 1


@pytest.mark.slow
def test_kill_9_at_any_moment_loses_nothing(tmp_path: Path) -> None:
    """Twelve lives, each ended by SIGKILL at a random moment while levels rise one after the other."""
    dice = random.Random(20220121)
    names = [("Oman", "MU"), ("Fiji", "FJ"), ("Peru", "PE"), ("Kenya", "KE"), ("Ghana", "GH"), ("Nepal", "NP")]
    words = {1: "Exercise Normal Precautions", 2: "Exercise Increased Caution", 3: "Reconsider Travel", 4: "Do Not Travel"}
    level = {tag: 1 for _, tag in names}
    day = dict.fromkeys(level, -20)

    def publish(net: Net) -> None:
        text = "Edition of day {} at level {}: what is known about this place."
        editions = (Advisory(n, t, level[t], words[level[t]], text.format(day[t], level[t]), day[t]) for n, t in names)
        net.pages["us.xml"] = register(*editions)

    raised = 0
    with loopback() as net:
        quiet(net)
        publish(net)
        path = config(tmp_path, net)
        with daemon(path):
            two_polls(net)
        for _ in range(12):
            tag = dice.choice([t for t in level if level[t] < 4])
            level[tag] += 1
            day[tag] += 1
            raised += 1
            publish(net)
            net.status = dice.choice([204, 204, 500])
            with daemon(path):
                time.sleep(dice.uniform(1.0, 4.5))
        net.status = 204
        with daemon(path):
            until(lambda: len(_raises(net)) == raised, 90, f"all {raised} raises arrive")
            two_polls(net)
        assert len(_raises(net)) == raised


def _raises(net: Net) -> set[str]:
    """The ids of the raises that arrived; a raise from 1 to 3 that a dead daemon never saw in two steps counts as two."""
    found = set()
    for _, body in net.received:
        for alert in body["data"].get("alerts", [body["data"]]):
            for c in alert.get("changes", ()):
                if c["kind"] == "level_raised":
                    for step in range(int(c["before"]) + 1, int(c["after"]) + 1):
                        found.add(f"{alert['place']['code']} {step}")
    return found


def test_a_hanging_source_delays_no_other(tmp_path: Path) -> None:
    with loopback() as net:
        quiet(net)
        net.slow["daily.xml"] = 8.0
        with daemon(config(tmp_path, net)):
            until(lambda: net.polls.get("us.xml", 0) >= 5, 60, "the register is polled while the newspaper hangs")
            assert net.polls.get("daily.xml", 0) < net.polls["us.xml"]
