"""`email`: text and HTML over SMTP; what belongs to one situation is one thread in every mail program."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from .. import guard
from ..errors import Refused, TryLater
from ..hold import held
from ..route.message import Message
from .answers import no_longer_than
from .base import UNFIT, BaseChannel, SecretRef, reveal
from .letter import letter

_LOGIN = frozenset({530, 534, 535, 538})
"""A password that was changed will be set right; until then the mail waits."""

_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class Email(BaseChannel):
    """Sends from `sender` to `to` through `host`; `security` is `starttls`, `tls` or `none` (a local relay)."""

    kind: ClassVar[str] = "email"
    host: str
    port: int = Field(0, ge=0, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretRef | None = None
    sender: str
    to: tuple[str, ...] = Field(min_length=1)
    ca_file: str | None = None

    @field_validator("to", mode="before")
    @classmethod
    def _one_or_more(cls, to: object) -> object:
        return tuple(part.strip() for part in to.split(",")) if isinstance(to, str) else to

    @field_validator("sender", "to")
    @classmethod
    def _an_address(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (value,) if isinstance(value, str) else value:
            if "@" not in address or any(c in address for c in "\r\n\0"):
                raise ValueError("not a mail address")
        return value

    def send(self, message: Message) -> str:
        """Hand the mail to the server; its answer to DATA is the receipt."""
        with self._session() as server:
            refused = server.send_message(letter(message, self.name, self.sender, self.to), self.sender, list(self.to))
            if refused:  # the others have it; the same mail comes again for those whose server said "later"
                raise _judged(min(code for code, _ in refused.values()), f" for {len(refused)} of {len(self.to)}")
        return f"accepted for {len(self.to)}"

    def reach(self) -> str:
        """Whether the server lets us in: its address, its certificate, our password."""
        with self._session() as server:
            return f"the mail server answers ({server.noop()[0]})"

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A guarded connection with an end in time; what goes wrong on it is put in our words."""
        line: list[smtplib.SMTP] = []
        try:
            with held(self._net.allow), no_longer_than(self.patience, lambda: line and line[0].sock), self._server(line) as server:
                yield server
        except smtplib.SMTPRecipientsRefused as error:
            raise _judged(min(code for code, _ in error.recipients.values())) from None
        except smtplib.SMTPResponseException as error:
            raise _judged(error.smtp_code if isinstance(error.smtp_error, bytes) else 0) from None  # words are smtplib's own
        except guard.Refused:
            raise Refused(UNFIT) from None
        except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError, UnicodeError) as error:
            raise Refused(f"cannot be sent safely ({type(error).__name__})") from None
        except (smtplib.SMTPException, OSError) as error:
            raise TryLater(f"no mail server ({type(error).__name__})") from None

    @property
    def patience(self) -> timedelta:
        """Mail servers look closely before they say yes; a mail that was cut off then would come twice."""
        return 3 * self._net.deadline

    def _server(self, line: list[smtplib.SMTP]) -> smtplib.SMTP:
        """A connection, ready to send; `line` gets it as soon as there is one."""
        context = ssl.create_default_context(cafile=self.ca_file)
        wait = self.patience.total_seconds()
        server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=wait, context=context) if self.security == "tls" else smtplib.SMTP(timeout=wait)
        line.append(server)
        server._host = self.host  # type: ignore[attr-defined]  # whose certificate it must be; the constructor would set it, and connect
        code, _ = server.connect(self.host, self.port or _PORTS[self.security])
        if code != 220:
            raise _judged(code)
        if self.security == "starttls":
            server.starttls(context=context)
        if self.user and self.password is not None:
            server.login(self.user, reveal(self.password))
        return server


def _judged(code: int, whom: str = "") -> TryLater | Refused:
    return TryLater(f"SMTP {code}{whom}") if code < 500 or code in _LOGIN else Refused(f"SMTP {code}{whom}")
