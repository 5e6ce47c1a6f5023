"""What the shell and a store say to each other: values in, values out, and the protocol every store keeps."""

from monitor.ledger.lines import FAR, Attempt, Claim, Delivery, Settlement, Timer
from monitor.ledger.polls import Cursor, Edition, PollSave, Remembered, SourceRecord
from monitor.ledger.queries import ChangeQuery, Retention
from monitor.ledger.store import Reader, Store

__all__ = [
    "FAR",
    "Attempt",
    "ChangeQuery",
    "Claim",
    "Cursor",
    "Delivery",
    "Edition",
    "PollSave",
    "Reader",
    "Remembered",
    "Retention",
    "Settlement",
    "SourceRecord",
    "Store",
    "Timer",
]
