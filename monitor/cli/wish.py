"""What somebody wants to be told and where: read from flags, or asked for at the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..errors import UnknownName, WrongUse
from ..settings.starter import NewChannel

EVERYWHERE = ("", "*", "all")
_PLAIN = ("host", "port", "security", "user", "sender", "to", "chat", "argv")
"""Options of channels that are no secrets; every other text of a kind that may be one is kept in a file of its own."""

_WORTH_ASKING = ("user", "channel")
"""Options that are not always needed, but that nobody guesses."""


class Keep:
    """Secrets that somebody typed: each will be a file for us alone, and a reference to it in the configuration."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def reference(self, name: str, value: str) -> str:
        """The reference by which a secret is known; one that is a reference already stays what it is."""
        if re.match(r"(env|file|credential):.", value):
            return value
        self.files[f"secrets/{name}"] = value
        return f"file:secrets/{name}"


def places_of(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Places and regions from names in any of our languages, ISO codes or names of regions. Raises WrongUse with all that is unknown."""
    from ..knowledge import places
    from ..route.regions import regions

    codes, groups, unknown = dict[str, None](), dict[str, None](), []
    for part in filter(None, (p.strip() for p in re.split(r"[,;\n、]", text))):
        if part.casefold() in EVERYWHERE:
            return (), ()
        group = part.casefold().replace(" ", "-")
        if part.upper() in places.codes():
            codes[part.upper()] = None
        elif found := places.by_name(part):
            codes |= dict.fromkeys(found)
        elif group in regions():
            groups[group] = None
        else:
            unknown.append(part)
    if unknown:
        raise WrongUse(f"no place or region is called {' or '.join(unknown)}{_near(unknown[0])}")
    return tuple(codes), tuple(groups)


def _near(name: str) -> str:
    from rapidfuzz import process

    from ..knowledge import places
    from ..route.regions import regions

    known = [*(places.name(code) for code in places.codes()), *regions()]
    found = process.extract(name, known, limit=2, score_cutoff=70)
    return f"; did you mean {' or '.join(str(match[0]) for match in found)}?" if found else ""


def channel_of(text: str, keep: Keep, taken: Sequence[str] = ()) -> NewChannel:
    """A channel from `KIND` or `KIND:key=value,key=value`; a key that comes twice is a list. Raises WrongUse."""
    kind, _, rest = text.partition(":")
    given: dict[str, list[str]] = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals or not value:
            raise WrongUse(f"--channel {text}: write KIND:key=value,key=value; {part!r} is no key and value")
        given.setdefault(key.strip(), []).append(value)
    return channel(kind.strip(), given, keep, taken)


def channel(kind: str, given: Mapping[str, list[str]], keep: Keep, taken: Sequence[str] = ()) -> NewChannel:
    """A channel of a kind with these options. Raises WrongUse for what the kind does not have or lacks."""
    fields = _fields(kind)
    if wrong := [key for key in given if key not in fields]:
        raise WrongUse(f"{kind} has no {', '.join(wrong)}; it has {', '.join(fields) or 'no options'}")
    if lacking := [key for key, (needed, _) in fields.items() if needed and key not in given]:
        raise WrongUse(f"{kind} needs {', '.join(lacking)}, as in --channel {kind}:{lacking[0]}=…")
    name = _name(kind, taken)
    return NewChannel(name, kind, {key: _option(name, key, values, fields[key][1], keep) for key, values in given.items()})


def _fields(kind: str) -> dict[str, tuple[bool, str]]:
    """The options of a kind of channel: whether each is needed, and its type and default as text. Raises WrongUse."""
    from ..notify.registry import channel_class, kinds

    if kind not in kinds():
        raise WrongUse(f"no kind of channel is called {kind!r}; there are {', '.join(kinds())}")
    try:
        fields = channel_class(kind).model_fields
    except UnknownName as error:
        raise WrongUse(str(error)) from None
    return {name: (field.is_required(), f"{field.annotation} {field.default or ''}") for name, field in fields.items() if name != "name"}


def _option(name: str, key: str, values: list[str], kind: str, keep: Keep) -> Any:
    """One option as it is written down."""
    if "tuple" in kind:
        return values
    if "int" in kind:
        return int(values[-1]) if values[-1].isdigit() else values[-1]
    return keep.reference(f"{name}-{key}", values[-1]) if "Secret" in kind and key not in _PLAIN else values[-1]


def _name(kind: str, taken: Sequence[str]) -> str:
    return next(n for n in (kind, *(f"{kind}{i}" for i in range(2, 100))) if n not in taken)


# --- at the keyboard -------------------------------------------------------------------------------------------------


def ask_places() -> str:
    """Places, asked for until all of them are known."""
    from rich.prompt import Prompt

    question = "Which [bold]places[/]? Names in any language, or codes, with commas; empty for everywhere"
    return _until(lambda: Prompt.ask(question, default="", show_default=False), places_of)


def ask_channels(keep: Keep) -> Iterator[NewChannel]:
    """Receivers, one after the other, until there are enough."""
    from rich.prompt import Confirm, Prompt

    from ..notify.registry import kinds

    taken: list[str] = []
    while not taken or Confirm.ask("Another receiver?", default=False):
        kind = Prompt.ask("How should we [bold]tell[/] you?", choices=list(kinds()), default="console")
        given = {key: answers for key, needed, type_ in _asked(kind) if (answers := _answers(kind, key, type_, needed=needed))}
        made = channel(kind, given, keep, taken)
        taken.append(made.name)
        yield made


def _asked(kind: str) -> Iterator[tuple[str, bool, str]]:
    """The options worth a question: those that are needed, and those by which one is let in."""
    for key, (needed, type_) in _fields(kind).items():
        if needed or key in _WORTH_ASKING or ("Secret" in type_ and "http" not in type_):
            yield key, needed, type_


def _answers(kind: str, key: str, type_: str, *, needed: bool) -> list[str]:
    """What somebody answers to the question for one option; a list where it may be several."""
    from rich.prompt import Prompt

    secret, several = "Secret" in type_ and key not in _PLAIN, "tuple" in type_
    more = " (kept in a file for you alone; or env:NAME)" if secret else " (several with commas)" if several else ""
    question = f"  {kind}: [bold]{key}[/]{more}" + ("" if needed else ", empty for none")

    def check(answer: str) -> None:
        if needed and not answer.strip():
            raise WrongUse(f"{kind} needs it")

    hidden = secret and "str" not in type_
    answer = _until(lambda: _hidden(question) if hidden else Prompt.ask(question, default="", show_default=False), check).strip()
    return [part.strip() for part in answer.split(",") if part.strip()] if several else [answer] if answer else []


def ask_one(question: str, default: str, known: Mapping[str, Any] | Sequence[str]) -> str:
    """One of these words, asked for until it is one."""
    from rich.prompt import Prompt

    def check(answer: str) -> None:
        if answer not in known:
            raise WrongUse(f"{answer!r} is none of those we know")

    return _until(lambda: Prompt.ask(question, default=default), check)


def _hidden(question: str) -> str:
    """An answer that does not show while it is typed; what was typed ahead is not lost, as it would be with getpass."""
    import sys
    import termios

    from rich.console import Console

    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    silent = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(fd, termios.TCSADRAIN, silent)
    try:
        return Console().input(f"{question}: ")
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
        sys.stdout.write("\n")


def _until(ask: Callable[[], str], check: Callable[[str], object]) -> str:
    """Ask until the answer is fine; says each time what is wrong with it."""
    from .common import say

    while True:
        answer = ask()
        try:
            check(answer)
        except WrongUse as error:
            say(f"  {error}")
        else:
            return answer
