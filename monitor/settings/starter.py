"""Writes a first configuration: what somebody wished for, inside the commented file that shows every key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_TOLD = "# --- who is told "
_PLACES = 6


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel to be: its name, its kind and the options of that kind, secrets as references."""

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a first configuration is to hold. No places and no regions: the whole world. `token` is a reference, "" for none."""

    places: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    channels: tuple[NewChannel, ...] = ()
    lang: str = "en"
    zone: str = "UTC"
    allow: tuple[str, ...] = ()
    token: str = ""


def written(template: str, wishes: Wishes, names: Callable[[str], str]) -> str:
    """The text of monitor.toml. `template` is the commented configuration that travels with the program.

    Raises ValueError when the template has lost a line that is filled in here.
    """
    head, mark, tail = template.partition(_TOLD)
    head = _put(head, r'^url = "sqlite:///\.\./var/', 'url = "sqlite:///var/')
    if wishes.token:
        head = _put(head, r'^# token = "env:[A-Z_]+"', f"token = {_toml(wishes.token)}")
    if wishes.allow:
        head = _put(head, r"^# allow = \[[^\]]*\]", f"allow = {_toml(wishes.allow)}")
    rule = tail.partition("\n")[0]
    if not mark:
        raise ValueError("the configuration that travels with the program does not say who is told")
    parts = [*_channels(wishes, _comments(tail, "[channel.console]")), _route(wishes, _comments(tail, "[[route]]"), names)]
    return f"{head}{mark}{rule}\n\n" + "\n\n".join([*parts, _operator(wishes), _watches(tail)])


def _put(text: str, pattern: str, value: str) -> str:
    """The text with the one line that fits replaced."""
    changed, count = re.subn(pattern, lambda _: value, text, count=1, flags=re.MULTILINE)
    if not count:
        raise ValueError(f"the configuration that travels with the program has no line {pattern}")
    return changed


def _comments(text: str, table: str) -> list[str]:
    """The commented keys of a table of the template."""
    block = text.partition(f"\n{table}\n")[2].partition("\n\n")[0]
    return [line for line in block.splitlines() if line.startswith("# ")]


def _channels(wishes: Wishes, comments: Sequence[str]) -> Iterator[str]:
    """Every channel; the first one shows what else can be said of one."""
    for number, channel in enumerate(wishes.channels):
        said = {"kind": channel.kind, "lang": wishes.lang, "zone": wishes.zone, **channel.options}
        lines = [f"[channel.{channel.name}]", *(f"{key} = {_toml(value)}" for key, value in said.items())]
        yield "\n".join([*lines, *(_others(comments, said) if number == 0 else ())])


def _route(wishes: Wishes, comments: Sequence[str], names: Callable[[str], str]) -> str:
    said: dict[str, Any] = {"name": "our places" if wishes.places or wishes.regions else "everything"}
    said |= {"channels": [c.name for c in wishes.channels], "directions": ["worse", "better"]}
    said |= {key: value for key, value in (("places", wishes.places), ("regions", wishes.regions)) if value}
    spoken = ", ".join(map(names, wishes.places[:_PLACES])) + (" …" if len(wishes.places) > _PLACES else "")
    remarks = {"directions": "  # and none: reworded advice, briefings, denials of what you were not told"}
    remarks |= {"places": f"   # {spoken}"} if spoken else {}
    lines = ["# A route says who wants which changes. A filter that is left out lets everything pass.", "[[route]]"]
    lines += [f"{key} = {_toml(value)}{remarks.get(key, '')}" for key, value in said.items()]
    return "\n".join([*lines, *_others(comments, said)])


def _operator(wishes: Wishes) -> str:
    about = "# Who hears about the monitor itself: a source that went blind, a message that could not be delivered."
    return f'{about}\n[[route]]\nname = "operator"\nchannels = {_toml([c.name for c in wishes.channels])}\noperator = true'


def _watches(tail: str) -> str:
    """What the template says of watches: the last part of it."""
    return "# People" + tail.partition("\n# People")[2] if "\n# People" in tail else ""


def _others(comments: Sequence[str], said: Mapping[str, Any]) -> list[str]:
    return [line for line in comments if line[2:].split(" = ")[0] not in said]


def _toml(value: Any) -> str:
    """A value as TOML writes it; text as a basic string, which JSON's is."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
