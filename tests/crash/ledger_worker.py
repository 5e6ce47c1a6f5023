"""A process that works on a ledger as fast as it can until somebody kills it, and says in a log what it was promised."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.errors import StalePoll
from monitor.ledger import Claim, Settlement
from monitor.model import DeliveryState, Reason
from monitor.store import SqlStore, open_store
from tests.store.values import change, edition, line, memory, poll, posture

LEASE = timedelta(milliseconds=30)
CHANNELS = ("mail", "sms")
SITUATIONS = ("", "s1", "s2", "s3")


def lines_of(number: int) -> list[str]:
    """The ledger lines that poll `number` brings: between one and four."""
    return [f"l{number}-{part}" for part in range(1 + number % 4)]


def work(url: str, log: Path, seed: int) -> None:
    """Save, claim and settle for ever; every answer of the store is logged before anything else is done."""
    dice, store = random.Random(seed), open_store(url)
    said = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def say(*words: object) -> None:
        os.write(said, (" ".join(map(str, words)) + "\n").encode())

    while True:
        if dice.random() < 0.4:
            save_one(store, say)
        else:
            for claim in store.claim(datetime.now(UTC), f"w{seed}", dice.randint(1, 5), LEASE):
                take(store, claim, dice, say)


def save_one(store: SqlStore, say: object) -> None:
    """The next poll, whose content follows from its number alone."""
    number = store.record("us").poll + 1
    at = datetime.now(UTC)
    new = tuple(
        line(id, CHANNELS[n % 2], at, situation=SITUATIONS[(number + n) % 4], changes=(f"c{number}",))
        for n, id in enumerate(lines_of(number))
    )
    learned = poll(
        number=number,
        at=at,
        seen={f"k{number % 7}": str(number)},
        editions=(edition(f"k{number}", raw=b"%d" % number * 500),),
        memory=(memory("situation/UA", str(number), number - 1),),
        postures=(posture(str(number)),),
        changes=(change(f"c{number}", at),),
        deliveries=new,
        tally={Reason.TOUCH: 1},
    )
    try:
        store.save(learned)
    except StalePoll:
        return
    say("saved", number)  # type: ignore[operator]


def take(store: SqlStore, claim: Claim, dice: random.Random, say: object) -> None:
    """Send, fail or forget one line, after a look whether an older one of its situation and channel is unsettled."""
    line, now = claim.delivery, datetime.now(UTC)
    say("claimed", line.id, claim.token)  # type: ignore[operator]
    for older in store.delivered_to(line.situation):
        if older.id == line.id:
            break
        if older.channel == line.channel and older.settled is None:
            say("disorder", line.id, "before", older.id)  # type: ignore[operator]
    fate = dice.random()
    if fate < 0.2:
        store.settle(claim, Settlement(DeliveryState.WAITING, now, "503", due=now))
    elif fate < 0.9:
        say("sent", line.id, claim.token)  # type: ignore[operator]
        if store.settle(claim, Settlement(DeliveryState.SENT, now)):
            say("settled", line.id, claim.token)  # type: ignore[operator]
