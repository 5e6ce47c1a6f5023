"""The nouns: frozen values and enums that cross every border inside the program; imports nothing of ours."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.model.delivery import DeliveryState, MessageType, SourceState, Watch, WatchKind
    from monitor.model.posture import Advice, Aspect, Change, Departure, Mission, Posture, Reason, Sign, Standing, Tally
    from monitor.model.reading import Area, Evidence, Item, Note, Reading, Rejection, Signal, Source
    from monitor.model.text import address, fingerprint, plain, simple, single_spaced, stable_id
    from monitor.model.words import WORLD, Audience, Authority, Certainty, ChangeKind, Nature, Severity, SignalKind, Stage

__all__ = [
    "WORLD",
    "Advice",
    "Area",
    "Aspect",
    "Audience",
    "Authority",
    "Certainty",
    "Change",
    "ChangeKind",
    "DeliveryState",
    "Departure",
    "Evidence",
    "Item",
    "MessageType",
    "Mission",
    "Nature",
    "Note",
    "Posture",
    "Reading",
    "Reason",
    "Rejection",
    "Severity",
    "Sign",
    "Signal",
    "SignalKind",
    "Source",
    "SourceState",
    "Stage",
    "Standing",
    "Tally",
    "Watch",
    "WatchKind",
    "address",
    "fingerprint",
    "plain",
    "simple",
    "single_spaced",
    "stable_id",
]

_WHERE = {
    "words": ("WORLD", "Audience", "Authority", "Certainty", "ChangeKind", "Nature", "Severity", "SignalKind", "Stage"),
    "text": ("address", "fingerprint", "plain", "simple", "single_spaced", "stable_id"),
    "reading": ("Area", "Evidence", "Item", "Note", "Reading", "Rejection", "Signal", "Source"),
    "posture": ("Advice", "Aspect", "Change", "Departure", "Mission", "Posture", "Reason", "Sign", "Standing", "Tally"),
    "delivery": ("DeliveryState", "MessageType", "SourceState", "Watch", "WatchKind"),
}


def __getattr__(name: str) -> object:
    # The help names two enums, and making the frozen values would take longer than all the rest of it.
    for part, names in _WHERE.items():
        if name in names:
            found = globals()[name] = getattr(import_module(f"{__name__}.{part}"), name)
            return found
    raise AttributeError(name)
