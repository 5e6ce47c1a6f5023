"""What a sentence about an early sign needs: which governments moved, which did not, and how often such a sign came true."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from ..model import Change, ChangeKind

_MOST = 5
"""Governments named in one sentence; the rest are counted."""


def parts(change: Change, fixed: Mapping[str, str], name: Callable[[str], str]) -> dict[str, object]:
    """The parts of an early sign's sentence, none for other changes."""
    if change.kind is not ChangeKind.EARLY_SIGN:
        return {}
    said = json.loads(change.detail or "{}")

    def listed(issuers: Sequence[str]) -> str:
        more = [fixed["more"].format(n=len(issuers) - _MOST)] if len(issuers) > _MOST else []
        return ", ".join([*map(name, issuers[:_MOST]), *more]) or "–"

    who, others = said.get("who", ()), said.get("others", ())
    counts = {"n": len(who), "known": said.get("known", "?"), "hours": said.get("hours", "?")}
    return {**counts, "governments": listed(who), "others": listed(others), "grade": fixed["level"].format(n=said.get("level", "?"))}


def record(change: Change, fixed: Mapping[str, str]) -> str:
    """How often such a sign came true in recordings; that it was never seen is said too."""
    said = json.loads(change.detail or "{}")
    seen, followed, recordings = (int(said.get(key, 0)) for key in ("seen", "followed", "recordings"))
    return fixed["sign_seen" if seen else "sign_unseen"].format(seen=seen, followed=followed, recordings=recordings)
