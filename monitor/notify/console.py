"""`console`: a message as a few lines of text on standard output."""

from __future__ import annotations

import sys
from typing import ClassVar, Literal

from ..errors import TryLater
from ..model import Severity
from ..route.message import Message
from .base import BaseChannel
from .safe import one_line, visible

_COLOUR = {Severity.EXTREME: "\x1b[1;97;41m", Severity.SEVERE: "\x1b[1;31m", Severity.MODERATE: "\x1b[1;33m", Severity.MINOR: "\x1b[1m"}


class Console(BaseChannel):
    """Writes to the terminal the program runs in; `stream` is `stdout` or `stderr`."""

    kind: ClassVar[str] = "console"
    stream: Literal["stdout", "stderr"] = "stdout"

    def send(self, message: Message) -> str:
        """Write the message and see it leave."""
        out = sys.stdout if self.stream == "stdout" else sys.stderr
        head = f"{message.at:%Y-%m-%d %H:%M} {message.type.upper():8} {one_line(message.headline, 400)}"
        if out.isatty():
            head = f"{_COLOUR[message.severity]}{head}\x1b[0m"
        below = [f"    {line}" for part in (message.summary, message.url) for line in visible(part).splitlines() if line]
        text = "\n".join([head, *below]) + "\n"
        try:
            out.write(text.encode(out.encoding or "utf-8", "replace").decode(out.encoding or "utf-8"))
            out.flush()
        except (OSError, ValueError) as error:
            raise TryLater(f"the terminal is gone ({type(error).__name__})") from None
        return "written"
