"""Logging: event names with fields, as JSON or for people; nothing that a feed says can forge a line or steer a terminal."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from .harmless import harmless

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_FIRST = ("timestamp", "level", "event")
_LONGEST = 2_000

Event = MutableMapping[str, Any]


def configure(format: str = "auto", level: str = "info", stream: TextIO | None = None) -> None:
    """Set up logging for the whole process; `auto` is human on a terminal and JSON elsewhere. Goes to standard error by default."""
    out = stream or sys.stderr
    human = format == "human" or (format == "auto" and out.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
            structlog.processors.StackInfoRenderer(),
            # without the values of local variables: they may be secrets
            structlog.processors.ExceptionRenderer(),
            _readable if human else _json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    _quiet_the_libraries()


def _quiet_the_libraries() -> None:
    """Libraries log through the standard module: their warnings come along, their chatter never does.

    Some of it repeats addresses and headers, in which there are secrets.
    """
    logging.basicConfig(level=logging.WARNING, handlers=[_Forward()], force=True)
    for chatty in ("httpx", "httpcore", "apscheduler"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _Forward(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        log.log(record.levelno, "library", name=record.name, why=record.getMessage())


def _json(_logger: Any, _method: str, event: Event) -> str:
    ordered = {key: event[key] for key in _FIRST if key in event} | dict(event)
    return json.dumps({key: _cut(value) for key, value in ordered.items()}, ensure_ascii=True, default=str)


def _readable(_logger: Any, _method: str, event: Event) -> str:
    when, level, name = (event.pop(key, "") for key in _FIRST)
    trace = event.pop("exception", None)
    fields = " ".join(f"{key}={_field(value)}" for key, value in event.items())
    line = f"{str(when)[11:19]} {level!s:<7} {_field(name)} {fields}".rstrip()
    return "\n".join([line, *(f"    | {harmless(part)}" for part in str(trace or "").splitlines())])


def _field(value: Any) -> str:
    text = harmless(str(_cut(value)))
    return json.dumps(text, ensure_ascii=False) if not text or any(c in text for c in ' "=') else text


def _cut(value: Any) -> Any:
    return value[:_LONGEST] + "…" if isinstance(value, str) and len(value) > _LONGEST else value
