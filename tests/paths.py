"""Where tests find the checkout and the third-party captures that may stand beside it (None when they do not)."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _beside(*names: str) -> Path | None:
    for parent in (ROOT, *ROOT.parents):
        candidate = parent.joinpath("shared", *names)
        if candidate.exists():
            return candidate
    return None


SHARED = _beside()
RECORDINGS = _beside("recordings")
GOLD = _beside("gold")
