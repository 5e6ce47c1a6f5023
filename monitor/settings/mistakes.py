"""Turns what is wrong with a configuration into sentences with file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from ..errors import Mistake, WrongUse
from . import lines

_AT_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class File:
    """One configuration file: its values as written, and where each of them stands."""

    path: Path
    raw: Mapping[str, Any]
    text: str

    def mistake(self, where: lines.Path, what: str) -> Mistake:
        """A mistake at a key of this file."""
        return Mistake(shown(self.path), lines.line_of(_index(self.text), where), dotted(where), what)


@lru_cache(maxsize=16)
def _index(text: str) -> Mapping[lines.Path, int]:
    """Where the keys stand; looked for when there is a mistake to tell, because most files have none."""
    return lines.line_index(text)


def read(path: Path) -> File | Mistake:
    """A file's values, or why it cannot be read. Raises WrongUse when there is no such file."""
    try:
        return parsed(path, path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        return Mistake(shown(path), 1, "", "this is not text in UTF-8")
    except OSError as error:
        raise WrongUse(f"{shown(path)}: the configuration cannot be read: {error.strerror}") from None


def parsed(path: Path, text: str) -> File | Mistake:
    """The values of a text that stands at a path, or why it is no TOML."""
    try:
        return File(path, tomllib.loads(text), text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        return Mistake(shown(path), line, "", f"this is not TOML: {error}")


def found_by(error: ValidationError, file: File, model: type[BaseModel]) -> Iterator[Mistake]:
    """Every mistake that a model found in a file."""
    for entry in error.errors(include_url=False):
        where = tuple(part for part in entry["loc"] if part != "[key]")
        yield file.mistake(where, _sentence(entry["type"], entry["msg"], entry.get("ctx", {}), where, model))


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` for the known word that looks most like this one, or nothing."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{found[0]}"?' if found else ""


def shown(path: Path) -> str:
    """A path as a person would write it from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def dotted(where: lines.Path) -> str:
    """`source[2].every`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".")


def _sentence(kind: str, message: str, context: Mapping[str, Any], where: lines.Path, model: type[BaseModel]) -> str:
    match kind:
        case "extra_forbidden":
            known = _keys_at(model, where[:-1])
            return f"unknown key{nearest(str(where[-1]), known)}" if known else "unknown key"
        case "missing":
            return "is missing"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be a table"
        case "tuple_type" | "list_type" | "frozen_set_type":
            return "must be a list"
        case "string_type":
            return "must be text in quotes"
        case "int_type" | "int_parsing" | "int_from_float":
            return "must be a whole number"
        case "bool_type" | "bool_parsing":
            return "must be true or false"
        case "greater_than_equal":
            return f"must be at least {context.get('ge')}"
        case "less_than_equal":
            return f"must be at most {context.get('le')}"
        case "too_short":
            return "must not be empty"
        case "value_error":
            return message.removeprefix("Value error, ")
        case "enum" | "literal_error":
            return f"must be one of {context.get('expected', '')}"
        case "string_pattern_mismatch":
            return f"does not look as it must ({context.get('pattern', '')})"
        case _:
            return message[:1].lower() + message[1:]


def _keys_at(model: type[BaseModel], where: lines.Path) -> tuple[str, ...]:
    """The keys that the table at a path may have."""
    for part in where:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        if field is None:  # a name chosen by the user, as in [channel.NAME]
            continue
        inner = _model_in(field.annotation)
        if inner is None:
            return ()
        model = inner
    return tuple(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
