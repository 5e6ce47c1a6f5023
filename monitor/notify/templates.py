"""An operator's own words for a channel: Jinja2 in a sandbox, tried on every kind of message before it is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import structlog
from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..ledger import Delivery
from ..model import Change, ChangeKind, Evidence, MessageType, Reason, Severity
from ..route.message import Message, compose
from ..route.routes import Receiver
from ..route.words import stamp
from .safe import fitted, one_line

log = structlog.get_logger()

_LONGEST = 20_000


class _Sandbox(ImmutableSandboxedEnvironment):
    """No attributes of Python's insides, no changing of values, no multiplying of texts into gigabytes."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise TemplateError(f"{operator} is for numbers, and powers are not needed here")
        return left * right


@dataclass(frozen=True, slots=True)
class Wording:
    """The templates of one channel; an empty one leaves the words as they are.

    Inside: everything of the webhook's `data`, `type`, `url`, `ack_url`, `headline`, `summary`, and `local(time)`.
    """

    headline: str = ""
    summary: str = ""


class Words:
    """A channel's wording, ready to use. Raises ValueError when it fails on any kind of message there is."""

    def __init__(self, wording: Wording) -> None:
        env = _Sandbox(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
        try:
            self._headline, self._summary = (env.from_string(text) if text else None for text in (wording.headline, wording.summary))
            for sample in samples():
                self._put(sample, Receiver("sample"))
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise ValueError(f"the template fails: {error}") from None

    def put(self, message: Message, receiver: Receiver) -> Message:
        """A message in these words; in ours when these fail after all: badly put is better than not said."""
        try:
            return self._put(message, receiver)
        except Exception as error:
            log.error("template.failed", channel=receiver.name, delivery=message.id, why=str(error)[:300])
            return message

    def _put(self, message: Message, receiver: Receiver) -> Message:
        headline = one_line(_render(self._headline, message, receiver), 400) if self._headline else message.headline
        summary = fitted(_render(self._summary, message, receiver), _LONGEST) if self._summary else message.summary
        return replace(message, headline=headline or message.headline, summary=summary)


def worded(words: Mapping[str, Words], plain: Callable[..., Message] = compose) -> Callable[..., Message]:
    """A `compose` that speaks to these channels in their own words. The webhook's body stays the contract's."""

    def speak(line: Delivery, changes: Any, receiver: Receiver, **surroundings: Any) -> Message:
        message = plain(line, changes, receiver, **surroundings)
        return words[line.channel].put(message, receiver) if line.channel in words else message

    return speak


def samples() -> Iterator[Message]:
    """A message of every type and about every kind of change, with everything in it and with nearly nothing."""
    world = (MessageType.ALERT, MessageType.UPDATE, MessageType.CANCEL, MessageType.DIGEST)
    for kind in ChangeKind:
        for change in _full_and_bare(kind):
            for type in (MessageType.OPERATOR,) if kind.about_sight else world:
                changes = (change, change) if type is MessageType.DIGEST else (change,)
                yield compose(Delivery("dlv", "sample", type, ("chg",), _THEN, _THEN), changes, Receiver("sample"))
    yield compose(Delivery("dlv", "sample", MessageType.TEST, (), _THEN, _THEN), (), Receiver("sample"))


_THEN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def _full_and_bare(kind: ChangeKind) -> tuple[Change, Change]:
    bare = Change("chg", _THEN, "source", "*", None, kind, Reason.NEW_NOTICE, Severity.SEVERE)
    proof = (Evidence("words", "rule", "https://example.org"),)
    return bare, replace(bare, place="UA", issuer="US", before="3", after="4", evidence=proof, published=_THEN)


def _render(template: Template, message: Message, receiver: Receiver) -> str:
    known: dict[str, Any] = dict.fromkeys(("place", "issuer", "source", "seen_well", "published", "detected", "situation"))
    known |= {name: [] for name in ("changes", "watches", "references", "alerts")}
    known |= {"severity": str(message.severity), "certainty": str(message.certainty)} | dict(message.data)
    known |= {name: str(getattr(message, name)) for name in ("type", "url", "ack_url", "headline", "summary")}

    def local(text: str | None) -> str:
        return stamp(datetime.fromisoformat(text), receiver.zone) if text else ""

    pieces, length = [], 0
    for piece in template.generate(known, local=local):
        pieces.append(piece)
        length += len(piece)
        if length > _LONGEST:
            break
    return "".join(pieces)
