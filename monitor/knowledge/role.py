"""The parts that places play in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.knowledge.places import PlaceKind


class Role(StrEnum):
    """The part of a place in a sentence; the weak ones count only when no strong one is there."""

    ISSUER = "issuer"
    PEOPLE = "people"
    TARGET = "target"
    WEAK = "weak"
    DESTINATION = "destination"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Part:
    """One mention with its role; `at` is the token's position."""

    at: int
    role: Role
    codes: tuple[str, ...]
    kind: PlaceKind
