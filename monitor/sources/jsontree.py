"""JSON bodies: loaded with the fault named when they cannot be, and read field by field with their types checked."""

from __future__ import annotations

import codecs
import json
from typing import Any

from monitor.sources.base import BodyFault, Damaged, bad
from monitor.sources.sniff import decode, refuse_pages

__all__ = ["Json", "a_dict", "a_list", "loads", "read_json", "records_under", "strings", "text_at"]

Json = dict[str, Any]


def read_json(body: bytes) -> Any:
    """The value of a JSON body; raises BadBody."""
    refuse_pages(body)
    return loads(decode(_marked(body)).strip().rstrip("\x00"))


def loads(text: str) -> Any:
    """The value of a JSON text; raises BadBody."""
    if text.startswith("<"):
        raise bad(BodyFault.WRONG_FORMAT, "XML instead of JSON")
    try:
        return json.loads(text)
    except RecursionError:
        raise bad(BodyFault.TOO_DEEP) from None
    except ValueError as error:
        raise bad(BodyFault.WRONG_FORMAT if _closed(text) else BodyFault.CUT_OFF, str(error)) from None


def _marked(body: bytes) -> bytes:
    """JSON in UTF-16 or -32 without its mark shows by its zero bytes."""
    name = json.detect_encoding(body[:4].ljust(4)) if b"\x00" in body[:4] else "utf-8"
    marks = {
        "utf-16-le": codecs.BOM_UTF16_LE,
        "utf-16-be": codecs.BOM_UTF16_BE,
        "utf-32-le": codecs.BOM_UTF32_LE,
        "utf-32-be": codecs.BOM_UTF32_BE,
    }
    return marks.get(name, b"") + body


def _closed(text: str) -> bool:
    return not text.startswith(("{", "[")) or text.endswith("}" if text.startswith("{") else "]")


def records_under(value: Any, *keys: str) -> Any:
    """What lies under a path of keys; raises BadBody naming the first key that is missing or no object."""
    if value in (None, {}, []):
        raise bad(BodyFault.NO_ITEMS, json.dumps(value))
    for key in keys:
        if not isinstance(value, dict):
            raise bad(BodyFault.WRONG_TYPES, f"no object around {key!r}")
        if key not in value:
            raise bad(BodyFault.RENAMED_KEY, f"no {key!r}")
        value = value[key]
    return value


def a_dict(value: Any, what: str) -> Json:
    """The value when it is an object; raises Damaged."""
    if not isinstance(value, dict):
        raise Damaged(BodyFault.WRONG_TYPES, f"{what} is no object")
    return value


def a_list(value: Any, what: str) -> list[Any]:
    """The value when it is a list; raises BadBody."""
    if not isinstance(value, list):
        raise bad(BodyFault.WRONG_TYPES, f"{what} is no list")
    return value


def text_at(record: Json, key: str, *, required: bool = False) -> str:
    """The string under a key, "" for null or absence; numbers are printed. Raises Damaged for what is neither.

    `required` says that a record without this key is not what it was.
    """
    if required and key not in record:
        raise Damaged(BodyFault.RENAMED_KEY, f"no {key!r}")
    value = record.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Damaged(BodyFault.WRONG_TYPES, f"{key!r} is no text")
    try:
        return str(value)
    except ValueError:
        raise Damaged(BodyFault.WRONG_TYPES, f"{key!r} is an absurd number") from None


def strings(value: Any) -> list[str]:
    """The strings of a list, or the one string there is; nothing for anything else."""
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []
