"""The nouns: frozen values and enums that cross every border inside the program; imports nothing of ours."""

from monitor.model.delivery import DeliveryState, MessageType, SourceState, Watch, WatchKind
from monitor.model.posture import Advice, Aspect, Change, ChangeKind, Departure, Mission, Posture, Reason, Sign, Standing, Tally
from monitor.model.reading import Area, Evidence, Item, Note, Reading, Rejection, Signal, Source
from monitor.model.text import address, fingerprint, plain, simple, single_spaced, stable_id
from monitor.model.words import WORLD, Audience, Authority, Certainty, Nature, Severity, SignalKind, Stage

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
