"""The detector's policy for each source: the defaults, what seeds/policy.toml says of its kind, what its settings say."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from ..data import seed
from ..detect.policy import Policy
from ..model import Source

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d+)([smhd])")


@cache
def _of_kind(kind: str) -> Policy:
    table: dict[str, Any] = tomllib.loads(seed("policy.toml").decode()).get(kind, {})
    return replace(Policy(), **{key: value_of(value) for key, value in table.items()})


def policy_of(source: Source) -> Policy:
    """How careful to be with a source; its own `confirm_after`, where set, overrides that of its kind."""
    policy = _of_kind(source.kind)
    return replace(policy, confirm_after=source.confirm_after) if source.confirm_after else policy


def value_of(value: Any) -> Any:
    """A value of the policy: durations and lists as such."""
    if isinstance(value, str) and (found := _DURATION.fullmatch(value)):
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    return tuple(value) if isinstance(value, list) else value
