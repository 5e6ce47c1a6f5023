"""The command line as argparse reads it: what a command takes stands above its function, and its first line is its help."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

Command = Callable[..., None]
Number = TypeVar("Number", int, float)
Word = TypeVar("Word", bound=StrEnum)


class Argument(NamedTuple):
    """What a command takes, as `add_argument` wants it."""

    names: tuple[str, ...]
    options: Mapping[str, Any]

    @property
    def goes_to(self) -> str:
        """The parameter of the function that gets it."""
        return str(self.options.get("dest") or max(self.names, key=len).lstrip("-").replace("-", "_"))


class Group(NamedTuple):
    """Commands under a word of their own; `alone` is what the word does by itself."""

    help: str
    commands: Mapping[str, Command]
    alone: Command | None = None


def argument(*names: str, **options: Any) -> Argument:
    """One argument; the options are those of argparse. The parameter that gets it is called as it, with `_` for `-`."""
    return Argument(names, options)


def flag(*names: str, help: str) -> Argument:
    """An option that is there or not."""
    return Argument(names, {"action": "store_true", "help": help})


def takes(*arguments: Argument) -> Callable[[Command], Command]:
    """Says what a command takes: the parameters of its function."""

    def noted(command: Command) -> Command:
        command.__dict__["arguments"] = arguments
        return command

    return noted


def between(low: Number, high: Number) -> Callable[[str], Number]:
    """Reads a number that has bounds."""

    def number(text: str) -> Number:
        try:
            read = type(low)(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"not a number: {text}") from None
        if not low <= read <= high:
            raise argparse.ArgumentTypeError(f"{text} is not between {low} and {high}")
        return read

    return number


def one_of(words: type[Word]) -> Callable[[str], Word]:
    """Reads one of our words."""

    def word(text: str) -> Word:
        try:
            return words(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text} is none of {', '.join(words)}") from None

    return word


def parse(
    program: str, about: str, epilog: str, version: str, commands: Mapping[str, Command | Group], given: Sequence[str] | None
) -> Command:
    """What the words of a command line ask for, ready to be called. Leaves with code 2 for what is not understood, 0 after help."""
    parser = _Parser(prog=program, description=about, epilog=epilog)
    parser.add_argument("--version", action="version", version=f"{program} {version}", help="Say which version this is.")
    _add(parser, commands)
    read = vars(parser.parse_args(given))
    if (command := read.get("command")) is None:
        read["parser"].print_help()
        parser.exit(2)
    wanted = {argument.goes_to: read[argument.goes_to] for argument in _arguments(command)}
    return lambda: command(**wanted)


class _Parser(argparse.ArgumentParser):
    """A parser that guesses nothing, and remembers that it was the one that read."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)
        self.set_defaults(parser=self)


def _add(parser: argparse.ArgumentParser, commands: Mapping[str, Command | Group]) -> None:
    below = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, one in commands.items():
        if isinstance(one, Group):
            made = below.add_parser(name, help=one.help, description=one.help)
            if one.alone:
                _take(made, one.alone)
            _add(made, one.commands)
        else:
            about = (one.__doc__ or "").replace("%", "%%")
            made = below.add_parser(name, help=about, description=about)
            _take(made, one)


def _take(parser: argparse.ArgumentParser, command: Command) -> None:
    for names, options in _arguments(command):
        parser.add_argument(*names, **options)
    parser.set_defaults(command=command)


def _arguments(command: Command) -> tuple[Argument, ...]:
    return tuple(command.__dict__.get("arguments", ()))
