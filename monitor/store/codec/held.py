"""What is held now, and the memory behind it, as rows and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ...ledger import Remembered
from ...model import (
    Area,
    Aspect,
    Evidence,
    Posture,
    Standing,
)
from .parts import Row, dump, maybe_micros, maybe_moment, printed_areas, proof, text


def remembered(row: Row) -> Remembered:
    """A piece of memory."""
    return Remembered(row["key"], row["payload"], row["version"], maybe_moment(row["due"]))


def standings(posture: Posture) -> str:
    """The standings of a posture as JSON, in the order in which they were put."""
    return dump([[aspect.value, standing.value, *_standing(standing)] for aspect, standing in posture.standings])


def _standing(standing: Standing) -> tuple[Any, ...]:
    evidence = standing.evidence and proof(standing.evidence)
    return maybe_micros(standing.since), text(standing.words), evidence, printed_areas(standing.areas)


def posture(row: Row) -> Posture:
    """A posture's columns as a value."""
    return Posture(row["issuer"], row["place"], tuple(_aspect(part) for part in json.loads(row["standings"])))


def _aspect(part: Sequence[Any]) -> tuple[Aspect, Standing]:
    aspect, value, since, words, evidence, *areas = part  # written without areas before there were any
    named = tuple(Area(*area) for area in areas[0]) if areas else ()
    return Aspect(aspect), Standing(value, maybe_moment(since), words, Evidence(*evidence) if evidence else None, named)


def held_values(standings_column: str) -> dict[str, str]:
    """What a posture says, without since when, in which words and why: two equal ones are one line of history."""
    return {part[0]: part[1] for part in json.loads(standings_column)}
