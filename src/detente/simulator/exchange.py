"""The values between server and platforms: a request as received, an answer to be sent.

An answer says *what*; how it reaches the peer, well or badly, is the business of
`behaviours`. Nothing here knows of a socket.

>>> Received(method="GET", target="/v1/models?x=1", headers=(), body=b"").path
'/v1/models'
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar
from urllib.parse import parse_qs

import msgspec

from detente.configuration.schema import ProviderKindName

T = TypeVar("T")
A = TypeVar("A", "Reply", "Stream", "Reply | Stream")

Headers = tuple[tuple[str, str], ...]
JsonObject = dict[str, object]


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it came: header names in lower case, in order, body whole."""

    method: str
    target: str
    headers: Headers
    body: bytes
    number: int = 0

    @property
    def path(self) -> str:
        """The target without its query, escapes kept."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, the first of each name."""
        pairs = parse_qs(self.target.partition("?")[2])
        return {name: values[0] for name, values in pairs.items()}

    def header(self, name: str) -> str | None:
        """The first header of that lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


class Piece(msgspec.Struct, frozen=True, gc=False):
    """One event of a stream, framed; `token` says that it carries exactly one token."""

    data: bytes
    token: bool = False


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer. `tokens` is what it took to generate; `metered` counts as capacity."""

    status: int = 200
    headers: Headers = ()
    body: bytes = b""
    tokens: int = 0
    metered: bool = False


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """An answer event by event; `failure` is the dialect's own error after so many events.
    `metered` counts as capacity."""

    headers: Headers = ()
    pieces: Iterator[Piece]
    failure: Callable[[int], bytes]
    metered: bool = True


Answer = Reply | Stream


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no capacity, and when there will be."""

    concurrent: bool
    limit: int
    retry_after_ms: int


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform knows when it answers: who may call, what it serves, what is left.

    `api_key` None accepts anybody. `limit` and `remaining` are requests a minute for the
    rate-limit headers, `tokens` the length of an ordinary answer, `at` the time of the request
    for headers that name one. With `issued_tokens` a credential is one that a simulated identity
    service issued (`simulator.identity`); `api_key` is what is accepted beside it.
    `provisioned` are the models with capacity of their own, `spillover` the one that takes what
    those cannot. `project` and `region` are what is served, None any.
    """

    models: tuple[str, ...]
    api_key: str | None
    base_path: str
    tokens: int
    limit: int
    remaining: int
    request_id: str
    at: datetime
    issued_tokens: bool = False
    provisioned: tuple[str, ...] = ()
    spillover: str | None = None
    project: str | None = None
    region: str | None = None


class RequestError(Exception):
    """A request that a real platform would refuse, in words that each platform shapes itself."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param


class Platform(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of provider: three pure functions and where its SDK's `base_url` points.

    `answer` does everything but capacity; `refusal` says that there is none; `failure` is
    the platform's own body for any other status. `spill` answers by another deployment what there
    is no capacity for, None where no other was named.
    """

    kind: ProviderKindName
    base_path: str
    answer: Callable[[Received, Setting], Answer]
    refusal: Callable[[Refused, Setting], Reply]
    failure: Callable[[int, Setting], Reply]
    spill: Callable[[Received, Setting], Answer | None] | None = None


def with_headers(answer: A, headers: Headers) -> A:
    """`answer` with `headers` before its own."""
    return msgspec.structs.replace(answer, headers=(*headers, *answer.headers))


def decode_body(body: bytes, schema: type[T]) -> T:
    """The body as `schema`; raises `RequestError` 400 where it is not JSON or does not fit."""
    try:
        return msgspec.json.decode(body.decode(), type=schema)
    except msgspec.ValidationError as error:
        raise RequestError(400, f"Invalid request: {error}") from None
    except (ValueError, RecursionError):
        raise RequestError(
            400, "We could not parse the JSON body of your request.", code="invalid_json"
        ) from None


def json_reply(value: object, *, tokens: int = 0, metered: bool = False) -> Reply:
    """A 200 with `value` as JSON."""
    return Reply(
        headers=(("content-type", "application/json"),),
        body=msgspec.json.encode(value),
        tokens=tokens,
        metered=metered,
    )


def error_reply(status: int, value: object) -> Reply:
    """A refusal with `value` as JSON."""
    return Reply(
        status=status,
        headers=(("content-type", "application/json"),),
        body=msgspec.json.encode(value),
    )


def unnamed_event(value: object) -> bytes:
    """A server-sent event without a name."""
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


def named_event(name: str, value: object) -> bytes:
    """A server-sent event with its name."""
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(value) + b"\n\n"
