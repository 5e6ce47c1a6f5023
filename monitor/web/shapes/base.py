"""What all shapes share: frozen models, times that are written as text, quotes, pages of lists."""

from __future__ import annotations

import re
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")


def _written(value: Any) -> Any:
    """Numbers are no times here, though Pydantic would take them for seconds."""
    if isinstance(value, str) and not re.match(r"\d{4}-\d\d-\d\d[Tt ]", value):
        raise ValueError('a time is written as "2022-02-12T18:00:00Z"')
    if isinstance(value, int | float):
        raise ValueError("a time is text")
    return value


When = Annotated[AwareDatetime, BeforeValidator(_written)]


class Shape(BaseModel):
    """A value of the API."""

    model_config = ConfigDict(frozen=True)


class Quote(Shape):
    """The words that prove it, and where they stand."""

    quote: str
    url: str = ""
    rule: str = Field("", description="the rule that found them; absent in alerts")
    section: str = Field("", description="the heading of the page's section they stand under")


class Done(Shape):
    """What was changed."""

    id: str
    done: str


class Page(Shape, Generic[T]):
    """A page of a list, newest first; `next` is the cursor of the following page, null on the last one."""

    items: list[T]
    next: str | None
