"""What the tables of the configuration are made of: kinds of values, and a table that knows no other keys than its own."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from ..route.regions import regions


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError('not a time zone of the IANA data base, as in "Europe/Berlin"')
    return name


def _region(name: str) -> str:
    if name.lower() not in regions():
        raise ValueError(f"not a region or group; there are: {', '.join(sorted(regions()))}")
    return name.lower()


def _simple(options: dict[str, Any]) -> dict[str, Any]:
    if wrong := [key for key, value in options.items() if not isinstance(value, str | int | float | bool)]:
        raise ValueError(f"options are text, numbers or true/false; {', '.join(wrong)} is not")
    return options


def _clock(text: Any) -> time:
    try:
        return text if isinstance(text, time) else time.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError('not a time of day as in "22:00"') from None


Options = Annotated[dict[str, Any], AfterValidator(_simple)]
Zone = Annotated[str, AfterValidator(_zone)]
Region = Annotated[str, AfterValidator(_region)]
Clock = Annotated[time, BeforeValidator(_clock), WithJsonSchema({"type": "string", "examples": ["22:00"]})]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class Table(BaseModel):
    """A table of the configuration; a key it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)
