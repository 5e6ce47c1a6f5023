"""Which kinds of channels there are: ours, those of other packages, and any class by its dotted name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import UnknownName
from .base import BaseChannel, Channel, Net

ENTRY_POINTS = "advisory_monitor.channels"
_OURS = {
    "console": "console.Console",
    "webhook": "webhook.Webhook",
    "email": "mail.Email",
    "ntfy": "ntfy.Ntfy",
    "slack": "slack.Slack",
    "telegram": "telegram.Telegram",
    "pagerduty": "pagerduty.PagerDuty",
    "alertmanager": "alertmanager.Alertmanager",
    "command": "command.Command",
    "apprise": "via_apprise.ViaApprise",
}


@cache
def kinds() -> tuple[str, ...]:
    """The names that `kind` may have; beside them, the dotted name of a class."""
    return (*_OURS, *sorted(e.name for e in entry_points(group=ENTRY_POINTS) if e.name not in _OURS))


@cache
def channel_class(kind: str) -> type[BaseChannel]:
    """The class of a kind. Raises UnknownName when there is none that is a channel."""
    found: Any = None
    try:
        if kind in _OURS:
            module, _, name = _OURS[kind].partition(".")
            found = getattr(import_module(f".{module}", __package__), name)
        elif entry := next(iter(entry_points(group=ENTRY_POINTS, name=kind)), None):
            found = entry.load()
        elif "." in kind:
            module, _, name = kind.rpartition(".")
            found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UnknownName(f"the channel kind {kind} cannot be loaded: {error}") from error
    if not (isinstance(found, type) and issubclass(found, BaseChannel)):
        raise UnknownName(f"no kind of channel is called {kind}; there are {', '.join(kinds())}")
    return found


def check(kind: str, options: Mapping[str, Any], folder: Path = Path()) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The checked options of a channel, and every mistake in them as (key, what)."""
    try:
        cls = channel_class(kind)
        made = cls.model_validate({**options, "name": "check"}, context={"folder": folder})
    except UnknownName as error:
        return {}, [("kind", str(error))]
    except ValidationError as error:
        return {}, [(".".join(map(str, e["loc"])) or "kind", _said(e, channel_class(kind))) for e in error.errors()]
    return {key: getattr(made, key) for key in made.model_fields_set - {"name"}}, []


def build(name: str, kind: str, options: Mapping[str, Any], net: Net | None = None) -> Channel:
    """A channel ready to send, from checked options. Raises UnknownName or pydantic's ValidationError."""
    made: Any = channel_class(kind).model_validate({**options, "name": name})
    return made.using(net) if net else made  # type: ignore[no-any-return]


def _said(error: Any, cls: type[BaseChannel]) -> str:
    if error["type"] == "extra_forbidden":
        known: Sequence[str] = [key for key in cls.model_fields if key != "name"]
        return f"unknown key; this kind of channel has {', '.join(known)}"
    return "is missing" if error["type"] == "missing" else str(error["msg"]).removeprefix("Value error, ")
