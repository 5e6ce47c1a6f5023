"""What every channel shares: its options are its fields, and the network is spoken to in one guarded way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, PrivateAttr, ValidationInfo, WithJsonSchema

from .. import __version__
from ..errors import Refused, TryLater, WrongUse
from ..lean import plain_http
from ..model import stable_id
from ..route.message import Message
from ..secret import Secret
from .answers import bounded, judge, no_longer_than, wait

if TYPE_CHECKING:
    import httpx

    from ..guard import Network

UNFIT = "this address may not be connected to; [egress] allow would let it"


class Channel(Protocol):
    """Somebody who can be told. `send` returns what the receiver answered, or raises TryLater or Refused."""

    name: str

    def send(self, message: Message) -> str:
        """Deliver one message; the same message may come again and carries the same id."""


def _unguarded() -> httpx.BaseTransport:
    import httpx

    return httpx.HTTPTransport()


@dataclass(frozen=True, slots=True)
class Net:
    """How channels reach the network: the transport that guards it, the most one sending may take, and what may be connected to.

    `allow` are the private ranges that channels with connections of their own may use beside the public ones; None: anything.
    """

    transport: Callable[[], httpx.BaseTransport] = _unguarded
    deadline: timedelta = timedelta(seconds=15)
    allow: Sequence[Network] | None = None


class BaseChannel(BaseModel):
    """A channel whose fields are its options in the configuration; `kind` is what the configuration calls it."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    kind: ClassVar[str] = ""
    name: str
    _net: Net = PrivateAttr(default_factory=Net)

    def using(self, net: Net) -> BaseChannel:
        """This channel on that network."""
        self._net = net
        return self

    @property
    def patience(self) -> timedelta:
        """The most one sending may take."""
        return self._net.deadline

    @property
    def options_digest(self) -> str:
        """Differs when the channel is configured otherwise; secrets count as their references."""
        return stable_id("ch", self.kind, self.model_dump_json(fallback=str))

    def reach(self) -> str:
        """Whether the receiver can be reached, in words, without telling it anything. Raises TryLater or Refused."""
        return "nothing to connect to"

    def close(self) -> None:
        """Let go of connections."""


def _secret(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    secret = Secret(value, (info.context or {}).get("folder", Path()))
    try:
        secret.reveal()
    except WrongUse as error:
        raise ValueError(str(error)) from None
    return secret


def _address(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        if not urlsplit(value).hostname:
            raise ValueError("not a web address")
        return value
    return _secret(value, info)


SecretRef = Annotated[Secret, BeforeValidator(_secret), WithJsonSchema({"type": "string", "pattern": "^(env|file|credential):.+"})]
Address = Annotated[str | Secret, BeforeValidator(_address), WithJsonSchema({"type": "string"})]
"""A web address, or a reference to one that is a secret itself."""


def reveal(value: str | Secret) -> str:
    """The text of an address or a secret; a secret that cannot be read now may be readable later."""
    try:
        return value.reveal() if isinstance(value, Secret) else value
    except WrongUse as error:
        raise TryLater(str(error)) from None


class HttpChannel(BaseChannel):
    """A channel that is reached over HTTP: one request, a bounded answer, a status that says what to do."""

    _client: httpx.Client | None = PrivateAttr(default=None)
    _stream: Any = PrivateAttr(default=None)

    def post(self, url: str | Secret, *, method: str = "POST", headers: Mapping[str, str] | None = None, **body: Any) -> tuple[str, bytes]:
        """Send one request; returns (receipt, body). Raises TryLater or Refused, in words that repeat no address and no secret."""
        status, heads, raw = self._ask(url, method, headers, body)
        judge(status, self.asked_wait(heads, raw))
        return f"HTTP {status}", raw

    def reach(self) -> str:
        """Whether a server answers at `url`, whatever its status says."""
        return f"answers (HTTP {self.ask(getattr(self, 'url', ''))})"

    def ask(self, url: str | Secret, method: str = "HEAD") -> int:
        """The status of an answer to an empty request. Raises TryLater or Refused when there is none."""
        return self._ask(url, method, None, {})[0]

    def _ask(
        self, url: str | Secret, method: str, headers: Mapping[str, str] | None, body: Mapping[str, Any]
    ) -> tuple[int, Mapping[str, str], bytes]:
        plain_http()
        import httpx

        from ..egress import EgressRefused

        address = reveal(url)
        sent = {"User-Agent": f"advisory-monitor/{__version__}", **(headers or {})}
        try:
            with (
                self._deadline() as deadline,
                self._open().stream(method, address, headers=sent, extensions={"trace": self._remember}, **body) as answer,
            ):
                return answer.status_code, answer.headers, bounded(answer, deadline)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError) as error:
            raise Refused(f"bad address or header ({type(error).__name__})") from None
        except EgressRefused:
            raise Refused(UNFIT) from None
        except httpx.TimeoutException as error:
            raise TryLater(f"no answer in time ({type(error).__name__})") from None
        except (httpx.HTTPError, OSError) as error:
            self.close()
            raise TryLater(f"no connection ({type(error).__name__})") from None

    def asked_wait(self, headers: Mapping[str, str], body: bytes) -> timedelta | None:
        """How long the receiver asks us to wait; some say so in the body."""
        return wait(headers)

    def close(self) -> None:
        """Let go of the connection."""
        client, self._client, self._stream = self._client, None, None
        if client is not None:
            client.close()

    def _open(self) -> httpx.Client:
        import httpx

        if self._client is None:
            timeout = httpx.Timeout(self._net.deadline.total_seconds())
            self._client = httpx.Client(transport=self._net.transport(), timeout=timeout, follow_redirects=False, trust_env=False)
        return self._client

    def _remember(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._stream = info["return_value"]

    def _deadline(self) -> AbstractContextManager[float]:
        return no_longer_than(self._net.deadline, lambda: self._stream and self._stream.get_extra_info("socket"))
