"""How grave a posture is, on the six steps that map, badges and timeline share."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Advice, Aspect, Departure, Mission, Posture, Severity

NAMES = ("No advice known", "Normal precautions", "Increased caution", "Reconsider travel", "Do not travel", "People are leaving")
"""The steps; 1 to 4 are the common scale of levels, 5 is beyond it."""

WORST = 5
_OUT = {Departure.ORDERED.value, Mission.SUSPENDED.value, Advice.LEAVE_NOW.value}
_TENSE = {Departure.AUTHORIZED.value, Mission.REDUCED.value, Advice.CONSIDER_LEAVING.value, Advice.SHELTER.value}

OF_SEVERITY = {Severity.MINOR: 1, Severity.MODERATE: 2, Severity.SEVERE: 4, Severity.EXTREME: 5}


def level(posture: Posture) -> int:
    """The level on the common scale, 0 when the issuer gives none."""
    standing = posture.get(Aspect.LEVEL)
    return int(standing.value) if standing and standing.value in {"1", "2", "3", "4"} else 0


def gravity(posture: Posture) -> int:
    """0 for nothing known up to 5: staff ordered out, the embassy closed or citizens told to leave now."""
    acts = {s.value for a, s in posture.standings if a is not Aspect.LEVEL}
    if acts & _OUT:
        return 5
    return max(level(posture), 3 if acts & _TENSE else 0)


def worst(postures: Iterable[Posture]) -> int:
    """The gravest of several issuers' postures."""
    return max(map(gravity, postures), default=0)
