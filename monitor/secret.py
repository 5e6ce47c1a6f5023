"""A secret is kept as a reference and read when it is used, so that it can be rotated and never shows up by accident."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .errors import WrongUse

FORMS = ("env", "file", "credential")


class SecretMissing(WrongUse):
    """A secret that is referred to is not there; says where it was looked for, never what was found."""


@dataclass(frozen=True, slots=True)
class Secret:
    """`env:NAME`, `file:PATH` or `credential:NAME` (a file in systemd's $CREDENTIALS_DIRECTORY); `base` is where relative paths start.

    Prints as its reference. Raises ValueError when the reference has another form, so that a secret written in the clear
    is refused without being repeated.
    """

    reference: str
    base: Path = Path()

    def __post_init__(self) -> None:
        form, _, name = self.reference.partition(":")
        if form not in FORMS or not name:
            raise ValueError('a secret is a reference: "env:NAME", "file:PATH" or "credential:NAME"')

    def reveal(self) -> str:
        """The secret itself, read anew each time, without the newline that editors leave. Raises SecretMissing."""
        form, _, name = self.reference.partition(":")
        if form == "env":
            if not (value := os.environ.get(name)):
                raise SecretMissing(f"the environment variable {name} is not set")
            return value
        return _read(self.base / Path(name).expanduser() if form == "file" else _credential(name))

    def exposed(self) -> str:
        """Why others on this machine may read it, "" for no reason that is seen: a file's mode lets them."""
        form, _, name = self.reference.partition(":")
        path = self.base / Path(name).expanduser()
        try:
            mode = path.stat().st_mode & 0o777 if form == "file" else 0
        except OSError:
            return ""
        return f"{path} may be read by others (mode {mode:04o}); chmod 600 it" if mode & 0o044 else ""

    def __str__(self) -> str:
        return f"<secret {self.reference}>"

    __repr__ = __str__


def _credential(name: str) -> Path:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretMissing(f"credential {name}: $CREDENTIALS_DIRECTORY is not set; systemd sets it for LoadCredential=")
    return Path(folder) / Path(name).name


def _read(path: Path) -> str:
    try:
        value = path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not text"
        raise SecretMissing(f"the secret file {path} cannot be read: {why}") from None
    if not value:
        raise SecretMissing(f"the secret file {path} is empty")
    return value
