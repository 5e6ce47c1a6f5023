"""Writes the reference of the configuration from the models that check it, so that the two cannot drift apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from .receivers import ChannelTable, EscalationTable, QuietTable, RouteTable, TemplateTable, WatchlistTable, WatchTable
from .schema import AboutTable, Document, SourceTable
from .words import in_words


def reference() -> str:
    """Every table and key, as Markdown."""
    return "\n".join(line for title, model in _tables() for line in _table(title, model))


def _tables() -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in Document.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield f"[{name}]", field.annotation
    yield "[[source]]", SourceTable
    yield "about, of a source", AboutTable
    yield "[channel.NAME]", ChannelTable
    yield "quiet, of a channel", QuietTable
    yield "template, of a channel", TemplateTable
    for kind, cls in _channels():
        yield f'[channel.NAME] kind = "{kind}"', cls
    yield "[[route]]", RouteTable
    yield "escalate, of a route", EscalationTable
    yield "[[watch]]", WatchTable
    yield "[[watchlist]]", WatchlistTable


def _channels() -> Iterator[tuple[str, type[BaseModel]]]:
    from ..notify.registry import channel_class, kinds

    return ((kind, channel_class(kind)) for kind in kinds())


def _table(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"\n### `{title}`\n"
    yield f"{(model.__doc__ or '').strip().splitlines()[0]}\n"
    schema = model.model_json_schema()
    shown = [(name, field) for name, field in model.model_fields.items() if name != "name" or "channel" not in title]
    if not shown:
        return
    yield "| Key | Is | Default | What it does |"
    yield "|---|---|---|---|"
    for name, field in shown:
        kind = _kind(schema["properties"].get(name, {}), schema.get("$defs", {}))
        yield f"| `{name}` | {kind} | {_default(field)} | {(field.description or '').replace('|', '/')} |"
    yield ""


def _kind(shape: dict[str, Any], defs: dict[str, Any]) -> str:
    """A JSON Schema in a few words."""
    if "$ref" in shape:
        return _kind(defs[shape["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in shape:
        return " or ".join(dict.fromkeys(_kind(part, defs) for part in shape["anyOf"] if part.get("type") != "null"))
    if "enum" in shape or "const" in shape:
        return ", ".join(f"`{value}`" for value in shape.get("enum", [shape.get("const")]))
    if shape.get("pattern", "").endswith("[smhd]$"):
        return "duration"
    if shape.get("type") == "array":
        return f"list of {_kind(shape.get('items', {}), defs)}"
    names = {"string": "text", "integer": "number", "boolean": "true/false", "object": "table", "number": "number"}
    return names.get(shape.get("type", ""), "value")


def _default(field: Any) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "**needed**"
    if value in (None, "", (), frozenset(), {}):
        return "–"
    if hasattr(value, "total_seconds"):
        return f"`{in_words(value)}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if not hasattr(value, "hour") else f"`{value:%H:%M}`"
