"""Builds a command when it is called: what all the others take is more work than most commands do."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_name


class Late(TyperGroup):
    """A group that tells what it has without building it."""

    def list_commands(self, _ctx: object) -> list[str]:
        """The names, in order."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The names and first sentences, as every group shows them: what a command takes is not asked for."""
        commands: Any = self.commands
        if isinstance(commands, _Commands):
            commands = {name: TyperCommand(name, help=commands.about(name)) for name in commands}
        TyperGroup(commands=commands).format_commands(ctx, formatter)


def late(app: typer.Typer) -> Any:
    """What `app` is to its users, an app whose class is `Late`; its commands are built one by one as they are asked for."""
    group = _with(app)
    group.commands = _Commands(app)
    return group


def _with(app: typer.Typer, commands: Any = (), groups: Any = ()) -> Any:
    """The group that an app would be if it had no others than these."""
    part = copy(app)
    part.registered_commands, part.registered_groups = list(commands), list(groups)
    return typer.main.get_command(part)


class _Commands(Mapping[str, Any]):
    """The commands and groups of an app by name."""

    def __init__(self, app: typer.Typer) -> None:
        self._app = app
        self._commands = {c.name or get_command_name(c.callback.__name__): c for c in app.registered_commands if c.callback}
        self._groups = {str(g.name): g for g in app.registered_groups}
        self._built: dict[str, Any] = {}

    def about(self, name: str) -> str | None:
        """What a command does, in its own words."""
        if group := self._groups.get(name):
            return str(group.typer_instance.info.help) if group.typer_instance else None
        return inspect.getdoc(self._commands[name].callback)

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            if name in self._groups:
                made = _with(self._app, groups=[self._groups[name]])
            else:
                made = _with(self._app, commands=[self._commands[name]])
            self._built[name] = made.commands[name]
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*self._commands, *self._groups))

    def __len__(self) -> int:
        return len(self._commands) + len(self._groups)
